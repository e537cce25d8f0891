// What a server sends and the protocol does not allow: the server's fault, and named as such. `Error::where` is the
// server, `Error::code` Code::protocol.
#pragma once

#include <string>
#include <string_view>

#include "proto/wire/fields.h"

namespace dftp::client {

// `what`: "its answer to hello"; `why`: what is wrong with it.
inline Error breach(std::string server, std::string_view what, const Error& why) {
  return {Code::protocol,
          {},
          std::move(server),
          "the server broke the protocol: " + std::string(what) + ": " + describe(why)};
}

// Of what was read from the server: its breach where bytes cannot be understood, else the error as it is.
inline Error blamed(std::string server, std::string_view what, Error error) {
  const bool bytes =
      error.code == Code::protocol || error.code == Code::invalid_request || error.code == Code::too_large;
  return bytes ? breach(std::move(server), what, error) : std::move(error);
}

// A message of the server's, read as what it should be.
template <class T>
Result<T> read_from(const std::string& server, const json::Value& value, std::string_view name) {
  auto message = from_json<T>(value, name);
  if (message) return message;
  return std::unexpected(breach(server, "what it sent for " + std::string(name), message.error()));
}

}  // namespace dftp::client
