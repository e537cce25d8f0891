#include "server/commands/tree_copy.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// Published together, which a disk does at a fraction of the cost. Two descriptors each.
constexpr std::size_t batch_files = 64;
// A step looks at the time after so many bytes.
constexpr std::uint64_t piece_bytes = 16 * 1024 * 1024;
// They fit a frame with the longest paths, whose bytes may need an escape of six.
constexpr std::size_t errors_a_step = 32;
// While a directory is filled, whatever mode it will have.
constexpr std::uint32_t filling = 0700;

}  // namespace

Publish TreeCopy::File::publish() const {
  return {.mode = attributes.mode, .mtime_ns = attributes.mtime_ns};
}

TreeCopy::TreeCopy(Storage& storage, const Copy& request, std::string owner)
    : storage_(storage), request_(request), owner_(std::move(owner)), walk_(storage, request.from, SIZE_MAX) {}

TreeCopy::~TreeCopy() {
  if (file_) (void)file_->to->discard();
  for (File& file : copied_) (void)file.to->discard();
}

Result<bool> TreeCopy::step(Clock::time_point end) {
  if (!std::exchange(begun_, true)) {
    if (auto ready = begin(); !ready) return std::unexpected(std::move(ready.error()));
  }
  do {
    Result<void> done;
    if (file_) {
      done = settle(copy_piece());
    } else {
      auto next = walk_.next();
      if (!next) return std::unexpected(std::move(next.error()));
      if (!*next) {
        done = publish_all();
        return done ? Result<bool>(false) : std::unexpected(std::move(done.error()));
      }
      done = visit(**next);
    }
    if (!done) return std::unexpected(std::move(done.error()));
  } while (Clock::now() < end && errors_.size() < errors_a_step);
  return true;
}

Result<void> TreeCopy::begin() {
  auto source = storage_.stat(request_.from, Links::follow);
  if (!source) return std::unexpected(std::move(source.error()));
  tree_ = source->type == FileType::directory;
  const std::string from = request_.from.absolute();
  if (tree_ && !request_.recursive)
    return fail(Code::is_directory, from, "is a directory; ask for it recursively (-r)");
  if (request_.to.is_root()) return fail(Code::denied, "/", "the root of the share is not replaced; name what to make");
  const bool inside = request_.from == request_.to || (tree_ && request_.to.is_within(request_.from));
  auto target = storage_.stat(request_.to, Links::follow);
  if (inside || (target && version_of(*target) == version_of(*source)))
    return fail(Code::invalid_request, from, "would be copied to itself, " + request_.to.absolute());
  return {};
}

Result<void> TreeCopy::settle(Result<void> result) {
  if (result) return result;
  file_.reset();
  if (!tree_) return result;
  ++(result.error().code == Code::special_file ? totals_.special : totals_.failed);
  errors_.push_back(to_wire(result.error()));
  return {};
}

Result<void> TreeCopy::visit(Visit& visit) {
  if (visit.what == Visit::What::failed) return settle(std::unexpected(*visit.error));
  return settle(take(visit));
}

Result<void> TreeCopy::take(Visit& visit) {
  const auto source = request_.from.join(visit.beneath);
  const auto target = request_.to.join(visit.beneath);
  if (!source || !target) return std::unexpected(source ? target.error() : source.error());
  if (visit.what == Visit::What::leaves) return leave_directory(visit, *target);
  switch (visit.attributes.type) {
    case FileType::directory: return make_directory(visit, *target);
    case FileType::symlink: return copy_link(*source, *target);
    case FileType::file: return open_file(visit, *source, *target);
    case FileType::other: break;
  }
  const Code code = tree_ ? Code::special_file : Code::unsupported;
  return fail(code, source->absolute(), std::string(special_file_text));
}

Result<void> TreeCopy::make_directory(const Visit& visit, const RemotePath& target) {
  if (own_root_ && visit.attributes.inode == *own_root_) {
    walk_.skip();
    return fail(Code::invalid_request, target.absolute(), "the copy does not go into itself");
  }
  auto made = target_storage().make_directory(target, visit.attributes.mode | filling);
  if (!made && made.error().code != Code::exists) {
    walk_.skip();
    return made;
  }
  const bool top = visit.beneath.is_root();
  if (top) {
    // Whoever asked for this path meant where a link leads that was there; nobody meant one that came meanwhile.
    auto held = storage_.hold(target, made ? Links::keep : Links::follow);
    if (held) held_ = std::move(*held);
  }
  auto there = target_storage().stat(target, top ? Links::follow : Links::keep);
  if (!there || there->type != FileType::directory) {
    walk_.skip();
    return there ? fail(Code::not_directory, target.absolute(), "is no directory, and is not replaced by one")
                 : std::unexpected(std::move(there.error()));
  }
  if (top) own_root_ = there->inode;
  return {};
}

