// A verb with what it is to be done to: words become paths here. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/cli/line/options.h"
#include "proto/wire/url.h"

namespace dftp::cli {

class Preferences;

// What the words behind a verb are.
enum class OperandLayout {
  words,             // neither: a verb's name
  url,               // a URL, perhaps only begun, also in a session
  local,             // paths here
  local_new,         // paths here that are to be made
  remote,            // paths on the server
  remote_new,        // paths on the server that are to be made
  remote_to_remote,  // paths on the server; the last one is the target, alone perhaps on another server
  remote_to_local,   // the last one is here if there are several, or if it is not a URL
  local_to_remote,   // the last one is on the server
  word_to_remote,    // the first one is a word, the others are on the server
  file_to_remote,    // the first one is a file here, the others are on the server
  two_sides,         // one is on the server, the other here: as a URL, or in a session with a : before its path
  server_words,      // words; in a call of its own behind a URL, the server that they are for
  remote_to_here,    // in a session: paths on the server, for the directory here
  local_to_there,    // in a session: paths here, for the directory there
};
enum class Side { word, here, there };

// Of the operand `index` of `count`: where it is, and whether it names what is there already, so that a pattern may
// stand for it. With with_target() the target is counted too.
struct OperandKind {
  Side side;
  bool present;
};
OperandKind operand_kind(const Verb& verb, std::size_t index, std::size_t count);
// The operands in a session with the target that is left out: where one is.
std::vector<std::string> with_target(const Verb& verb, std::vector<std::string> operands);

// Which server and as whom.
struct ServerAndUser {
  Endpoint endpoint;
  std::string user;
  std::string name;  // as it was typed; what is settled for it holds
  friend bool operator==(const ServerAndUser&, const ServerAndUser&) = default;
};

struct RemoteOperand {
  RemotePath path;
  bool directory = false;  // written with a slash at its end
  std::string text;        // as it was written
};

struct Call {
  const Verb* verb = nullptr;
  Flags flags;
  std::vector<RemoteOperand> remote;
  std::vector<std::string> local;         // paths or words, as they were written
  bool to_remote = false;                 // of two sides the last one is on the server
  std::optional<ServerAndUser> target{};  // of remote_to_remote: where the last one is, when that is another server
};

// A call of its own: remote operands are URLs, all of one server (but for the last one of remote_to_remote).
struct PlacedCall {
  ServerAndUser place;
  Call call;
};
Result<PlacedCall> resolve_urls(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands,
                                const Preferences& preferences);

// A call in a session: remote operands are paths, seen from `directory`; "." and ".." are resolved here, by their
// names.
Result<Call> resolve_paths(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands,
                           const RemotePath& directory);

// The same behind with_target(), whatever their number.
Result<Call> resolve_operands(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands,
                              const RemotePath& directory);

Result<RemotePath> resolve_path(std::string_view text, const RemotePath& directory);

}  // namespace dftp::cli
