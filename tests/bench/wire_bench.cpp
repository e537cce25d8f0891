// How fast what crosses the wire is written and read: block headers, announcements, pages of a listing.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "proto/wire/block.h"
#include "proto/wire/json.h"
#include "proto/wire/limits.h"
#include "proto/wire/message.h"

namespace dftp {
namespace {

using HeaderBytes = std::array<std::byte, block_header_bytes>;

constexpr BlockHeader data_header = {
    .length = limits::block_payload, .type = BlockType::data, .id = 7, .offset = std::uint64_t{1} << 32};

void block_header_encode(benchmark::State& state) {
  HeaderBytes bytes;
  BlockHeader header = data_header;
  for (auto _ : state) {
    benchmark::DoNotOptimize(header);
    encode_block_header(header, bytes);
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(block_header_encode);

void block_header_decode(benchmark::State& state) {
  HeaderBytes bytes;
  encode_block_header(data_header, bytes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    benchmark::DoNotOptimize(decode_block_header(bytes, Carries::transfer));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(block_header_decode);

// As a small file in a tree is announced.
Announcement announcement() {
  return {.path = RemotePath::parse("src/widgets/toolbar/button-group.cpp").value(),
          .size = 4711,
          .mtime = 1'700'000'000'123'456'789,
          .mode = 0644};
}

// A full page, as of a directory of photographs; some names are not UTF-8.
ListReply page() {
  ListReply page;
  for (std::uint32_t i = 0; i < limits::list_page; ++i) {
    page.names.push_back({"IMG_" + std::to_string(20'000 + i) + (i % 64 ? ".jpeg" : "\xff.jpeg")});
    page.types.push_back(FileType::file);
    page.sizes.push_back(3'000'000 + std::uint64_t{i} * 977);
    page.mtimes.push_back(1'700'000'000'000'000'000 + std::int64_t{i} * 1'234'567'891);
    page.modes.push_back(0644);
  }
  return page;
}

template <class Message>
void message_write(benchmark::State& state, const Message& message) {
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string text = json::write(to_json(message));
    bytes += text.size();
    benchmark::DoNotOptimize(text.data());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

template <class Message>
void message_parse(benchmark::State& state, const Message& message) {
  const std::string text = json::write(to_json(message));
  for (auto _ : state) {
    auto parsed = json::parse(text);
    benchmark::DoNotOptimize(from_json<Message>(*parsed, "bench"));
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}

void announcement_encode(benchmark::State& state) {
  const Announcement one = announcement();
  std::vector<std::byte> out;
  for (auto _ : state) {
    encode_announcement(one, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(announcement_encode);

void announcement_decode(benchmark::State& state) {
  std::vector<std::byte> bytes;
  encode_announcement(announcement(), bytes);
  for (auto _ : state) benchmark::DoNotOptimize(decode_announcement(bytes));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(announcement_decode);

BENCHMARK_CAPTURE(message_write, list_page, page());
BENCHMARK_CAPTURE(message_parse, list_page, page());

}  // namespace
}  // namespace dftp

BENCHMARK_MAIN();
