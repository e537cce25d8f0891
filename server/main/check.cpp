#include "server/main/check.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "proto/net/connect.h"
#include "proto/net/tls.h"
#include "proto/storage/standard_descriptors.h"
#include "server/auth/user_file.h"
#include "server/main/config_text.h"
#include "server/main/confinement.h"
#include "server/main/preparation.h"

namespace dftp::server {
namespace {

// Collects problems, each with the key that is its cause.
struct Checks {
  const Config& config;
  Problems problems{};

  template <class T>
  void at(std::string_view key, const Result<T>& result) {
    if (!result) problems.push_back(at_key(config, key, result.error()));
  }
};

Result<void> allowed(const std::filesystem::path& path, int how) {
  if (::access(path.c_str(), how) != 0) return fail_errno(errno, path);
  return {};
}

Result<void> usable_directory(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_directory(path, error))
    return fail(Code::not_directory, path, "is not a directory");
  return allowed(path, R_OK | W_OK | X_OK);
}

// What is missing would be made.
Result<void> check_state(std::filesystem::path path) {
  std::error_code error;
  while (!std::filesystem::exists(path, error) && !error && path.has_relative_path()) path = path.parent_path();
  return error ? fail_errno(error.value(), path) : usable_directory(path);
}

Result<void> check_log(const std::filesystem::path& file) {
  std::error_code error;
  if (file.empty()) return {};
  return std::filesystem::exists(file, error) ? allowed(file, W_OK) : usable_directory(file.parent_path());
}

Result<void> check_identity(const Config& config) {
  if (config.certificate.empty())
    return net::check_made_identity(config.state / "server.crt", config.state / "server.key");
  const auto identity = net::TlsServer::read(config.certificate, config.key);
  return identity ? net::TlsServer::check_dates(*identity) : std::unexpected(identity.error());
}

Result<void> check_announce(const Config& config) {
  if (!config.announce || !std::ranges::all_of(config.listen, &Endpoint::is_unix)) return {};
  return fail(Code::usage, "--announce", "needs an address on the network: --listen HOST:PORT");
}

}  // namespace

Problems check_start(const Config& config) {
  Checks checks{config};
  std::error_code error;
  if (std::filesystem::is_directory(config.root, error)) checks.at("root", open_root(config.root));
  checks.at("log-file", check_log(config.log_file));
  checks.at("announce", check_announce(config));
  for (const Endpoint& endpoint : config.listen) checks.at("listen", net::check_listen(endpoint));
  std::ranges::move(check_exec(config), std::back_inserter(checks.problems));
  if (config.state.empty()) return std::move(checks.problems);
  checks.at("state", check_state(config.state));
  checks.at("certificate", check_identity(config));
  static_cast<void>(read_users(config.state, checks.problems));
  return std::move(checks.problems);
}

int check(const ProgramCommandLine& line) {
  Problems problems;
  if (!line.has("check")) problems.push_back({Code::usage, {}, "--print", "belongs to --check"});
  const Config config = make_config(line, problems);
  std::ranges::move(check_start(config), std::back_inserter(problems));
  for (const Error& problem : problems) std::fprintf(stderr, "dftp-server: %s\n", describe(problem).c_str());
  if (!problems.empty()) return 2;
  const auto printed =
      print(line.has("print") ? text_of(config) : "no problem found\n" + text_of(possible_confinement(config)) + "\n");
  if (printed) return 0;
  std::fprintf(stderr, "dftp-server: %s\n", describe(printed.error()).c_str());
  return 1;
}

}  // namespace dftp::server
