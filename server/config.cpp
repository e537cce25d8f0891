#include "server/config.h"

#include <algorithm>
#include <iterator>
#include <thread>

#include "server/auth/text_file.h"
#include "server/config_options.h"
#include "server/private_paths.h"
#include "server/state_directory.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes = 1024 * 1024;

// Not part of a configuration: where it is, and questions.
constexpr ProgramOption config_option = {"config", "FILE",
                                         "TOML file in which each option has its key: read-only = true"};
constexpr ProgramOption questions[] = {
    {"help", "", "print this"},
    {"version", "", "print the version"},
};

Result<fs::path> absolute(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::absolute(path, error);
  if (error) return fail_errno(error.value(), path);
  return result;
}

Result<void> read_file(Config& config, const std::string& name) {
  const auto path = absolute(name);
  if (!path) return std::unexpected(path.error());
  const auto text = read_text(*path, file_bytes);
  if (!text) return std::unexpected(when("cannot read the configuration", text.error()));
  config.file = *path;
  return apply_text(config, *text, *path);
}

// File, options and word as they are; nothing is looked up and no default is filled in.
Result<Config> gather(ProgramCommandLine line) {
  for (const std::string& word : line.words) line.options.push_back({"root", word});
  if (line.words.size() > 1 || (!line.words.empty() && line.all("root").size() > 1)) {
    return fail(Code::usage, line.words.back(), "only one directory can be shared");
  }
  Config config;
  if (const auto files = line.all("config"); !files.empty()) {
    if (auto read = read_file(config, files.back()); !read) return std::unexpected(std::move(read.error()));
  }
  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (error) return fail_errno(error.value(), ".");
  for (const auto& [option, field] : config_options()) {
    const auto values = line.all(option.name);
    if (values.empty()) continue;
    if (const auto assigned = assign(config, field, values, here); !assigned) {
      return fail(Code::usage, "--" + std::string(option.name), assigned.error().detail);
    }
  }
  return config;
}

Result<fs::path> state_of(const Config& config) {
  return config.state.empty() ? default_state(config.root) : resolved_path(config.state);
}

}  // namespace

std::size_t default_threads() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16);
}

std::size_t default_disk_threads() {
  return std::clamp<std::size_t>(2 * std::thread::hardware_concurrency(), 4, 64);
}

std::vector<ProgramOption> server_options() {
  std::vector<ProgramOption> options = {config_option};
  for (const auto& [option, field] : config_options()) options.push_back(option);
  options.insert(options.end(), std::begin(questions), std::end(questions));
  return options;
}

std::string server_options_help() {
  const Config defaults;
  std::string text;
  for (const auto& [option, field] : config_options()) text += help_line(option, shown(defaults, field));
  text += help_line(config_option);
  for (const ProgramOption& option : questions) text += help_line(option);
  return text;
}

Result<Config> make_config(const ProgramCommandLine& line) {
  auto config = gather(line);
  if (!config) return config;
  if (config->root.empty()) return fail(Code::usage, "", "which directory? dftp-server DIR shares it");
  auto root = canonical_directory(config->root);
  if (!root) return std::unexpected(std::move(root.error()));
  config->root = std::move(*root);
  if (config->certificate.empty() != config->key.empty()) {
    return fail(Code::usage, "", "--certificate and --key are given together or not at all");
  }
  auto state = state_of(*config);
  if (!state) return std::unexpected(std::move(state.error()));
  config->state = std::move(*state);
  if (auto own = check_private_paths(*config); !own) return std::unexpected(std::move(own.error()));
  return config;
}

std::vector<ProgramOption> state_options() {
  std::vector<ProgramOption> options = {config_option};
  for (const auto& [option, field] : config_options()) {
    if (option.name == "root" || option.name == "state") options.push_back(option);
  }
  return options;
}

Result<Share> find_share(const ProgramCommandLine& line) {
  const auto known = state_options();
  ProgramCommandLine own{line.words, {}};
  std::ranges::copy_if(line.options, std::back_inserter(own.options), [&](const ProgramCommandLine::Given& given) {
    return std::ranges::find(known, given.name, &ProgramOption::name) != known.end();
  });
  const auto config = gather(std::move(own));
  if (!config) return std::unexpected(config.error());
  if (config->state.empty() && config->root.empty()) {
    return fail(Code::usage, "", "which share? Name its directory, --state or --config");
  }
  auto state = state_of(*config);
  if (!state) return std::unexpected(std::move(state.error()));
  return Share{config->root, std::move(*state)};
}

Result<fs::path> find_state(const ProgramCommandLine& line) {
  auto share = find_share(line);
  if (!share) return std::unexpected(std::move(share.error()));
  return std::move(share->state);
}

}  // namespace dftp::server
