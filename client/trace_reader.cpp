#include "client/trace_reader.h"

#include <algorithm>

#include "proto/wire/announcement.h"
#include "proto/wire/big_endian.h"
#include "proto/wire/encoding.h"
#include "proto/wire/fields.h"
#include "proto/wire/limits.h"
#include "proto/wire/wipe.h"

namespace dftp::client {
namespace {

// A page of names is a thousand times as long; whoever reads a trace wants to see what follows.
constexpr std::size_t max_text = 2000;
constexpr std::string_view hidden = "***";

bool is_secret(std::string_view key) {
  constexpr std::string_view keys[] = {"password", "signature", "proof", "mount", "data"};
  return std::ranges::find(keys, key) != std::end(keys);
}

// A ticket is known again by it.
json::Value ticket_identity(const json::Value& ticket) {
  const auto* text = ticket.as<std::string>();
  return (text ? text->substr(0, std::min(text->size(), ticket_identity_digits)) : std::string()) + std::string(hidden);
}

json::Value each_of(const json::Value& list, json::Value (*change)(const json::Value&)) {
  json::Array changed;
  if (const auto* items = list.as<json::Array>())
    for (const json::Value& item : *items) changed.push_back(change(item));
  return changed;
}

json::Value shown_member(const std::string& key, const json::Value& value) {
  const bool told_as_bytes = value.as<std::string>() || value.find("b64");
  if (is_secret(key) && told_as_bytes) return std::string(hidden);
  if (key == "tickets") return each_of(value, ticket_identity);
  if (key == "ticket") return ticket_identity(value);
  if (key == "arguments") return each_of(value, [](const json::Value&) { return json::Value(std::string(hidden)); });
  return without_secrets(value);
}

std::string shown(const json::Value& value) {
  std::string text = printable(json::write(without_secrets(value)));
  if (text.size() <= max_text) return text;
  const std::size_t size = text.size();
  text.resize(max_text);
  return printable(text) + "... (" + std::to_string(size) + " bytes)";
}

// In the words of JSON, which people read more easily than the bytes.
struct ShownAnnouncement {
  const Announcement& told;
  static void fields(auto& self, auto& io) {
    const Announcement& told = self.told;
    io("source", told.source);
    io("path", told.path);
    io("kind", std::string(name_of(told.kind)));
    io.maybe("size", told.size);
    io.maybe("sparse", told.sparse ? std::optional(true) : std::nullopt);
    io("mtime", told.mtime);
    io.maybe("mode", told.mode);
    io.maybe("target", Name{told.target});
  }
};

std::string announced(Bytes payload) {
  const auto announcement = decode_announcement(payload);
  return announcement ? shown(to_json(ShownAnnouncement{*announcement})) : "(" + announcement.error().detail + ")";
}

std::string number(std::string_view name, std::uint64_t value) {
  return " " + std::string(name) + "=" + std::to_string(value);
}

std::string words_of(const BlockHeader& header, Carries carries) {
  std::string words(name_of(header.type));
  if (words.empty()) words = "type " + std::to_string(static_cast<int>(header.type));
  if (header.id != 0) words += number(carries == Carries::mount ? "request" : "file", header.id);
  const bool has_offset = carries == Carries::mount || (carries == Carries::transfer && header.id != 0);
  if (has_offset || header.offset != 0) words += number("offset", header.offset);
  if (header.type == BlockType::file && (header.flags & block_flags::eager)) words += " eager";
  if (header.type == BlockType::want && (header.flags & block_flags::last)) words += " last";
  if (header.type == BlockType::attach && (header.flags & block_flags::early)) words += " early";
  if (header.type == BlockType::write && (header.flags & block_flags::append)) words += " append";
  if (carries == Carries::mount && (header.flags & block_flags::digests)) words += " digests";
  return words;
}

bool has_json(BlockType type) {
  constexpr BlockType types[] = {BlockType::error, BlockType::abort, BlockType::alive, BlockType::ended};
  return std::ranges::find(types, type) != std::end(types);
}

// What the number is called that the payload begins with; empty: it begins with none.
std::string_view number_name(BlockType type) {
  switch (type) {
    case BlockType::same:
    case BlockType::zero:
    case BlockType::want: return "length";
    case BlockType::read:
    case BlockType::write: return "handle";
    case BlockType::content:
    case BlockType::written: return "at";
    case BlockType::room: return "room";
    default: return {};
  }
}

bool is_attach(BlockType type) {
  return type == BlockType::attach || type == BlockType::attached;
}

}  // namespace

json::Value without_secrets(const json::Value& value) {
  if (value.as<json::Array>()) return each_of(value, without_secrets);
  const auto* object = value.as<json::Object>();
  if (!object) return value;
  json::Object changed;
  for (const auto& [key, member] : *object) changed.emplace_back(key, shown_member(key, member));
  return changed;
}

TraceReader::~TraceReader() {
  wipe(kept_);
}

void TraceReader::take(Bytes bytes) {
  while (!bytes.empty() && part_ != Part::nothing) {
    if (kept_.size() < keep_) {
      const Bytes piece = bytes.first(std::min(bytes.size(), keep_ - kept_.size()));
      kept_ += as_text(piece);
      bytes = bytes.subspan(piece.size());
    } else {
      const auto passed = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), pass_));
      bytes = bytes.subspan(passed);
      pass_ -= passed;
    }
    if (kept_.size() == keep_ && pass_ == 0) complete();
  }
}

