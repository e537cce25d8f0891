// Goes through what the sources hold, depth first, and encodes announcements; small files with their content right
// behind. Lives on the disk pool, one call at a time; constant memory but for one open listing a level. No link is
// followed but that of a source itself, also when somebody swaps directories for links meanwhile.
#pragma once

#include <memory>
#include <vector>

#include "proto/transfer/send_state.h"
#include "proto/transfer/sender.h"

namespace dftp {

// What was announced, and how far it got at once.
struct Announced {
  std::shared_ptr<SendState> file;
  bool eager = false;          // the content is in the buffer too
  std::uint64_t moved = 0;     // bytes of it
  std::optional<Error> error;  // it cannot be sent: an `error` block is in the buffer
};

class SourceScanner {
 public:
  SourceScanner(std::vector<Source> sources, const SendOptions& options);
  ~SourceScanner();

  struct Bounds {
    std::size_t files;
    std::size_t bytes = SIZE_MAX;  // of content
  };
  // Appends blocks for the next things found until a buffer is well filled, so much is announced, or nothing is left.
  // Both may be the same buffer: then each content comes right behind its announcement.
  std::vector<Announced> next(OutBuffer& announcements, OutBuffer& contents, const Bounds& max);
  bool ended() const;
  std::uint64_t count() const { return count_; }  // announced so far

 private:
  struct Found;
  struct Level;
  struct Small;

  static Found failed(Found found, Error why);
  // A name that is beneath a source and no path.
  Error named(Error error, std::uint32_t source) const;
  std::optional<Found> find();
  std::optional<Found> find_source();
  Found unnameable(const Level& level, const std::string& name, const Error& why);
  std::uint32_t mode_of(const Found& found) const;
  Found look_at(std::uint32_t source);
  Found look_at(const Level& level, RemotePath beneath, const DirectoryEntry& entry);
  void describe(Found& found);
  void enter(Found& directory);
  void take(Found& found, Result<OpenFile> opened);
  Announced encode(Found& found, OutBuffer& announcements, OutBuffer& contents, std::vector<Small>& smalls);
  void put_content(Found& found, OutBuffer& out, Announced& announced, std::vector<Small>& smalls);

  std::vector<Source> sources_;
  SendOptions options_;
  std::size_t next_source_ = 0;
  std::vector<Level> levels_;
  std::unique_ptr<Found> held_;  // found, but the buffer was full
  std::uint64_t count_ = 0;
  std::vector<std::byte> encoded_;  // the last announcement; its memory is used again
};

}  // namespace dftp
