#include "server/commands/page.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// What an entry takes in the frame besides its name: a type, three integers, quotes and commas at their longest; and
// the frame besides its entries.
constexpr std::size_t entry_bytes = 13 + 21 + 21 + 5 + 1;
constexpr std::size_t rest_of_frame = 1024;

Result<SmallestNames> next_names(Listing& listing, const std::string& after, std::size_t limit) {
  SmallestNames names(after, limit);
  for (;;) {
    auto entry = listing.next();
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) return names;
    names.add(std::move((*entry)->name));
  }
}

void append(ListReply& page, std::string name, const Attributes& attributes) {
  page.names.push_back({std::move(name)});
  page.types.push_back(attributes.type);
  page.sizes.push_back(attributes.size);
  page.mtimes.push_back(attributes.mtime_ns);
  page.modes.push_back(attributes.mode);
}

// Appends names until the page has `frame` bytes. False when it is full.
Result<bool> append_all(ListReply& page, Listing& listing, std::vector<std::string> names, std::size_t& frame) {
  for (std::string& name : names) {
    const std::size_t bytes = json::write(to_json(Name{name})).size() + entry_bytes;
    if (bytes > frame) return false;
    auto attributes = listing.attributes(name);
    if (!attributes && attributes.error().code == Code::not_found) continue;  // it vanished meanwhile
    if (!attributes) return std::unexpected(attributes.error());
    append(page, std::move(name), *attributes);
    frame -= bytes;
  }
  return true;
}

}  // namespace

void SmallestNames::add(std::string name) {
  if (name <= after_) return;
  if (heap_.size() == limit_) {
    more_ = true;
    if (name >= heap_.front()) return;
    std::ranges::pop_heap(heap_);
    heap_.pop_back();
  }
  heap_.push_back(std::move(name));
  std::ranges::push_heap(heap_);
}

std::vector<std::string> SmallestNames::take() {
  std::ranges::sort_heap(heap_);
  return std::move(heap_);
}

Result<ListReply> read_page(Storage& storage, const List& request) {
  const std::size_t limit =
      request.limit == 0 ? limits::list_page : std::min<std::size_t>(request.limit, limits::list_page);
  std::string after = request.after.bytes;
  std::size_t frame = limits::frame_after_login - rest_of_frame;
  for (;;) {
    auto listing = storage.list(request.path);
    if (!listing) return std::unexpected(listing.error());
    auto smallest = next_names(**listing, after, limit);
    if (!smallest) return std::unexpected(smallest.error());
    ListReply page;
    auto names = smallest->take();
    if (!names.empty()) after = names.back();
    auto whole = append_all(page, **listing, std::move(names), frame);
    if (!whole) return std::unexpected(whole.error());
    page.more = smallest->more() || !*whole;
    // A page of which everything vanished has no name for the client to go on after.
    if (!page.names.empty() || !page.more) return page;
  }
}

}  // namespace dftp::server
