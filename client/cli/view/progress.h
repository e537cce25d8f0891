// How far a transfer is, from its events: what a bar, a JSON line and the summary are made of. Pure: time comes in as
// seconds. Memory: the files under way, and a short list of finished ones between two draws.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "proto/transfer/events.h"

namespace dftp::cli {

struct FileProgress {
  std::string name;                   // as the user knows it; bytes
  std::optional<std::uint64_t> size;  // absent: not known before the end
  std::uint64_t moved = 0, resumed = 0, repaired = 0;
  std::uint64_t done() const;  // never more than the size
};

struct FinishedFile {
  FileProgress file;
  Outcome outcome = Outcome::stored;
};

class Progress {
 public:
  // `sources`: the name of each source.
  explicit Progress(std::vector<std::string> sources) : sources_(std::move(sources)) {}

  void announced(const Item& item);
  void listed() { listed_ = true; }
  void moved(const Item& item, std::uint64_t bytes);
  void resumed(const Item& item, std::uint64_t bytes);
  void repaired(const Item& item, std::uint64_t bytes);
  void settled(const Item& item, Outcome outcome);
  // A new attempt begins: what is not settled counts from the beginning.
  void restarted();
  // Call it regularly: the rate is that of the last seconds.
  void tick(double seconds);

  struct Sums {
    std::uint64_t files = 0, files_done = 0;  // announced, settled
    std::uint64_t bytes = 0, bytes_done = 0;
    std::uint64_t transferred = 0, resumed = 0, repaired = 0;
    bool complete = false;  // `files` and `bytes` will not grow any more
  };
  Sums sums() const;
  double rate() const;                         // bytes a second that crossed the network
  std::optional<double> seconds_left() const;  // nullopt: nobody knows
  // Files of which something has come, the oldest first; at most `max`.
  std::vector<FileProgress> active(std::size_t max) const;
  // Files settled since the last call: the last few of them, and how many there were.
  struct Finished {
    std::vector<FinishedFile> files;
    std::size_t count = 0;
  };
  Finished take_finished();

  std::string name_of(const Item& item) const;

 private:
  struct Entry {
    FileProgress file;
    std::uint64_t order = 0;
  };
  Entry* find(const Item& item);

  const std::vector<std::string> sources_;
  std::map<std::string, Entry> unsettled_;
  std::uint64_t next_order_ = 0;
  Finished finished_;
  bool listed_ = false;
  bool sizes_known_ = true;
  Sums settled_;               // of what is settled; `files` and `bytes` of all that is announced
  std::uint64_t crossed_ = 0;  // bytes over the network, whatever became of them
  struct Sample {
    double seconds = 0;
    std::uint64_t crossed = 0;
  };
  std::deque<Sample> samples_;
};

}  // namespace dftp::cli
