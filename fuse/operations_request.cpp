#include "fuse/operations_request.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "fuse/caller_descriptors.h"
#include "fuse/errno_of.h"
#include "proto/wire/time_ns.h"

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

// Who has caught a signal gets so long for what it was doing.
constexpr auto signal_patience = 1s;
constexpr int groups_first = 64;

std::uint64_t bit(int signal) {
  return std::uint64_t{1} << (signal - 1);
}

// Signals that are on their way to a thread.
std::uint64_t pending_signals(pid_t thread) {
  std::ifstream status("/proc/" + std::to_string(thread) + "/status");
  std::uint64_t pending = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigPnd:") || line.starts_with("ShdPnd:")) pending |= std::stoull(line.substr(7), nullptr, 16);
  }
  return pending;
}

}  // namespace

Served& served(fuse_req_t request) {
  return *static_cast<Served*>(fuse_req_userdata(request));
}

Request::Request(fuse_req_t request)
    : request_(request),
      filesystem_(served(request).filesystem),
      context_(*fuse_req_ctx(request)),
      umask_(context_.umask) {}

// Nothing stays without an answer.
Request::~Request() {
  fail(EIO);
}

RequestPointer begin(fuse_req_t request) {
  auto pointer = std::make_shared<Request>(request);
  pointer->self_ = pointer;
  fuse_req_interrupt_func(request, Request::interrupted, pointer.get());
  net::busy_poll_hint();
  return pointer;
}

MaybeCaller Request::caller() const {
  if (!filesystem_.session().granted().act_as || !request_) return std::nullopt;
  fs::Caller caller{context_.uid, context_.gid, {}};
  std::vector<gid_t> groups(groups_first);
  int count = fuse_req_getgroups(request_, static_cast<int>(groups.size()), groups.data());
  if (count > static_cast<int>(groups.size())) {
    groups.resize(static_cast<std::size_t>(count));
    count = fuse_req_getgroups(request_, count, groups.data());
  }
  // A process that has gone has no groups.
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  caller.groups.assign(groups.begin(), groups.end());
  return caller;
}

void Request::fail(int number) {
  answer([&](fuse_req_t request) { return fuse_reply_err(request, number); });
}

void Request::give_content(Node node, client::Buffer& content) {
  if (!request_) return;
  fuse_bufvec pieces = FUSE_BUFVEC_INIT(content.size());
  pieces.buf[0].mem = content.mutable_bytes().data();
  // What it does not take it will ask for.
  (void)fuse_lowlevel_notify_store(served(request_).session, node, 0, &pieces, fuse_buf_copy_flags{});
}

// Any signal interrupts, and a program expects EINTR of few calls on files. So only those count that end it, or by
// which somebody wants it to end; who waits for a lock expects it.
void Request::interrupted(fuse_req_t, void* data) {
  auto& self = *static_cast<Request*>(data);
  const std::uint64_t pending = pending_signals(self.context_.pid);
  if (self.wait) self.wait->cancel();
  if (pending & bit(SIGKILL)) return self.fail(EINTR);
  const std::uint64_t wishes = bit(SIGINT) | bit(SIGTERM) | bit(SIGHUP) | bit(SIGQUIT);
  if (self.wait || pending & wishes) net::spawn(self.filesystem_.session().executor(), give_up_later(self.self_));
}

Task<void> Request::give_up_later(std::weak_ptr<Request> weak) {
  co_await net::sleep_for(signal_patience);
  if (const auto self = weak.lock()) self->fail(EINTR);
}

void Request::is_about(const char* operation, Node node) {
  about_.push_back({{.operation = operation, .node = node}, 0});
  note(about_.back().about);
}

void Request::is_about(const char* operation, Node parent, const char* name, int otherwise) {
  about_.push_back({{.operation = operation, .parent = parent, .name = name}, otherwise});
  note(about_.back().about);
}

void Request::note(const LooksAnew::About& about) {
  const auto back = filesystem_.looks_anew().comes_back(context_.pid, about, Clock::now());
  if (back != LooksAnew::Back::no) back_ = back;
}

bool Request::has_open(Node node) const {
  const std::uint64_t inode = filesystem_.files().inode_of(node);
  return inode != 0 && mount::has_open(context_.pid, inode);
}

bool Request::looks_anew() const {
  return filesystem_.looks_anew().looks(context_.pid, Clock::now());
}

void Request::looked(Node parent, const std::string& name, Node node) {
  filesystem_.looks_anew().looked(context_.pid, parent, name, node, Clock::now());
}

// To ESTALE the kernel goes through the path once more, and believes nothing that it knows of it. When that has led
// nowhere else, there is no such thing.
void Request::fail(const Error& error) {
  const int number = errno_of(error);
  const bool stale = number == ESTALE;
  const auto contradicts = [&](const Named& named) { return number == named.otherwise; };
  if (about_.empty() || (!stale && std::ranges::none_of(about_, contradicts))) return fail(number);
  for (const Named& named : about_) {
    if (!named.about.name.empty()) filesystem_.tree().known().names().erase(named.about.parent, named.about.name);
  }
  if (looked_anew()) return fail(stale && back_ == LooksAnew::Back::as_it_was ? ENOENT : number);
  filesystem_.looks_anew().told(context_.pid, about_.front().about, Clock::now());
  fail(ESTALE);
}

void send_error(const RequestPointer& request, const Error& error) {
  request->fail(error);
}

Task<void> answer(RequestPointer request, Task<Result<void>> work) {
  const auto result = co_await std::move(work);
  if (!result) co_return request->fail(result.error());
  request->fail(0);
}

namespace {

timespec time_of(std::int64_t nanoseconds) {
  const auto time = seconds_and_nanoseconds(nanoseconds);
  return {.tv_sec = time.seconds, .tv_nsec = time.nanoseconds};
}

}  // namespace

struct stat stat_of(const Filesystem& filesystem, const fs::Attr& attr) {
  const MountOptions& options = filesystem.options();
  struct stat status{};
  status.st_ino = attr.inode;
  const auto& mask = S_ISDIR(attr.mode) ? options.dmask : options.fmask;
  status.st_mode = attr.mode & ~mask.value_or(options.umask.value_or(0));
  status.st_nlink = attr.links;
  status.st_uid = options.uid.value_or(attr.uid);
  status.st_gid = options.gid.value_or(attr.gid);
  status.st_rdev = ::makedev(static_cast<unsigned>(attr.device >> 32), static_cast<unsigned>(attr.device));
  status.st_size = static_cast<off_t>(attr.size);
  status.st_blocks = static_cast<blkcnt_t>(attr.blocks);
  status.st_blksize = 4096;
  status.st_atim = time_of(attr.atime);
  status.st_mtim = time_of(attr.mtime);
  status.st_ctim = time_of(attr.ctime);
  return status;
}

fuse_entry_param entry_of(const Filesystem& filesystem, const Entry& entry) {
  fuse_entry_param parameters{};
  parameters.ino = entry.node;
  if (entry.node != missing) parameters.attr = stat_of(filesystem, entry.attr);
  parameters.attr_timeout = seconds(entry.attributes_hold);
  parameters.entry_timeout = seconds(entry.names_hold);
  return parameters;
}

}  // namespace dftp::mount
