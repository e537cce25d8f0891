#include "fuse/operations.h"

#include <unistd.h>

#include <cerrno>

#include "fuse/death_watch.h"
#include "fuse/mount_point.h"
#include "fuse/operations_request.h"
#include "proto/net/signals.h"

namespace dftp::mount {
namespace {

// A request with what libfuse says it needs besides the largest write.
constexpr std::size_t input_bytes = 1024 * 1024 + 64 * 1024;
// Requests in a row before the answers get their turn.
constexpr int requests_at_once = 16;
constexpr unsigned max_background = 256, background_busy = 192;
// More would be read for nothing by programs that map files and jump about in them.
constexpr unsigned kernel_read_ahead_kib = 1024;
constexpr std::int32_t notify_inc_epoch = 8;  // of the kernel's protocol, from Linux 6.16 on

class Mounted final : public KernelMount {
 public:
  Mounted(Filesystem& filesystem, Notifier& notifier, const std::string& directory)
      : notifier_(notifier), directory_(directory), served_{filesystem} {}
  ~Mounted() override {
    notifier_.stop();
    if (session_) fuse_session_destroy(session_);
  }

  Result<void> mount();
  Task<void> serve(std::function<void()> ready) override;
  void stop() override;
  void unmount() override;

 private:
  static void init(void* userdata, fuse_conn_info* connection);
  static ssize_t read_request(int fd, void* buffer, std::size_t size, void* userdata);
  static ssize_t write_answer(int fd, iovec* pieces, int count, void* userdata);
  std::vector<std::string> arguments() const;
  // False: there are no more.
  enum class Taken { one, none, end };
  Taken take_request();
  void send(const KernelInvalidation& notice);

  Notifier& notifier_;
  const std::string directory_;
  Served served_;
  fuse_session* session_ = nullptr;
  std::unique_ptr<net::Readiness> readiness_;
  bool stopped_ = false;
};

std::string escaped(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == ',' || c == '\\') plain += '\\';
    plain += c;
  }
  return plain;
}

std::vector<std::string> Mounted::arguments() const {
  const MountOptions& options = served_.filesystem.options();
  // A server's set-id programs and devices are not this machine's, unless it is told so.
  std::vector<std::string> words = {"fsname=" + escaped(options.source.text()), "subtype=dftp", "nosuid", "nodev"};
  words.insert(words.end(), options.kernel.begin(), options.kernel.end());
  if (options.read_only || !served_.filesystem.session().granted().write) words.emplace_back("ro");
  if (options.allow_other) words.emplace_back("allow_other");
  if (options.checks_permissions()) words.emplace_back("default_permissions");
  std::vector<std::string> arguments = {"dftp-mount"};
  for (const std::string& word : words) arguments.insert(arguments.end(), {"-o", word});
  return arguments;
}

Result<void> Mounted::mount() {
  fuse_lowlevel_ops table{};
  table.init = init;
  add_names(table);
  add_attributes(table);
  add_files(table);
  add_directories(table);

  const auto words = arguments();
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  fuse_args arguments = FUSE_ARGS_INIT(static_cast<int>(pointers.size()), pointers.data());
  session_ = fuse_session_new(&arguments, &table, sizeof table, &served_);
  fuse_opt_free_args(&arguments);
  served_.session = session_;
  if (!session_) return fail(Code::usage, directory_, "libfuse does not take these options");
  if (fuse_session_mount(session_, directory_.c_str()) != 0) {
    return fail(Code::denied, directory_, "cannot be mounted on; libfuse has said why");
  }
  const fuse_custom_io io{
      .writev = write_answer, .read = read_request, .splice_receive = nullptr, .splice_send = nullptr};
  const int fd = fuse_session_fd(session_);
  if (fuse_session_custom_io(session_, &io, fd) != 0) {
    return fail(Code::io, directory_, "libfuse does not take its input from here");
  }
  readiness_ = std::make_unique<net::Readiness>(served_.filesystem.session().executor(), fd);
  notifier_.start([this](const KernelInvalidation& notice) { send(notice); });
  return {};
}

