// The user of a share that was started for the first time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "proto/wire/error.h"

namespace dftp::server {

struct FirstUser {
  std::string name;
  std::string password;  // nowhere else but here: say it to whoever started the server
};

// When the share has no users: makes one who may do everything, named as $USER (or "dftp"), with a random password.
// nullopt when there are users.
Result<std::optional<FirstUser>> make_first_user(const std::filesystem::path& state);

}  // namespace dftp::server
