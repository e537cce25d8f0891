#include "fuse/errno_of.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_map>

namespace dftp::mount {
namespace {

struct Row {
  Code code;
  int number;
};

// In the order of Code; for errors that name no errno.
constexpr auto rows = std::to_array<Row>({
    {Code::invalid_request, EINVAL},
    {Code::protocol, EPROTO},
    {Code::unsupported, EOPNOTSUPP},
    {Code::too_large, EFBIG},
    {Code::too_many, ENFILE},
    {Code::login_required, EACCES},
    {Code::login_failed, EACCES},
    {Code::denied, EACCES},
    {Code::read_only, EROFS},
    {Code::not_found, ENOENT},
    {Code::exists, EEXIST},
    {Code::is_directory, EISDIR},
    {Code::not_directory, ENOTDIR},
    {Code::not_empty, ENOTEMPTY},
    {Code::name_too_long, ENAMETOOLONG},
    {Code::invalid_name, EINVAL},
    {Code::outside_root, EXDEV},
    {Code::no_space, ENOSPC},
    {Code::quota, EDQUOT},
    {Code::busy, EBUSY},
    {Code::changed, EBUSY},
    {Code::integrity, EIO},
    {Code::io, EIO},
    {Code::timed_out, ETIMEDOUT},
    {Code::disconnected, EIO},
    {Code::unreachable, EIO},
    {Code::identity, EIO},
    {Code::cancelled, EINTR},
    {Code::shutting_down, EIO},
    {Code::usage, EINVAL},
});
static_assert(rows.size() == static_cast<std::size_t>(Code::usage) + 1);
static_assert(std::ranges::is_sorted(rows, {}, &Row::code));

constexpr int last_errno = EHWPOISON;

const std::unordered_map<std::string_view, int>& numbers() {
  static const auto table = [] {
    std::unordered_map<std::string_view, int> by_name;
    for (int number = 1; number <= last_errno; ++number) {
      if (const char* name = strerrorname_np(number)) by_name.emplace(name, number);
    }
    return by_name;
  }();
  return table;
}

}  // namespace

int errno_of(const Error& error) {
  const auto named = numbers().find(error.errno_name);
  if (named != numbers().end()) return named->second;
  return rows[static_cast<std::size_t>(error.code)].number;
}

}  // namespace dftp::mount
