#include "client/cli/enter.h"

namespace dftp::cli {

net::Task<Result<LoginReply>> enter(Context& context, const Url& url) {
  auto login = co_await log_in(context);
  if (!login) co_return login;
  const auto known = co_await context.remote.stat(url.path);
  if (!known) co_return std::unexpected(known.error());
  if (known->type != FileType::directory) {
    co_return fail(Code::not_directory, url.path.absolute(), "is no directory; a session begins in one");
  }
  context.directory = url.path;
  co_return login;
}

}  // namespace dftp::cli
