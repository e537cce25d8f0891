// One loop, the thread that runs it, and the control connections that live on it.
#pragma once

#include <set>

#include "server/session/control.h"

namespace dftp::server {

struct Worker {
  ServerContext& context;
  std::set<Control*> controls{};  // on the loop only
  net::Loop loop{};               // goes before them, with the coroutines that they live in
};

}  // namespace dftp::server