void Mounted::init(void* userdata, fuse_conn_info* connection) {
  auto& at = *static_cast<Served*>(userdata);
  if (at.init.maps_direct()) at.filesystem.files().allow_direct();
  connection->want |=
      connection->capable & (FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_ASYNC_DIO | FUSE_CAP_READDIRPLUS |
                             FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_POSIX_LOCKS |
                             FUSE_CAP_FLOCK_LOCKS | FUSE_CAP_DONT_MASK | FUSE_CAP_EXPLICIT_INVAL_DATA);
  // Each write of our own would throw away the pages that it has just filled. Pipes only cost where there is TLS.
  connection->want &= ~(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
  connection->max_background = max_background;
  connection->congestion_threshold = background_busy;
  connection->max_readahead = kernel_read_ahead_kib * 1024;
  connection->time_gran = 1;
}

ssize_t Mounted::read_request(int fd, void* buffer, std::size_t size, void* userdata) {
  const ssize_t got = ::read(fd, buffer, std::min(size, input_bytes));
  if (got > 0) {
    static_cast<Served*>(userdata)->init.see({static_cast<const std::byte*>(buffer), static_cast<std::size_t>(got)});
  }
  return got;
}

ssize_t Mounted::write_answer(int fd, iovec* pieces, int count, void* userdata) {
  static_cast<Served*>(userdata)->init.change(pieces, count);
  return ::writev(fd, pieces, count);
}

// ---- serving

Mounted::Taken Mounted::take_request() {
  if (!served_.input) {
    served_.input = std::make_shared<client::Buffer>(input_bytes);
    served_.input->resize(input_bytes);
  }
  fuse_buf buffer{};
  buffer.mem = served_.input->mutable_bytes().data();
  buffer.size = input_bytes;
  const int got = fuse_session_receive_buf(session_, &buffer);
  if (got == -EAGAIN || got == -EINTR) return Taken::none;
  if (got <= 0) return Taken::end;
  buffer.size = static_cast<std::size_t>(got);
  fuse_session_process_buf(session_, &buffer);
  return fuse_session_exited(session_) ? Taken::end : Taken::one;
}

Task<void> Mounted::serve(std::function<void()> ready) {
  bool is_ready = false, crowded = false;
  while (!stopped_) {
    Taken taken = take_request();
    // A single program waits for its answer before it asks for more; of many what they ask goes out together.
    if (taken == Taken::one && !crowded) co_await net::yield();
    int more = 0;
    for (; taken == Taken::one && more < requests_at_once; ++more) taken = take_request();
    crowded = more > 2;  // the last of them mostly finds nothing
    if (taken == Taken::end) co_return;
    // The first request is INIT.
    if (!std::exchange(is_ready, true)) ready();
    if (taken == Taken::none && !stopped_) co_await readiness_->readable();
    if (taken == Taken::one) co_await net::sleep_for({});
  }
}

void Mounted::stop() {
  stopped_ = true;
  readiness_->close();
}

void Mounted::unmount() {
  notifier_.stop();
  if (session_) fuse_session_unmount(session_);
}

// On the notifier's thread. The kernel does not know everything that it is told about: errors mean nothing.
void Mounted::send(const KernelInvalidation& notice) {
  switch (notice.kind) {
    case KernelInvalidation::Kind::attributes: fuse_lowlevel_notify_inval_inode(session_, notice.node, -1, 0); break;
    case KernelInvalidation::Kind::data: fuse_lowlevel_notify_inval_inode(session_, notice.node, 0, 0); break;
    case KernelInvalidation::Kind::name:
      // Not invalidated: what is mounted on it, and who works in it, stays.
      fuse_lowlevel_notify_expire_entry(session_, notice.node, notice.name.c_str(), notice.name.size(),
                                        FUSE_LL_EXPIRE_ONLY);
      break;
    case KernelInvalidation::Kind::release_entry:
      fuse_lowlevel_notify_inval_entry(session_, notice.node, notice.name.c_str(), notice.name.size());
      break;
    case KernelInvalidation::Kind::all_names: {
      struct {
        std::uint32_t length;
        std::int32_t code;
        std::uint64_t unique;
      } header{sizeof header, notify_inc_epoch, 0};
      (void)!::write(fuse_session_fd(session_), &header, sizeof header);
      break;
    }
  }
}

}  // namespace

Result<std::unique_ptr<KernelMount>> KernelMount::make(Filesystem& filesystem, Notifier& notifier,
                                                       const std::string& directory) {
  auto mounted = std::make_unique<Mounted>(filesystem, notifier, directory);
  if (auto done = mounted->mount(); !done) return std::unexpected(done.error());
  if (const auto entry = mounted_on(directory)) {
    // Without root the kernel stays at 128 KiB; what is read ahead here makes up for it.
    (void)set_kernel_read_ahead(entry->device, kernel_read_ahead_kib);
    watch_for_death(entry->device);
  }
  return std::unique_ptr<KernelMount>(std::move(mounted));
}

}  // namespace dftp::mount
