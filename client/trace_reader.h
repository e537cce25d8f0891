// What goes over a connection in one direction, made into the lines of a trace. Pure.
#pragma once

#include <functional>
#include <string>

#include "proto/wire/block.h"
#include "proto/wire/frame.h"
#include "proto/wire/json.h"

namespace dftp::client {

// With *** for passwords, signatures, proofs, the secrets of tickets, tokens of mounts, the words of commands and
// content of files.
json::Value without_secrets(const json::Value& value);

// A ticket begins with its identity, which goes over the wire in the open.
inline constexpr std::size_t ticket_identity_digits = 32;

class TraceReader {
 public:
  using OnLine = std::function<void(const std::string& line)>;
  // Is told of each frame of a control connection.
  using OnFrame = std::function<void(const json::Value& frame)>;
  // Is told of the identity in an `attach` or `attached`, and says what comes behind it.
  using OnAttach = std::function<Carries(const std::string& identity)>;

  TraceReader(OnFrame on_frame, OnLine on_line)
      : on_frame_(std::move(on_frame)), on_line_(std::move(on_line)), keep_(frame_header_bytes) {}
  TraceReader(OnAttach on_attach, OnLine on_line)
      : on_attach_(std::move(on_attach)),
        on_line_(std::move(on_line)),
        part_(Part::header),
        keep_(block_header_bytes) {}
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
  void tell_block();
  void give_up(const std::string& why);

  const OnFrame on_frame_;
  const OnAttach on_attach_;
  const OnLine on_line_;
  Carries carries_ = Carries::attaching;
  Part part_ = Part::length;
  std::string kept_;
  std::size_t keep_;
  std::uint64_t pass_ = 0;
  BlockType type_ = BlockType::alive;  // of the block that is read
  std::string words_;                  // which are said of it
};

}  // namespace dftp::client
