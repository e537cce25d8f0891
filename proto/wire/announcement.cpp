#include "proto/wire/announcement.h"

#include "proto/wire/big_endian.h"
#include "proto/wire/enum_words.h"

namespace dftp {
namespace {

using Kind = Announcement::Kind;

constexpr EnumWords<Kind, 4> kind_words{
    {{Kind::file, "file"}, {Kind::directory, "directory"}, {Kind::end, "end"}, {Kind::symlink, "symlink"}}};

// Which members there are; others are 0.
constexpr std::uint8_t has_size = 1, has_mode = 2, is_sparse = 4;

void append(std::vector<std::byte>& out, std::string_view text) {
  const Bytes bytes = as_bytes(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::unexpected<Error> bad(const char* member, const char* why) {
  return fail(Code::protocol, std::string("announcement.") + member, why);
}

}  // namespace

std::string_view name_of(Kind kind) {
  return word_of(kind_words, kind);
}

void encode_announcement(const Announcement& announcement, std::vector<std::byte>& out) {
  out.resize(announcement_head_bytes);
  if (announcement.path.is_root()) append(out, "/");
  for (const std::string& name : announcement.path.names()) {
    append(out, "/");
    append(out, name);
  }
  const auto path_bytes = static_cast<std::uint16_t>(out.size() - announcement_head_bytes);
  append(out, announcement.target);
  const int has =
      (announcement.size ? has_size : 0) | (announcement.mode ? has_mode : 0) | (announcement.sparse ? is_sparse : 0);
  put_big_endian(static_cast<std::uint8_t>(announcement.kind), &out[0]);
  put_big_endian(static_cast<std::uint8_t>(has), &out[1]);
  put_big_endian(path_bytes, &out[2]);
  put_big_endian(announcement.source, &out[4]);
  put_big_endian(announcement.mode.value_or(0), &out[8]);
  put_big_endian(announcement.mtime, &out[12]);
  put_big_endian(announcement.size.value_or(0), &out[20]);
}

Result<Announcement> decode_announcement(Bytes in) {
  if (in.size() < announcement_head_bytes) return bad("path", "is missing");
  Announcement announcement{.source = get_big_endian<std::uint32_t>(&in[4]),
                            .kind = static_cast<Kind>(get_big_endian<std::uint8_t>(&in[0])),
                            .mtime = get_big_endian<std::int64_t>(&in[12])};
  if (name_of(announcement.kind).empty()) return bad("kind", "is unknown");
  const auto has = get_big_endian<std::uint8_t>(&in[1]);
  if ((has & ~(has_size | has_mode | is_sparse)) != 0) return bad("has", "an unknown bit");
  const auto mode = get_big_endian<std::uint32_t>(&in[8]);
  const auto size = get_big_endian<std::uint64_t>(&in[20]);
  if (has & has_size) announcement.size = size;
  if (has & has_mode) announcement.mode = mode;
  announcement.sparse = (has & is_sparse) != 0;
  if ((!announcement.size && size != 0) || (!announcement.mode && mode != 0)) return bad("has", "does not fit");
  const std::size_t path_bytes = get_big_endian<std::uint16_t>(&in[2]);
  const std::string_view texts = as_text(in.subspan(announcement_head_bytes));
  if (path_bytes > texts.size()) return bad("path", "is longer than the block");
  announcement.target = texts.substr(path_bytes);
  if (!announcement.target.empty() && announcement.kind != Kind::symlink) return bad("target", "of what is no link");
  auto path = RemotePath::parse(texts.substr(0, path_bytes));
  if (!path) return std::unexpected(path.error());
  announcement.path = std::move(*path);
  return announcement;
}

}  // namespace dftp
