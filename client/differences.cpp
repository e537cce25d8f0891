#include "client/differences.h"

#include <algorithm>

#include "client/local_digest.h"
#include "proto/storage/storage.h"
#include "proto/wire/encoding.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

namespace fs = std::filesystem;

// Batches under way: a long link should not cost a round trip each.
constexpr std::size_t links_per_batch = 32;

FileType type_of(const fs::file_status& status) {
  switch (status.type()) {
    case fs::file_type::regular: return FileType::file;
    case fs::file_type::directory: return FileType::directory;
    case fs::file_type::symlink: return FileType::symlink;
    default: return FileType::other;
  }
}

std::string hex(const Digest& digest) {
  return to_hex(as_text(std::as_bytes(std::span(digest))));
}

fs::path beneath(const fs::path& directory, const RemotePath& path) {
  return path.is_root() ? directory : directory / path.relative();
}

}  // namespace

net::Task<Result<Compared>> Comparison::run(const fs::path& local, const RemotePath& remote, bool recursive) {
  local_ = local;
  path_ = remote;
  std::error_code failed;
  const auto here = fs::status(local, failed);
  if (!fs::exists(here)) co_return fail_errno(failed ? failed.value() : ENOENT, local);
  auto there = co_await remote_.stat(path_);
  if (!there) co_return std::unexpected(std::move(there.error()));
  const bool directory = type_of(here) == FileType::directory;
  if (!directory && there->type == FileType::directory) {
    // As diff does: the file of the same name in it.
    auto inside = path_.child(local.filename().native());
    if (!inside) co_return std::unexpected(std::move(inside.error()));
    path_ = std::move(*inside);
    there = co_await remote_.stat(path_);
    if (!there) co_return std::unexpected(std::move(there.error()));
  }
  if (directory && there->type == FileType::directory) {
    if (!recursive) co_return fail(Code::is_directory, local, "is a directory; give -r to compare what is in it");
    auto compared = co_await compare_trees();
    if (!compared) co_return std::unexpected(std::move(compared.error()));
    co_return totals_;
  }
  const auto size = directory ? 0 : fs::file_size(local, failed);
  if (type_of(here) != there->type) {
    settle({}, false, Differs::type);
  } else if (size != there->size) {
    settle({}, false, Differs::content);
  } else {
    files_.emplace_back();
    auto compared = co_await compare_contents();
    if (!compared) co_return std::unexpected(std::move(compared.error()));
  }
  co_return totals_;
}

net::Task<Result<void>> Comparison::compare_trees() {
  const auto list = [this] { return list_local(); };
  auto [here, there] = co_await net::both(session_.pool().run(list), list_remote());
  if (!here || !there) co_return std::unexpected(here ? there.error() : here.error());
  compare_names(*here, *there);
  here = there = Tree();
  co_return co_await compare_contents();
}

net::Task<Result<Comparison::Tree>> Comparison::list_remote() {
  Tree tree;
  const Find request{.path = path_};
  const Take<Found> take = [&](const Found& part) -> Result<void> {
    for (std::size_t i = 0; i < part.paths.size(); ++i) {
      if (!part.paths[i].is_root()) tree[part.paths[i].relative()] = {part.types[i], part.sizes[i]};
    }
    for (const WireError& error : part.errors) fail_one(from_wire(error));
    return {};
  };
  auto found = co_await feeds_.find(request, take);
  if (!found) co_return std::unexpected(std::move(found.error()));
  co_return tree;
}

Result<Comparison::Tree> Comparison::list_local() {
  Tree tree;
  std::error_code failed;
  fs::recursive_directory_iterator at(local_, failed);
  while (!failed && at != fs::recursive_directory_iterator()) {
    const fs::path name = at->path().lexically_relative(local_);
    std::error_code unknown;
    const FileType type = type_of(at->symlink_status(unknown));
    const std::uint64_t size = type == FileType::file ? at->file_size(unknown) : 0;
    if (unknown && unknown != std::errc::no_such_file_or_directory) return fail_errno(unknown.value(), at->path());
    // What an interrupted get left is hidden on the server's side, too.
    if (!unknown && !is_reserved(name.filename().native())) tree[name.native()] = {type, size};
    at.increment(failed);
  }
  if (failed) return fail_errno(failed.value(), local_);
  return tree;
}

