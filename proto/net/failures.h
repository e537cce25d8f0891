// What becomes of exceptions in tasks that nobody awaits: each ends its own task, and somebody is told.
#pragma once

#include <functional>

#include "proto/net/async.h"

namespace dftp::net {

// What an exception says. Memory that is not to be had, and a size that no memory has, is ENOMEM.
Error error_of(const std::exception_ptr& thrown);

using Failed = std::function<void(const Error&)>;
// Of the loop that this thread is going to run: `told` hears of each exception that left a task which was spawned on
// it, or a handler. Without it such an exception ends the process. It may be called at any time until the thread ends.
void watch_failures(Failed told);
// Tells the watcher of this thread. False when there is none.
bool tell_failure(const Error& error) noexcept;

// As spawn(): an exception ends the task, and `failed` hears of it as well, on the executor's thread.
void spawn(Executor executor, Task<void> task, Failed failed);
// The task's result; of an exception that leaves it, what it says.
Task<Result<void>> caught(Task<Result<void>> task);

}  // namespace dftp::net
