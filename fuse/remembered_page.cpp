#include "fuse/remembered_page.h"

namespace dftp::mount {
namespace {

// Servers have hashes of names or small numbers.
constexpr std::int64_t first_cookie = std::int64_t{1} << 62;
constexpr std::int64_t max_cookies = 1 << 24;

void add(fs::ReaddirReply& page, const std::string& name, Node node, const fs::Attr& attr) {
  page.names.push_back({name});
  page.cookies.push_back(first_cookie + static_cast<std::int64_t>(page.cookies.size()));
  page.nodes.push_back(node);
  page.inodes.push_back(attr.inode);
  page.modes.push_back(attr.mode);
}

}  // namespace

std::optional<fs::ReaddirReply> remembered_page(MetadataCache& known, Node directory) {
  const auto names = known.names().all(directory);
  if (!names) return std::nullopt;
  fs::ReaddirReply page;
  page.watched = known.is_watched(directory);
  for (const auto& [name, node] : *names) {
    const auto held = known.attributes(node, true);
    // The system wants some number, and may do without the type.
    add(page, name, node, held ? held->attr : fs::Attr{.inode = node});
  }
  return page;
}

bool is_remembered_cookie(std::int64_t cookie) {
  return cookie >= first_cookie && cookie < first_cookie + max_cookies;
}

}  // namespace dftp::mount
