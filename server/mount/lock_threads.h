// Waits in the kernel for locks that programs of this machine hold: only a blocking system call
// tells when they are given back, so each wait takes a thread. What there is no thread for is asked
// for once a second.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace dftp::server {

// Thread-safe. It must outlive all that it has begun; its end waits for that.
class LockThreads {
 public:
  struct Job {
    // One system call, which waits if it is told to; 0, or an errno.
    std::function<int(bool wait)> ask;
    // Called once, on a thread of this object: what the last call has brought, EINTR after
    // interrupt().
    std::function<void(int error)> ended;

   private:
    friend class LockThreads;
    enum class State { queued, running, done } state = State::queued;
    bool interrupted = false;
    pthread_t thread{};
  };

  // `max`: threads at a time.
  explicit LockThreads(std::size_t max);
  ~LockThreads();

  void start(const std::shared_ptr<Job>& job);
  // Ends it soon. It may have got its lock before.
  void interrupt(const std::shared_ptr<Job>& job);

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Jobs = std::list<std::shared_ptr<Job>>;
  void run(std::shared_ptr<Job> job);
  void begin_queued();
  void wake_keeper();
  void keep(const std::stop_token& stopped);
  bool interrupt_all();
  void ask_queued(Lock& lock, bool all);

  const std::size_t max_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::size_t running_ = 0;
  Jobs queued_, interrupted_;
  std::jthread keeper_;
};

}  // namespace dftp::server
