// A request as it travels: {"id":7,"cmd":"stat","params":{"path":"/a"}}. docs/protocol/core.md, "Requests, replies,
// events".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/wire/fields.h"

namespace dftp {

struct RequestFrame {
  std::string command;
  json::Value params;  // an object
};

// Nothing where a frame has no number that its answer could be known by.
std::optional<std::uint64_t> request_id(const json::Value& frame);
// Takes it out of its frame. Code::invalid_request names the member that is wrong, missing or not known.
Result<RequestFrame> take_request(json::Value frame);
// The frame of a request; without `id` as the operator's socket has it. `params`: an object; none are written when it
// is empty.
json::Value request_json(std::optional<std::uint64_t> id, std::string_view command, json::Value params);

// A request is read here and nowhere else, so that none can do what it was not told, for a member that it does not
// know.
template <class Request>
Result<Request> read_params(const json::Value& params) {
  return from_json<Request>(params, "params", Unknown::refused);
}

}  // namespace dftp
