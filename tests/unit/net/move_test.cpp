// A stream that changes its loop, as a data connection does when its session is found.
#include <future>
#include <thread>

#include "tests/unit/net/support.h"

namespace dftp::net::test {

namespace {

// A loop on a thread of its own.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.run(); }) {}
  ~LoopThread() {
    loop_.stop();
    thread_.join();
  }
  Executor executor() { return loop_.executor(); }

 private:
  Loop loop_;
  std::thread thread_;
};

// Echoes `size` bytes on the loop that it is spawned on; in the end the stream goes as it came.
Task<void> echo(std::unique_ptr<Stream> stream, std::size_t size, std::promise<bool>& done) {
  {
    std::string text = co_await receive(*stream, size);
    must(co_await stream->write(as_bytes(text)));
    stream.reset();
  }
  done.set_value(true);
}

class MoveTest : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, MoveTest, testing::Bool());

TEST_P(MoveTest, NothingThatIsBufferedIsLost) {
  LoopThread elsewhere;
  std::promise<bool> done;
  in_loop([&]() -> Task<void> {
    auto pair = co_await tcp_pair();
    if (GetParam()) pair = co_await secured(std::move(pair), test_server(), trusting_client());
    std::string text = pattern(200000);
    must(co_await pair.client->write(as_bytes(text)));
    EXPECT_EQ(co_await receive(*pair.server, 10), text.substr(0, 10));
    must(pair.server->move_to(elsewhere.executor()));
    spawn(elsewhere.executor(), echo(std::move(pair.server), text.size() - 10, done));
    EXPECT_EQ(co_await receive(*pair.client, text.size() - 10), text.substr(10));
  });
  EXPECT_TRUE(done.get_future().get());
}

TEST_P(MoveTest, TheDeadlineGoesAlong) {
  LoopThread elsewhere;
  std::promise<Code> code;
  in_loop([&]() -> Task<void> {
    auto pair = co_await tcp_pair();
    if (GetParam()) pair = co_await secured(std::move(pair), test_server(), trusting_client());
    pair.server->set_timeout(100ms);
    must(pair.server->move_to(elsewhere.executor()));
    auto read = [](std::unique_ptr<Stream> stream, std::promise<Code>& result) -> Task<void> {
      std::array<std::byte, 4> room;
      auto got = co_await stream->read_some(room);
      stream.reset();
      result.set_value(error_of(got).code);
    };
    spawn(elsewhere.executor(), read(std::move(pair.server), code));
    co_await sleep_for(300ms);
  });
  EXPECT_EQ(code.get_future().get(), Code::timed_out);
}

TEST(ListenerTest, AcceptedStreamLivesOnTheLoopThatWasAskedFor) {
  LoopThread elsewhere;
  std::promise<bool> done;
  in_loop([&]() -> Task<void> {
    auto here = co_await asio::this_coro::executor;
    Endpoint any = tcp("127.0.0.1");
    auto listener = must(listen(here, any));
    auto client = must(co_await connect(listener->endpoint(), 5s));
    auto home = elsewhere.executor();
    auto server = must(co_await listener->accept(home));
    spawn(home, echo(std::move(server), 5, done));
    must(co_await client->write(as_bytes("hello")));
    EXPECT_EQ(co_await receive(*client, 5), "hello");
  });
  EXPECT_TRUE(done.get_future().get());
}

}  // namespace

}  // namespace dftp::net::test
