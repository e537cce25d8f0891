#include "server/main/confinement.h"

#include "server/confine/confine.h"
#include "server/main/preparation.h"

namespace dftp::server {
namespace {

using Paths = std::vector<std::filesystem::path>;

// What libraries look up: names of users and hosts, their own parts and settings; and how this machine is.
constexpr const char* of_the_system[] = {"/etc",         "/usr",    "/lib", "/lib64", "/proc", "/sys/devices/system",
                                         "/dev/urandom", "/dev/tty"};

// The directory of a file, under its own name and where links lead: it may be replaced by another one there.
void add_place_of(const std::filesystem::path& file, Paths& paths) {
  std::error_code error;
  paths.push_back(std::filesystem::absolute(file, error).parent_path());
  if (auto real = std::filesystem::canonical(file, error); !error) paths.push_back(real.parent_path());
}

Reach reach_of(const Config& config) {
  Reach reach;
  reach.read.assign(std::begin(of_the_system), std::end(of_the_system));
  reach.change = {config.root, config.state, "/dev/null"};
  if (!config.file.empty()) add_place_of(config.file, reach.read);
  const auto [certificate, key] = identity_files(config);
  add_place_of(certificate, reach.read);
  add_place_of(key, reach.read);
  std::error_code error;
  if (std::filesystem::exists(config.log_file, error) && !std::filesystem::is_regular_file(config.log_file, error)) {
    reach.change.push_back(config.log_file);  // a pipe or a device
  } else if (!config.log_file.empty()) {
    add_place_of(config.log_file, reach.change);
  }
  for (const Endpoint& endpoint : config.listen) {
    if (endpoint.is_unix()) add_place_of(endpoint.unix_socket, reach.sockets);
  }
  return reach;
}

}  // namespace

Confinement possible_confinement(const Config& config) {
  if (!config.confine) return {.reason = "confine = false"};
  // A command never gains privileges, but what files it works on is its own business, and it would inherit landlock.
  if (!config.exec.empty()) return {.privileges = true, .reason = "remote commands are configured"};
  const int version = landlock_version();
  return {.privileges = true,
          .landlock = version,
          .reason = version ? "" : "landlock, from Linux 5.19 on, cannot be had here"};
}

Confinement confine(const Config& config) {
  Confinement confinement = possible_confinement(config);
  const auto give_up = [&](const Result<void>& given_up) {
    if (!given_up) confinement.reason = describe(given_up.error());
    return given_up.has_value();
  };
  if (confinement.privileges) confinement.privileges = give_up(give_up_privileges());
  const bool files = confinement.privileges && confinement.landlock > 0 && give_up(give_up_files(reach_of(config)));
  if (!files) confinement.landlock = 0;
  return confinement;
}

std::string text_of(const Confinement& confinement) {
  std::string text = confinement.privileges ? "confined: no new privileges" : "not confined";
  if (confinement.landlock)
    text += ", no programs, and no files but its own (landlock " + std::to_string(confinement.landlock) + ")";
  if (!confinement.reason.empty()) text += "; no more is given up: " + confinement.reason;
  return text;
}

}  // namespace dftp::server
