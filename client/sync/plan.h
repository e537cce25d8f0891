// What a sync has to do, from what is on both sides. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proto/wire/attributes.h"
#include "proto/wire/error.h"
#include "proto/wire/time_ns.h"

namespace dftp::sync {

// Of a mode: what is made alike. Nobody makes a set-id program from afar.
inline constexpr std::uint32_t permission_bits = 0777;

struct SyncEntry {
  FileType type = FileType::file;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::uint32_t mode = 0;   // permission_bits of it; of a link it says nothing
  std::string target = {};  // of a link
};

// One side, without what the rules leave out.
struct SyncTree {
  std::map<std::string, SyncEntry> entries =
      {};                              // by path from the top ("a/b"); a directory sorts before what is in it
  std::set<std::string> keeping = {};  // directories that hold something which is left out
  std::vector<Error> errors = {};      // what could not be looked at
  std::set<std::string> unseen = {};   // the paths of that: nobody knows what they are, or what is in them
  std::string top = {};                // what people know the paths by stands behind this
};

// Among SyncTree::unseen: nobody knows what is anywhere.
inline constexpr const char* everything = "";

struct SyncOptions {
  bool remove = false;         // what is on the destination only
  bool checksum = false;       // files of one size are told apart by their content, not by their times
  bool modes = true;           // are made alike
  std::int64_t window_ns = 0;  // times that differ by no more are the same
  KeptTimes times = {};        // of the destination
  std::size_t max_removed = SIZE_MAX;
};

enum class SyncAction { remove_file, remove_directory, make_directory, send, rename, set_time, set_mode };
std::string_view name_of(SyncAction action);

struct PlannedChange {
  SyncAction action;
  std::string path;
  std::string from = {};      // of a rename
  std::uint64_t size = 0;     // of a file that is sent or removed
  std::int64_t mtime_ns = 0;  // that is set, or that what is sent or removed has
  std::uint32_t mode = 0;     // that is set
  bool meanwhile = false;     // a mode that is set for the time of the work; without it the work may succeed as well
  friend bool operator==(const PlannedChange&, const PlannedChange&) = default;
};

// Whether the file `source` there and the file `destination` here have the same content.
struct Question {
  std::string source, destination;
  friend auto operator<=>(const Question&, const Question&) = default;
};

// What must be known before the plan is made. Whether a file was renamed is asked about where one file of a size and
// time has gone and one like it has come, unless sending it anew is as cheap.
std::set<Question> questions(const SyncTree& source, const SyncTree& destination, const SyncOptions& options);

// In the order in which it is carried out.
struct Plan {
  std::vector<PlannedChange> opened;    // modes with which one may write: nothing can be put into a directory without
  std::vector<PlannedChange> replaced;  // what must go before something else takes its name
  std::vector<PlannedChange> sent;      // directories, files and links, which one transfer makes
  std::vector<PlannedChange> adjusted;  // renames and times
  std::vector<PlannedChange> removed;
  std::vector<PlannedChange> closed;                // the other modes, last
  std::vector<Error> refused;                       // what cannot be made alike, or could not be looked at
  std::vector<Error> special;                       // what is left out: FIFOs, sockets and devices
  std::map<std::string, std::uint32_t> kept_modes;  // of what is there with another mode than its source, and keeps it
  std::size_t withheld = 0;  // removals that are not done, and not in `removed`, as the source cannot be trusted

  std::vector<PlannedChange> all() const;
  // What may go of `removed` when not all of `sent` arrived. A file that was moved looks removed where it was, and is
  // the only copy while it cannot be sent: what has the size and time of something that is sent stays.
  std::vector<PlannedChange> removed_after_failures() const;
};

// `equal`: the questions whose answer is yes. Code::usage, and nothing may be done, when a guard forbids it: the source
// is empty and something would be removed, or more than `max_removed` would be.
Result<Plan> make_plan(const SyncTree& source, const SyncTree& destination, const SyncOptions& options,
                       const std::set<Question>& equal);

}  // namespace dftp::sync
