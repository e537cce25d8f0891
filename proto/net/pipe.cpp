#include "proto/net/pipe.h"

#include <sys/socket.h>

#include <asio/redirect_error.hpp>
#include <cerrno>

namespace dftp::net {
namespace {

using Wait = asio::posix::stream_descriptor::wait_type;

// False when it was closed meanwhile.
Task<bool> ready(asio::posix::stream_descriptor& descriptor, Wait what) {
  asio::error_code error;
  co_await descriptor.async_wait(what, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

std::unexpected<Error> closed() {
  return fail(Code::cancelled, {}, "the pipe was closed");
}

}  // namespace

Pipe::Pipe(Executor executor, UniqueFd fd) : descriptor_(executor) {
  asio::error_code error;
  descriptor_.assign(fd.get(), error);
  if (error) return;
  fd.release();
  descriptor_.native_non_blocking(true, error);
}

Task<Result<std::size_t>> Pipe::read_some(MutableBytes out) {
  while (descriptor_.is_open()) {
    const ssize_t got = ::read(descriptor_.native_handle(), out.data(), out.size());
    if (got >= 0) co_return static_cast<std::size_t>(got);
    const int number = errno;
    // ECONNRESET: of a socket pair whose other side left something unread.
    if (number == ECONNRESET) co_return std::size_t{0};
    if (number != EAGAIN && number != EINTR) co_return fail_errno(number, "pipe");
    bool open = true;
    if (number == EAGAIN) open = co_await ready(descriptor_, Wait::wait_read);
    if (!open) break;
  }
  co_return closed();
}

Task<Result<void>> Pipe::write(Bytes data) {
  while (descriptor_.is_open()) {
    if (data.empty()) co_return Result<void>();
    const ssize_t put = ::write(descriptor_.native_handle(), data.data(), data.size());
    if (put >= 0) {
      data = data.subspan(static_cast<std::size_t>(put));
      continue;
    }
    const int number = errno;
    if (number == EPIPE || number == ECONNRESET) co_return fail(Code::disconnected, {}, "nobody reads the pipe");
    if (number != EAGAIN && number != EINTR) co_return fail_errno(number, "pipe");
    bool open = true;
    if (number == EAGAIN) open = co_await ready(descriptor_, Wait::wait_write);
    if (!open) break;
  }
  co_return closed();
}

void Pipe::close() {
  asio::error_code ignored;
  descriptor_.close(ignored);
}

void Pipe::finish() {
  if (descriptor_.is_open()) ::shutdown(descriptor_.native_handle(), SHUT_WR);
}

}  // namespace dftp::net