// What is only on one side is told without what is in it.
void Comparison::compare_names(const Tree& here, const Tree& there) {
  const auto is_new_beneath = [](const std::string& name, std::string& told) {
    const bool inside = !told.empty() && name.starts_with(told);
    if (!inside) told = name + "/";
    return !inside;
  };
  std::string only_here, only_there;
  for (const auto& [name, thing] : here) {
    const auto path = RemotePath::parse(name);
    if (!path) {
      fail_one(path.error());
      continue;
    }
    const auto other = there.find(name);
    if (other == there.end()) {
      if (is_new_beneath(name, only_here)) settle(*path, false, Differs::only_here);
    } else if (other->second.type != thing.type) {
      settle(*path, false, Differs::type);
    } else if (thing.type == FileType::symlink) {
      links_.push_back(*path);
    } else if (thing.type == FileType::file && other->second.size == thing.size) {
      files_.push_back(*path);
    } else {
      settle(*path, thing.type != FileType::file, Differs::content);
    }
  }
  for (const auto& [name, thing] : there) {
    if (here.contains(name) || !is_new_beneath(name, only_there)) continue;
    settle(*RemotePath::parse(name), false, Differs::only_there);
  }
}

net::Task<Result<void>> Comparison::compare_contents() {
  std::ranges::reverse(files_);
  std::ranges::reverse(links_);
  auto first = net::both(work(), work());
  auto second = net::both(work(), work());
  co_await net::both(std::move(first), std::move(second));
  if (broken_) co_return std::unexpected(*broken_);
  co_return Result<void>();
}

net::Task<bool> Comparison::work() {
  while (!broken_ && !(files_.empty() && links_.empty())) {
    std::vector<RemotePath>& from = files_.empty() ? links_ : files_;
    const bool links = files_.empty();
    const std::size_t most = links ? links_per_batch : limits::sources_per_request;
    std::vector<RemotePath> batch;
    for (; !from.empty() && batch.size() < most; from.pop_back()) batch.push_back(std::move(from.back()));
    if (links) {
      co_await compare_links(batch);
    } else {
      co_await compare_batch(batch);
    }
  }
  co_return true;
}

net::Task<void> Comparison::compare_batch(const std::vector<RemotePath>& paths) {
  std::vector<RemotePath> asked;
  for (const RemotePath& path : paths) asked.push_back(path_.join(path).value_or(path_));
  const auto hash = [&] {
    std::vector<Result<Digest>> digests;
    for (const RemotePath& path : paths) digests.push_back(hash_local(path));
    return digests;
  };
  auto [here, there] = co_await net::both(session_.pool().run(hash), remote_.roots(asked));
  if (!there) {
    broken_ = there.error();
    co_return;
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!here[i]) {
      fail_one(here[i].error());
    } else if (there->errors[i]) {
      fail_one(from_wire(*there->errors[i]));
    } else {
      settle(paths[i], there->roots[i] == hex(*here[i]), Differs::content);
    }
  }
}

net::Task<void> Comparison::compare_links(const std::vector<RemotePath>& paths) {
  for (const RemotePath& path : paths) {
    const auto asked = path_.join(path);
    if (!asked) co_return;
    const auto there = co_await remote_.read_link(*asked);
    if (!there && there.error().code != Code::not_found) {
      broken_ = there.error();
      co_return;
    }
    std::error_code failed;
    const fs::path here = fs::read_symlink(beneath(local_, path), failed);
    settle(path, there && !failed && here.native() == *there, Differs::target);
  }
}

Result<Digest> Comparison::hash_local(const RemotePath& path) const {
  return local_root(beneath(local_, path));
}

void Comparison::settle(const RemotePath& path, bool same, Differs how) {
  ++(same ? totals_.same : totals_.different);
  if (!same) observer_.different(path, how);
}

void Comparison::fail_one(const Error& error) {
  ++totals_.failed;
  observer_.failed(error);
}

}  // namespace dftp::client