Result<void> TreeCopy::leave_directory(const Visit& visit, const RemotePath& target) {
  if (auto published = publish_all(); !published) return published;
  Storage& storage = target_storage();
  if (auto set = storage.set_mode(target, visit.attributes.mode); !set) return set;
  if (auto set = storage.set_mtime(target, visit.attributes.mtime_ns); !set) return set;
  if (auto synced = storage.sync_directory(target); !synced) return synced;
  return visit.beneath.is_root() ? storage_.sync_directory(target.parent()) : Result<void>();
}

Result<void> TreeCopy::copy_link(const RemotePath& source, const RemotePath& target) {
  auto text = walk_.storage().read_link(source);
  if (!text) return std::unexpected(std::move(text.error()));
  auto made = target_storage().make_symlink(*text, target, request_.overwrite != Overwrite::never);
  if (made) ++totals_.files;
  return made;
}

// Whether the target has what the source has already. Code::exists when it must not be replaced.
Result<bool> TreeCopy::is_there(const RemotePath& target, const Attributes& source) {
  auto there = target_storage().stat(target, Links::keep);
  if (!there && there.error().code == Code::not_found) return false;
  if (!there) return std::unexpected(std::move(there.error()));
  if (request_.overwrite == Overwrite::never)
    return fail(Code::exists, target.absolute(), "is there already, and was not to be replaced");
  return request_.overwrite == Overwrite::changed && there->type == FileType::file && there->size == source.size &&
         there->mtime_ns == source.mtime_ns;
}

Result<void> TreeCopy::open_file(const Visit& visit, const RemotePath& source, const RemotePath& target) {
  auto from = walk_.storage().open(source, visit.beneath.is_root() ? Links::follow : Links::keep);
  if (!from) return std::unexpected(std::move(from.error()));
  auto attributes = (*from)->attributes();
  if (!attributes) return std::unexpected(std::move(attributes.error()));
  const auto same = is_there(target, *attributes);
  if (!same) return std::unexpected(same.error());
  if (*same) {
    ++totals_.skipped;
    return {};
  }
  auto to = emptied(target_storage().open_partial(target, owner_));
  if (!to) return std::unexpected(std::move(to.error()));
  file_ = File{source, target, std::move(*from), std::move(*to), *attributes};
  // A sparse file takes less than its size.
  if (attributes->allocated < attributes->size) return {};
  auto fits = file_->to->check_room(attributes->size);
  if (!fits) (void)file_->to->discard();
  return fits;
}

// Of the file under way, which is among those that are copied when its end is reached.
Result<void> TreeCopy::copy_piece() {
  File& file = *file_;
  const auto copy = [&]() -> Result<void> {
    auto extent = file.from->extent_at(file.offset);
    if (!extent) return std::unexpected(std::move(extent.error()));
    const std::uint64_t left = file.attributes.size - file.offset;
    const std::uint64_t length = std::min({extent->length, left, extent->hole ? left : piece_bytes});
    if (length == 0 && left > 0) return fail(Code::changed, file.source.absolute(), "it changed while it was copied");
    auto done = extent->hole || length == 0 ? file.to->truncate(file.offset + length)
                                            : file.to->copy_range(*file.from, file.offset, length);
    if (!done) return done;
    file.offset += length;
    totals_.bytes += length;
    if (file.offset < file.attributes.size) return {};
    auto now = file.from->attributes();
    if (!now) return std::unexpected(std::move(now.error()));
    if (version_of(*now) != version_of(file.attributes))
      return fail(Code::changed, file.source.absolute(), "it changed while it was copied");
    return file.to->prepare(file.publish());
  };
  if (auto done = copy(); !done) {
    (void)file.to->discard();
    return done;
  }
  if (file.offset < file.attributes.size) return {};
  file.from.reset();
  copied_.push_back(std::move(file));
  file_.reset();
  return !tree_ || copied_.size() >= batch_files ? publish_all() : Result<void>();
}

Result<void> TreeCopy::publish_all() {
  for (File& file : copied_) (void)file.to->flush();  // publish() tells what is wrong
  for (File& file : std::exchange(copied_, {})) {
    if (auto published = settle(publish(file)); !published) return published;
  }
  return {};
}

Result<void> TreeCopy::publish(File& file) {
  auto published = file.to->publish(file.publish());
  if (!published) {
    (void)file.to->discard();
    return std::unexpected(std::move(published.error()));
  }
  ++totals_.files;
  return tree_ ? Result<void>() : storage_.sync_directory(file.target.parent());
}

}  // namespace dftp::server
