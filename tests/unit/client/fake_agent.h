// An ssh-agent on a UNIX socket that answers one question a connection with what the test says.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "proto/storage/descriptor.h"

namespace dftp::client {

class FakeAgent {
 public:
  // `answer` gets the request (without its length) and returns all bytes to send back; empty: hangs up.
  using Answer = std::function<std::string(const std::string& request)>;
  FakeAgent(const std::filesystem::path& socket, Answer answer);
  ~FakeAgent();

  // An agent with one key pair, that of RFC 8032, and some keys of other kinds around it.
  static Answer with_one_key();

 private:
  void serve();
  void serve_one(int connection);

  Descriptor listener_;
  Answer answer_;
  std::thread thread_;
};

}  // namespace dftp::client
