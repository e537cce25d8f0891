#include "fuse/notifier.h"

namespace dftp::mount {
namespace {

// More single names than this and the kernel is asked to look at all of them again.
constexpr std::size_t max_waiting = 10000;

}  // namespace

void Notifier::start(Send send) {
  send_ = std::move(send);
  running_ = true;
  thread_ = std::thread([this] { run(); });
}

void Notifier::stop() {
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
  }
  changed_.notify_all();
  {
    const std::lock_guard joining(joining_);
    if (thread_.joinable()) thread_.join();
  }
  std::unique_lock lock(mutex_);
  const auto left = std::exchange(after_, {});
  lock.unlock();
  for (const auto& [number, done] : left) done();
}

void Notifier::mode(Node node) {
  if (on_attributes) on_attributes(node);
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
  }
  send_({KernelInvalidation::Kind::attributes, node, {}});
}

void Notifier::after(std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    if (running_ && sent_ != put_) return after_.emplace_back(put_, std::move(done)), void();
  }
  done();
}

void Notifier::attributes(Node node) {
  if (on_attributes) on_attributes(node);
  put({KernelInvalidation::Kind::attributes, node, {}});
}

void Notifier::data(Node node) {
  if (on_data) on_data(node);
  put({KernelInvalidation::Kind::data, node, {}});
}

void Notifier::put(KernelInvalidation notice) {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    const bool crowded = waiting_.size() > max_waiting;
    if (crowded && notice.kind == KernelInvalidation::Kind::release_entry) return;  // there will be others
    if (crowded && notice.kind == KernelInvalidation::Kind::name)
      notice = {KernelInvalidation::Kind::all_names, missing, {}};
    if (!known_.insert(notice).second) return;
    waiting_.push_back(std::move(notice));
    ++put_;
  }
  changed_.notify_all();
}

void Notifier::run() {
  std::unique_lock lock(mutex_);
  while (running_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const KernelInvalidation notice = std::move(waiting_.front());
    waiting_.pop_front();
    known_.erase(notice);
    lock.unlock();
    send_(notice);
    lock.lock();
    ++sent_;
    while (!after_.empty() && after_.front().first <= sent_) {
      const auto done = std::move(after_.front().second);
      after_.pop_front();
      lock.unlock();
      done();
      lock.lock();
    }
  }
}

}  // namespace dftp::mount
