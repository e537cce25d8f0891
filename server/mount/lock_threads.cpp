#include "server/mount/lock_threads.h"

#include <signal.h>

#include <cerrno>
#include <chrono>

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// A signal that comes before the system call begins is lost, so it is sent again.
constexpr auto signal_again = 2ms;
constexpr auto ask_again = 1s;
// The default is to ignore it, so it harms no thread that does not expect it.
constexpr int wake_up = SIGURG;

// A handler, and no SA_RESTART: the system call ends with EINTR.
void make_interruptible() {
  static const bool done = [] {
    struct ::sigaction action{};
    action.sa_handler = [](int) {};
    return ::sigaction(wake_up, &action, nullptr) == 0;
  }();
  (void)done;
}

void take_only_wake_up() {
  sigset_t others;
  ::sigfillset(&others);
  ::sigdelset(&others, wake_up);
  ::pthread_sigmask(SIG_SETMASK, &others, nullptr);
}

}  // namespace

LockThreads::LockThreads(std::size_t max) : max_(max) {
  make_interruptible();
}

LockThreads::~LockThreads() {
  Lock lock(mutex_);
  changed_.wait(lock, [&] { return running_ == 0 && queued_.empty(); });
}

void LockThreads::start(const std::shared_ptr<Job>& job) {
  const Lock lock(mutex_);
  queued_.push_back(job);
  begin_queued();
  if (!queued_.empty()) wake_keeper();
}

void LockThreads::begin_queued() {
  while (running_ < max_ && !queued_.empty()) {
    try {
      std::thread([this, job = queued_.front()] { run(job); }).detach();
    } catch (const std::system_error&) {
      return;  // no thread to be had: it is asked for from time to time
    }
    queued_.front()->state = Job::State::running;
    queued_.pop_front();
    ++running_;
  }
}

void LockThreads::run(std::shared_ptr<Job> job) {
  take_only_wake_up();
  Lock lock(mutex_);
  job->thread = ::pthread_self();
  int error = EINTR;
  while (error == EINTR && !job->interrupted) {
    lock.unlock();
    error = job->ask(true);
    lock.lock();
  }
  job->state = Job::State::done;
  lock.unlock();
  job->ended(error);
  job.reset();  // with all that it holds, before this object may end
  lock.lock();
  --running_;
  begin_queued();
  changed_.notify_all();
}

void LockThreads::interrupt(const std::shared_ptr<Job>& job) {
  const Lock lock(mutex_);
  if (job->state == Job::State::done || job->interrupted) return;
  job->interrupted = true;
  interrupted_.push_back(job);
  wake_keeper();
}

void LockThreads::wake_keeper() {
  if (!keeper_.joinable()) keeper_ = std::jthread([this](const std::stop_token& stopped) { keep(stopped); });
  changed_.notify_all();
}

void LockThreads::keep(const std::stop_token& stopped) {
  Lock lock(mutex_);
  while (!stopped.stop_requested()) {
    if (!interrupted_.empty()) {
      ask_queued(lock, false);
      if (interrupt_all()) changed_.wait_for(lock, stopped, signal_again, [] { return false; });
    } else if (!queued_.empty()) {
      changed_.wait_for(lock, stopped, ask_again, [&] { return !interrupted_.empty(); });
      ask_queued(lock, true);
    } else {
      changed_.wait(lock, stopped, [&] { return !interrupted_.empty() || !queued_.empty(); });
    }
  }
}

// False when none is left that has not ended.
bool LockThreads::interrupt_all() {
  std::erase_if(interrupted_, [](const auto& job) { return job->state == Job::State::done; });
  for (const auto& job : interrupted_)
    if (job->state == Job::State::running && job->thread) ::pthread_kill(job->thread, wake_up);
  return !interrupted_.empty();
}

// Of those that have no thread each is asked for without waiting, if `all`, and ends if it was
// interrupted. The lock is let go meanwhile.
void LockThreads::ask_queued(Lock& lock, bool all) {
  Jobs asked;
  asked.swap(queued_);
  running_ += 1;  // so that this object does not end
  lock.unlock();
  for (auto at = asked.begin(); at != asked.end();) {
    const auto job = *at;
    lock.lock();
    const bool interrupted = job->interrupted;
    lock.unlock();
    const int error = interrupted ? EINTR : all ? job->ask(false) : EAGAIN;
    if (!interrupted && (error == EAGAIN || error == EINTR)) {
      ++at;
      continue;
    }
    at = asked.erase(at);
    lock.lock();
    job->state = Job::State::done;
    lock.unlock();
    job->ended(error);
  }
  lock.lock();
  queued_.splice(queued_.begin(), asked);
  running_ -= 1;
  begin_queued();
  changed_.notify_all();
}

}  // namespace dftp::server
