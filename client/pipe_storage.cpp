#include "client/pipe_storage.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <mutex>
#include <utility>

#include "proto/storage/descriptor.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

std::unexpected<Error> unsupported() {
  return fail(Code::unsupported, "-", "cannot be done with a pipe");
}

// Waits for a descriptor, or to be interrupted. The flag is an eventfd's count.
class Gate {
 public:
  static Result<Gate> make() {
    Descriptor flag(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!flag) return fail_errno(errno, "-");
    return Gate(std::move(flag));
  }

  void close() const { static_cast<void>(::eventfd_write(flag_.number(), 1)); }
  void open() const {
    eventfd_t count = 0;
    static_cast<void>(::eventfd_read(flag_.number(), &count));
  }

  // Until `descriptor` is ready for `events`. Code::cancelled while the gate is closed.
  Result<void> wait(int descriptor, short events) const {
    std::array<pollfd, 2> waiting{{{flag_.number(), POLLIN, 0}, {descriptor, events, 0}}};
    while (::poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno != EINTR) return fail_errno(errno, "-");
    }
    if (waiting[0].revents) return fail(Code::cancelled, "-", "was interrupted");
    return {};
  }

 private:
  explicit Gate(Descriptor flag) : flag_(std::move(flag)) {}
  Descriptor flag_;
};

// What a pipe cannot do.
class OpenPipe : public PipeStorage {
 public:
  explicit OpenPipe(Gate gate) : gate_(std::move(gate)) {}

  void interrupt() override { gate_.close(); }
  void resume() override { gate_.open(); }
  std::uint64_t position() const override { return position_; }

  Result<std::shared_ptr<Storage>> hold(const RemotePath&, Links) override { return unsupported(); }
  Result<Attributes> stat(const RemotePath&, Links) override { return unsupported(); }
  Result<std::unique_ptr<Listing>> list(const RemotePath&) override { return unsupported(); }
  Result<std::unique_ptr<ReadFile>> open(const RemotePath&, Links) override { return unsupported(); }
  Result<std::string> read_link(const RemotePath&) override { return unsupported(); }
  Result<Space> space(const RemotePath&) override { return unsupported(); }
  Result<OpenedPartial> open_partial(const RemotePath&, std::string_view) override { return unsupported(); }
  Result<void> sync_directory(const RemotePath&) override { return {}; }
  Result<std::size_t> collect_partials(const RemotePath&, std::chrono::seconds) override { return 0; }
  Result<std::size_t> count_partials(const RemotePath&) override { return 0; }
  Result<void> make_directory(const RemotePath&, std::uint32_t) override { return unsupported(); }
  Result<void> remove_directory(const RemotePath&) override { return unsupported(); }
  Result<void> remove(const RemotePath&) override { return unsupported(); }
  Result<void> rename(const RemotePath&, const RemotePath&, bool) override { return unsupported(); }
  Result<void> make_symlink(std::string_view, const RemotePath&, bool) override { return unsupported(); }
  Result<void> set_mode(const RemotePath&, std::uint32_t) override { return unsupported(); }
  Result<void> set_mtime(const RemotePath&, std::int64_t) override { return unsupported(); }

 protected:
  const Gate gate_;
  std::atomic<std::uint64_t> position_ = 0;
};

// ---- reading

class Input final : public OpenPipe, public std::enable_shared_from_this<Input> {
 public:
  Input(Gate gate, int descriptor) : OpenPipe(std::move(gate)), descriptor_(descriptor) {}
  // One opened for this.
  Input(Gate gate, Descriptor own) : OpenPipe(std::move(gate)), own_(std::move(own)), descriptor_(own_.number()) {}

  Result<Attributes> stat(const RemotePath&, Links) override { return attributes(); }
  Result<std::unique_ptr<ReadFile>> open(const RemotePath&, Links) override;
  Result<bool> wait_for_room() override { return false; }

  Attributes attributes() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    Attributes attributes;
    attributes.mode = 0644;
    attributes.mtime_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    return attributes;
  }

  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) {
    const std::lock_guard lock(one_at_a_time_);
    if (offset != position_) return fail(Code::changed, "-", "what was read from the pipe cannot be read again");
    std::size_t have = 0;
    while (have < out.size()) {
      if (auto ready = gate_.wait(descriptor_, POLLIN); !ready) return std::unexpected(ready.error());
      const ssize_t count = ::read(descriptor_, out.data() + have, out.size() - have);
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) return fail_errno(errno, "-");
      if (count == 0) break;
      have += static_cast<std::size_t>(count);
      position_ += static_cast<std::uint64_t>(count);
    }
    return have;
  }

 private:
  const Descriptor own_;
  const int descriptor_;
  std::mutex one_at_a_time_;
};

