#include "server/config/user_command.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>

#include "proto/storage/standard_descriptors.h"
#include "server/auth/user_file.h"
#include "server/config/config.h"
#include "server/config/home_directory.h"
#include "server/config/state_directory.h"
#include "server/config/user_options.h"

namespace dftp::server {
namespace {

constexpr ProgramOption help_option = {"help", "", "print this"};

struct UserRequest {
  const ProgramCommandLine& line;
  Share share;
  std::string user;  // empty for an action that takes none
};

std::unexpected<Error> exists(const std::string& user) {
  return fail(Code::exists, user, "there is such a user already; \"user passwd\" changes the password");
}

std::unexpected<Error> no_such(const std::string& user) {
  return fail(Code::not_found, user, "there is no such user; dftp-server user list shows them");
}

// Changes one user, who must exist.
Result<void> change_user(const UserRequest& request, const std::function<void(Users&, User&)>& change) {
  return change_users(request.share.state, [&](Users& users) -> Result<void> {
    User* user = find_user(users, request.user);
    if (!user) return no_such(request.user);
    change(users, *user);
    return {};
  });
}

// So that nobody types a password in vain.
Result<void> require_user(const UserRequest& request, bool there) {
  const auto users = read_users(request.share.state);
  if (!users) return std::unexpected(users.error());
  const bool found = find_user(*users, request.user) != nullptr;
  if (found && !there) return exists(request.user);
  if (!found && there) return no_such(request.user);
  return {};
}

std::string logins_of(const User& user) {
  std::string text = user.password ? "password" : "";
  const auto append = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (!user.keys.empty()) append(std::to_string(user.keys.size()) + (user.keys.size() == 1 ? " key" : " keys"));
  if (user.uid) append("uid " + std::to_string(*user.uid));
  return text.empty() ? "none" : text;
}

std::string access_of(const User& user) {
  return user.read_only ? "read" : "write";
}

void say_made(const UserRequest& request, const User& user, bool home_made) {
  const Share& share = request.share;
  const std::string of = share.root.empty() ? "" : " of " + share.root.string();
  std::string home = user.home.absolute();
  if (home_made) home += ", made now";
  if (share.root.empty() && !user.home.is_root())
    home += ", if it is there: name the share's directory to have it made";
  std::printf("made user %s\n  access  %s\n  login   %s\n  home    %s\n",
              printable(user.name + of + " (state " + share.state.string() + ")").c_str(), access_of(user).c_str(),
              logins_of(user).c_str(), printable(home).c_str());
}

// The share's one true name; empty when nobody named it.
Result<std::filesystem::path> root_of(const Share& share) {
  if (share.root.empty()) return share.root;
  return canonical_directory(share.root);
}

Result<void> add(const UserRequest& request) {
  User user;
  user.name = request.user;
  if (!is_user_name(user.name)) {
    return fail(Code::usage, user.name,
                "a user's name has 1 to 64 letters, digits, '.', '_' or '-', and is not anonymous");
  }
  if (auto free = require_user(request, false); !free) return free;
  const auto root = root_of(request.share);
  if (!root) return std::unexpected(root.error());
  if (auto applied = apply_rights(request.line, *root, user); !applied) return applied;
  auto keys = given_keys(request.line);
  if (!keys) return std::unexpected(std::move(keys.error()));
  user.keys = std::move(*keys);
  if (user.keys.empty() || names_password(request.line)) {
    auto password = new_password(request.line, user.name);
    if (!password) return std::unexpected(std::move(password.error()));
    user.password = std::move(*password);
  }
  std::vector<std::filesystem::path> made;
  auto added = change_users(request.share.state, [&](Users& users) -> Result<void> {
    if (find_user(users, user.name)) return exists(user.name);
    const auto same_uid = [&](const User& other) { return user.uid && other.uid == user.uid; };
    if (const auto other = std::ranges::find_if(users, same_uid); other != users.end()) {
      return fail(Code::exists, "--uid", "is the uid of " + other->name + " already");
    }
    if (!root->empty()) {
      auto home = make_home(*root, user.home);
      if (!home) return std::unexpected(std::move(home.error()));
      made = std::move(*home);
    }
    users.push_back(user);
    return {};
  });
  if (added) {
    say_made(request, user, !made.empty());
  } else {
    unmake_home(made);
  }
  return added;
}

Result<void> set_password(const UserRequest& request) {
  if (auto known = require_user(request, true); !known) return known;
  const auto password = new_password(request.line, request.user);
  if (!password) return std::unexpected(password.error());
  return change_user(request, [&](Users&, User& user) { user.password = *password; });
}

Result<void> set_keys(const UserRequest& request) {
  const auto keys = given_keys(request.line);
  if (!keys) return std::unexpected(keys.error());
  if (keys->empty()) return fail(Code::usage, "", "which keys? --key FILE names them");
  return change_user(request, [&](Users&, User& user) { user.keys = *keys; });
}

Result<void> remove(const UserRequest& request) {
  return change_user(request, [](Users& users, User& user) { users.erase(users.begin() + (&user - users.data())); });
}

Result<void> list(const UserRequest& request) {
  const auto users = read_users(request.share.state);
  if (!users) return std::unexpected(users.error());
  std::vector<std::array<std::string, 4>> rows = {{"USER", "ACCESS", "LOGIN", "HOME"}};
  for (const User& user : *users) {
    rows.push_back({user.name, access_of(user), logins_of(user), printable(user.home.absolute())});
  }
  std::array<std::size_t, 3> widths{};  // the last column needs none
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size() + 2);
  }
  std::string text;
  for (auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) row[i].resize(widths[i], ' ');
    text += row[0] + row[1] + row[2] + row[3] + "\n";
  }
  return print(text);
}

