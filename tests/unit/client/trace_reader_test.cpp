#include "client/trace_reader.h"

#include <gtest/gtest.h>

#include "proto/wire/announcement.h"
#include "proto/wire/block.h"
#include "proto/wire/frame.h"

namespace dftp::client {
namespace {

// The lines that bytes become, when they come in pieces of this size.
std::vector<std::string> told(TraceReader& reader, std::vector<std::string>& lines, std::string_view bytes,
                              std::size_t piece) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    reader.take(as_bytes(bytes.substr(0, piece)));
  return lines;
}

std::vector<std::string> lines_of(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> lines;
  TraceReader reader([](const json::Value&) {}, [&lines](const std::string& line) { lines.push_back(line); });
  return told(reader, lines, bytes, piece);
}

std::vector<std::string> lines_of(std::string_view bytes, Carries carries, std::size_t piece) {
  std::vector<std::string> lines;
  TraceReader reader([carries](const std::string&) { return carries; },
                     [&lines](const std::string& line) { lines.push_back(line); });
  return told(reader, lines, bytes, piece);
}

std::string block(BlockHeader header, std::string_view payload) {
  header.length = static_cast<std::uint32_t>(payload.size());
  std::string text(block_header_bytes, '\0');
  encode_block_header(header, std::as_writable_bytes(std::span(text)).first<block_header_bytes>());
  return text.append(payload);
}

std::string hidden_in(std::string_view text) {
  const auto value = json::parse(text);
  return value ? json::write(without_secrets(*value)) : "no JSON";
}

const std::string digits = "000102030405060708090a0b0c0d0e0f";

const std::string attach = block({.type = BlockType::attach}, std::string("\x01\x23\x45\x67\x89\xab\xcd\xef", 8) +
                                                                  std::string(8, 'w') + std::string(32, 'x'));
const std::string attach_line = "attach 48 bytes identity=0123456789abcdef7777777777777777 proof=***";

std::string announcement() {
  std::vector<std::byte> bytes;
  encode_announcement({.size = 7, .mtime = 5}, bytes);
  return std::string(as_text(bytes));
}

class Pieces : public testing::TestWithParam<std::size_t> {};

TEST_P(Pieces, FramesOfAControlConnection) {
  const std::string bytes = encode_frame(R"({"id":1,"cmd":"ping"})") + encode_frame(R"({"id":1,"result":{}})");
  EXPECT_EQ(lines_of(bytes, GetParam()),
            (std::vector<std::string>{R"({"id":1,"cmd":"ping"})", R"({"id":1,"result":{}})"}));
}

TEST_P(Pieces, BlocksOfATransfer) {
  const std::string length("\0\0\0\0\0\1\0\0", 8);
  const std::string bytes =
      attach + block({.type = BlockType::file, .flags = block_flags::eager, .id = 1}, announcement()) +
      block({.type = BlockType::data, .id = 1, .offset = 65536}, std::string(70000, 'x')) +
      block({.type = BlockType::want, .flags = block_flags::last, .id = 1}, length + digits.substr(0, 16)) +
      block({.type = BlockType::alive}, "") + block({.type = BlockType::listed, .offset = 1}, "");
  EXPECT_EQ(lines_of(bytes, Carries::transfer, GetParam()),
            (std::vector<std::string>{
                attach_line,
                R"(file file=1 offset=0 eager 29 bytes {"source":0,"path":"/","kind":"file","size":7,"mtime":5})",
                "data file=1 offset=65536 70000 bytes", "want file=1 offset=0 last 24 bytes length=65536",
                "alive 0 bytes", "listed offset=1 0 bytes"}));
}

TEST_P(Pieces, BlocksOfACommand) {
  const std::string bytes = attach + block({.type = BlockType::output}, "secret") +
                            block({.type = BlockType::room}, std::string("\0\0\0\0\0\0\0\5", 8)) +
                            block({.type = BlockType::ended}, R"({"status":0})");
  EXPECT_EQ(lines_of(bytes, Carries::command, GetParam()),
            (std::vector<std::string>{attach_line, "output 6 bytes", "room 8 bytes room=5",
                                      R"(ended 12 bytes {"status":0})"}));
}

TEST_P(Pieces, BlocksOfAMount) {
  const std::string bytes =
      attach + block({.type = BlockType::write, .flags = block_flags::append, .id = 1, .offset = 3},
                     std::string("\0\0\0\0\0\0\0\2secret", 14));
  EXPECT_EQ(lines_of(bytes, Carries::mount, GetParam()),
            (std::vector<std::string>{attach_line, "write request=1 offset=3 append 14 bytes handle=2"}));
}

TEST_P(Pieces, BlocksOfALaterVersionAreNamedByTheirNumber) {
  const std::string bytes =
      attach + block({.type = static_cast<BlockType>(200)}, "new") + block({.type = BlockType::alive}, "");
  EXPECT_EQ(lines_of(bytes, Carries::transfer, GetParam()),
            (std::vector<std::string>{attach_line, "type 200 3 bytes", "alive 0 bytes"}));
}

INSTANTIATE_TEST_SUITE_P(, Pieces, testing::Values(1, 7, 1 << 20));

TEST(Trace, WhatIsNoProtocolIsOneLine) {
  const auto lines = lines_of("HTTP/1.1 400 Bad Request\r\n\r\n", 100);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with("what follows is not understood: ")) << lines[0];
}

TEST(Trace, SecretsAreHidden) {
  EXPECT_EQ(
      hidden_in(
          R"({"id":2,"cmd":"login","params":{"user":"anna","password":"x","signature":"y","key":"ssh-ed25519 A"}})"),
      R"({"id":2,"cmd":"login","params":{"user":"anna","password":"***","signature":"***","key":"ssh-ed25519 A"}})");
  EXPECT_EQ(hidden_in(R"({"attach":"a","proof":"b"})"), R"({"attach":"a","proof":"***"})");
  EXPECT_EQ(hidden_in(R"({"result":{"tickets":[")" + digits + digits + R"("]}})"),
            R"({"result":{"tickets":[")" + digits + R"(***"]}})");
  EXPECT_EQ(hidden_in(R"({"from":{"tickets":["short",5]}})"), R"({"from":{"tickets":["short***","***"]}})");
  EXPECT_EQ(hidden_in(R"({"result":{"mount":"7267","at":0}})"), R"({"result":{"mount":"***","at":0}})");
  EXPECT_EQ(hidden_in(R"({"cmd":"exec","params":{"name":"a","arguments":["x",{"b64":"eA=="}]}})"),
            R"({"cmd":"exec","params":{"name":"a","arguments":["***","***"]}})");
  EXPECT_EQ(hidden_in(R"({"event":"tailed","data":{"b64":"eA=="}})"), R"({"event":"tailed","data":"***"})");
}

TEST(Trace, LongLinesAreCutOffAndControlBytesShown) {
  const auto lines = lines_of(encode_frame(R"({"a":")" + std::string(5000, 'a') + R"("})"), 1 << 20);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].size(), 2000 + std::string_view("... (5008 bytes)").size());
  EXPECT_EQ(lines_of(encode_frame("{\"a\":\"\xc2\x9b\"}"), 1 << 20), std::vector<std::string>{R"({"a":"\xc2\x9b"})"});
}

}  // namespace
}  // namespace dftp::client
