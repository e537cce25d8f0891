#include "server/config/exec_commands.h"

#include <algorithm>
#include <utility>

#include "proto/wire/limits.h"
#include "server/auth/users.h"

namespace dftp::server {
namespace {

constexpr std::int64_t longest_timeout = 7 * 24 * 60 * 60;
constexpr std::int64_t least_memory = 16 * 1024 * 1024;  // with less, hardly a program begins
constexpr std::string_view everybody = "*", all_others = "{*}";

std::unexpected<Error> must_be(std::string what) {
  return fail(Code::usage, "", "must be " + std::move(what));
}

// The number of a placeholder that begins at `at`; 0: there is none.
std::size_t placeholder(std::string_view text, std::size_t at) {
  const bool is_one =
      at + 2 < text.size() && text[at] == '{' && text[at + 1] >= '1' && text[at + 1] <= '9' && text[at + 2] == '}';
  return is_one ? static_cast<std::size_t>(text[at + 1] - '0') : 0;
}

std::size_t words_named(std::string_view element) {
  std::size_t max = 0;
  for (std::size_t at = 0; at < element.size(); ++at) max = std::max(max, placeholder(element, at));
  return max;
}

Result<void> read_list(const toml::Value& in, std::vector<std::string>& out) {
  const auto* array = in.as<toml::Array>();
  if (!array || array->empty()) return must_be("a list of texts");
  for (const toml::Value& item : *array) {
    const auto* text = item.as<std::string>();
    if (!text || text->find('\0') != text->npos) return must_be("a list of texts");
    out.push_back(*text);
  }
  return {};
}

Result<void> read_program(const toml::Value& in, std::string& out) {
  const auto* text = in.as<std::string>();
  if (!text || !text->starts_with('/') || text->find('\0') != text->npos) return must_be("the whole path of a program");
  out = *text;
  return {};
}

Result<void> read_argv(const toml::Value& in, ExecCommand& command) {
  if (auto read = read_list(in, command.argv); !read) return read;
  const std::string& program = command.argv.front();
  if (!program.starts_with('/')) return must_be("a list that begins with the whole path of a program");
  // Which program runs is never the caller's choice: "/opt/{1}" would be any on this machine, by way of "..".
  if (words_named(program) > 0) return must_be("a list that begins with a program, and no placeholder in its path");
  return {};
}

Result<void> read_shell(const toml::Value& in, ExecCommand& command) {
  return read_program(in, command.shell);
}

Result<void> read_users(const toml::Value& in, ExecCommand& command) {
  if (auto read = read_list(in, command.users); !read) return read;
  for (const std::string& user : command.users) {
    if (user != everybody && !is_user_name(user)) return must_be("a list of users of the share, or [\"*\"]");
  }
  return {};
}

Result<void> read_run_as(const toml::Value& in, ExecCommand& command) {
  const auto* text = in.as<std::string>();
  if (!text || text->empty() || text->find('\0') != text->npos) return must_be("the name of a user of this machine");
  command.run_as = *text;
  return {};
}

Result<void> read_timeout(const toml::Value& in, ExecCommand& command) {
  const auto* number = in.as<std::int64_t>();
  if (!number || *number < 1 || *number > longest_timeout) {
    return must_be("seconds from 1 to " + std::to_string(longest_timeout));
  }
  command.timeout = std::chrono::seconds(*number);
  return {};
}

template <std::uint64_t ExecCommand::* Member, std::int64_t least>
Result<void> read_number(const toml::Value& in, ExecCommand& command) {
  const auto* number = in.as<std::int64_t>();
  if (!number || *number < least) return must_be("a whole number, " + std::to_string(least) + " at least");
  command.*Member = static_cast<std::uint64_t>(*number);
  return {};
}

constexpr struct Row {
  std::string_view key;
  Result<void> (*read)(const toml::Value& in, ExecCommand& command);
} rows[] = {
    {"argv", read_argv},
    {"shell", read_shell},
    {"users", read_users},
    {"run-as", read_run_as},
    {"timeout", read_timeout},
    {"output-limit", read_number<&ExecCommand::output_limit, 0>},
    {"memory-limit", read_number<&ExecCommand::memory_limit, least_memory>},
    {"process-limit", read_number<&ExecCommand::process_limit, 1>},
};

ExecCommand read_command(const toml::Member& member, std::string_view file, Problems& problems) {
  const auto* members = member.value.as<toml::Table>();
  const std::string place = "[exec." + member.key + "]";
  const auto wrong = [&](std::size_t line, std::string detail) {
    problems.push_back(toml::fail_at(file, line, std::move(detail)).error());
  };
  ExecCommand command{.name = member.key};
  if (!members) {
    wrong(member.value.line, "exec." + member.key + " must be a table: " + place);
    return command;
  }
  const std::size_t before = problems.size();
  for (const auto& [key, value] : *members) {
    const auto* row = std::ranges::find(rows, key, &Row::key);
    if (row == std::end(rows)) {
      wrong(value.line, place + " has no \"" + key + "\"");
    } else if (const auto read = row->read(value, command); !read) {
      wrong(value.line, key + " " + read.error().detail);
    }
  }
  // What could not be read is not missing.
  if (problems.size() > before) return command;
  if (command.argv.empty() == command.shell.empty()) wrong(member.value.line, place + " needs either argv or shell");
  if (command.users.empty()) wrong(member.value.line, place + " needs users: who may call it?");
  return command;
}

std::size_t words_named(const ExecCommand& command) {
  std::size_t max = 0;
  for (const std::string& element : command.argv) max = std::max(max, words_named(element));
  return max;
}

Result<void> check_words(std::span<const Name> words) {
  std::size_t bytes = 0;
  for (const Name& word : words) {
    bytes += word.bytes.size() + 1;
    if (word.bytes.find('\0') != word.bytes.npos) return fail(Code::invalid_request, "params.arguments", "hold a NUL");
  }
  if (words.size() > limits::exec_arguments || bytes > limits::exec_argument_bytes) {
    return fail(Code::too_large, "params.arguments",
                "at most " + std::to_string(limits::exec_arguments) + " words and " +
                    std::to_string(limits::exec_argument_bytes) + " bytes");
  }
  return {};
}

// Without the word, which may be a secret.
std::unexpected<Error> looks_like_option(const ExecCommand& command) {
  return fail(Code::invalid_request, command.name,
              "an argument that begins with '-' would be an option of the command");
}

Result<std::string> filled(const ExecCommand& command, const std::string& element, std::span<const Name> words) {
  std::string out;
  for (std::size_t at = 0; at < element.size();) {
    const std::size_t number = placeholder(element, at);
    if (number == 0) {
      out += element[at++];
      continue;
    }
    out += words[number - 1].bytes;
    at += 3;
  }
  // Of the whole: words before may be empty, and what was written behind them begins the argument then.
  if (out.starts_with('-') && !element.starts_with('-')) return looks_like_option(command);
  return out;
}

std::vector<std::string> shell_line(const ExecCommand& command, std::span<const Name> words) {
  std::string line;
  for (const Name& word : words) line += (line.empty() ? "" : " ") + word.bytes;
  return {command.shell, "-c", line};
}

}  // namespace

bool ExecCommand::allows(std::string_view user) const {
  return std::ranges::any_of(
      users, [&](const std::string& one) { return one == user || (one == everybody && user != anonymous_user); });
}

std::vector<ExecCommand> parse_exec(const toml::Value& value, std::string_view file, Problems& problems) {
  std::vector<ExecCommand> commands;
  const auto* table = value.as<toml::Table>();
  if (!table) problems.push_back(toml::fail_at(file, value.line, "exec must be tables: [exec.NAME]").error());
  for (const toml::Member& member : table ? *table : toml::Table()) {
    commands.push_back(read_command(member, file, problems));
  }
  return commands;
}

Result<std::vector<ExecCommand>> parse_exec(const toml::Value& value, std::string_view file) {
  Problems problems;
  auto commands = parse_exec(value, file, problems);
  return unless(std::move(problems), std::move(commands));
}

Result<std::vector<std::string>> fill_in(const ExecCommand& command, std::span<const Name> words) {
  if (auto checked = check_words(words); !checked) return std::unexpected(checked.error());
  if (!command.shell.empty()) return shell_line(command, words);
  const std::size_t named = words_named(command);
  const bool takes_more = std::ranges::find(command.argv, all_others) != command.argv.end();
  if (words.size() < named || (words.size() > named && !takes_more)) {
    return fail(Code::invalid_request, command.name,
                "takes " + std::to_string(named) + (takes_more ? " words or more" : " words") + ", not " +
                    std::to_string(words.size()));
  }
  std::vector<std::string> argv;
  for (const std::string& element : command.argv) {
    if (element == all_others) {
      for (const Name& word : words.subspan(named)) {
        if (word.bytes.starts_with('-')) return looks_like_option(command);
        argv.push_back(word.bytes);
      }
      continue;
    }
    auto argument = filled(command, element, words);
    if (!argument) return std::unexpected(std::move(argument.error()));
    argv.push_back(std::move(*argument));
  }
  return argv;
}

}  // namespace dftp::server