class InputFile final : public ReadFile {
 public:
  explicit InputFile(std::shared_ptr<Input> pipe) : pipe_(std::move(pipe)) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override { return pipe_->read_at(offset, out); }
  Result<Attributes> attributes() override { return pipe_->attributes(); }
  Result<Extent> extent_at(std::uint64_t offset) override { return Extent{offset, INT64_MAX - offset, false}; }

 private:
  const std::shared_ptr<Input> pipe_;
};

Result<std::unique_ptr<ReadFile>> Input::open(const RemotePath&, Links) {
  return std::make_unique<InputFile>(shared_from_this());
}

// ---- writing

class Output final : public OpenPipe, public std::enable_shared_from_this<Output> {
 public:
  // One that stays the caller's.
  Output(Gate gate, int descriptor, bool md5);
  // One opened for this, without blocking.
  Output(Gate gate, Descriptor own, std::string name, bool md5)
      : OpenPipe(std::move(gate)),
        name_(std::move(name)),
        own_(std::move(own)),
        descriptor_(own_.number()),
        at_once_(SIZE_MAX),
        hash_(md5 ? std::optional<Md5>(std::in_place) : std::nullopt) {}

  // As for a name that is free.
  Result<Attributes> stat(const RemotePath&, Links) override { return fail(Code::not_found, name_, "is a pipe"); }
  Result<OpenedPartial> open_partial(const RemotePath&, std::string_view) override;
  Result<bool> wait_for_room() override {
    pollfd now{descriptor_, POLLOUT, 0};
    if (::poll(&now, 1, 0) != 0) return false;
    if (auto ready = gate_.wait(descriptor_, POLLOUT); !ready) return std::unexpected(std::move(ready.error()));
    return true;
  }

  // Skips what was delivered, and writes the rest.
  Result<void> write_at(std::uint64_t offset, Bytes data) {
    const std::lock_guard lock(one_at_a_time_);
    if (offset > position_) return fail(Code::integrity, name_, "bytes for a pipe came out of order");
    Bytes rest = data.subspan(std::min<std::uint64_t>(position_ - offset, data.size()));
    while (!rest.empty()) {
      if (auto ready = gate_.wait(descriptor_, POLLOUT); !ready) return ready;
      const ssize_t count = ::write(descriptor_, rest.data(), std::min(rest.size(), at_once_));
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) return fail_errno(errno, name_);
      const auto written = static_cast<std::size_t>(count);
      if (hash_) hash_->update(rest.first(written));
      position_ += written;
      rest = rest.subspan(written);
    }
    return {};
  }

  // Asked for when the file is whole, and again if the connection was lost behind that: nothing is written any more.
  std::optional<Digest> whole_md5() {
    const std::lock_guard lock(one_at_a_time_);
    if (hash_) digest_ = std::exchange(hash_, std::nullopt)->finish();
    return digest_;
  }

 private:
  const std::string name_ = "-";
  Descriptor own_;
  int descriptor_;
  std::size_t at_once_;  // what is written without blocking once poll() says that there is room
  std::optional<Md5> hash_;
  std::optional<Digest> digest_;
  std::mutex one_at_a_time_;
};

// A pipe opened once more has flags of its own: it can be made non-blocking without doing so to whoever shares it.
// Where that fails, PIPE_BUF bytes fit whenever poll() says that something fits.
Output::Output(Gate gate, int descriptor, bool md5)
    : OpenPipe(std::move(gate)),
      descriptor_(descriptor),
      at_once_(PIPE_BUF),
      hash_(md5 ? std::optional<Md5>(std::in_place) : std::nullopt) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return;
  if (S_ISREG(status.st_mode)) at_once_ = SIZE_MAX;
  if (!S_ISFIFO(status.st_mode)) return;
  const std::string name = "/proc/self/fd/" + std::to_string(descriptor);
  own_ = Descriptor(::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  if (!own_) return;
  descriptor_ = own_.number();
  at_once_ = SIZE_MAX;
}

class OutputFile final : public PartialFile {
 public:
  explicit OutputFile(std::shared_ptr<Output> pipe) : pipe_(std::move(pipe)) {}

  Result<std::size_t> read_at(std::uint64_t, MutableBytes) override { return unsupported(); }
  Result<Extent> extent_at(std::uint64_t offset) override { return Extent{offset, 0, false}; }
  Result<Attributes> attributes() override {
    Attributes attributes;
    attributes.size = pipe_->position();
    return attributes;
  }

