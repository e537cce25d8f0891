// How a user proves who they are. Ways to log in are tried in this order, at most five of them:
//
//   UNIX socket, no user given: as the user of this process (method "peer"), and nothing else
//   key files given · password file given · $DFTP_PASSWORD · ~/.netrc · keys of the ssh-agent · ~/.ssh/id_ed25519
//   no user given: anonymous
//   the prompt
//
// The user is the one given, else the one in ~/.netrc, else the user of this process. Only ed25519 keys are used, and
// none on a UNIX socket (there is no TLS session that they could sign). No error or warning text holds a secret.
// $DFTP_PASSWORD, which is for any server, is not sent to one that was only just accepted.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proto/wire/message.h"
#include "proto/wire/url.h"

namespace dftp::client {

struct CredentialSources {
  std::vector<std::filesystem::path> keys;  // OpenSSH private keys, not encrypted
  std::filesystem::path password_file;      // its first line; empty: none
  bool surroundings = true;                 // false: only what is given above, and the prompt
  // Asks for a password; nullopt: the user gave none. Called on the pool; empty: nobody to ask.
  std::function<std::optional<std::string>(const std::string& question)> prompt;
  // Something is not as it should be and was left out (a ~/.netrc that others can read). Called on the pool.
  std::function<void(const std::string& text)> warn;
};

using Exporter = std::optional<std::array<std::byte, 32>>;  // TLS exporter of the connection

inline constexpr std::string_view login_exporter_label = "EXPORTER-dftp-login";

// One way to log in.
struct Candidate {
  std::string method;        // as in HelloReply::login
  std::string origin;        // for people: "the key /home/ann/.ssh/id_ed25519"
  bool interactive = false;  // asks somebody
  bool ambient = false;      // a secret that was given for no server in particular
  // Makes the request. What was asked for once is remembered. Blocking: reads files, talks to the agent, asks.
  std::function<Result<Login>(const Exporter& exporter)> make;
};

struct Candidates {
  std::vector<Candidate> list;
  std::size_t first = 0;           // what to begin with: the one that helped last time
  std::vector<std::string> notes;  // why something was not tried, for the error when nothing helps
  // The server was accepted by this session, so that nobody has compared its fingerprint in peace: it gets no ambient
  // secret.
  bool stranger = false;
};

// Looks for them. A file that was given and cannot be used is Code::usage, anything else that cannot is a note.
// Blocking.
Result<Candidates> find_credentials(const CredentialSources& sources, const Endpoint& endpoint,
                                    const std::string& user);

// No candidate helped: Code::login_failed, saying what was refused and what was not tried.
Error login_error(const Candidates& candidates, const std::vector<std::string>& refused, const Endpoint& endpoint);

}  // namespace dftp::client
