// What the verbs do; one function a row of the table in verbs.cpp.
#pragma once

#include "client/cli/line/call.h"
#include "proto/net/async.h"

namespace dftp::cli {

struct Context;
class Report;

using VerbTask = net::Task<Result<void>>;

VerbTask list(Context& context, const Call& call, Report& report);
VerbTask stat(Context& context, const Call& call, Report& report);
VerbTask md5(Context& context, const Call& call, Report& report);
VerbTask show_space(Context& context, const Call& call, Report& report);

VerbTask get(Context& context, const Call& call, Report& report);
VerbTask put(Context& context, const Call& call, Report& report);
VerbTask verify(Context& context, const Call& call, Report& report);
VerbTask synchronize(Context& context, const Call& call, Report& report);
VerbTask cat(Context& context, const Call& call, Report& report);

VerbTask make_directories(Context& context, const Call& call, Report& report);
VerbTask remove(Context& context, const Call& call, Report& report);
VerbTask bookmark(Context& context, const Call& call, Report& report);
VerbTask remove_directories(Context& context, const Call& call, Report& report);
VerbTask move(Context& context, const Call& call, Report& report);
VerbTask make_link(Context& context, const Call& call, Report& report);
VerbTask change_mode(Context& context, const Call& call, Report& report);

VerbTask find(Context& context, const Call& call, Report& report);
VerbTask disk_usage(Context& context, const Call& call, Report& report);
VerbTask copy(Context& context, const Call& call, Report& report);
VerbTask touch(Context& context, const Call& call, Report& report);
VerbTask compare(Context& context, const Call& call, Report& report);
VerbTask tail(Context& context, const Call& call, Report& report);
VerbTask watch(Context& context, const Call& call, Report& report);
VerbTask echo(Context& context, const Call& call, Report& report);
VerbTask who(Context& context, const Call& call, Report& report);
VerbTask say(Context& context, const Call& call, Report& report);

VerbTask discover(Context& context, const Call& call, Report& report);
VerbTask doctor(Context& context, const Call& call, Report& report);

VerbTask exec(Context& context, const Call& call, Report& report);

VerbTask change_directory(Context& context, const Call& call, Report& report);
VerbTask print_directory(Context& context, const Call& call, Report& report);
VerbTask change_local_directory(Context& context, const Call& call, Report& report);
VerbTask print_local_directory(Context& context, const Call& call, Report& report);
VerbTask list_local(Context& context, const Call& call, Report& report);
VerbTask make_local_directories(Context& context, const Call& call, Report& report);
VerbTask open(Context& context, const Call& call, Report& report);
VerbTask show_jobs(Context& context, const Call& call, Report& report);
VerbTask wait_for_jobs(Context& context, const Call& call, Report& report);
VerbTask cancel_jobs(Context& context, const Call& call, Report& report);
VerbTask show_history(Context& context, const Call& call, Report& report);
VerbTask complete(Context& context, const Call& call, Report& report);
VerbTask print_completions(Context& context, const Call& call, Report& report);
VerbTask help(Context& context, const Call& call, Report& report);
VerbTask close(Context& context, const Call& call, Report& report);
VerbTask quit(Context& context, const Call& call, Report& report);

}  // namespace dftp::cli
