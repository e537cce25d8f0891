#include "proto/transfer/receive_state.h"

#include <algorithm>
#include <mutex>

#include "proto/storage/umask.h"
#include "proto/transfer/target_directory.h"
#include "proto/transfer/target_tree.h"

namespace dftp {
namespace {

using Kind = Announcement::Kind;

Result<Verdict> make_directory(ReceiveState& directory, const ReceiveOptions& options) {
  if (options.keep_root && directory.path.is_root()) return Verdict::settled;
  const std::uint32_t mode = directory.announcement.mode.value_or(new_directory_mode()) & ~options.umask;
  auto opened = FilledDirectory::open(directory.storage, directory.path, mode, options.modes);
  if (!opened) return std::unexpected(std::move(opened.error()));
  if ((*opened)->made() && directory.item.path.is_root()) {
    // Nobody meant a link that has come in its place meanwhile.
    auto held = directory.tree_of_target->beneath(Links::keep);
    if (!held) return std::unexpected(std::move(held.error()));
  }
  directory.filled = std::move(*opened);
  return Verdict::settled;
}

Result<Verdict> make_link(ReceiveState& link, Overwrite overwrite) {
  auto there = link.storage->read_link(link.path);
  if (there && *there == link.announcement.target) {
    auto set = link.storage->set_mtime(link.path, link.announcement.mtime);
    if (!set) return std::unexpected(set.error());
    return Verdict::skip;
  }
  auto made = link.storage->make_symlink(link.announcement.target, link.path, overwrite != Overwrite::never);
  if (!made) return std::unexpected(made.error());
  if (auto set = link.storage->set_mtime(link.path, link.announcement.mtime); !set) return std::unexpected(set.error());
  return Verdict::settled;
}

// Found out before anything is sent, and not when the old file is to get its other name.
Result<void> check_backup(const RemotePath& path, const std::string& suffix) {
  const std::size_t length = path.name().size() + suffix.size();
  if (suffix.empty() || length <= limits::name_bytes) return {};
  return fail(Code::name_too_long, path.absolute() + suffix,
              "the old file cannot be kept under a name of " + std::to_string(length) + " bytes");
}

// Whether it is the time that the file would get.
bool has_time(ReceiveState& file, std::int64_t there) {
  const std::int64_t wanted = file.announcement.mtime;
  return wanted == there || file.tree_of_target->kept_times(*file.storage, file.path).kept(wanted) == there;
}

Result<Verdict> decide_file(ReceiveState& file, TargetDirectory& directory, const ReceiveOptions& options) {
  const Overwrite overwrite = options.overwrite;
  auto there = directory.stat(file);
  const std::string version = there ? version_of(*there) : std::string(no_version);
  // Looked at again when the file takes its name; this spares sending what will not do.
  if (!options.if_version.empty() && version != options.if_version) {
    return fail(Code::changed, file.path.absolute(), "its version is " + version + ", not " + options.if_version);
  }
  if (!there) {
    if (there.error().code != Code::not_found) return std::unexpected(there.error());
    file.fresh = true;
    if (file.announcement.mode) *file.announcement.mode &= ~options.umask;
    return Verdict::fetch;
  }
  if (there->type == FileType::directory)
    return fail(Code::is_directory, file.path.absolute(), "a directory is in the way of a file");
  if (overwrite == Overwrite::never) return fail(Code::exists, file.path.absolute(), "exists already");
  if (auto fits = check_backup(file.path, options.backup); !fits) return std::unexpected(std::move(fits.error()));
  const bool is_file = there->type == FileType::file;
  const bool keeps_mode = options.modes == Modes::kept && is_file;
  if (file.announcement.mode) *file.announcement.mode &= ~options.umask;
  if (keeps_mode) file.announcement.mode = there->mode;
  const bool same = is_file && file.size == there->size && has_time(file, there->mtime_ns);
  if (overwrite != Overwrite::changed || !same) return Verdict::fetch;
  const auto mode = file.announcement.mode;
  if (mode && (there->mode & 0777) != (*mode & 0777)) {
    if (auto set = file.storage->set_mode(file.path, *mode & 0777); !set) return std::unexpected(set.error());
  }
  return Verdict::skip;
}

// A version of the file that is already here saves sending what did not change. Where it cannot be had (it may not be
// read, there is no room for both) everything is sent.
Result<std::uint64_t> start_from_target(ReceiveState& file) {
  if (!file.partial->copy_target(*file.size)) {
    if (auto emptied = file.partial->truncate(0); !emptied) return std::unexpected(emptied.error());
    return 0;
  }
  auto attributes = file.partial->attributes();
  if (!attributes) return std::unexpected(attributes.error());
  return attributes->size;
}

Result<std::uint64_t> start_from_partial(ReceiveState& file) {
  auto attributes = file.partial->attributes();
  if (!attributes) return std::unexpected(attributes.error());
  return attributes->size;
}

Result<Digest> own_md5(ReceiveState& file) {
  const auto size = *file.size;
  if (size <= limits::leaf_bytes) return *file.root;
  if (const auto written = file.partial->whole_md5()) return *written;
  if (file.own_md5) return *file.own_md5;
  if (file.hashed_bytes == size) return file.hashed.finish();
  // A small file of which a part came twice.
  std::vector<std::byte> content(size);
  auto read = file.partial->read_at(0, content);
  if (!read) return std::unexpected(read.error());
  return md5(content);
}

}  // namespace

Result<Verdict> decide(ReceiveState& file, TargetDirectory& directory, const ReceiveOptions& options) {
  if (!file.item.path.is_root() || file.item.kind == Kind::end) {
    auto beneath = file.tree_of_target->beneath();
    // It names the top, and this is about what could not come there.
    if (!beneath) beneath.error().where = file.path.absolute();
    if (!beneath) return std::unexpected(std::move(beneath.error()));
    file.storage = std::move(*beneath);
  }
  switch (file.item.kind) {
    case Kind::directory: return make_directory(file, options);
    case Kind::symlink: return make_link(file, options.overwrite);
    case Kind::file: return decide_file(file, directory, options);
    case Kind::end: break;
  }
  return Verdict::settled;
}

Result<Basis> open_basis(ReceiveState& file, const ReceiveOptions& options) {
  auto opened = file.storage->open_partial(file.path, options.owner);
  if (!opened) return std::unexpected(opened.error());
  if (options.opened_in) options.opened_in(*file.storage, file.path.parent());
  file.partial = std::move(opened->file);
  if (const auto trusted = file.partial->verified_prefix(); trusted > 0) return Basis{0, trusted};
  if (!file.size || !options.resume) {
    if (auto cut = file.partial->truncate(0); !cut) return std::unexpected(cut.error());
    if (!file.size) return Basis{};
  }
  auto basis = !options.resume   ? Result<std::uint64_t>(0)
               : opened->existed ? start_from_partial(file)
                                 : start_from_target(file);
  if (!basis) return std::unexpected(basis.error());
  if (*basis > *file.size) {
    if (auto cut = file.partial->truncate(*file.size); !cut) return std::unexpected(cut.error());
  }
  if (!file.announcement.sparse) {
    if (auto fits = file.partial->check_room(*file.size); !fits) return std::unexpected(fits.error());
  }
  // A basis that ends inside a leaf which is not the file's last one cannot be compared from there on.
  const auto comparable = *basis >= *file.size ? *file.size : *basis / limits::leaf_bytes * limits::leaf_bytes;
  return Basis{comparable, 0};
}

Result<void> open_small(ReceiveState& file, TargetDirectory& directory) {
  const std::lock_guard lock(file.lock);
  if (file.partial) return {};
  auto made = directory.make_file(file);
  if (!made) return std::unexpected(made.error());
  file.partial = std::move(*made);
  return {};
}

void hash_in_order(ReceiveState& file, std::uint64_t offset, Bytes data) {
  const std::lock_guard lock(file.lock);
  if (offset != file.hashed_bytes) return;
  file.hashed.update(data);
  file.hashed_bytes += data.size();
}

Result<std::uint64_t> hole_in_basis(ReceiveState& file, std::uint64_t offset) {
  if (!file.extent.holds(offset)) {
    auto found = file.partial->extent_at(offset);
    if (!found) return std::unexpected(found.error());
    file.extent = *found;
  }
  const auto rest = file.extent.offset + file.extent.length - offset;
  return file.extent.hole ? rest / limits::leaf_bytes * limits::leaf_bytes : 0;
}

Result<std::vector<Digest>> hash_basis(ReceiveState& file, std::uint64_t offset, std::uint64_t length) {
  thread_local const auto scratch = std::make_unique_for_overwrite<std::byte[]>(limits::block_data_bytes);
  std::vector<Digest> digests(leaf_count(length));
  for (std::uint64_t done = 0; done < length; done += limits::block_data_bytes) {
    const MutableBytes bytes(scratch.get(), std::min(limits::block_data_bytes, length - done));
    auto read = file.partial->read_at(offset + done, bytes);
    if (!read) return std::unexpected(read.error());
    if (*read < bytes.size()) return fail(Code::io, file.path.absolute(), "the partial file became shorter");
    hash_leaves(bytes, std::span(digests).subspan(done / limits::leaf_bytes));
  }
  return digests;
}

Result<Proof> prove(ReceiveState& file, const ReceiveOptions& options) {
  Proof proof{*file.size, *file.root, std::nullopt};
  if (file.trusted == 0) {
    const auto root = file.own_root ? file.own_root : file.tree.finish(*file.size);
    if (root != file.root)
      return fail(Code::integrity, file.path.absolute(), "the MD5 tree does not match the sender's");
  }
  if (!options.md5) return proof;
  if (!file.md5)
    return fail(Code::protocol, file.path.absolute(), "the sender did not send the MD5 that was asked for");
  const auto md5 = own_md5(file);
  if (!md5) return std::unexpected(md5.error());
  if (*md5 != *file.md5) return fail(Code::integrity, file.path.absolute(), "the MD5 does not match the sender's");
  proof.md5 = file.md5;
  return proof;
}

}  // namespace dftp
