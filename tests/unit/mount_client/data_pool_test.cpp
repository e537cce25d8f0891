#include "client/mount/data_pool.h"

#include <gtest/gtest.h>

#include "proto/digest/tree.h"
#include "proto/wire/message.h"
#include "tests/support/stream_pair.h"

namespace dftp::client {
namespace {

using namespace std::chrono_literals;
using net::Task;

// The other end of a connection, which answers as it is told.
struct Far {
  std::unique_ptr<net::Stream> stream;

  Task<MountBlock> request(std::string& payload) {
    std::array<std::byte, block_header_bytes> header;
    const MutableBytes room(header);
    if (!co_await net::read_exactly(*stream, room)) co_return MountBlock{};
    auto block = decode_mount_block(header);
    payload.resize(mount_head_bytes(block->type) - block_header_bytes + block->length);
    const MutableBytes rest(reinterpret_cast<std::byte*>(payload.data()), payload.size());
    (void)co_await net::read_exactly(*stream, rest);
    if (has_number(block->type)) {
      block->number = get_u64(as_bytes(payload).first<8>());
      payload.erase(0, 8);
    }
    co_return *block;
  }
  Task<void> answer(MountBlock block, std::string payload) {
    block.length = static_cast<std::uint32_t>(payload.size());
    std::string text(mount_head_bytes(block.type), '\0');
    encode_mount_block(block, MutableBytes(reinterpret_cast<std::byte*>(text.data()), text.size()));
    text += payload;
    const Bytes bytes = as_bytes(text);
    (void)co_await stream->write(bytes);
  }
  // With the MD5 that a connection without TLS has.
  Task<void> answer_data(MountBlock request, std::string content) {
    std::vector<Digest> digests(leaf_count(content.size()));
    hash_leaves(as_bytes(content), digests);
    std::string payload(reinterpret_cast<const char*>(digests.data()), digests.size() * sizeof(Digest));
    payload += content;
    const MountBlock block{.type = BlockType::content, .flags = block_flags::digests, .request = request.request};
    co_await answer(block, payload);
  }
};

struct DataPoolTest : testing::Test {
  net::Loop loop;
  std::shared_ptr<DataPool> pool = std::make_shared<DataPool>(loop.executor(), 2s);

