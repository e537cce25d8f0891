// What a command is to the session that runs it.
#pragma once

#include <string_view>

#include "proto/net/async.h"
#include "proto/wire/json.h"

namespace dftp::server {

class ActiveRequest;

// Who may use a command.
enum class Permission {
  anyone,   // as the first thing on a connection
  greeted,  // after hello
  read,     // after a login
  talk,     // after the login of a user who may talk with others
  write,    // after the login of a user who may change the share
};

// When a request is carried out. What cannot be yet waits, and nothing keeps what is behind it from being read.
enum class Ordering {
  any,         // beside others
  in_order,    // before anything behind it
  one_by_one,  // as any, but behind the one of these before it: their answers may fill a frame each
  hashing,     // as any, but limits::hashed_files of these at a time
  waiting,     // as any, but it may wait for somebody else, and does not count as a request in flight
  at_once,     // whatever else runs or waits: it takes no time, and lets others end
};

struct CommandSpec {
  std::string_view name;
  Permission permission = Permission::read;
  Ordering order = Ordering::any;
  // The request's params in, which are emptied as soon as they are read (read_params() of request.h); the reply's
  // `result` out.
  net::Task<Result<json::Value>> (*run)(ActiveRequest& call, json::Value& params) = nullptr;
  // A request of Ordering::waiting waits only if this flag of its params is set; empty: all of them may.
  std::string_view waits_if = {};
};

}  // namespace dftp::server
