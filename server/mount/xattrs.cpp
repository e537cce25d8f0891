// Extended attributes.
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "proto/storage/proc_path.h"
#include "proto/wire/limits.h"
#include "server/mount/entries.h"
#include "server/mount/operations.h"

namespace dftp::server::operations {
namespace {

// Some name spaces give rights on this machine (security.capability makes a program mighty). The server's own user may
// be root, so the kernel would allow them to whoever does not act as somebody else.
enum class WhoMay { everybody, readers, root };
constexpr std::string_view acl_prefix = "system.posix_acl_";
constexpr struct Row {
  std::string_view prefix;
  WhoMay who;
} rows[] = {
    {"user.", WhoMay::everybody},   {acl_prefix, WhoMay::everybody}, {"system.", WhoMay::readers},
    {"security.", WhoMay::readers}, {"trusted.", WhoMay::root},
};

enum class Use { read, write };

bool allowed(std::string_view name, Use use, const std::optional<fs::Caller>& as) {
  if (as && as->uid == 0) return true;
  const auto row = std::ranges::find_if(rows, [&](const Row& row) { return name.starts_with(row.prefix); });
  if (row == std::end(rows)) return true;  // the kernel knows no such name space either
  return row->who == WhoMay::everybody || (row->who == WhoMay::readers && use == Use::read);
}

Result<void> check_name(const Name& name) {
  if (name.bytes.empty() || name.bytes.size() > limits::name_bytes) return fail_errno(ERANGE, "xattr");
  if (name.bytes.find('\0') != std::string::npos) return fail(Code::invalid_name, "xattr", "a NUL in a name");
  return {};
}

int mode_flag(fs::XattrMode mode) {
  switch (mode) {
    case fs::XattrMode::any: break;
    case fs::XattrMode::create: return XATTR_CREATE;
    case fs::XattrMode::replace: return XATTR_REPLACE;
  }
  return 0;
}

// `change` gets the file's path and fails like a system call.
template <class Request, class Change>
Result<fs::AttrReply> change_xattr(MountState& mount, const Request& request, Change change) {
  if (auto valid = check_name(request.name); !valid) return std::unexpected(valid.error());
  if (!allowed(request.name.bytes, Use::write, request.as)) return fail_errno(EPERM, request.name.bytes);
  if (request.name.bytes.starts_with(acl_prefix)) {
    // An access ACL is the mode as well.
    if (auto may = check_may_change(mount, request.node, request.as); !may) return std::unexpected(may.error());
  }
  const auto held = mount.nodes.open(request.node, request.named);
  if (!held) return std::unexpected(held.error());
  const int file = (*held)->number();
  ScopedChange own(mount, request.node, file);
  const std::string path = proc_path(file);
  if (acting_as(request.as, [&] { return change(path.c_str()); }) != 0)
    return fail_errno(errno, printable(request.name.bytes));
  fs::AttrReply reply{.at = mount.events.next()};
  const auto now = mount.attr_of(file);
  if (!now) return std::unexpected(now.error());
  own.done(*now);
  if (const auto key = mount.nodes.key_of(request.node))
    mount.broadcast({.key = *key, .what = {fs::What::attr}, .now = *now});
  reply.attr = *now;
  reply.watched = mount.watched(request.node);
  return reply;
}

}  // namespace

Result<fs::XattrReply> getxattr(MountState& mount, const fs::Getxattr& request) {
  if (auto valid = check_name(request.name); !valid) return std::unexpected(valid.error());
  if (!allowed(request.name.bytes, Use::read, request.as)) return fail_errno(ENODATA, request.name.bytes);
  const auto held = mount.nodes.open(request.node);
  if (!held) return std::unexpected(held.error());
  std::string value(limits::xattr_bytes, '\0');
  const ssize_t size = acting_as(request.as, [&] {
    return ::getxattr(proc_path((*held)->number()).c_str(), request.name.bytes.c_str(), value.data(), value.size());
  });
  if (size < 0) return fail_errno(errno, printable(request.name.bytes));
  value.resize(static_cast<std::size_t>(size));
  return fs::XattrReply{{std::move(value)}};
}

Result<fs::XattrNamesReply> listxattr(MountState& mount, const fs::Listxattr& request) {
  const auto held = mount.nodes.open(request.node);
  if (!held) return std::unexpected(held.error());
  std::string text(limits::xattr_bytes, '\0');
  const ssize_t size = acting_as(
      request.as, [&] { return ::listxattr(proc_path((*held)->number()).c_str(), text.data(), text.size()); });
  if (size < 0) return fail_errno(errno, "node " + std::to_string(request.node));
  fs::XattrNamesReply reply;
  for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
    std::string name = text.c_str() + at;
    at += name.size() + 1;
    if (allowed(name, Use::read, request.as)) reply.names.push_back({std::move(name)});
  }
  return reply;
}

Result<fs::AttrReply> setxattr(MountState& mount, const fs::Setxattr& request) {
  if (request.value.bytes.size() > limits::xattr_bytes) return fail_errno(E2BIG, "xattr");
  return change_xattr(mount, request, [&](const char* path) {
    return ::setxattr(path, request.name.bytes.c_str(), request.value.bytes.data(), request.value.bytes.size(),
                      mode_flag(request.mode));
  });
}

Result<fs::AttrReply> removexattr(MountState& mount, const fs::Removexattr& request) {
  return change_xattr(mount, request,
                      [&](const char* path) { return ::removexattr(path, request.name.bytes.c_str()); });
}

}  // namespace dftp::server::operations
