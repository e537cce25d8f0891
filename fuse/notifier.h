// Telling the kernel what it must not believe any more, from a thread of its own: the kernel may have to wait for
// answers to requests before it takes a notice in, and those come from the loop. Equal notices that wait are one.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "fuse/metadata_cache.h"

namespace dftp::mount {

struct KernelInvalidation {
  enum class Kind { attributes, data, name, all_names, release_entry } kind;
  Node node = missing;
  std::string name;
  friend auto operator<=>(const KernelInvalidation&, const KernelInvalidation&) = default;
};

class Notifier final : public KernelInvalidations {
 public:
  using Send = std::function<void(const KernelInvalidation& notice)>;
  ~Notifier() override { stop(); }

  // Called on the loop when the content of a node, or its attributes, are not what they were.
  std::function<void(Node node)> on_data, on_attributes;

  // Begins to send; until then there is nobody to be told. `send` is called on the thread, and by mode() on the loop.
  void start(Send send);
  // Once it returns `send` is not called any more. On any thread.
  void stop();

  void attributes(Node node) override;
  void mode(Node node) override;
  void data(Node node) override;
  void pages(Node node) override { put({KernelInvalidation::Kind::data, node, {}}); }
  void name(Node directory, const std::string& name) override {
    put({KernelInvalidation::Kind::name, directory, name});
  }
  void listing(Node directory) override { put({KernelInvalidation::Kind::data, directory, {}}); }
  void all_names() override { put({KernelInvalidation::Kind::all_names, missing, {}}); }
  void release_entry(Node directory, const std::string& name) override {
    put({KernelInvalidation::Kind::release_entry, directory, name});
  }
  void after(std::function<void()> done) override;

 private:
  void put(KernelInvalidation notice);
  void run();

  Send send_;
  std::thread thread_;
  std::mutex joining_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  bool running_ = false;
  std::deque<KernelInvalidation> waiting_;
  std::set<KernelInvalidation> known_;  // those that wait
  std::uint64_t put_ = 0, sent_ = 0;
  std::deque<std::pair<std::uint64_t, std::function<void()>>> after_;  // by what put_ was
};

}  // namespace dftp::mount