struct UserAction {
  std::string_view name;
  bool takes_user;
  bool changes;
  Result<void> (*run)(const UserRequest& request);
  std::string_view help;
  std::string_view options;  // what it uses of user_options(), between blanks; "*": all
};
constexpr UserAction actions[] = {
    {"add", true, true, add, "makes a user; with --key only, without a password", "*"},
    {"passwd", true, true, set_password, "gives the user a new password", " password-file password-stdin "},
    {"key", true, true, set_keys, "gives the user these keys in place of the ones before", " key "},
    {"remove", true, true, remove, "takes the user away", ""},
    {"list", false, false, list, "shows the users", ""},
};

// Whoever gives an option must not believe that it was done when it was not.
Result<void> check_options(const UserAction& action, const ProgramCommandLine& line) {
  std::string unused;
  for (const ProgramOption& option : user_options()) {
    const bool used = action.options == "*" || action.options.contains(" " + std::string(option.name) + " ");
    if (!used && !line.all(option.name).empty()) unused += (unused.empty() ? "--" : ", --") + std::string(option.name);
  }
  if (unused.empty()) return {};
  return fail(Code::usage, unused, "is nothing that user " + std::string(action.name) + " does; nothing was changed");
}

std::vector<ProgramOption> all_options() {
  std::vector<ProgramOption> options(user_options().begin(), user_options().end());
  std::ranges::copy(state_options(), std::back_inserter(options));
  options.push_back(help_option);
  return options;
}

Result<void> print_help() {
  std::string text =
      "usage: dftp-server user ACTION [NAME] [DIR] [option]...\n\n"
      "The users of the share of DIR; a running server knows of a change at once.\n\nactions:\n";
  for (const UserAction& action : actions) {
    std::string line = "  " + std::string(action.name) + (action.takes_user ? " NAME" : "");
    line.resize(26, ' ');
    text += line + std::string(action.help) + "\n";
  }
  text += "\noptions:\n";
  for (const ProgramOption& option : all_options()) text += help_line(option);
  return print(text);
}

std::string action_names() {
  std::string names;
  for (const UserAction& action : actions) names += (names.empty() ? "" : ", ") + std::string(action.name);
  return names;
}

// Words: ACTION [NAME] [DIR].
Result<void> run(ProgramCommandLine line, const UsersChanged& changed) {
  if (line.words.empty()) return fail(Code::usage, "user", "needs one of " + action_names());
  const auto action = std::ranges::find(actions, line.words[0], &UserAction::name);
  if (action == std::end(actions)) return fail(Code::usage, line.words[0], "is none of " + action_names());
  if (action->takes_user && line.words.size() < 2) return fail(Code::usage, "user " + line.words[0], "which user?");
  const std::string user = action->takes_user ? line.words[1] : "";
  line.words.erase(line.words.begin(), line.words.begin() + (action->takes_user ? 2 : 1));
  if (auto used = check_options(*action, line); !used) return used;
  auto share = find_share(line);
  if (!share) return std::unexpected(std::move(share.error()));
  const std::filesystem::path state = share->state;
  // A name that was mistyped is not a share without users.
  if (std::error_code unknown; action->run != add && !std::filesystem::exists(state, unknown))
    return fail(Code::not_found, state, "holds no users; user add makes it, or is another one meant?");
  auto done = action->run({line, std::move(*share), user});
  if (done && action->changes && changed) changed(state);
  return done;
}

}  // namespace

completions::Command completed_user() {
  completions::Command command{"user", "the users of a share", completed(all_options()), {.directories = true}};
  for (const UserAction& action : actions) {
    command.operands.words += (command.operands.words.empty() ? "" : " ") + std::string(action.name);
  }
  return command;
}

int user_command(std::span<const std::string> arguments, const UsersChanged& changed) {
  const auto line = parse_command_line(arguments, all_options());
  const bool asked = line && line->has("help");
  const auto done = asked ? print_help() : line ? run(*line, changed) : std::unexpected(line.error());
  if (done) return 0;
  std::fprintf(stderr, "dftp-server: %s\n", describe(done.error()).c_str());
  return done.error().code == Code::usage ? 2 : 1;
}

}  // namespace dftp::server
