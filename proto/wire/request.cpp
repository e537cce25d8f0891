#include "proto/wire/request.h"

#include <algorithm>

namespace dftp {
namespace {

constexpr std::string_view members[] = {"id", "cmd", "params"};

}  // namespace

std::optional<std::uint64_t> request_id(const json::Value& frame) {
  const json::Value* id = frame.find("id");
  if (!id) return std::nullopt;
  if (const auto* number = id->as<std::uint64_t>()) return *number;
  const auto* number = id->as<std::int64_t>();
  return number && *number >= 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

Result<RequestFrame> take_request(json::Value frame) {
  const json::Value* name = std::as_const(frame).find("cmd");
  const auto* command = name ? name->as<std::string>() : nullptr;
  if (!command) return fail(Code::invalid_request, "cmd", "must be the name of a command");
  for (const json::Member& member : *frame.as<json::Object>()) {
    if (std::ranges::find(members, member.first) == std::end(members))
      return fail(Code::invalid_request, printable(member.first),
                  "is no member of a request; what a command is told stands in params");
  }
  RequestFrame request{*command, json::Object{}};
  if (json::Value* params = frame.find("params")) {
    if (!params->as<json::Object>()) return fail(Code::invalid_request, "params", "must be an object");
    request.params = std::move(*params);  // a copy of a password would stay behind
  }
  return request;
}

json::Value request_json(std::optional<std::uint64_t> id, std::string_view command, json::Value params) {
  json::Object request;
  if (id) request.emplace_back("id", *id);
  request.emplace_back("cmd", std::string(command));
  const auto* object = params.as<json::Object>();
  if (object && !object->empty()) request.emplace_back("params", std::move(params));
  return request;
}

}  // namespace dftp
