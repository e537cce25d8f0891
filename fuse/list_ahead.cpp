#include "fuse/list_ahead.h"

#include "fuse/ahead.h"

namespace dftp::mount {
namespace {

// Some hundred KB each, at most.
constexpr std::size_t max_pages = 2 * OpenAhead::max;

}  // namespace

struct ListAhead::Page : Ahead<fs::ReaddirReply> {
  using Ahead::Ahead;
  std::uint64_t version = 0;  // of the names in the directory when it had come
};

ListAhead::ListAhead(Tree& tree)
    : tree_(tree), pages_(max_pages, [this](const Node&, PagePointer& page) { dropped(page); }) {}

Task<Result<fs::ReaddirReply>> ListAhead::first_page(Node directory, MaybeCaller as) {
  fetch_next(directory, as);
  if (const auto page = co_await take(directory, as)) co_return std::move(page->reply);
  co_return co_await tree_.readdir(directory, 0, as);
}

void ListAhead::fetch_next(Node directory, const MaybeCaller& as) {
  const auto place = tree_.known().nodes().place(directory);
  if (!place) return;
  for (const Node next : tree_.directories_ahead().next(place->parent, directory)) {
    // One that is known whole may be in the kernel's cache as well.
    if (pages_.find(next) || tree_.known().names().is_whole(next, Clock::now())) continue;
    const auto page = std::make_shared<Page>(tree_.session().executor());
    page->as = as;
    pages_.put(next, page);
    net::spawn(tree_.session().executor(), fetch(alive_, this, next, page));
  }
}

Task<void> ListAhead::fetch(std::shared_ptr<bool> alive, ListAhead* self, Node directory, PagePointer page) {
  if (!*alive) co_return;
  auto reply = co_await self->tree_.readdir(directory, 0, page->as);
  if (!*alive) co_return;
  page->ready = reply.has_value();
  if (reply) page->reply = std::move(*reply);
  page->version = self->tree_.known().names().version(directory);
  if (!reply && !page->dropped) self->pages_.erase(directory);
  if (reply && page->dropped) self->dropped(page);
  page->arrived.notify_all();
}

Task<ListAhead::PagePointer> ListAhead::take(Node directory, MaybeCaller as) {
  const PagePointer* found = pages_.find(directory);
  if (!found || !tree_.session().connected()) co_return nullptr;
  const PagePointer page = *found;
  while (!page->ready && !page->dropped) co_await page->arrived.wait();
  if (page->dropped || page->taken) co_return nullptr;
  page->taken = page->as == as && holds(directory, *page);
  pages_.erase(directory);
  co_return page->taken ? page : nullptr;
}

// Nothing has happened in the directory since, neither by this mount nor by others, who tell of it.
bool ListAhead::holds(Node directory, const Page& page) const {
  MetadataCache& known = tree_.known();
  return page.version != 0 && page.version == known.names().version(directory) && known.is_watched(directory) &&
         !known.is_old(directory, page.reply.at);
}

void ListAhead::dropped(const PagePointer& page) {
  page->dropped = true;
  if (page->ready && !page->taken) tree_.release_page(page->reply.nodes);
  page->arrived.notify_all();
}

void ListAhead::sweep() {
  drop_old(pages_);
}

}  // namespace dftp::mount
