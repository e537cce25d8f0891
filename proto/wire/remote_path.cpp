#include "proto/wire/remote_path.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp {
namespace {

// Enough of a text to find it again; it may be hostile and long.
std::string excerpt(std::string_view text) {
  constexpr std::size_t enough = 64;
  return text.size() <= enough ? std::string(text) : std::string(text.substr(0, enough)) + "...";
}

Result<void> check_name(std::string_view name) {
  if (name.size() > limits::name_bytes) {
    return fail(Code::name_too_long, excerpt(name), "a name over " + std::to_string(limits::name_bytes) + " bytes");
  }
  if (name.empty()) return fail(Code::invalid_name, "", "an empty name");
  if (name == "." || name == "..") return fail(Code::invalid_name, std::string(name), "not a name");
  if (name.find('\0') != name.npos) return fail(Code::invalid_name, std::string(name), "a NUL in a name");
  if (name.find('/') != name.npos) return fail(Code::invalid_name, std::string(name), "a '/' in a name");
  return {};
}

// Of the path as absolute() writes it.
std::size_t length_of(const std::vector<std::string>& names) {
  std::size_t length = names.empty() ? 1 : 0;
  for (const std::string& name : names) length += 1 + name.size();
  return length;
}

// Empty: it is within the limits.
std::string too_long(const std::vector<std::string>& names) {
  if (names.size() > limits::path_depth) return "a path of more than " + std::to_string(limits::path_depth) + " names";
  if (length_of(names) > limits::path_bytes) return "a path over " + std::to_string(limits::path_bytes) + " bytes";
  return {};
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  out.reserve(length_of(names));
  for (const std::string& name : names) {
    out += '/';
    out += name;
  }
  return out;
}

}  // namespace

Result<RemotePath> RemotePath::parse(std::string_view text) {
  RemotePath path;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    if (name.empty()) continue;
    if (auto valid = check_name(name); !valid) return std::unexpected(valid.error());
    path.names_.emplace_back(name);
    if (path.names_.size() > limits::path_depth) break;
  }
  if (auto why = too_long(path.names_); !why.empty())
    return fail(Code::name_too_long, excerpt(path.names_.front()), std::move(why));
  return path;
}

// Of two paths within the limits, so that the name in the error is bounded, too: whoever walks names what it leaves
// out.
Result<RemotePath> RemotePath::child(std::string_view name) const {
  if (auto valid = check_name(name); !valid) return std::unexpected(valid.error());
  RemotePath path = *this;
  path.names_.emplace_back(name);
  if (auto why = too_long(path.names_); !why.empty()) return fail(Code::name_too_long, path.absolute(), std::move(why));
  return path;
}

Result<RemotePath> RemotePath::join(const RemotePath& rest) const {
  RemotePath path = *this;
  path.names_.insert(path.names_.end(), rest.names_.begin(), rest.names_.end());
  if (auto why = too_long(path.names_); !why.empty()) return fail(Code::name_too_long, path.absolute(), std::move(why));
  return path;
}

bool RemotePath::is_within(const RemotePath& directory) const {
  const auto& above = directory.names_;
  return names_.size() >= above.size() && std::equal(above.begin(), above.end(), names_.begin());
}

std::string_view RemotePath::name() const {
  return names_.empty() ? std::string_view() : names_.back();
}

RemotePath RemotePath::parent() const {
  RemotePath path = *this;
  if (!path.names_.empty()) path.names_.pop_back();
  return path;
}

std::string RemotePath::absolute() const {
  return names_.empty() ? "/" : joined(names_);
}

std::string RemotePath::relative() const {
  return names_.empty() ? "." : joined(names_).substr(1);
}

}  // namespace dftp
