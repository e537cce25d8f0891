#include "client/cli/line/call.h"

#include <algorithm>
#include <cstdint>

#include "client/cli/line/preferences.h"
#include "client/cli/line/verb.h"

namespace dftp::cli {
namespace {

constexpr std::string_view here = ".";

// Operands as the verb wants them: those of the server first.
struct Sorted {
  std::vector<std::string> remote, local;
  bool to_remote = false;
};

Sorted two_sides(std::vector<std::string> operands, bool to_remote) {
  return {{std::move(operands[to_remote])}, {std::move(operands[!to_remote])}, to_remote};
}

// Those whose place tells where they are.
Sorted sorted(const Verb& verb, std::vector<std::string> operands) {
  Sorted sorted;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool there = operand_kind(verb, i, operands.size()).side == Side::there;
    (there ? sorted.remote : sorted.local).push_back(std::move(operands[i]));
  }
  return sorted;
}

Sorted sort_urls(const Verb& verb, std::vector<std::string> operands) {
  if (verb.operands == OperandLayout::two_sides) {
    // As scp and rsync tell them apart, where nothing looks like a URL.
    const bool any = Url::looks_like(operands.front()) || Url::looks_like(operands.back());
    const bool to_remote = any ? Url::looks_like(operands.back()) : Url::names_server(operands.back());
    return two_sides(std::move(operands), to_remote);
  }
  if (verb.operands == OperandLayout::server_words) {
    std::string server = std::move(operands.front());
    operands.erase(operands.begin());
    return {{std::move(server)}, std::move(operands)};
  }
  if (verb.operands == OperandLayout::remote_to_local && (operands.size() == 1 || Url::looks_like(operands.back()))) {
    operands.emplace_back(here);
  }
  return sorted(verb, std::move(operands));
}

// An unset variable in a script, most of the time: it must not be taken for the directory here, or for none.
Result<void> check_not_empty(const Verb& verb, const std::vector<std::string>& operands, std::size_t free_from) {
  for (std::size_t i = 0; i < std::min(free_from, operands.size()); ++i) {
    if (operands[i].empty()) return fail(Code::usage, std::string(verb.name), "one of its operands is empty");
  }
  return {};
}

// Who is used to another order learns which one it is here.
Result<void> check_direction(const Verb& verb, const std::vector<std::string>& operands) {
  if (operands.empty()) return {};
  const bool begins = Url::names_server(operands.front()), ends = Url::names_server(operands.back());
  if (verb.operands == OperandLayout::remote_to_local && !begins && ends)
    return fail(Code::usage, operands.front(), "get fetches: the URL comes first, and then where it goes here");
  if (verb.operands == OperandLayout::local_to_remote && begins && !ends)
    return fail(Code::usage, operands.front(), std::string(verb.name) + " wants what is here first, and then the URL");
  return {};
}

// From which operand on any text may stand.
std::size_t free_from(const Verb& verb, bool in_session) {
  if (verb.operands == OperandLayout::url) return 0;
  if (verb.operands == OperandLayout::server_words) return in_session ? 0 : 1;
  return SIZE_MAX;
}

bool is_there(const std::string& operand) {
  return operand.starts_with(':');
}

Result<Sorted> sort_paths(const Verb& verb, std::vector<std::string> operands) {
  if (verb.operands != OperandLayout::two_sides) return sorted(verb, std::move(operands));
  const bool to_remote = is_there(operands[1]);
  if (is_there(operands[0]) == to_remote) {
    return fail(Code::usage, operands[0], "put a : before the path that is on the server, and before no other");
  }
  Sorted sorted = two_sides(std::move(operands), to_remote);
  sorted.remote[0].erase(0, 1);
  if (sorted.remote[0].empty()) sorted.remote[0] = here;
  return sorted;
}

bool ends_as_directory(std::string_view text) {
  const std::string_view last = text.substr(text.rfind('/') + 1);  // npos + 1 is 0
  return last.empty() || last == "." || last == "..";
}

}  // namespace

