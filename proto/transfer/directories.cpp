#include "proto/transfer/directories.h"

#include <algorithm>

#include "proto/transfer/receive_state.h"

namespace dftp {

Directories::Open* Directories::parent(const Item& item) {
  if (item.path.is_root()) return nullptr;
  const auto found = open_.find({item.source, item.path.parent().relative()});
  return found == open_.end() ? nullptr : &found->second;
}

Directories::Directories() = default;
Directories::~Directories() = default;

void Directories::open(const Item& directory, std::unique_ptr<FilledDirectory> filled) {
  begin(directory);
  open_.try_emplace(key(directory)).first->second.filled = std::move(filled);
}

void Directories::begin(const Item& item) {
  if (auto* directory = parent(item)) ++directory->unsettled;
}

Directories::File Directories::settled(const Item& item) {
  auto* directory = parent(item);
  if (!directory || directory->unsettled == 0) return nullptr;
  --directory->unsettled;
  if (directory->unsettled > 0) return nullptr;
  return directory->end;
}

Directories::File Directories::end(const File& end, bool& known) {
  const auto found = open_.find(key(end->item));
  known = found != open_.end() && !found->second.end;
  if (!known) return nullptr;
  found->second.end = end;
  end->filled = std::move(found->second.filled);
  return found->second.unsettled == 0 ? end : nullptr;
}

bool Directories::any_without_end() const {
  return std::ranges::any_of(open_, [](const auto& entry) { return !entry.second.end; });
}

Directories::File Directories::close(const Item& directory) {
  open_.erase(key(directory));
  return settled(directory);
}

}  // namespace dftp
