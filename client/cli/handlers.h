// What the verbs do; one function a row of the table in verbs.cpp.
#pragma once

#include "client/cli/call.h"
#include "proto/net/async.h"

namespace dftp::cli {

struct Context;
class Report;

using Done = net::Task<Result<void>>;

Done list(Context& context, const Call& call, Report& report);
Done stat(Context& context, const Call& call, Report& report);
Done md5(Context& context, const Call& call, Report& report);
Done show_space(Context& context, const Call& call, Report& report);

Done get(Context& context, const Call& call, Report& report);
Done put(Context& context, const Call& call, Report& report);
Done verify(Context& context, const Call& call, Report& report);
Done synchronize(Context& context, const Call& call, Report& report);
Done cat(Context& context, const Call& call, Report& report);

Done make_directories(Context& context, const Call& call, Report& report);
Done remove(Context& context, const Call& call, Report& report);
Done move(Context& context, const Call& call, Report& report);
Done make_link(Context& context, const Call& call, Report& report);
Done change_mode(Context& context, const Call& call, Report& report);

Done find(Context& context, const Call& call, Report& report);
Done disk_usage(Context& context, const Call& call, Report& report);
Done copy(Context& context, const Call& call, Report& report);
Done touch(Context& context, const Call& call, Report& report);
Done compare(Context& context, const Call& call, Report& report);
Done tail(Context& context, const Call& call, Report& report);
Done watch(Context& context, const Call& call, Report& report);
Done echo(Context& context, const Call& call, Report& report);
Done who(Context& context, const Call& call, Report& report);
Done say(Context& context, const Call& call, Report& report);

Done discover(Context& context, const Call& call, Report& report);
Done doctor(Context& context, const Call& call, Report& report);

Done exec(Context& context, const Call& call, Report& report);

Done change_directory(Context& context, const Call& call, Report& report);
Done print_directory(Context& context, const Call& call, Report& report);
Done change_local_directory(Context& context, const Call& call, Report& report);
Done print_local_directory(Context& context, const Call& call, Report& report);
Done list_local(Context& context, const Call& call, Report& report);
Done make_local_directories(Context& context, const Call& call, Report& report);
Done open(Context& context, const Call& call, Report& report);
Done show_jobs(Context& context, const Call& call, Report& report);
Done wait_for_jobs(Context& context, const Call& call, Report& report);
Done cancel_jobs(Context& context, const Call& call, Report& report);
Done show_history(Context& context, const Call& call, Report& report);
Done complete(Context& context, const Call& call, Report& report);
Done print_completions(Context& context, const Call& call, Report& report);
Done help(Context& context, const Call& call, Report& report);
Done close(Context& context, const Call& call, Report& report);
Done quit(Context& context, const Call& call, Report& report);

}  // namespace dftp::cli
