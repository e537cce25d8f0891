// The test vectors of docs/protocol/vectors.md, computed with the code of the programs.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "proto/digest/login_signature.h"
#include "proto/digest/tree.h"
#include "proto/transfer/ticket.h"
#include "proto/wire/block.h"
#include "proto/wire/encoding.h"
#include "proto/wire/frame.h"
#include "proto/wire/message.h"
#include "proto/wire/mount_block.h"

namespace dftp {
namespace {

json::Value vector_of(const std::string& title) {
  std::ostringstream page;
  page << std::ifstream(DFTP_VECTORS).rdbuf();
  const std::string text = page.str();
  const auto section = text.find("\n## " + title + "\n");
  const auto begin = text.find("```json\n", section) + 8;
  const auto value = json::parse(text.substr(begin, text.find("\n```", begin) - begin));
  EXPECT_TRUE(section != text.npos && value) << title;
  return value ? *value : json::Value();
}

const json::Value& member(const json::Value& object, std::string_view key) {
  static const json::Value none;
  const json::Value* found = object.find(key);
  EXPECT_TRUE(found) << key;
  return found ? *found : none;
}

std::string text_in(const json::Value& object, std::string_view key) {
  const auto* text = member(object, key).as<std::string>();
  return text ? *text : std::string();
}

std::string bytes_in(const json::Value& object, std::string_view key) {
  return from_hex(text_in(object, key)).value_or("");
}

std::uint64_t number_in(const json::Value& object, std::string_view key) {
  const auto* number = member(object, key).as<std::int64_t>();
  return number ? static_cast<std::uint64_t>(*number) : 0;
}

const json::Array& list_in(const json::Value& value) {
  static const json::Array none;
  const auto* list = value.as<json::Array>();
  EXPECT_TRUE(list);
  return list ? *list : none;
}

std::string counted(std::size_t size) {
  std::string content(size, '\0');
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i % 251);
  return content;
}

std::string hex_of(std::span<const Digest> digests) {
  return to_hex(as_text(std::as_bytes(digests)));
}

std::vector<Digest> leaves_of(std::string_view content) {
  std::vector<Digest> leaves(leaf_count(content.size()));
  hash_leaves(as_bytes(content), leaves);
  return leaves;
}

std::string root_of(std::string_view content) {
  TreeRoot tree;
  tree.add(0, leaves_of(content));
  const auto root = tree.finish(content.size());
  return root ? hex_of({&*root, 1}) : std::string();
}

TEST(Vectors, Frames) {
  const json::Value given = vector_of("Frames");
  for (const json::Value& one : list_in(given)) EXPECT_EQ(encode_frame(text_in(one, "text")), bytes_in(one, "frame"));
}

TEST(Vectors, Attaching) {
  const json::Value given = vector_of("Attaching");
  const auto ticket = Ticket::parse(text_in(given, "ticket"));
  ASSERT_TRUE(ticket);
  const auto whole = [](BlockType type, const AttachProof& proof) {
    std::string block(block_header_bytes, '\0');
    encode_block_header({.length = attach_bytes, .type = type},
                        std::as_writable_bytes(std::span(block)).first<block_header_bytes>());
    return block.append(as_text(proof.identity)).append(as_text(proof.proof));
  };
  EXPECT_EQ(whole(BlockType::attach, ticket->attach()), bytes_in(given, "attach"));
  EXPECT_EQ(whole(BlockType::attached, ticket->attached()), bytes_in(given, "attached"));
}

TEST(Vectors, TheMd5Tree) {
  const json::Value given = vector_of("The MD5 tree");
  for (const json::Value& one : list_in(given)) {
    const std::string content = counted(number_in(one, "size"));
    std::string leaves;
    for (const json::Value& leaf : list_in(member(one, "leaves"))) leaves += *leaf.as<std::string>();
    EXPECT_EQ(hex_of(leaves_of(content)), leaves);
    EXPECT_EQ(root_of(content), text_in(one, "root"));
  }
}

TEST(Vectors, LoginWithAKey) {
  const json::Value given = vector_of("Login with a key");
  const std::string exporter = bytes_in(given, "exporter");
  ASSERT_EQ(exporter.size(), 32u);
  EXPECT_EQ(login_message(text_in(given, "user"), as_bytes(exporter).first<32>()), bytes_in(given, "signed"));
  const auto login = from_json<Login>(member(given, "login"), "login");
  ASSERT_TRUE(login);
  EXPECT_EQ(from_base64(login->signature).value_or("").size(), 64u);
}

// The headers are read, and written again; announcements are understood.
void check_blocks(const json::Value& given) {
  for (const json::Value& one : list_in(member(given, "blocks"))) {
    const std::string bytes = bytes_in(one, "header");
    ASSERT_EQ(bytes.size(), block_header_bytes);
    const auto header = decode_block_header(as_bytes(bytes).first<block_header_bytes>(), Carries::transfer);
    ASSERT_TRUE(header) << text_in(one, "type");
    std::string again(block_header_bytes, '\0');
    encode_block_header(*header, std::as_writable_bytes(std::span(again)).first<block_header_bytes>());
    EXPECT_EQ(again, bytes);
    if (one.find("payload")) {
      EXPECT_EQ(bytes_in(one, "payload").size(), header->length);
    }
    if (header->type != BlockType::file) continue;
    const auto announcement = decode_announcement(as_bytes(bytes_in(one, "payload")));
    ASSERT_TRUE(announcement);
    EXPECT_EQ(announcement->path.absolute(), text_in(member(one, "announcement"), "path"));
    EXPECT_EQ(name_of(announcement->kind), text_in(member(one, "announcement"), "kind"));
    EXPECT_EQ(announcement->mtime, static_cast<std::int64_t>(number_in(member(one, "announcement"), "mtime")));
    EXPECT_EQ(announcement->mode, number_in(member(one, "announcement"), "mode"));
  }
}

TEST(Vectors, AResume) {
  const json::Value given = vector_of("A resume");
  check_blocks(given);
  const json::Array& blocks = list_in(member(given, "blocks"));
  ASSERT_EQ(blocks.size(), 8u);
  const std::string content = counted(number_in(given, "size"));
  const std::vector<Digest> leaves = leaves_of(content);
  EXPECT_EQ(text_in(blocks[2], "payload").substr(16), hex_of(std::span(leaves).first(1)));
  EXPECT_EQ(text_in(blocks[5], "digests"), hex_of(std::span(leaves).last(1)));
  EXPECT_EQ(text_in(blocks[6], "payload"), root_of(content));
}

TEST(Vectors, ATreeWithItsEnd) {
  const json::Value given = vector_of("A tree with its end");
  check_blocks(given);
  const json::Array& blocks = list_in(member(given, "blocks"));
  ASSERT_EQ(blocks.size(), 9u);
  const std::string content = text_in(given, "content");
  EXPECT_EQ(bytes_in(blocks[2], "payload").substr(sizeof(Digest)), content);
  EXPECT_EQ(text_in(blocks[3], "payload"), root_of(content));
}

TEST(Vectors, AnAppendThatIsSentTwice) {
  const json::Value given = vector_of("An append that is sent twice");
  for (const json::Value& one : list_in(member(given, "blocks"))) {
    const std::string bytes = bytes_in(one, "block");
    ASSERT_GE(bytes.size(), block_header_bytes);
    auto block = decode_mount_block(as_bytes(bytes).first<block_header_bytes>());
    ASSERT_TRUE(block) << text_in(one, "type");
    EXPECT_EQ(name_of(block->type), text_in(one, "type"));
    const std::size_t head = mount_head_bytes(block->type);
    ASSERT_EQ(block->length, bytes.size() - head);
    if (has_number(block->type)) block->number = get_u64(as_bytes(bytes).subspan<block_header_bytes, 8>());
    std::string again(head, '\0');
    encode_mount_block(*block, MutableBytes(reinterpret_cast<std::byte*>(again.data()), head));
    EXPECT_EQ(again, bytes.substr(0, head));
    if (block->type != BlockType::written) continue;
    const json::Value& told = member(given, "written");
    const WrittenAttr attr = decode_written_attr(as_bytes(bytes).subspan<max_mount_head_bytes, written_attr_bytes>());
    const WrittenAttr expected{.size = number_in(told, "size"),
                               .blocks = number_in(told, "blocks"),
                               .mtime = static_cast<std::int64_t>(number_in(told, "mtime")),
                               .ctime = static_cast<std::int64_t>(number_in(told, "ctime")),
                               .mode = static_cast<std::uint32_t>(number_in(told, "mode"))};
    EXPECT_EQ(attr, expected);
  }
}

}  // namespace
}  // namespace dftp
