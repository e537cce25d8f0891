#include "client/remote.h"

#include <algorithm>

#include "client/transient.h"
#include "proto/wire/encoding.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

std::unexpected<Error> broken(const RemotePath& path, std::string what) {
  return fail(Code::protocol, path.absolute(), "the server's answer is wrong: " + std::move(what));
}

// Entries behind `after`, in order, with names that are names.
Result<std::vector<RemoteEntry>> entries_of(const ListReply& reply, const RemotePath& path, std::string_view after) {
  const std::size_t count = reply.names.size();
  if (reply.types.size() != count || reply.sizes.size() != count || reply.mtimes.size() != count ||
      reply.modes.size() != count) {
    return broken(path, "columns of different lengths");
  }
  if (reply.more && count == 0) return broken(path, "an empty page before the end");
  std::vector<RemoteEntry> entries;
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& name = reply.names[i].bytes;
    if (!RemotePath().child(name)) return broken(path, "an entry that is no name");
    const std::string_view before = i ? std::string_view(entries.back().name) : after;
    if (name <= before) return broken(path, "entries out of order");
    entries.push_back({name, reply.types[i], reply.sizes[i], reply.mtimes[i], reply.modes[i] & 07777});
  }
  return entries;
}

Result<void> done(const Result<Empty>& reply) {
  if (!reply) return std::unexpected(reply.error());
  return {};
}

}  // namespace

template <class Request>
net::Task<Result<ReplyTo<Request>>> Remote::call(const Request& request, net::Duration limit) {
  for (bool again = false;; again = true) {
    const auto connection = co_await session_.connection();
    if (!connection) co_return std::unexpected(connection.error());
    auto reply = co_await (*connection)->call(request, limit);
    const bool lost = !reply && !(*connection)->open();
    if (!lost || again || !RowOf<Request>::repeatable || !is_transient(reply.error().code)) co_return reply;
  }
}

net::Task<Result<std::vector<RemoteEntry>>> RemoteListing::next() {
  if (!more_) co_return std::vector<RemoteEntry>();
  const auto reply = co_await remote_->call(request_);
  if (!reply) co_return std::unexpected(reply.error());
  auto entries = entries_of(*reply, request_.path, request_.after.bytes);
  if (!entries) co_return entries;
  more_ = reply->more;
  if (more_) request_.after.bytes = entries->back().name;
  co_return entries;
}

net::Task<Result<EchoReply>> Remote::echo(const std::string& text) {
  const Echo request{Name{text}};
  auto reply = co_await call(request);
  if (reply && reply->text.bytes != text) co_return fail(Code::protocol, "echo", "the server's answer is another text");
  co_return reply;
}

net::Task<Result<std::uint64_t>> Remote::say(const std::string& text, const std::string& user) {
  const Say request{text, user};
  const auto reply = co_await call(request);
  if (!reply) co_return std::unexpected(reply.error());
  co_return reply->sessions;
}

net::Task<Result<std::vector<SessionInfo>>> Remote::sessions() {
  std::vector<SessionInfo> all;
  Who request;
  for (bool more = true; more;) {
    auto page = co_await call(request);
    if (!page) co_return std::unexpected(std::move(page.error()));
    for (SessionInfo& info : page->sessions) {
      if (info.number <= request.after || all.size() >= limits::sessions)
        co_return fail(Code::protocol, "who", "the server's answer is wrong: sessions out of order");
      request.after = info.number;
      all.push_back(std::move(info));
    }
    if (page->more && page->sessions.empty())
      co_return fail(Code::protocol, "who", "the server's answer is wrong: an empty page before the end");
    more = page->more;
  }
  co_return all;
}

net::Task<Result<std::vector<std::string>>> Remote::commands() {
  const Commands request;
  auto reply = co_await call(request);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  co_return std::move(reply->names);
}

net::Task<Result<StatReply>> Remote::stat(const RemotePath& path, bool follow) {
  const Stat request{path, follow};
  co_return co_await call(request);
}

net::Task<Result<std::string>> Remote::read_link(const RemotePath& path) {
  const ReadLink request{path};
  auto reply = co_await call(request);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  co_return std::move(reply->target.bytes);
}

net::Task<Result<StatFsReply>> Remote::space(const RemotePath& path) {
  const StatFs request{path};
  co_return co_await call(request);
}

net::Task<Result<KeptTimes>> Remote::kept_times(const RemotePath& path) {
  const KeptTimesOf request{path};
  const auto reply = co_await call(request);
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->first > reply->last || reply->step < 1) co_return broken(path, "impossible times");
  co_return KeptTimes{reply->first, reply->last, reply->step};
}

net::Task<Result<Md5Reply>> Remote::md5(const RemotePath& path) {
  const Md5Of request{path};
  auto reply = co_await call(request, no_limit);
  if (!reply) co_return reply;
  const auto bytes = from_hex(reply->md5);
  if (!bytes || bytes->size() != limits::digest_bytes) co_return broken(path, "no MD5");
  co_return reply;
}

net::Task<Result<void>> Remote::make_directory(const RemotePath& path, bool parents) {
  const MakeDirectory request{path, parents, std::nullopt, within_};
  co_return done(co_await call(request));
}

net::Task<Result<RemoveReply>> Remote::remove(const RemotePath& path, bool recursive) {
  const Remove request{path, recursive, within_};
  co_return co_await call(request, recursive ? no_limit : net::Duration());
}

net::Task<Result<void>> Remote::rename(const RemotePath& from, const RemotePath& to, bool replace) {
  const Rename request{from, to, replace, within_};
  co_return done(co_await call(request));
}

net::Task<Result<void>> Remote::make_symlink(const std::string& target, const RemotePath& path) {
  const Symlink request{Name{target}, path};
  co_return done(co_await call(request));
}

net::Task<Result<Receipt>> Remote::receipt(const std::string& job) {
  const ReceiptOf request{job};
  co_return co_await call(request);
}

net::Task<Result<void>> Remote::remove_directory(const RemotePath& path) {
  const RemoveDirectory request{path, within_};
  co_return done(co_await call(request));
}

net::Task<Result<void>> Remote::set_mtime(const RemotePath& path, std::int64_t mtime_ns) {
  const Utime request{path, mtime_ns, within_};
  co_return done(co_await call(request));
}

net::Task<Result<void>> Remote::set_mode(const RemotePath& path, std::uint32_t mode) {
  const Chmod request{path, mode, within_};
  co_return done(co_await call(request));
}

net::Task<Result<void>> Remote::touch(const RemotePath& path, bool create) {
  const Touch request{path, std::nullopt, create};
  co_return done(co_await call(request));
}

net::Task<Result<RootsReply>> Remote::roots(const std::vector<RemotePath>& paths) {
  const RootsOf request{paths};
  auto reply = co_await call(request, no_limit);
  const std::size_t count = paths.size();
  if (reply && (reply->roots.size() != count || reply->sizes.size() != count || reply->errors.size() != count))
    co_return fail(Code::protocol, "roots", "the server's answer is wrong: columns of different lengths");
  co_return reply;
}

}  // namespace dftp::client
