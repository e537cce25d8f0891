// How much the log says of each source: so many lines of a kind, and so many bytes, a minute. What is left out is
// counted, and said.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/observe/window_counter.h"

namespace dftp::server {

// Thread-safe.
class LineLimits {
 public:
  using Clock = std::chrono::steady_clock;
  explicit LineLimits(Clock::time_point (*now)() = Clock::now) : now_(now) {}

  // Whether a line is to be written: then how many of its kind and source have been left out since the last one that
  // was.
  std::optional<std::uint64_t> due(std::string_view kind, const std::string& source, std::size_t bytes);

  struct Unsaid {
    std::string kind, source;
    std::uint64_t count = 0;
  };
  // Those left out in minutes that are over, or in all: they count as said from now on.
  std::vector<Unsaid> unsaid(bool all);

  // Sources that are known at the same time; further ones are counted together.
  static constexpr std::size_t max_sources = 4096;
  static constexpr std::size_t bytes_of_source = 512 * 1024;
  // Of one kind, one source's; and of all, for kinds that strangers can cause.
  static std::size_t lines_of_source(std::string_view kind);
  static std::size_t lines_in_all(std::string_view kind);

 private:
  struct Lines {
    WindowCounter lines;
    std::uint64_t unsaid = 0;
  };
  const std::string& known(const std::string& source);

  Clock::time_point (*const now_)();
  std::mutex mutex_;
  Clock::time_point looked_{};
  std::map<std::string, WindowCounter> bytes_;                  // by source
  std::map<std::pair<std::string, std::string>, Lines> lines_;  // by kind and source
  std::map<std::string, WindowCounter> in_all_;                 // by kind
};

}  // namespace dftp::server
