#include "proto/storage/rules.h"

#include <algorithm>
#include <cerrno>
#include <ranges>

#include "proto/wire/limits.h"

namespace dftp {
namespace {

constexpr std::string_view reserved = "names that begin with .dftp-part- are reserved";
static_assert(reserved.find(partial_prefix) != reserved.npos);

}  // namespace

Result<void> check_names(const RemotePath& path) {
  if (!std::ranges::any_of(path.names(), is_reserved)) return {};
  return fail(Code::invalid_name, path.absolute(), std::string(reserved));
}

Result<void> check_name(std::string_view name, const std::string& where) {
  if (is_reserved(name)) return fail(Code::invalid_name, where, std::string(reserved));
  if (auto valid = RemotePath().child(name); !valid) return fail(valid.error().code, where, valid.error().detail);
  return {};
}

Result<void> check_rename(const RemotePath& from, const RemotePath& to) {
  if (from.is_root() || to.is_root()) return fail(Code::denied, "/", "the root of the share stays where it is");
  const auto &inner = to.names(), &outer = from.names();
  if (inner.size() > outer.size() && std::equal(outer.begin(), outer.end(), inner.begin())) {
    return fail(Code::invalid_request, to.absolute(), "a directory cannot be moved into itself");
  }
  return {};
}

Result<void> check_link(std::string_view target, const RemotePath& path) {
  if (path.is_root()) return fail(Code::is_directory, "/", "the root of the share is a directory");
  if (target.empty()) return fail(Code::invalid_name, path.absolute(), "a link that leads nowhere");
  if (target.find('\0') != target.npos) return fail(Code::invalid_name, path.absolute(), "a NUL in a link");
  if (target.size() >= limits::path_bytes) return fail_errno(ENAMETOOLONG, path.absolute());
  for (const auto name : std::views::split(target, '/')) {
    if (is_reserved(std::string_view(name.begin(), name.end()))) {
      return fail(Code::invalid_name, path.absolute(), std::string(reserved));
    }
  }
  return {};
}

}  // namespace dftp