  std::shared_ptr<Far> connect() {
    auto pair = test::stream_pair(loop);
    pool->add(std::move(pair.client));
    return std::make_shared<Far>(std::move(pair.server));
  }
  void TearDown() override { pool->fail_all({Code::cancelled, "", "", ""}); }
};

std::string text_of(const Result<ReadResult>& fetched) {
  return fetched ? std::string(as_text(fetched->data->bytes())) : "error " + fetched.error().detail;
}

Task<void> answer_backwards(std::shared_ptr<Far> far) {
  std::string payload;
  const MountBlock one = co_await far->request(payload);
  const MountBlock two = co_await far->request(payload);
  std::string second = "second", first = "first";
  co_await far->answer_data(two, second);
  co_await far->answer_data(one, first);
}

TEST_F(DataPoolTest, AnswersMayComeInAnyOrder) {
  const auto far = connect();
  net::spawn(loop.executor(), answer_backwards(far));
  auto [one, two] = net::run_until_done(loop, net::both(pool->read(1, 0, 10, false), pool->read(1, 100, 10, false)));
  EXPECT_EQ(text_of(one), "first");
  EXPECT_EQ(text_of(two), "second");
}

Task<void> break_off(std::shared_ptr<Far> far) {
  std::string payload;
  (void)co_await far->request(payload);
  far->stream->close();
}
Task<void> answer_one(std::shared_ptr<Far> far, std::string content) {
  std::string payload;
  const MountBlock request = co_await far->request(payload);
  co_await far->answer_data(request, content);
}

TEST_F(DataPoolTest, WhatWasUnderWayOnALostConnectionGoesOverTheOther) {
  const auto bad = connect(), good = connect();
  net::spawn(loop.executor(), break_off(bad));
  net::spawn(loop.executor(), answer_one(good, "content"));
  EXPECT_EQ(text_of(net::run_until_done(loop, pool->read(1, 0, 10, false))), "content");
  EXPECT_EQ(pool->connections(), 1u);
}

Task<void> damage(std::shared_ptr<Far> far) {
  std::string payload;
  const MountBlock request = co_await far->request(payload);
  const MountBlock block{.type = BlockType::content, .flags = block_flags::digests, .request = request.request};
  std::string content(sizeof(Digest) + 4, 'x');
  co_await far->answer(block, content);
}

TEST_F(DataPoolTest, DamagedBytesAreAskedForAgain) {
  const auto bad = connect(), good = connect();
  net::spawn(loop.executor(), damage(bad));
  net::spawn(loop.executor(), answer_one(good, "whole"));
  EXPECT_EQ(text_of(net::run_until_done(loop, pool->read(1, 0, 10, false))), "whole");
}

TEST_F(DataPoolTest, MoreBytesThanAskedForEndTheConnection) {
  const auto bad = connect(), good = connect();
  net::spawn(loop.executor(), answer_one(bad, std::string(11, 'x')));
  net::spawn(loop.executor(), answer_one(good, "right"));
  EXPECT_EQ(text_of(net::run_until_done(loop, pool->read(1, 0, 10, false))), "right");
}

TEST_F(DataPoolTest, NothingIsAnsweredForTooLong) {
  const auto result = net::run_until_done(loop, pool->read(1, 0, 10, false));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::timed_out);
}

Task<void> take_write(std::shared_ptr<Far> far, MountBlock* block, std::string* payload) {
  *block = co_await far->request(*payload);
  std::string attr(written_attr_bytes, '\0');
  encode_written_attr({.size = 42}, std::span<std::byte, written_attr_bytes>(reinterpret_cast<std::byte*>(attr.data()),
                                                                             written_attr_bytes));
  const MountBlock answer{.type = BlockType::written, .request = block->request, .offset = 7};
  co_await far->answer(answer, attr);
}

TEST_F(DataPoolTest, WriteCarriesItsDigestsAndBringsAttributesBack) {
  const auto far = connect();
  MountBlock block;
  std::string payload;
  net::spawn(loop.executor(), take_write(far, &block, &payload));
  const auto data = std::make_shared<Buffer>(5);
  data->append(as_bytes("hello"));
  const auto written = net::run_until_done(loop, pool->write(3, 7, data));
  ASSERT_TRUE(written);
  EXPECT_EQ(written->attr.size, 42u);
  EXPECT_EQ(written->offset, 7u);
  EXPECT_EQ(block.number, 3u);
  EXPECT_EQ(block.offset, 7u);
  EXPECT_EQ(block.flags, block_flags::digests);
  Digest digest;
  hash_leaves(as_bytes("hello"), std::span<Digest>(&digest, 1));
  EXPECT_EQ(payload, std::string(reinterpret_cast<const char*>(digest.data()), sizeof digest) + "hello");
}

Task<void> refuse(std::shared_ptr<Far> far) {
  std::string payload;
  const MountBlock request = co_await far->request(payload);
  const MountBlock block{.type = BlockType::error, .request = request.request};
  std::string error = json::write(to_json(to_wire(from_errno(ENOSPC, "x"))));
  co_await far->answer(block, error);
}

Task<void> give_up_later(std::shared_ptr<DataPool> pool) {
  co_await net::sleep_for(10ms);
  pool->fail_all({Code::io, "ESTALE", {}, "lost"});
}
Task<void> swallow(std::shared_ptr<Far> far, DataPool& pool) {
  std::string payload;
  (void)co_await far->request(payload);
  pool.fail_all({Code::io, "ESTALE", {}, "lost"});
}

TEST_F(DataPoolTest, AppendThatMayHaveBeenCarriedOutIsNotToBeRepeated) {
  const auto content = std::make_shared<Buffer>(4);
  content->append(as_bytes("text"));
  const auto far = connect();
  net::spawn(loop.executor(), swallow(far, *pool));
  const auto sent = net::run_until_done(loop, pool->append(1, content, AppendSeq{7}));
  EXPECT_EQ(sent.error().errno_name, "EIO");
  net::spawn(loop.executor(), swallow(connect(), *pool));
  EXPECT_EQ(net::run_until_done(loop, pool->write(1, 0, content)).error().errno_name, "ESTALE");
}

TEST_F(DataPoolTest, AppendThatWasNeverSentMayBeRepeated) {
  const auto content = std::make_shared<Buffer>(4);
  content->append(as_bytes("text"));
  net::spawn(loop.executor(), give_up_later(pool));
  EXPECT_EQ(net::run_until_done(loop, pool->append(1, content, AppendSeq{7})).error().errno_name, "ESTALE");
}

Task<void> take_append(std::shared_ptr<Far> far, std::vector<MountBlock>* frames) {
  std::string payload, attributes(written_attr_bytes, '\0');
  while (frames->empty() || frames->back().type != BlockType::write) {
    frames->push_back(co_await far->request(payload));
  }
  const MountBlock block{.type = BlockType::written, .request = frames->back().request};
  co_await far->answer(block, attributes);
}

TEST_F(DataPoolTest, AnAppendAcknowledgesWhatHasCome) {
  for (const std::uint64_t acked : {0, 6}) {
    const auto content = std::make_shared<Buffer>(4);
    content->append(as_bytes("text"));
    std::vector<MountBlock> frames;
    net::spawn(loop.executor(), take_append(connect(), &frames));
    ASSERT_TRUE(net::run_until_done(loop, pool->append(1, content, {7, acked})));
    pool->disconnect(std::chrono::steady_clock::now());
    ASSERT_EQ(frames.size(), acked ? 2u : 1u);
    EXPECT_EQ(frames.back().offset, 7u);
    if (acked == 0) continue;
    EXPECT_EQ(frames.front().type, BlockType::acknowledge);
    EXPECT_EQ(frames.front().offset, acked);
  }
}

TEST_F(DataPoolTest, AServerThatIsKnownToBeSilentIsNotWaitedForAgain) {
  (void)connect();
  pool->disconnect(std::chrono::steady_clock::now() - 1h);
  for (int i = 0; i < 2; ++i) {
    auto read = pool->read(1, 0, 10, false);
    const std::size_t waits = pool->waiting();
    EXPECT_EQ(net::run_until_done(loop, std::move(read)).error().code, Code::timed_out);
    EXPECT_EQ(waits, 0u);
  }
  pool->expect();
  net::spawn(loop.executor(), answer_one(connect(), "back"));
  EXPECT_EQ(text_of(net::run_until_done(loop, pool->read(1, 0, 10, false))), "back");
}

TEST_F(DataPoolTest, ErrorsAreTheServers) {
  const auto far = connect();
  net::spawn(loop.executor(), refuse(far));
  const auto result = net::run_until_done(loop, pool->read(1, 0, 10, false));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().errno_name, "ENOSPC");
}

}  // namespace
}  // namespace dftp::client
