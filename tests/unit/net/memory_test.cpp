// What a session costs while nothing happens on it: there may be 10,000.
#include <malloc.h>
#include <sys/resource.h>

#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "tests/unit/net/support.h"

namespace dftp::net::test {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool heap_is_measured = false;
#else
constexpr bool heap_is_measured = true;
#endif

constexpr std::size_t sessions = 500;
constexpr std::size_t max_per_end = 32 * 1024;

std::size_t heap_in_use() {
  auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

Task<void> wait_for_a_frame(std::unique_ptr<Stream> stream) {
  for (;;) {
    auto frame = co_await read_frame(*stream, limits::frame_after_login);
    if (!frame) co_return;
  }
}

// A session that has talked in both directions and is idle now: its server waits for the next frame.
Task<void> begin_session(std::vector<std::unique_ptr<Stream>>& clients) {
  auto executor = co_await asio::this_coro::executor;
  auto pair = co_await tls_pair();
  json::Value frame = json::Object{{"text", std::string(50000, 'x')}};
  must(co_await write_frame(*pair.client, frame));
  must(co_await read_frame(*pair.server, limits::frame_after_login));
  must(co_await write_frame(*pair.server, frame));
  must(co_await read_frame(*pair.client, limits::frame_after_login));
  spawn(executor, wait_for_a_frame(std::move(pair.server)));
  clients.push_back(std::move(pair.client));
}

TEST(MemoryTest, IdleTlsSessionsHoldLittle) {
  if (!heap_is_measured) GTEST_SKIP() << "a sanitizer has a heap of its own";
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = std::min<rlim_t>(descriptors.rlim_max, 4 * sessions);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &descriptors), 0);
  Loop loop;
  std::vector<std::unique_ptr<Stream>> clients;
  clients.reserve(sessions + 1);
  run_until_done(loop, begin_session(clients));  // what is allocated once
  std::size_t before = heap_in_use();
  for (std::size_t i = 0; i < sessions; ++i) run_until_done(loop, begin_session(clients));
  run_until_done(loop, sleep_for(100ms));
  std::size_t both_ends = heap_in_use() - before;
  clients.resize(1);  // their servers' ends notice no earlier than the loop runs
  std::size_t servers = heap_in_use() - before;
  std::cout << "heap of an idle TLS session: server " << servers / sessions << " bytes, client "
            << (both_ends - servers) / sessions << " bytes\n";
  EXPECT_LT(servers / sessions, max_per_end);
  EXPECT_LT((both_ends - servers) / sessions, max_per_end);
}

}  // namespace

}  // namespace dftp::net::test