void TraceReader::expect(Part part, std::size_t keep, std::uint64_t pass) {
  part_ = part;
  wipe(kept_);
  kept_.reserve(keep);  // so that no copy of a password is left behind
  keep_ = keep;
  pass_ = pass;
}

void TraceReader::complete() {
  switch (part_) {
    case Part::length: return take_length();
    case Part::text: return take_text();
    case Part::header: return take_header();
    case Part::payload: return tell_block();
    case Part::nothing: return;
  }
}

void TraceReader::take_length() {
  FrameHeader header;
  std::ranges::copy(as_bytes(kept_), header.begin());
  const auto length = decode_frame_header(header, limits::frame_after_login);
  if (!length) return give_up(length.error().detail);
  expect(Part::text, *length);
}

void TraceReader::take_text() {
  auto value = json::parse(kept_);
  if (!value) return give_up(value.error().detail);
  on_line_(shown(*value));
  on_frame_(*value);
  wipe(*value);
  expect(Part::length, frame_header_bytes);
}

void TraceReader::take_header() {
  const auto header = decode_block_header(as_bytes(kept_).first<block_header_bytes>(), carries_);
  if (!header) return give_up(header.error().detail);
  type_ = header->type;
  words_ = words_of(*header, carries_) + " " + std::to_string(header->length) + " bytes";
  std::size_t keep = number_name(type_).empty() ? 0 : sizeof(std::uint64_t);
  if (has_json(type_) || is_attach(type_) || type_ == BlockType::file) keep = header->length;
  expect(Part::payload, keep, header->length - keep);
  if (header->length == 0) tell_block();
}

void TraceReader::tell_block() {
  std::string line = std::move(words_);
  if (is_attach(type_)) {
    const std::string identity = to_hex(std::string_view(kept_).substr(0, ticket_identity_digits / 2));
    carries_ = on_attach_(identity);
    line += " identity=" + identity + " proof=" + std::string(hidden);
  } else if (type_ == BlockType::file) {
    line += " " + announced(as_bytes(kept_));
  } else if (has_json(type_) && !kept_.empty()) {
    const auto value = json::parse(kept_);
    line += " " + (value ? shown(*value) : std::string("(no JSON)"));
  } else if (!number_name(type_).empty()) {
    line += number(number_name(type_), get_big_endian<std::uint64_t>(as_bytes(kept_).data()));
  }
  on_line_(line);
  expect(Part::header, block_header_bytes);
}

void TraceReader::give_up(const std::string& why) {
  on_line_("what follows is not understood: " + printable(why));
  expect(Part::nothing, 0);
}

}  // namespace dftp::client
