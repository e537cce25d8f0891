#include "server/auth/users.h"

#include <algorithm>
#include <set>
#include <utility>

#include "server/toml/rate.h"

namespace dftp::server {
namespace {

std::unexpected<Error> must_be(std::string what) {
  return fail(Code::usage, "", "must be " + std::move(what));
}

Result<std::string> text_in(const toml::Value& in) {
  const auto* text = in.as<std::string>();
  if (!text) return must_be("a text");
  return *text;
}

Result<void> read_name(const toml::Value& in, User& user) {
  auto name = text_in(in);
  if (!name) return std::unexpected(std::move(name.error()));
  if (!is_user_name(*name)) return must_be("1 to 64 letters, digits, '.', '_' or '-', and not \"anonymous\"");
  user.name = std::move(*name);
  return {};
}

Result<void> read_password(const toml::Value& in, User& user) {
  const auto text = text_in(in);
  if (!text) return std::unexpected(text.error());
  auto hash = PasswordHash::parse(*text);
  if (!hash) return std::unexpected(std::move(hash.error()));
  user.password = std::move(*hash);
  return {};
}

Result<void> read_home(const toml::Value& in, User& user) {
  const auto text = text_in(in);
  if (!text) return std::unexpected(text.error());
  auto path = RemotePath::parse(*text);
  if (!path) return std::unexpected(std::move(path.error()));
  user.home = std::move(*path);
  return {};
}

template <bool User::* member>
Result<void> read_flag(const toml::Value& in, User& user) {
  const bool* flag = in.as<bool>();
  if (!flag) return must_be("true or false");
  user.*member = *flag;
  return {};
}

Result<void> read_keys(const toml::Value& in, User& user) {
  const auto* array = in.as<toml::Array>();
  if (!array) return must_be("a list of keys");
  for (const toml::Value& item : *array) {
    const auto text = text_in(item);
    if (!text) return must_be("a list of keys");
    auto key = PublicKey::parse(*text);
    if (!key) return std::unexpected(std::move(key.error()));
    user.keys.push_back(std::move(*key));
  }
  return {};
}

Result<void> read_uid(const toml::Value& in, User& user) {
  const auto* number = in.as<std::int64_t>();
  if (!number || !std::in_range<std::uint32_t>(*number)) return must_be("a user's number");
  user.uid = static_cast<std::uint32_t>(*number);
  return {};
}

Result<void> read_rate(const toml::Value& in, User& user) {
  const auto rate = toml::rate_in(in);
  if (!rate) return std::unexpected(rate.error());
  user.limit_rate = *rate;
  return {};
}

constexpr struct Row {
  std::string_view key;
  Result<void> (*read)(const toml::Value& in, User& user);
} rows[] = {
    {"name", read_name},
    {"password", read_password},
    {"home", read_home},
    {"read_only", read_flag<&User::read_only>},
    {"act_as", read_flag<&User::act_as>},
    {"limit_rate", read_rate},
    {"talk", read_flag<&User::talk>},
    {"keys", read_keys},
    {"uid", read_uid},
};

User read_user(const toml::Value& in, std::string_view file, Problems& problems) {
  const auto* members = in.as<toml::Table>();
  const auto wrong = [&](std::size_t line, std::string detail) {
    problems.push_back(toml::fail_at(file, line, std::move(detail)).error());
  };
  User user;
  if (!members) {
    wrong(in.line, "user must be a table: [[user]]");
    return user;
  }
  const std::size_t before = problems.size();
  for (const auto& [key, value] : *members) {
    const auto* row = std::ranges::find(rows, key, &Row::key);
    if (row == std::end(rows)) {
      wrong(value.line, "a user has no \"" + key + "\"");
    } else if (const auto read = row->read(value, user); !read) {
      wrong(value.line, key + " " + read.error().detail);
    }
  }
  if (user.name.empty() && problems.size() == before) wrong(in.line, "this user has no name");
  return user;
}

// Refuses a name or uid that a user before had.
class Unique {
 public:
  Result<void> check(const User& user, std::string_view file, std::size_t line) {
    if (!user.name.empty() && !names_.insert(user.name).second)
      return toml::fail_at(file, line, "a second user " + user.name);
    if (user.uid && !uids_.insert(*user.uid).second) {
      return toml::fail_at(file, line, "a second user with uid " + std::to_string(*user.uid));
    }
    return {};
  }

 private:
  std::set<std::string> names_;
  std::set<std::uint32_t> uids_;
};

Users read_list(const toml::Array& list, std::string_view file, Problems& problems) {
  Users users;
  Unique unique;
  for (const toml::Value& item : list) {
    users.push_back(read_user(item, file, problems));
    noted(problems, unique.check(users.back(), file, item.line));
  }
  return users;
}

std::string text_of(const User& user) {
  std::string out = "\n[[user]]\nname = " + toml::quoted(user.name) + "\n";
  if (user.password) out += "password = " + toml::quoted(user.password->text()) + "\n";
  if (!user.home.is_root()) out += "home = " + toml::quoted(user.home.absolute()) + "\n";
  if (user.read_only) out += "read_only = true\n";
  if (user.act_as) out += "act_as = true\n";
  if (user.limit_rate) out += "limit_rate = " + std::to_string(user.limit_rate) + "\n";
  if (!user.talk) out += "talk = false\n";
  if (user.uid) out += "uid = " + std::to_string(*user.uid) + "\n";
  if (user.keys.empty()) return out;
  out += "keys = [\n";
  for (const PublicKey& key : user.keys) out += "  " + toml::quoted(key.text()) + ",\n";
  return out + "]\n";
}

}  // namespace

bool is_user_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= 64 && name != anonymous_user && std::ranges::all_of(name, allowed);
}

Users parse_users(std::string_view text, std::string_view file, Problems& problems) {
  const auto table = toml::parse(text, file);
  if (!noted(problems, table) || table->empty()) return Users();
  const auto& [key, value] = table->front();
  const auto* list = value.as<toml::Array>();
  if (key != "user" || !list || table->size() > 1) {
    problems.push_back(toml::fail_at(file, table->back().value.line, "nothing but [[user]] is known here").error());
    return Users();
  }
  return read_list(*list, file, problems);
}

Result<Users> parse_users(std::string_view text, std::string_view file) {
  Problems problems;
  auto users = parse_users(text, file, problems);
  return unless(std::move(problems), std::move(users));
}

std::string text_of(const Users& users) {
  std::string out =
      "# The users of a dftp share. \"dftp-server user\" rewrites this file; a running server reads it anew.\n";
  for (const User& user : users) out += text_of(user);
  return out;
}

}  // namespace dftp::server
