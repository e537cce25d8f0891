// The configuration that holds now, which a reload may replace by another.
#pragma once

#include <memory>
#include <mutex>

#include "server/config/config.h"

namespace dftp::server {

// Thread-safe. Whoever asks for two values that belong together, or waits in between, takes one get() and keeps it.
class CurrentConfig {
 public:
  explicit CurrentConfig(Config config) : now_(std::make_shared<const Config>(std::move(config))) {}

  std::shared_ptr<const Config> get() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  // One value of it.
  std::shared_ptr<const Config> operator->() const { return get(); }
  void set(Config config) {
    auto next = std::make_shared<const Config>(std::move(config));
    const std::lock_guard lock(mutex_);
    now_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Config> now_;  // protected by mutex_
};

}  // namespace dftp::server
