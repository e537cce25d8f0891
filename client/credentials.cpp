#include "client/credentials.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "client/ed25519_key.h"
#include "client/local_file.h"
#include "client/netrc.h"
#include "client/ssh_agent.h"
#include "proto/digest/login_signature.h"
#include "proto/wire/encoding.h"
#include "proto/wire/text_lines.h"

namespace dftp::client {
namespace {

// The server closes a connection after so many failures.
constexpr std::size_t max_attempts = 5;
constexpr std::size_t max_prompts = 3;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string local_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry ? entry->pw_name : environment("USER");
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

// A file that was named and cannot be used is a mistake in the call, whatever the system says of it.
std::unexpected<Error> bad_option(Error error) {
  error.code = Code::usage;
  return std::unexpected(std::move(error));
}

Login key_login(const std::string& user, const std::string& blob, const std::string& signature) {
  return {"key", user, {}, std::string(ed25519_name) + ' ' + to_base64(blob), to_base64(signature)};
}

Candidate without_secret(const std::string& method) {
  const auto make = [method](const Exporter&) -> Result<Login> { return Login{method, {}, {}, {}, {}}; };
  return {method, method == "peer" ? "the user of this process" : method, false, false, make};
}

Result<std::string> password_in(const std::filesystem::path& file) {
  const auto text = read_local_text(file);
  if (!text) return bad_option(when("cannot read the password", text.error()));
  std::string password = first_line(text->text);
  if (password.empty()) return fail(Code::usage, file.string(), "has no password in its first line; write it there");
  return password;
}

// Collects the candidates for one user, in order.
class Finder {
 public:
  Finder(const CredentialSources& sources, const Endpoint& endpoint, const std::string& user)
      : sources_(sources), endpoint_(endpoint), given_user_(user), user_(user) {}

  Result<Candidates> find();

 private:
  void read_netrc();
  void ask_agent();
  Result<void> add_key_file(const std::filesystem::path& file, bool given);
  void add_agent_key(const SshAgent::Identity& identity);
  void add_password(std::string password, std::string origin, bool ambient = false);
  Result<void> add_given();
  void add_surroundings();
  Result<void> add_password_file();
  void add_prompts();
  void leave_room();
  void add_key(const std::string& blob, Candidate candidate);
  void warn(const std::string& text) const {
    if (sources_.warn) sources_.warn(text);
  }

