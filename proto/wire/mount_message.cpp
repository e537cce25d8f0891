#include "proto/wire/mount_message.h"

#include "proto/wire/enum_words.h"
#include "proto/wire/mount_files.h"

namespace dftp::fs {
namespace {

constexpr EnumWords<What, 5> what_words{{{What::attr, "attr"},
                                         {What::data, "data"},
                                         {What::entries, "entries"},
                                         {What::gone, "gone"},
                                         {What::unwatched, "unwatched"}}};
constexpr EnumWords<RenameMode, 3> rename_words{
    {{RenameMode::replace, "replace"}, {RenameMode::noreplace, "noreplace"}, {RenameMode::exchange, "exchange"}}};
constexpr EnumWords<XattrMode, 3> xattr_words{
    {{XattrMode::any, "any"}, {XattrMode::create, "create"}, {XattrMode::replace, "replace"}}};
constexpr EnumWords<Access, 4> access_words{
    {{Access::read, "read"}, {Access::write, "write"}, {Access::both, "both"}, {Access::execute, "execute"}}};
constexpr EnumWords<AllocateMode, 7> allocate_words{{{AllocateMode::extend, "extend"},
                                                     {AllocateMode::keep_size, "keep_size"},
                                                     {AllocateMode::punch, "punch"},
                                                     {AllocateMode::zero, "zero"},
                                                     {AllocateMode::zero_keep_size, "zero_keep_size"},
                                                     {AllocateMode::collapse, "collapse"},
                                                     {AllocateMode::insert, "insert"}}};
constexpr EnumWords<SeekFor, 2> seek_words{{{SeekFor::data, "data"}, {SeekFor::hole, "hole"}}};
constexpr EnumWords<LockKind, 2> kind_words{{{LockKind::posix, "posix"}, {LockKind::flock, "flock"}}};
constexpr EnumWords<LockType, 3> type_words{
    {{LockType::unlock, "unlock"}, {LockType::read, "read"}, {LockType::write, "write"}}};

}  // namespace

std::string_view name_of(What what) {
  return word_of(what_words, what);
}
std::optional<What> parse_enum(std::string_view text, What) {
  return value_of(what_words, text);
}

std::string_view name_of(RenameMode mode) {
  return word_of(rename_words, mode);
}
std::optional<RenameMode> parse_enum(std::string_view text, RenameMode) {
  return value_of(rename_words, text);
}

std::string_view name_of(XattrMode mode) {
  return word_of(xattr_words, mode);
}
std::optional<XattrMode> parse_enum(std::string_view text, XattrMode) {
  return value_of(xattr_words, text);
}

std::string_view name_of(Access access) {
  return word_of(access_words, access);
}
std::optional<Access> parse_enum(std::string_view text, Access) {
  return value_of(access_words, text);
}

std::string_view name_of(AllocateMode mode) {
  return word_of(allocate_words, mode);
}
std::optional<AllocateMode> parse_enum(std::string_view text, AllocateMode) {
  return value_of(allocate_words, text);
}

std::string_view name_of(SeekFor what) {
  return word_of(seek_words, what);
}
std::optional<SeekFor> parse_enum(std::string_view text, SeekFor) {
  return value_of(seek_words, text);
}

std::string_view name_of(LockKind kind) {
  return word_of(kind_words, kind);
}
std::optional<LockKind> parse_enum(std::string_view text, LockKind) {
  return value_of(kind_words, text);
}

std::string_view name_of(LockType type) {
  return word_of(type_words, type);
}
std::optional<LockType> parse_enum(std::string_view text, LockType) {
  return value_of(type_words, text);
}

}  // namespace dftp::fs
