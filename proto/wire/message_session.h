// From the first word to the last: hello, login, ping, cancel, bye.
#pragma once

#include "proto/wire/message_common.h"

namespace dftp {

struct Hello {
  static constexpr std::string_view command = "hello";
  int version = protocol_version;
  std::string client;    // program and version, for the log
  std::string instance;  // random, one a client process: a new transfer of the same instance supersedes its lost one
  std::vector<std::string> extensions;         // that the client has: proto/wire/extensions.h
  std::vector<std::string> digests = {"md5"};  // over files that it knows, the best first
  static void fields(auto& self, auto& io) {
    io("version", self.version);
    io.maybe("client", self.client);
    io.maybe("instance", self.instance);
    io.maybe("extensions", self.extensions);
    io.maybe("digests", self.digests);
  }
};
struct HelloReply {
  int version = protocol_version;
  std::string server;
  std::vector<std::string> login;       // methods on offer here: "password", "key", "anonymous", "peer"
  std::vector<std::string> extensions;  // that the server has, as it is configured
  std::string digest;                   // of the client's the one that is used in this session
  static void fields(auto& self, auto& io) {
    io("version", self.version);
    io("server", self.server);
    io("login", self.login);
    io("extensions", self.extensions);
    io("digest", self.digest);
  }
};

struct Login {
  static constexpr std::string_view command = "login";
  std::string method;
  std::string user;
  std::string password;   // method "password"
  std::string key;        // method "key": "ssh-ed25519 AAAA..."
  std::string signature;  // method "key": base64 of the 64 bytes; docs/protocol/core.md, "Login with a key"
  static void fields(auto& self, auto& io) {
    io("method", self.method);
    io.maybe("user", self.user);
    io.maybe("password", self.password);
    io.maybe("key", self.key);
    io.maybe("signature", self.signature);
  }
};
struct LoginReply {
  std::string user;
  bool write = false;       // may change the share
  bool plain_data = false;  // may ask for data connections without encryption
  bool talk = false;        // may say something to others, and see who they are
  static void fields(auto& self, auto& io) {
    io("user", self.user);
    io("write", self.write);
    io("plain_data", self.plain_data);
    io.maybe("talk", self.talk);
  }
};

struct Ping {
  static constexpr std::string_view command = "ping";
  static void fields(auto&, auto&) {}
};
// Ends another request of this session, as far as it can be ended: its answer tells.
struct Cancel {
  static constexpr std::string_view command = "cancel";
  std::uint64_t id = 0;  // of that request; one that has been answered is no error
  static void fields(auto& self, auto& io) { io("id", self.id); }
};
struct Bye {
  static constexpr std::string_view command = "bye";
  static void fields(auto&, auto&) {}
};

}  // namespace dftp