OperandKind operand_kind(const Verb& verb, std::size_t index, std::size_t count) {
  const bool last = index + 1 == count;
  switch (verb.operands) {
    case OperandLayout::words:
    case OperandLayout::url:
    case OperandLayout::server_words: break;
    case OperandLayout::local: return {Side::here, true};
    case OperandLayout::local_new: return {Side::here, false};
    case OperandLayout::remote: return {Side::there, true};
    case OperandLayout::remote_new: return {Side::there, false};
    case OperandLayout::remote_to_remote: return {Side::there, !last};
    case OperandLayout::remote_to_here:
    case OperandLayout::remote_to_local: return {last ? Side::here : Side::there, !last};
    case OperandLayout::local_to_there:
    case OperandLayout::local_to_remote: return {last ? Side::there : Side::here, !last};
    case OperandLayout::two_sides: return {Side::here, false};  // the ones there say so themselves
    case OperandLayout::word_to_remote: return {index == 0 ? Side::word : Side::there, index != 0};
    case OperandLayout::file_to_remote: return {index == 0 ? Side::here : Side::there, true};
  }
  return {Side::word, false};
}

std::vector<std::string> with_target(const Verb& verb, std::vector<std::string> operands) {
  const bool may = verb.operands == OperandLayout::remote_to_local || verb.operands == OperandLayout::local_to_remote;
  const bool always = verb.operands == OperandLayout::remote_to_here || verb.operands == OperandLayout::local_to_there;
  if (always || (may && operands.size() == 1)) operands.emplace_back(here);
  return operands;
}

Result<PlacedCall> resolve_urls(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands,
                                const Preferences& preferences) {
  if (auto checked = check_count(verb, operands.size(), false); !checked) return std::unexpected(checked.error());
  if (auto checked = check_not_empty(verb, operands, free_from(verb, false)); !checked)
    return std::unexpected(checked.error());
  if (auto checked = check_direction(verb, operands); !checked) return std::unexpected(checked.error());
  Sorted sorted = sort_urls(verb, operands);
  PlacedCall placed{{}, {&verb, flags, {}, std::move(sorted.local), sorted.to_remote}};
  for (std::string& text : sorted.remote) {
    if (!may_be_server(text, preferences))
      return fail(Code::usage, text,
                  "is not a URL: it must begin with dftp:// or dftp+unix://, or be written as USER@HOST or HOST:PATH");
    auto location = locate(text, preferences);
    if (!location) return std::unexpected(std::move(location.error()));
    ServerAndUser place = std::move(location->place);
    if (placed.call.remote.empty()) placed.place = place;
    const bool last = &text == &sorted.remote.back();
    if (place != placed.place) {
      if (!last || verb.operands != OperandLayout::remote_to_remote)
        return fail(Code::usage, text,
                    "all URLs of a call must be of one server and user; give one call for each server");
      placed.call.target = place;
    }
    placed.call.remote.push_back({std::move(location->path), location->directory, std::move(text)});
  }
  const bool any_text = verb.operands == OperandLayout::server_words || verb.operands == OperandLayout::url;
  for (const std::string& text : placed.call.local) {
    if (!any_text && Url::looks_like(text)) return fail(Code::usage, text, "no URL was expected here");
  }
  return placed;
}

Result<Call> resolve_paths(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands,
                           const RemotePath& directory) {
  if (auto checked = check_count(verb, operands.size(), true); !checked) return std::unexpected(checked.error());
  return resolve_operands(verb, flags, with_target(verb, operands), directory);
}

Result<Call> resolve_operands(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands,
                              const RemotePath& directory) {
  if (auto checked = check_not_empty(verb, operands, free_from(verb, true)); !checked)
    return std::unexpected(checked.error());
  auto sorted = sort_paths(verb, operands);
  if (!sorted) return std::unexpected(std::move(sorted.error()));
  Call call{&verb, flags, {}, std::move(sorted->local), sorted->to_remote};
  for (std::string& text : sorted->remote) {
    auto path = resolve_path(text, directory);
    if (!path) return std::unexpected(std::move(path.error()));
    const bool is_directory = ends_as_directory(text);
    call.remote.push_back({std::move(*path), is_directory, std::move(text)});
  }
  return call;
}

Result<RemotePath> resolve_path(std::string_view text, const RemotePath& directory) {
  if (text.empty()) return fail(Code::usage, "''", "an empty path");
  RemotePath path = text.starts_with('/') ? RemotePath() : directory;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      path = path.parent();
      continue;
    }
    auto next = path.child(name);
    if (!next) return next;
    path = std::move(*next);
  }
  return path;
}

}  // namespace dftp::cli
