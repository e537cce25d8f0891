// What goes over a connection in one direction, made into the lines of a trace. Pure.
#pragma once

#include <functional>
#include <string>

#include "proto/wire/bytes.h"
#include "proto/wire/json.h"

namespace dftp::client {

// What follows the attach frames of a data connection; a control connection has frames only.
enum class Carries { frames, transfer, mount, command };

// With *** for passwords, signatures, proofs, the secrets of tickets, tokens of mounts, the words of commands and
// content of files.
json::Value without_secrets(const json::Value& value);

// A ticket begins with its identity, which goes over the wire in the open.
inline constexpr std::size_t ticket_identity_digits = 32;

class TraceReader {
 public:
  // Is told of each frame, and says what comes behind it.
  using OnFrame = std::function<Carries(const json::Value& frame)>;
  using OnLine = std::function<void(const std::string& line)>;

  TraceReader(OnFrame on_frame, OnLine on_line) : on_frame_(std::move(on_frame)), on_line_(std::move(on_line)) {}
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  // The next bytes, in whatever pieces they come. Content of files is passed over, not kept. What is no protocol is one
  // line, and nothing behind it is read.
  void take(Bytes bytes);

 private:
  enum class Part { length, text, header, payload, nothing };
  // Keeps `keep` bytes of what comes, and passes `pass` over.
  void expect(Part part, std::size_t keep, std::uint64_t pass = 0);
  void complete();
  void take_length();
  void take_text();
  void take_header();
  void begin_payload(std::string words, std::size_t length, std::size_t keep);
  void tell_block();
  void give_up(const std::string& why);

  const OnFrame on_frame_;
  const OnLine on_line_;
  Carries carries_ = Carries::frames;
  Part part_ = Part::length;
  std::string kept_;
  std::size_t keep_ = 4;
  std::uint64_t pass_ = 0;
  std::string words_;  // of the block that is read
  bool json_ = false;  // its payload is
};

}  // namespace dftp::client
