#include "proto/wire/fields.h"

#include "proto/wire/encoding.h"

namespace dftp::fields_detail {
namespace {

json::Value write_bytes(std::string bytes) {
  if (json::is_utf8(bytes)) return bytes;
  return json::Object{{"b64", to_base64(bytes)}};
}

}  // namespace

std::unexpected<Error> must_be(std::string_view expected) {
  return fail(Code::invalid_request, "", "must be " + std::string(expected));
}

std::unexpected<Error> within(std::string place, Error error) {
  error.where.insert(0, place);
  return std::unexpected(std::move(error));
}

std::unexpected<Error> not_known(std::string_view key) {
  return fail(Code::invalid_request, "." + printable(key), "is no member that is known here");
}

Result<void> read_value(const json::Value& in, bool& out, Unknown) {
  const auto* value = in.as<bool>();
  if (!value) return must_be("true or false");
  out = *value;
  return {};
}

Result<void> read_value(const json::Value& in, std::string& out, Unknown) {
  const auto* text = in.as<std::string>();
  if (!text) return must_be("a string");
  out = *text;
  return {};
}

Result<void> read_value(const json::Value& in, Name& out, Unknown unknown) {
  if (const auto* text = in.as<std::string>()) {
    out.bytes = *text;
    return {};
  }
  const json::Value* encoded = in.find("b64");
  const auto* base64 = encoded ? encoded->as<std::string>() : nullptr;
  if (!base64) return must_be(R"(a string or {"b64":"..."})");
  if (unknown == Unknown::refused) {
    for (const auto& [key, value] : *in.as<json::Object>()) {
      if (key != "b64") return not_known(key);
    }
  }
  auto bytes = from_base64(*base64);
  if (!bytes) return within(".b64", std::move(bytes.error()));
  out.bytes = std::move(*bytes);
  return {};
}

Result<void> read_value(const json::Value& in, RemotePath& out, Unknown unknown) {
  Name text;
  if (auto read = read_value(in, text, unknown); !read) return read;
  auto path = RemotePath::parse(text.bytes);
  if (!path) {
    // `where` is for the member's place; the name that was wrong stays in the sentence.
    Error error = std::move(path.error());
    if (!error.where.empty()) error.detail += ": " + std::exchange(error.where, {});
    return std::unexpected(std::move(error));
  }
  out = std::move(*path);
  return {};
}

json::Value write_value(bool in) {
  return in;
}

json::Value write_value(const std::string& in) {
  // The peer would refuse the whole frame for one bad byte.
  return json::is_utf8(in) ? in : printable(in);
}

json::Value write_value(const Name& in) {
  return write_bytes(in.bytes);
}

json::Value write_value(const RemotePath& in) {
  return write_bytes(in.absolute());
}

}  // namespace dftp::fields_detail
