#include "server/config/config.h"

#include <algorithm>
#include <iterator>
#include <thread>

#include "server/auth/text_file.h"
#include "server/config/config_options.h"
#include "server/config/private_paths.h"
#include "server/config/state_directory.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes = 1024 * 1024;

// Not part of a configuration: where it is, and questions.
constexpr ProgramOption config_option = {"config", "FILE",
                                         "TOML file in which each option has its key: read-only = true"};
constexpr ProgramOption questions[] = {
    {"check", "", "say all that would keep the server from starting, and start nothing"},
    {"print", "", "with --check: print what holds as TOML, defaults included"},
    {"help", "", "print this"},
    {"version", "", "print the version"},
};

Result<fs::path> absolute(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::absolute(path, error);
  if (error) return fail_errno(error.value(), path);
  return result;
}

void read_file(Config& config, const std::string& name, Problems& problems) {
  const auto path = absolute(name);
  if (!noted(problems, path)) return;
  const auto text = read_text(*path, file_bytes);
  if (!text) return problems.push_back(when("cannot read the configuration", text.error()));
  config.file = *path;
  apply_text(config, *text, *path, problems);
}

// File, options and word as they are; nothing is looked up and no default is filled in.
Config gather(ProgramCommandLine line, Problems& problems) {
  for (const std::string& word : line.words) line.options.push_back({"root", word});
  if (line.words.size() > 1 || (!line.words.empty() && line.all("root").size() > 1)) {
    problems.push_back({Code::usage, {}, line.words.back(), "only one directory can be shared"});
  }
  Config config;
  if (const auto files = line.all("config"); !files.empty()) read_file(config, files.back(), problems);
  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (error) problems.push_back(from_errno(error.value(), "."));
  for (const auto& [option, field, needs] : config_options()) {
    const auto values = line.all(option.name);
    if (values.empty()) continue;
    const auto key = std::string(option.name);
    config.lines.erase(key);
    if (const auto assigned = assign(config, field, values, here); !assigned) {
      problems.push_back({Code::usage, {}, "--" + key, assigned.error().detail});
    }
  }
  return config;
}

Result<fs::path> state_of(const Config& config) {
  return config.state.empty() ? default_state(config.root) : resolved_path(config.state);
}

}  // namespace

// Counted once, so that they are the same when a configuration is read anew after the process was confined to other
// cores.
std::size_t default_threads() {
  static const auto threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16);
  return threads;
}

std::size_t default_disk_threads() {
  static const auto threads = std::clamp<std::size_t>(2 * std::thread::hardware_concurrency(), 4, 64);
  return threads;
}

std::vector<ProgramOption> server_options() {
  std::vector<ProgramOption> options = {config_option};
  for (const auto& [option, field, needs] : config_options()) options.push_back(option);
  options.insert(options.end(), std::begin(questions), std::end(questions));
  return options;
}

std::string server_options_help() {
  const Config defaults;
  std::string text;
  for (const auto& [option, field, needs] : config_options()) text += help_line(option, shown(defaults, field));
  text += help_line(config_option);
  for (const ProgramOption& option : questions) text += help_line(option);
  return text;
}

Config make_config(const ProgramCommandLine& line, Problems& problems) {
  Config config = gather(line, problems);
  if (config.certificate.empty() != config.key.empty()) {
    problems.push_back(at_key(config, config.key.empty() ? "certificate" : "key",
                              {Code::usage, {}, {}, "--certificate and --key are given together or not at all"}));
  }
  if (config.root.empty()) {
    // Where the file could not be read it may well say so.
    if (problems.empty()) problems.push_back({Code::usage, {}, {}, "which directory? dftp-server DIR shares it"});
    return config;
  }
  const auto use = [&](std::string_view key, fs::path& path, Result<fs::path> found) {
    if (!found) return problems.push_back(at_key(config, key, std::move(found.error())));
    path = std::move(*found);
  };
  const std::size_t before = problems.size();
  use("root", config.root, canonical_directory(config.root));
  if (problems.size() > before) return config;
  use("state", config.state, state_of(config));
  std::ranges::move(check_private_paths(config), std::back_inserter(problems));
  return config;
}

Result<Config> make_config(const ProgramCommandLine& line) {
  Problems problems;
  auto config = make_config(line, problems);
  return unless(std::move(problems), std::move(config));
}

Error at_key(const Config& config, std::string_view key, Error error) {
  const auto line = config.lines.find(key);
  if (line == config.lines.end()) return error;
  std::string detail = std::string(key) + ": " + describe(error);
  return {error.code, std::move(error.errno_name), config.file.native() + ":" + std::to_string(line->second),
          std::move(detail)};
}

std::vector<ProgramOption> state_options() {
  std::vector<ProgramOption> options = {config_option};
  for (const auto& [option, field, needs] : config_options()) {
    if (option.name == "root" || option.name == "state") options.push_back(option);
  }
  return options;
}

namespace {

// What the options for that say, and the file.
Config gather_share(const ProgramCommandLine& line, Problems& problems) {
  const auto known = state_options();
  ProgramCommandLine own{line.words, {}};
  std::ranges::copy_if(line.options, std::back_inserter(own.options), [&](const ProgramCommandLine::Given& given) {
    return std::ranges::find(known, given.name, &ProgramOption::name) != known.end();
  });
  return gather(std::move(own), problems);
}

Result<Share> share_of(const Config& config) {
  if (config.state.empty() && config.root.empty()) {
    return fail(Code::usage, "", "which share? Name its directory, --state or --config");
  }
  auto state = state_of(config);
  if (!state) return std::unexpected(at_key(config, "root", std::move(state.error())));
  return Share{config.root, std::move(*state)};
}

}  // namespace

Result<Share> find_share(const ProgramCommandLine& line) {
  Problems problems;
  const Config config = gather_share(line, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems.front()));
  return share_of(config);
}

Result<fs::path> find_state_of_server(const ProgramCommandLine& line) {
  Problems problems;
  const Config config = gather_share(line, problems);
  // A key that is there and says nothing may be what is wrong.
  const auto unclear = [&](const char* key, const fs::path& path) {
    return config.lines.contains(key) && path.empty();
  };
  const bool named = !config.state.empty() || !config.root.empty();
  if (!problems.empty() && (!named || unclear("state", config.state) || unclear("root", config.root)))
    return std::unexpected(std::move(problems.front()));
  auto share = share_of(config);
  if (!share) return std::unexpected(std::move(share.error()));
  return std::move(share->state);
}

Result<fs::path> find_state(const ProgramCommandLine& line) {
  auto share = find_share(line);
  if (!share) return std::unexpected(std::move(share.error()));
  return std::move(share->state);
}

}  // namespace dftp::server
