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
Done cat(Context& context, const Call& call, Report& report);

Done make_directories(Context& context, const Call& call, Report& report);
Done remove(Context& context, const Call& call, Report& report);
Done move(Context& context, const Call& call, Report& report);
Done make_link(Context& context, const Call& call, Report& report);
Done change_mode(Context& context, const Call& call, Report& report);

Done echo(Context& context, const Call& call, Report& report);
Done who(Context& context, const Call& call, Report& report);
Done say(Context& context, const Call& call, Report& report);

Done exec(Context& context, const Call& call, Report& report);

Done change_directory(Context& context, const Call& call, Report& report);
Done print_directory(Context& context, const Call& call, Report& report);
Done change_local_directory(Context& context, const Call& call, Report& report);
Done print_local_directory(Context& context, const Call& call, Report& report);
Done help(Context& context, const Call& call, Report& report);
Done close(Context& context, const Call& call, Report& report);

}  // namespace dftp::cli