  // Ranges are asked for from a leaf's edge on; write_at() skips what that brings again.
  std::uint64_t verified_prefix() override { return pipe_->position() / limits::leaf_bytes * limits::leaf_bytes; }
  std::optional<Digest> whole_md5() override { return pipe_->whole_md5(); }
  Result<void> write_at(std::uint64_t offset, Bytes data) override { return pipe_->write_at(offset, data); }
  Result<void> zero(std::uint64_t offset, std::uint64_t length) override {
    static constexpr std::array<std::byte, 64 * 1024> zeros{};
    while (length > 0) {
      const auto count = std::min<std::uint64_t>(length, zeros.size());
      if (auto written = pipe_->write_at(offset, Bytes(zeros).first(count)); !written) return written;
      offset += count;
      length -= count;
    }
    return {};
  }
  Result<void> truncate(std::uint64_t size) override {
    if (size < pipe_->position()) return fail(Code::changed, "-", "what was delivered cannot be taken back");
    return {};
  }
  Result<void> check_room(std::uint64_t) override { return {}; }
  Result<void> copy_target(std::uint64_t) override { return fail(Code::not_found, "-", "is a pipe"); }
  Result<void> prepare(const Publish&) override { return {}; }
  Result<void> flush() override { return {}; }
  Result<Attributes> publish(const Publish&) override { return attributes(); }
  Result<void> discard() override { return {}; }

 private:
  const std::shared_ptr<Output> pipe_;
};

Result<Storage::OpenedPartial> Output::open_partial(const RemotePath&, std::string_view) {
  return OpenedPartial{std::make_unique<OutputFile>(shared_from_this()), false};
}

}  // namespace

Result<std::shared_ptr<PipeStorage>> make_pipe_source(int descriptor) {
  auto gate = Gate::make();
  if (!gate) return std::unexpected(std::move(gate.error()));
  return std::make_shared<Input>(std::move(*gate), descriptor);
}

namespace {

// What the kernel makes up when it is read has no size, or one that says nothing.
bool is_made_up(int file, const struct stat& status) {
  char byte = 0;
  if (status.st_size == 0) return ::pread(file, &byte, 1, 0) > 0;
  struct ::statfs system{};
  constexpr long made_up[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC,        DEBUGFS_MAGIC,
                              TRACEFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC};
  return ::fstatfs(file, &system) == 0 && std::ranges::find(made_up, system.f_type) != std::end(made_up);
}

}  // namespace

Result<std::shared_ptr<PipeStorage>> open_pipe_source(const std::filesystem::path& path) {
  struct stat status{};
  // What cannot be looked at is no pipe: whoever opens it says why.
  if (::stat(path.c_str(), &status) != 0) return nullptr;
  const bool in_order = S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode);
  if (!in_order && !S_ISREG(status.st_mode)) return nullptr;
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file && !in_order) return nullptr;
  if (!file) return fail_errno(errno, path.string());
  if (!in_order && !is_made_up(file.number(), status)) return nullptr;
  auto gate = Gate::make();
  if (!gate) return std::unexpected(std::move(gate.error()));
  return std::make_shared<Input>(std::move(*gate), std::move(file));
}

Result<std::shared_ptr<PipeStorage>> make_pipe_sink(int descriptor, bool md5) {
  // What is opened here is closed on exec; what came over an exec is not.
  const int flags = ::fcntl(descriptor, F_GETFD);
  if (flags < 0 || (flags & FD_CLOEXEC) != 0) {
    return fail(Code::not_found, "descriptor " + std::to_string(descriptor), "is not open");
  }
  auto gate = Gate::make();
  if (!gate) return std::unexpected(std::move(gate.error()));
  return std::make_shared<Output>(std::move(*gate), descriptor, md5);
}

Result<std::shared_ptr<PipeStorage>> open_pipe_sink(const std::filesystem::path& path, bool md5) {
  auto gate = Gate::make();
  if (!gate) return std::unexpected(std::move(gate.error()));
  Descriptor file(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file && errno == ENXIO) return fail(Code::unsupported, path.string(), "nobody reads from it");
  if (!file) return fail_errno(errno, path.string());
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return fail_errno(errno, path.string());
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) {
    return fail(Code::unsupported, path.string(), "cannot be written like a file");
  }
  return std::make_shared<Output>(std::move(*gate), std::move(file), path.string(), md5);
}

}  // namespace dftp::client
