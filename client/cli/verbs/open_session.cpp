#include "client/cli/verbs/open_session.h"

#include "client/cli/line/display.h"
#include "client/cli/view/console.h"

namespace dftp::cli {

net::Task<Result<LoginReply>> open_session(Context& context, const RemotePath& directory) {
  if (const auto reached = co_await reach(context); !reached) co_return std::unexpected(reached.error());
  const auto known = co_await context.remote.stat(directory);
  if (!known) co_return std::unexpected(known.error());
  if (known->type != FileType::directory) {
    co_return fail(Code::not_directory, directory.absolute(), "is not a directory; a session begins in one");
  }
  context.directory = directory;
  co_return co_await log_in(context);
}

void greet(Context& context, const LoginReply& login) {
  if (!context.interactive) return;
  context.console.note("Connected to " + context.session.options().endpoint.text() + " as " + printable(login.user) +
                       (login.write ? "" : ", for reading only") + ". help lists the commands.");
}

}  // namespace dftp::cli
