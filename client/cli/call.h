// A verb with what it is to be done to: words become paths here. Pure.
#pragma once

#include <string>
#include <vector>

#include "client/cli/options.h"
#include "proto/wire/url.h"

namespace dftp::cli {

// What the words behind a verb are.
enum class Operands {
  words,            // neither: a verb's name
  local,            // paths here
  remote,           // paths on the server
  remote_to_local,  // the last one is here if there are several, or if it is no URL
  local_to_remote,  // the last one is on the server
  word_to_remote,   // the first one is a word, the others are on the server
  server_words,     // words; in a call of its own behind a URL, the server that they are for
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
  std::vector<std::string> local;  // paths or words, as they were written
};

// Which server and as whom.
struct Place {
  Endpoint endpoint;
  std::string user;
  friend bool operator==(const Place&, const Place&) = default;
};

// A call of its own: remote operands are URLs, all of one server.
struct PlacedCall {
  Place place;
  Call call;
};
Result<PlacedCall> resolve_urls(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands);

// A call in a session: remote operands are paths, seen from `directory`; "." and ".." are resolved here, by their
// names.
Result<Call> resolve_paths(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands,
                           const RemotePath& directory);

Result<RemotePath> resolve_path(std::string_view text, const RemotePath& directory);

}  // namespace dftp::cli
