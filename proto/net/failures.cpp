#include "proto/net/failures.h"

#include <new>
#include <stdexcept>

namespace dftp::net {
namespace {

thread_local Failed watcher;

}  // namespace

Error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return {Code::io, "ENOMEM", {}, "there is not enough memory for this"};
  } catch (const std::length_error&) {
    return {Code::io, "ENOMEM", {}, "this would take more memory than there is"};
  } catch (const std::exception& error) {
    return {Code::io, {}, {}, std::string("a fault in this program: ") + error.what()};
  } catch (...) {
    return {Code::io, {}, {}, "a fault in this program"};
  }
}

void watch_failures(Failed told) {
  watcher = std::move(told);
}

bool tell_failure(const Error& error) noexcept {
  if (!watcher) return false;
  try {
    watcher(error);
  } catch (...) {
    // There was no memory to tell of it.
  }
  return true;
}

// This is the one place that decides.
void spawn(Executor executor, Task<void> task, Failed failed) {
  asio::co_spawn(executor, std::move(task), [failed = std::move(failed)](std::exception_ptr thrown) {
    if (!thrown) return;
    const Error error = error_of(thrown);
    const bool told = tell_failure(error);
    if (!told && !failed) std::rethrow_exception(thrown);
    if (failed) failed(error);
  });
}

Task<Result<void>> caught(Task<Result<void>> task) {
  std::exception_ptr thrown;
  try {
    co_return co_await std::move(task);
  } catch (...) {
    thrown = std::current_exception();
  }
  const Error error = error_of(thrown);
  tell_failure(error);
  co_return std::unexpected(error);
}

}  // namespace dftp::net
