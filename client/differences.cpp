#include "client/differences.h"

#include <algorithm>

#include "client/local_digest.h"
#include "client/transient.h"
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

// False: nobody could look whether it is there.
bool Comparison::Tree::knows(std::string_view name) const {
  return !unseen.contains(name) &&
         std::ranges::none_of(directories_above(name), [&](std::string_view above) { return unseen.contains(above); });
}

net::Task<Result<void>> Comparison::compare_trees() {
  const auto list = [this] { return list_local(); };
  auto [here, there] = co_await net::both(session_.pool().run(list), list_remote());
  if (!here || !there) co_return std::unexpected(here ? there.error() : here.error());
  for (const Tree* tree : {&std::as_const(*here), &std::as_const(*there)}) {
    for (const Error& error : tree->errors) fail_one(error);
  }
  compare_names(*here, *there);
  here = there = Tree();
  co_return co_await compare_contents();
}

net::Task<Result<Comparison::Tree>> Comparison::list_remote() {
  Tree tree;
  const Find request{.path = path_};
  const std::string top = path_.absolute();
  const Take<Found> take = [&](const Found& part) -> Result<void> {
    for (std::size_t i = 0; i < part.paths.size(); ++i) {
      if (!part.paths[i].is_root()) tree.things[part.paths[i].relative()] = {part.types[i], part.sizes[i]};
    }
    for (const WireError& error : part.errors) {
      const std::string& where = error.where.bytes;
      if (where == top) return std::unexpected(from_wire(error));
      if (is_beneath(where, top)) tree.unseen.insert(where.substr(path_.is_root() ? 1 : top.size() + 1));
      tree.errors.push_back(from_wire(error));
    }
    return {};
  };
  auto found = co_await feeds_.find(request, take);
  if (!found) co_return std::unexpected(std::move(found.error()));
  co_return tree;
}

// What cannot be read is told, and the rest is compared.
Result<Comparison::Tree> Comparison::list_local() const {
  Tree tree;
  const auto note_unseen = [&](const std::string& name, const std::error_code& why) {
    tree.errors.push_back(from_errno(why.value(), (local_ / name).string()));
    tree.unseen.insert(name);
  };
  std::vector<std::string> left = {""};  // directories, by their names from the top
  while (!left.empty()) {
    const std::string directory = std::move(left.back());
    left.pop_back();
    std::error_code unread;
    fs::directory_iterator at(directory.empty() ? local_ : local_ / directory, unread);
    for (; !unread && at != fs::directory_iterator(); at.increment(unread)) {
      const std::string entry = at->path().filename().native();
      // What an interrupted get left is hidden on the server's side, too.
      if (is_reserved(entry)) continue;
      const std::string name = directory.empty() ? entry : directory + "/" + entry;
      std::error_code unknown;
      const FileType type = type_of(at->symlink_status(unknown));
      const std::uint64_t size = !unknown && type == FileType::file ? at->file_size(unknown) : 0;
      if (unknown == std::errc::no_such_file_or_directory) continue;
      if (unknown) {
        note_unseen(name, unknown);
      } else {
        tree.things[name] = {type, size};
        if (type == FileType::directory) left.push_back(name);
      }
    }
    if (unread && directory.empty()) return fail_errno(unread.value(), local_);
    if (unread && unread != std::errc::no_such_file_or_directory) note_unseen(directory, unread);
  }
  return tree;
}

// What is only on one side is told without what is in it.
void Comparison::compare_names(const Tree& here, const Tree& there) {
  const auto is_new_beneath = [](const std::string& name, std::string& told) {
    const bool inside = !told.empty() && is_beneath(name, told);
    if (!inside) told = name;
    return !inside;
  };
  std::string only_here, only_there;
  for (const auto& [name, thing] : here.things) {
    if (!there.knows(name)) continue;
    const auto path = RemotePath::parse(name);
    if (!path) {
      fail_one({path.error().code, {}, (local_ / name).string(), path.error().detail});
      continue;
    }
    const auto other = there.things.find(name);
    if (other == there.things.end()) {
      if (is_new_beneath(name, only_here)) settle(*path, false, Differs::only_here);
    } else if (other->second.type != thing.type) {
      only_here = name;
      settle(*path, false, Differs::type);
    } else if (thing.type == FileType::symlink) {
      links_.push_back(*path);
    } else if (thing.type == FileType::file && other->second.size == thing.size) {
      files_.push_back(*path);
    } else {
      settle(*path, thing.type != FileType::file, Differs::content);
    }
  }
  for (const auto& [name, thing] : there.things) {
    const auto other = here.things.find(name);
    if (other != here.things.end()) {
      if (other->second.type != thing.type) only_there = name;
    } else if (here.knows(name) && is_new_beneath(name, only_there)) {
      settle(*RemotePath::parse(name), false, Differs::only_there);
    }
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
    const std::size_t max = links ? links_per_batch : limits::sources_per_request;
    std::vector<RemotePath> batch;
    for (; !from.empty() && batch.size() < max; from.pop_back()) batch.push_back(std::move(from.back()));
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
    const bool gone = !there && (there.error().code == Code::not_found || there.error().code == Code::unsupported);
    if (!there && is_transient(there.error().code)) {
      broken_ = there.error();
      co_return;
    }
    if (!there && !gone) {
      fail_one(there.error());
      continue;
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
