// What a command is to the session that runs it.
#pragma once

#include <string_view>

#include "proto/net/async.h"
#include "proto/wire/json.h"

namespace dftp {

struct Session;

// Who may use a command.
enum class Permission {
  anyone,   // as the first thing on a connection
  greeted,  // after hello
  read,     // after a login
  write,    // after the login of a user who may change the share
};

struct Command {
  std::string_view name;
  Permission permission = Permission::read;
  bool in_order = false;  // carried out before anything behind it is read
  // The request's frame in, the reply's `result` out.
  net::Task<Result<json::Value>> (*run)(Session& session, const json::Value& request) = nullptr;
};

}  // namespace dftp
