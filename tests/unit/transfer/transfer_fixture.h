// A sender and a receiver against each other, over real sockets on one loop.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "proto/storage/posix_storage.h"
#include "proto/transfer/digest_cache.h"
#include "proto/transfer/receiver.h"
#include "proto/transfer/sender.h"
#include "tests/support/stream_pair.h"
#include "tests/support/temporary_directory.h"

namespace dftp {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

inline std::string random_bytes(std::size_t size, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

struct Recorder : TransferEvents {
  std::vector<std::string> stored, skipped, special, failed;
  std::vector<Code> codes;
  std::map<std::string, Proof> proofs;
  bool complete_list = false;
  std::function<void()> on_moved;

  void moved(const Item&, std::uint64_t) override {
    if (on_moved) on_moved();
  }
  void listed() override { complete_list = true; }
  void settled(const Item& item, Outcome outcome, const std::optional<Error>& error,
               const std::optional<Proof>& proof) override {
    auto& where = outcome == Outcome::stored    ? stored
                  : outcome == Outcome::skipped ? skipped
                  : outcome == Outcome::special ? special
                                                : failed;
    where.push_back(item.path.relative());
    if (error) codes.push_back(error->code);
    if (proof) proofs[item.path.relative()] = *proof;
  }
};

class Transfer : public testing::Test {
 public:
  ~Transfer() override { fs::remove_all(base_); }

 protected:
  struct Run {
    Result<void> sent, received;
    Totals sender, receiver;
    Recorder sends, receives;
  };

  Transfer() {
    fs::create_directories(from_);
    fs::create_directories(to_);
  }

  void put(const std::string& name, std::string_view content) {
    fs::create_directories((from_ / name).parent_path());
    std::ofstream(from_ / name, std::ios::binary) << content;
  }
  static std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  fs::path only_partial() const {
    for (const auto& entry : fs::directory_iterator(to_))
      if (entry.path().filename().string().starts_with(partial_prefix)) return entry.path();
    return {};
  }

  // Sends `name` beneath from_ to the same name beneath to_.
  Run run(const std::string& name) {
    net::Loop loop;
    net::DiskPool pool(2);
    Run run;
    run.sends.on_moved = moved_;
    std::shared_ptr<Storage> source = open_posix_storage(from_).value();
    std::shared_ptr<Storage> target = open_posix_storage(to_).value();
    const auto path = RemotePath::parse(name).value();
    auto sender =
        std::make_shared<Sender>(loop.executor(), pool, run.sends, std::vector<Source>{{source, path}}, send_);
    auto receiver =
        std::make_shared<Receiver>(loop.executor(), pool, run.receives, std::vector<Target>{{target, path}}, receive_);
    for (int i = 0; i < streams_; ++i) {
      auto pair = test::stream_pair(loop);
      auto out = tamper_ ? test::tampered(std::move(pair.client), tamper_) : std::move(pair.client);
      if (slow_return_ > slow_return_.zero()) out = test::slow_to_return(std::move(out), slow_return_);
      if (i == 0 && slow_lead_) out = test::trickling(std::move(out), 512, 1ms);
      if (i > 0 && trickle_ > trickle_.zero()) out = test::trickling(std::move(out), 64 * 1024, trickle_);
      net::spawn(loop.executor(), sender->serve(std::move(out), i == 0));
      net::spawn(loop.executor(), receiver->serve(std::move(pair.server), i == 0));
    }
    auto [sent, received] = net::run_until_done(loop, net::both(sender->finished(), receiver->finished()));
    run.sent = sent;
    run.received = received;
    run.sender = sender->totals();
    run.receiver = receiver->totals();
    return run;
  }
  void expect_fine(const Run& run) {
    EXPECT_TRUE(run.sent) << describe(run.sent.error());
    EXPECT_TRUE(run.received) << describe(run.received.error());
    EXPECT_TRUE(run.receives.failed.empty());
    EXPECT_EQ(run.sends.stored, run.receives.stored);
    EXPECT_TRUE(run.sends.complete_list && run.receives.complete_list);
  }

  // In memory where that is possible: thousands of small files are synced here.
  fs::path base_ = (fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()) /
                   ("dftp-transfer-" + std::to_string(::getpid()));
  fs::path from_ = base_ / "from", to_ = base_ / "to";
  SendOptions send_{.recursive = true};
  ReceiveOptions receive_{.owner = "anna"};
  test::Tamper tamper_;
  std::function<void()> moved_;  // the sender has begun to send some of a file
  net::Duration slow_return_{}, trickle_{};
  bool slow_lead_ = false;
  int streams_ = 1;
};

}  // namespace dftp
