#include "client/cli/open_session.h"

namespace dftp::cli {

net::Task<Result<LoginReply>> open_session(Context& context, const Url& url) {
  if (const auto reached = co_await reach(context); !reached) co_return std::unexpected(reached.error());
  const auto known = co_await context.remote.stat(url.path);
  if (!known) co_return std::unexpected(known.error());
  if (known->type != FileType::directory) {
    co_return fail(Code::not_directory, url.path.absolute(), "is no directory; a session begins in one");
  }
  context.directory = url.path;
  co_return co_await log_in(context);
}

}  // namespace dftp::cli
