#include "client/trace_reader.h"

#include <algorithm>
#include <array>

#include "proto/wire/big_endian.h"
#include "proto/wire/block.h"
#include "proto/wire/exec.h"
#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "proto/wire/mount_frame.h"
#include "proto/wire/wipe.h"

namespace dftp::client {
namespace {

// A page of names is a thousand times as long; whoever reads a trace wants to see what follows.
constexpr std::size_t max_text = 2000;
constexpr std::string_view hidden = "***";

// In the order of the types, which count from 1.
constexpr auto block_names = std::to_array<std::string_view>(
    {"file", "data", "same", "zero", "done", "listed", "want", "skip", "stored", "error", "abort", "alive"});
static_assert(block_names.size() == static_cast<std::size_t>(BlockType::alive));
constexpr auto exec_names = std::to_array<std::string_view>({"input", "room", "output", "errors", "ended", "alive"});
static_assert(exec_names.size() == static_cast<std::size_t>(ExecBlockType::alive));
constexpr auto mount_names =
    std::to_array<std::string_view>({"read", "write", "cancel", "alive", "data", "written", "failed", "acknowledge"});
static_assert(mount_names.size() == static_cast<std::size_t>(MountFrameType::acknowledge));

template <class Type>
std::string name_in(std::span<const std::string_view> names, Type type) {
  return std::string(names[static_cast<std::size_t>(type) - 1]);
}

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

std::string number(std::string_view name, std::uint64_t value) {
  return " " + std::string(name) + "=" + std::to_string(value);
}

std::string words_of(const BlockHeader& header) {
  std::string words = name_in(block_names, header.type);
  if (header.file != 0) words += number("file", header.file);
  if (header.type != BlockType::alive && header.type != BlockType::abort) words += number("offset", header.offset);
  if (header.type == BlockType::file && (header.flags & block_flags::eager)) words += " eager";
  if (header.type == BlockType::want && (header.flags & block_flags::last)) words += " last";
  return words;
}

std::string words_of(const MountFrame& frame) {
  std::string words = name_in(mount_names, frame.type);
  words += number("request", frame.request) + number("handle", frame.handle) + number("offset", frame.offset);
  if (frame.type == MountFrameType::write && (frame.flags & mount_frame_flags::append)) words += " append";
  if (frame.flags & mount_frame_flags::digests) words += " digests";
  return words;
}

bool has_json(BlockType type) {
  return type == BlockType::file || type == BlockType::error || type == BlockType::abort || type == BlockType::alive;
}

bool has_length(BlockType type) {
  return type == BlockType::same || type == BlockType::zero || type == BlockType::want;
}

std::size_t header_bytes(Carries carries) {
  if (carries == Carries::command) return exec_header_bytes;
  return carries == Carries::mount ? mount_frame_bytes : block_header_bytes;
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
  carries_ = on_frame_(*value);
  wipe(*value);
  if (carries_ == Carries::frames) return expect(Part::length, frame_header_bytes);
  expect(Part::header, header_bytes(carries_));
}

void TraceReader::take_header() {
  const std::string header = kept_;
  const Bytes bytes = as_bytes(header);
  json_ = false;
  if (carries_ == Carries::command) {
    const auto block = decode_exec_header(bytes.first<exec_header_bytes>());
    if (!block) return give_up(block.error().detail);
    json_ = block->type == ExecBlockType::ended;
    return begin_payload(name_in(exec_names, block->type), block->length, json_ ? block->length : 0);
  }
  if (carries_ == Carries::mount) {
    const auto frame = decode_mount_frame(bytes.first<mount_frame_bytes>());
    if (!frame) return give_up(frame.error().detail);
    json_ = frame->type == MountFrameType::failed;
    return begin_payload(words_of(*frame), frame->length, json_ ? frame->length : 0);
  }
  const auto block = decode_block_header(bytes.first<block_header_bytes>());
  if (!block) return give_up(block.error().detail);
  json_ = has_json(block->type);
  const std::size_t number_bytes = has_length(block->type) ? sizeof(std::uint64_t) : 0;
  begin_payload(words_of(*block), block->length,
                json_ ? block->length : std::min<std::size_t>(block->length, number_bytes));
}

void TraceReader::begin_payload(std::string words, std::size_t length, std::size_t keep) {
  words_ = std::move(words) + " " + std::to_string(length) + " bytes";
  expect(Part::payload, keep, length - keep);
  if (length == 0) tell_block();
}

void TraceReader::tell_block() {
  std::string line = std::move(words_);
  if (json_ && !kept_.empty()) {
    const auto value = json::parse(kept_);
    line += " " + (value ? shown(*value) : std::string("(no JSON)"));
  } else if (kept_.size() == sizeof(std::uint64_t)) {
    line += number("length", get_big_endian<std::uint64_t>(as_bytes(kept_).data()));
  }
  on_line_(line);
  expect(Part::header, header_bytes(carries_));
}

void TraceReader::give_up(const std::string& why) {
  on_line_("what follows is not understood: " + printable(why));
  expect(Part::nothing, 0);
}

}  // namespace dftp::client
