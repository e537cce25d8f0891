#include "proto/transfer/source_scanner.h"
#include "proto/wire/error_block.h"

#include <algorithm>
#include <functional>

namespace dftp {

using Kind = Announcement::Kind;

struct SourceScanner::Found {
  std::uint32_t source = 0;
  RemotePath beneath = {};
  RemotePath path = {};
  Kind kind = Kind::file;
  Attributes attributes = {};
  std::string target = {};               // of a link
  std::unique_ptr<ReadFile> small = {};  // open, when the content goes along
  std::optional<Error> error = {};
};

// A directory that is being gone through.
struct SourceScanner::Level {
  std::uint32_t source;
  RemotePath beneath;
  Attributes attributes;
  std::unique_ptr<Listing> listing;
};

// Content in the buffer whose digests are computed when the batch is full, so that small files share the hash lanes.
struct SourceScanner::Small {
  SendState* file;
  Bytes bytes;
  std::span<Digest> digests;
  std::span<std::byte> done;  // payload of its `done` block
};

namespace {

// An announcement in JSON, its `done` or `error`, and the headers.
constexpr std::size_t announcement_room = 2 * limits::block_json + 5 * block_header_bytes;

void hash_smalls(auto& smalls) {
  std::vector<Bytes> leaves;
  std::vector<Digest> digests;
  for (const auto& small : smalls)
    for (std::size_t at = 0; at < small.bytes.size(); at += limits::leaf_bytes)
      leaves.push_back(small.bytes.subspan(at, std::min<std::size_t>(limits::leaf_bytes, small.bytes.size() - at)));
  digests.resize(leaves.size());
  md5_many(leaves, digests);
  auto next = digests.begin();
  for (auto& small : smalls) {
    TreeRoot tree;
    tree.add(0, {next, small.digests.size()});
    std::copy_n(next, small.digests.size(), small.digests.begin());
    next += static_cast<std::ptrdiff_t>(small.digests.size());
    const Digest root = tree.finish(small.bytes.size()).value();
    small.file->root = root;
    if (small.done.size() > sizeof root) small.file->md5 = root;
    for (std::size_t at = 0; at < small.done.size(); at += sizeof root)
      std::ranges::copy(root, small.done.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

}  // namespace

SourceScanner::Found SourceScanner::failed(Found found, Error why) {
  found.error = std::move(why);
  return found;
}

Error SourceScanner::named(Error error, std::uint32_t source) const {
  const Source& from = sources_[source];
  std::string top = from.name.empty() ? from.path.absolute() : from.name;
  if (top.ends_with('/')) top.pop_back();
  error.where = top + error.where;
  return error;
}

SourceScanner::SourceScanner(std::vector<Source> sources, const SendOptions& options)
    : sources_(std::move(sources)), options_(options) {
  options_.eager = std::min(options_.eager, limits::block_data_bytes);
  // The whole MD5 of more than a leaf is hashed apart from the tree; such files are asked for.
  if (options_.md5) options_.eager = std::min(options_.eager, limits::leaf_bytes);
}

SourceScanner::~SourceScanner() = default;

bool SourceScanner::ended() const {
  return next_source_ == sources_.size() && levels_.empty() && !held_;
}

std::vector<Announced> SourceScanner::next(OutBuffer& announcements, OutBuffer& contents, const Bounds& max) {
  std::vector<Announced> result;
  std::vector<Small> smalls;
  while (result.size() < max.files) {
    std::optional<Found> found;
    if (held_) {
      found = std::move(*held_);
      held_.reset();
    } else {
      found = find();
    }
    if (!found) break;
    const auto content = found->small ? found->attributes.size + limits::leaves_per_block * sizeof(Digest) : 0;
    const bool empty = announcements.empty() && contents.empty();
    const bool fits = contents.room() >= announcement_room + content && announcements.room() >= announcement_room &&
                      contents.size() + content <= max.bytes;
    if (!empty && !fits) {
      held_ = std::make_unique<Found>(std::move(*found));
      break;
    }
    result.push_back(encode(*found, announcements, contents, smalls));
  }
  const auto begun = std::chrono::steady_clock::now();
  hash_smalls(smalls);
  contents.hashing += std::chrono::steady_clock::now() - begun;
  return result;
}

std::optional<SourceScanner::Found> SourceScanner::find() {
  if (levels_.empty()) return find_source();
  Level& level = levels_.back();
  auto entry = level.listing->next();
  for (; entry && *entry; entry = level.listing->next()) {
    auto beneath = level.beneath.child((*entry)->name);
    if (beneath && options_.only && !options_.only(*beneath)) continue;
    if (beneath) return look_at(level, std::move(*beneath), **entry);
    if (!options_.only) return unnameable(level, (*entry)->name, beneath.error());
  }
  Found end{.source = level.source, .beneath = level.beneath, .kind = Kind::end, .attributes = level.attributes};
  if (!entry) end.error = entry.error();
  levels_.pop_back();
  return end;
}

std::optional<SourceScanner::Found> SourceScanner::find_source() {
  if (next_source_ == sources_.size()) return std::nullopt;
  const auto source = static_cast<std::uint32_t>(next_source_++);
  if (!sources_[source].pipe) return look_at(source);
  Found pipe{.source = source, .path = sources_[source].path};
  auto attributes = sources_[source].storage->stat(pipe.path, Links::follow);
  if (!attributes) return failed(std::move(pipe), attributes.error());
  pipe.attributes = *attributes;
  return pipe;
}

// No path can hold this name. It is announced by another one, which nothing has, so that each counts for itself; as a
// file it would be looked for.
SourceScanner::Found SourceScanner::unnameable(const Level& level, const std::string& name, const Error& why) {
  const std::string full = (level.beneath.is_root() ? "" : level.beneath.absolute()) + "/" + name;
  const std::size_t number = std::hash<std::string>()(full);
  Found found{.source = level.source, .kind = Kind::directory};
  found.beneath = RemotePath().child("(too long) " + std::to_string(number)).value_or(RemotePath());
  return failed(std::move(found), named({why.code, {}, full, why.detail}, level.source));
}

SourceScanner::Found SourceScanner::look_at(const Level& level, RemotePath beneath, const DirectoryEntry& entry) {
  Found found{.source = level.source, .beneath = std::move(beneath)};
  auto path = sources_[level.source].path.join(found.beneath);
  if (!path) return unnameable(level, entry.name, path.error());
  found.path = std::move(*path);
  if (entry.type == FileType::file && options_.eager > 0) {
    take(found, level.listing->open(entry.name));
    return found;
  }
  auto attributes = level.listing->attributes(entry.name);
  if (!attributes) return failed(std::move(found), attributes.error());
  found.attributes = *attributes;
  describe(found);
  return found;
}

// A source itself may be a link to what is meant.
SourceScanner::Found SourceScanner::look_at(std::uint32_t source) {
  Found found{.source = source, .path = sources_[source].path};
  auto& storage = *sources_[source].storage;
  auto attributes = storage.stat(found.path, Links::follow);
  if (!attributes) return failed(std::move(found), attributes.error());
  found.attributes = *attributes;
  if (attributes->type == FileType::file && options_.eager > 0) {
    auto file = storage.open(found.path, Links::follow);
    auto known = file ? (*file)->attributes() : std::unexpected(file.error());
    take(found, known ? Result<OpenFile>({std::move(*file), *known}) : std::unexpected(known.error()));
  } else {
    describe(found);
  }
  const std::string version = version_of(found.attributes);
  if (!found.error && !options_.if_version.empty() && version != options_.if_version) {
    found.small.reset();
    found.error =
        Error{Code::changed, {}, found.path.absolute(), "its version is " + version + ", not " + options_.if_version};
  }
  return found;
}

void SourceScanner::describe(Found& found) {
  switch (found.attributes.type) {
    case FileType::file: break;
    case FileType::directory: enter(found); break;
    case FileType::symlink: {
      found.kind = Kind::symlink;
      auto target = sources_[found.source].storage->read_link(found.path);
      if (!target) found.error = target.error();
      if (target) found.target = std::move(*target);
      break;
    }
    case FileType::other: {
      // Of what was named itself nothing would be left.
      const Code code = found.beneath.is_root() ? Code::unsupported : Code::special_file;
      found.error = Error{code, {}, found.path.absolute(), std::string(special_file_text)};
    }
  }
}

void SourceScanner::enter(Found& directory) {
  directory.kind = Kind::directory;
  if (!options_.recursive) {
    directory.error = Error{Code::is_directory, {}, directory.path.absolute(), "is a directory; -r takes it along"};
    return;
  }
  auto& storage = sources_[directory.source].storage;
  if (directory.beneath.is_root()) {
    auto held = storage->hold(directory.path, Links::follow);
    if (!held) {
      directory.error = std::move(held.error());
      return;
    }
    storage = std::move(*held);
  }
  auto listing = storage->list(directory.path);
  if (!listing) {
    directory.error = listing.error();
    return;
  }
  levels_.push_back({directory.source, directory.beneath, directory.attributes, std::move(*listing)});
}

// Leaves `small` empty when the file is too large to go along.
void SourceScanner::take(Found& found, Result<OpenFile> opened) {
  if (!opened) {
    found.error = opened.error();
    return;
  }
  found.attributes = opened->attributes;
  if (found.attributes.size == 0) {
    if (auto empty = check_empty(*opened->file, found.path.absolute()); !empty) {
      found.error = empty.error();
      return;
    }
  }
  if (found.attributes.size <= options_.eager) found.small = std::move(opened->file);
}

std::uint32_t SourceScanner::mode_of(const Found& found) const {
  const auto other = options_.mode_of ? options_.mode_of(found.beneath) : std::nullopt;
  return other.value_or(found.attributes.mode);
}

Announced SourceScanner::encode(Found& found, OutBuffer& announcements, OutBuffer& contents,
                                std::vector<Small>& smalls) {
  const Source& source = sources_[found.source];
  auto file = std::make_shared<SendState>();
  file->item = {++count_, found.source, found.beneath, found.kind, std::nullopt};
  file->storage = source.storage;
  file->path = found.path;
  file->announced = found.attributes;
  file->pipe = source.pipe;
  if (found.kind == Kind::file && !source.pipe) file->item.size = found.attributes.size;

  Announced announced{file, found.small != nullptr || source.pipe || found.error, 0, found.error};
  const Announcement announcement{.source = found.source,
                                  .path = found.beneath,
                                  .kind = found.kind,
                                  .size = file->item.size,
                                  .sparse = found.kind == Kind::file && file->sparse(),
                                  .mtime = found.attributes.mtime_ns,
                                  .mode = source.pipe ? std::nullopt : std::optional(mode_of(found)),
                                  .target = found.target};
  const std::uint8_t flags = announced.eager ? block_flags::eager : 0;
  encode_announcement(announcement, encoded_);
  announcements.block({.type = BlockType::file, .flags = flags, .id = count_}, encoded_);
  if (found.small) put_content(found, contents, announced, smalls);
  if (announced.error)
    announcements.block({.type = BlockType::error, .id = count_}, as_bytes(error_json(*announced.error)));
  return announced;
}

void SourceScanner::put_content(Found& found, OutBuffer& out, Announced& announced, std::vector<Small>& smalls) {
  const auto size = found.attributes.size;
  const auto before = out.size();
  OutBuffer::Data data;
  if (size > 0) data = out.data(count_, 0, size);
  auto read = found.small->read_at(0, data.bytes);
  auto now = read ? found.small->attributes() : std::unexpected(read.error());
  if (now && (*read < size || version_of(*now) != version_of(found.attributes)))
    now = fail(Code::changed, found.path.absolute(), "the source changed while it was read");
  if (!now) {
    out.rewind(before);
    announced.error = now.error();
    return;
  }
  announced.moved = size;
  const std::size_t digests = options_.md5 ? 2 : 1;  // of at most a leaf, the root is the MD5
  std::array<std::byte, 2 * sizeof(Digest)> empty{};
  out.block({.type = BlockType::done, .id = count_, .offset = size}, Bytes(empty).first(digests * sizeof(Digest)));
  const auto done = out.tail(digests * sizeof(Digest));
  smalls.push_back({announced.file.get(), data.bytes, data.digests, done});
}

}  // namespace dftp