  const CredentialSources& sources_;
  const Endpoint& endpoint_;
  const std::string given_user_;
  std::string user_;
  std::optional<NetrcEntry> netrc_;
  std::filesystem::path agent_socket_;
  std::vector<SshAgent::Identity> agent_keys_;
  std::vector<std::string> known_blobs_;
  Candidates found_;
};

Result<Candidates> Finder::find() {
  if (endpoint_.is_unix() && given_user_.empty()) {
    found_.list.push_back(without_secret("peer"));
    return std::move(found_);
  }
  if (given_user_ == "anonymous") {
    found_.list.push_back(without_secret("anonymous"));
    return std::move(found_);
  }
  if (sources_.surroundings) read_netrc();
  if (user_.empty()) user_ = netrc_ && !netrc_->login.empty() ? netrc_->login : local_user();
  if (!endpoint_.is_unix()) ask_agent();
  if (auto added = add_given(); !added) return std::unexpected(std::move(added.error()));
  if (sources_.surroundings) add_surroundings();
  leave_room();
  if (given_user_.empty()) found_.list.push_back(without_secret("anonymous"));
  add_prompts();
  return std::move(found_);
}

Result<void> Finder::add_given() {
  for (const auto& file : sources_.keys) {
    if (auto added = add_key_file(file, true); !added) return added;
  }
  return add_password_file();
}

void Finder::add_surroundings() {
  if (auto password = environment("DFTP_PASSWORD"); !password.empty()) {
    add_password(std::move(password), "the password in $DFTP_PASSWORD", true);
  }
  if (netrc_) add_password(netrc_->password, "the password in ~/.netrc");
  for (const auto& identity : agent_keys_) add_agent_key(identity);
  const auto home = home_directory();
  if (home.empty() || endpoint_.is_unix()) return;
  // One that cannot be used is a note.
  static_cast<void>(add_key_file(home / ".ssh/id_ed25519", false));
}

void Finder::read_netrc() {
  const auto home = home_directory();
  if (home.empty()) return;
  const auto file = read_local_text(home / ".netrc");
  if (!file) {
    if (file.error().code == Code::usage) warn(describe(file.error()));
    if (file.error().code != Code::not_found) found_.notes.push_back(describe(file.error()));
    return;
  }
  auto entry = find_netrc(parse_netrc(file->text), endpoint_.is_unix() ? "localhost" : endpoint_.host, given_user_);
  if (!entry) return;
  if (file->others_can_read()) {
    const std::string text = "~/.netrc can be read by others and is left out; chmod 600 ~/.netrc";
    warn(text);
    found_.notes.push_back(text);
    return;
  }
  netrc_ = std::move(entry);
}

void Finder::ask_agent() {
  agent_socket_ = environment("SSH_AUTH_SOCK");
  if (agent_socket_.empty() || (!sources_.surroundings && sources_.keys.empty())) return;
  auto agent = SshAgent::connect(agent_socket_);
  auto identities = agent ? agent->identities() : std::unexpected(agent.error());
  if (identities) {
    agent_keys_ = std::move(*identities);
  } else {
    found_.notes.push_back("the ssh-agent was left out: " + describe(identities.error()));
  }
}

Result<void> Finder::add_key_file(const std::filesystem::path& file, bool given) {
  if (given && endpoint_.is_unix()) {
    return fail(Code::usage, file.string(), "a key cannot be used on a UNIX socket, which has no TLS");
  }
  auto text = read_local_text(file);
  if (!text && !given && text.error().code == Code::not_found) return {};
  auto key = text ? Ed25519Key::parse(text->text) : std::unexpected(when("cannot read the key", text.error()));
  if (!key) {
    if (key.error().where.empty()) key.error().where = file.string();
    if (given) return bad_option(std::move(key.error()));
    found_.notes.push_back(describe(key.error()));
    return {};
  }
  const auto in_agent = std::ranges::find(agent_keys_, key->public_blob(), &SshAgent::Identity::public_blob);
  if (key->encrypted() && in_agent != agent_keys_.end()) {
    add_agent_key(*in_agent);
  } else if (key->encrypted()) {
    const std::string why = "the key is encrypted; add it to an ssh-agent with ssh-add, dftp uses that";
    if (given) return fail(Code::usage, file.string(), why);
    found_.notes.push_back(file.string() + ": " + why);
  } else {
    if (text->others_can_read()) warn(file.string() + " can be read by others; chmod 600 it");
    add_key(key->public_blob(), {"key", "the key " + file.string(), false, false,
                                 [key = *key, user = user_](const Exporter& exporter) -> Result<Login> {
                                   if (!exporter) return fail(Code::unsupported, "", "a key needs a TLS connection");
                                   const std::string message = login_message(user, *exporter);
                                   return key_login(user, key.public_blob(), key.sign(message));
                                 }});
  }
  return {};
}

void Finder::add_agent_key(const SshAgent::Identity& identity) {
  add_key(identity.public_blob, {"key", "the ssh-agent's key " + identity.comment, false, false,
                                 [socket = agent_socket_, blob = identity.public_blob,
                                  user = user_](const Exporter& exporter) -> Result<Login> {
                                   if (!exporter) return fail(Code::unsupported, "", "a key needs a TLS connection");
                                   auto agent = SshAgent::connect(socket);
                                   if (!agent) return std::unexpected(agent.error());
                                   const auto signature = agent->sign(blob, login_message(user, *exporter));
                                   if (!signature) return std::unexpected(signature.error());
                                   return key_login(user, blob, *signature);
                                 }});
}

// The same key in the agent and in a file is one.
void Finder::add_key(const std::string& blob, Candidate candidate) {
  if (std::ranges::find(known_blobs_, blob) != known_blobs_.end()) return;
  known_blobs_.push_back(blob);
  found_.list.push_back(std::move(candidate));
}

void Finder::add_password(std::string password, std::string origin, bool ambient) {
  found_.list.push_back({"password", std::move(origin), false, ambient,
                         [password = std::move(password), user = user_](const Exporter&) -> Result<Login> {
                           return Login{"password", user, password, {}, {}};
                         }});
}

// Read anew for each login: a mount lives longer than a password.
Result<void> Finder::add_password_file() {
  if (sources_.password_file.empty()) return {};
  const auto now = password_in(sources_.password_file);
  if (!now) return std::unexpected(now.error());
  if (now->ends_with(' ') || now->ends_with('\t'))
    warn(line_name(sources_.password_file.string(), 1) + ": the password ends with a blank, which is part of it");
  found_.list.push_back({"password", "the password in " + sources_.password_file.string(), false, false,
                         [file = sources_.password_file, user = user_](const Exporter&) -> Result<Login> {
                           auto password = password_in(file);
                           if (!password) return std::unexpected(password.error());
                           return Login{"password", user, *password, {}, {}};
                         }});
  return {};
}

// For anonymous and one prompt.
void Finder::leave_room() {
  auto& list = found_.list;
  const std::size_t max = max_attempts - (given_user_.empty() ? 1 : 0) - (sources_.prompt ? 1 : 0);
  if (list.size() <= max) return;
  found_.notes.push_back(list[max].origin + " and what follows it were left out: too many");
  list.resize(max);
}

void Finder::add_prompts() {
  auto& list = found_.list;
  const std::size_t prompts = sources_.prompt ? std::min(max_attempts - list.size(), max_prompts) : 0;
  const std::string question = "Password for " + user_ + " on " + endpoint_.text() + ": ";
  for (std::size_t i = 0; i < prompts; ++i) {
    auto answer = std::make_shared<std::optional<std::string>>();
    list.push_back({"password", "the password typed in", true, false,
                    [answer, question, user = user_, prompt = sources_.prompt](const Exporter&) -> Result<Login> {
                      if (!*answer) *answer = prompt(question);
                      if (!*answer) return fail(Code::cancelled, "", "no password was given");
                      return Login{"password", user, **answer, {}, {}};
                    }});
  }
}

}  // namespace

Result<Candidates> find_credentials(const CredentialSources& sources, const Endpoint& endpoint,
                                    const std::string& user) {
  return Finder(sources, endpoint, user).find();
}

Error login_error(const Candidates& candidates, const std::vector<std::string>& refused, const Endpoint& endpoint) {
  std::string detail = refused.empty() ? "there is nothing to log in with" : "the server refused ";
  for (std::size_t i = 0; i < refused.size(); ++i) detail += (i ? ", " : "") + refused[i];
  for (const std::string& note : candidates.notes) detail += "; " + note;
  return {Code::login_failed, {}, endpoint.text(), std::move(detail)};
}

}  // namespace dftp::client
