// How fast MD5 is: one lane, each kernel this CPU runs, leaves in cache and from memory, and many small files.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "proto/digest/md5_lanes.h"
#include "proto/digest/tree.h"
#include "proto/wire/limits.h"

namespace dftp {
namespace {

std::vector<std::byte> noise(std::size_t size) {
  std::mt19937_64 random(1);
  std::vector<std::byte> bytes(size);
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
  return bytes;
}

struct Messages {
  std::vector<std::byte> bytes;
  std::vector<Bytes> messages;
};

Messages cut(const std::vector<std::size_t>& sizes) {
  Messages result;
  std::size_t total = 0, at = 0;
  for (std::size_t size : sizes) total += size;
  result.bytes = noise(total);
  for (std::size_t size : sizes) {
    result.messages.push_back(Bytes(result.bytes).subspan(at, size));
    at += size;
  }
  return result;
}

Messages leaves(std::size_t count) {
  return cut(std::vector<std::size_t>(count, limits::leaf_bytes));
}

// Sizes as in a source tree: log-normal, half of the files below 5 KB, none over 100 KB.
Messages small_files(std::size_t count) {
  std::mt19937_64 random(2);
  std::lognormal_distribution<> size(std::log(5000.0), 1.0);
  std::vector<std::size_t> sizes(count);
  std::ranges::generate(sizes, [&] { return std::min<std::size_t>(size(random), 100000); });
  return cut(sizes);
}

void report_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes * state.iterations()));
}

void serial(benchmark::State& state) {
  const auto bytes = noise(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(md5(bytes));
  report_bytes(state, bytes.size());
}
BENCHMARK(serial)->Arg(64)->Arg(1024)->Arg(64 * 1024)->Arg(1024 * 1024);

void by_kernel(benchmark::State& state, const LaneKernel& kernel, const Messages& input) {
  std::vector<Digest> digests(input.messages.size());
  for (auto _ : state) {
    md5_many_by(kernel, input.messages, digests);
    benchmark::DoNotOptimize(digests.data());
  }
  report_bytes(state, input.bytes.size());
}

void tree_leaves(benchmark::State& state) {
  const auto bytes = noise(state.range(0));
  std::vector<Digest> digests(leaf_count(bytes.size()));
  for (auto _ : state) {
    hash_leaves(bytes, digests);
    benchmark::DoNotOptimize(digests.data());
  }
  report_bytes(state, bytes.size());
}
BENCHMARK(tree_leaves)->Arg(64 * 1024)->Arg(256 * 1024)->Arg(1024 * 1024)->Arg(256 * 1024 * 1024);

void tree_root(benchmark::State& state) {
  const std::vector<Digest> digests(state.range(0));
  for (auto _ : state) {
    TreeRoot root;
    root.add(0, digests);
    benchmark::DoNotOptimize(root.finish(digests.size() * limits::leaf_bytes));
  }
}
BENCHMARK(tree_root)->Arg(1)->Arg(16)->Arg(16384);

void register_kernels() {
  for (const LaneKernel* kernel : lane_kernels()) {
    const auto add = [&](const std::string& name, Messages input) {
      benchmark::RegisterBenchmark(
          (std::string(kernel->name) + "/" + name).c_str(),
          [kernel, input = std::move(input)](benchmark::State& state) { by_kernel(state, *kernel, input); });
    };
    add("16_leaves", leaves(16));
    add("1_leaf", leaves(1));
    for (std::size_t count : {16, 64, 300, 3000}) add(std::to_string(count) + "_small_files", small_files(count));
  }
}

}  // namespace
}  // namespace dftp

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  dftp::register_kernels();
  benchmark::RunSpecifiedBenchmarks();
}
