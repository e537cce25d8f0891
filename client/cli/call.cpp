#include "client/cli/call.h"

#include "client/cli/verbs.h"

namespace dftp::cli {
namespace {

constexpr std::string_view here = ".";

// Operands as the verb wants them: those of the server first.
struct Sorted {
  std::vector<std::string> remote, local;
};

Sorted sort_urls(const Verb& verb, std::vector<std::string> operands) {
  switch (verb.operands) {
    case Operands::words:
    case Operands::local: return Sorted{{}, std::move(operands)};
    case Operands::remote: return Sorted{std::move(operands), {}};
    case Operands::remote_to_local: {
      std::string target(here);
      if (operands.size() > 1 && !Url::looks_like(operands.back())) {
        target = std::move(operands.back());
        operands.pop_back();
      }
      return Sorted{std::move(operands), {std::move(target)}};
    }
    case Operands::local_to_remote: {
      std::string target = std::move(operands.back());
      operands.pop_back();
      return Sorted{{std::move(target)}, std::move(operands)};
    }
    case Operands::server_words: {
      std::string server = std::move(operands.front());
      operands.erase(operands.begin());
      return Sorted{{std::move(server)}, std::move(operands)};
    }
    case Operands::word_to_remote: {
      std::string word = std::move(operands.front());
      operands.erase(operands.begin());
      return Sorted{std::move(operands), {std::move(word)}};
    }
  }
  return Sorted{};
}

Sorted sort_paths(const Verb& verb, std::vector<std::string> operands) {
  if (verb.operands == Operands::server_words) return {{}, std::move(operands)};
  const bool to_local = verb.operands == Operands::remote_to_local;
  const bool to_remote = verb.operands == Operands::local_to_remote;
  if (!to_local && !to_remote) return sort_urls(verb, std::move(operands));
  std::string target(here);
  if (operands.size() > 1) {
    target = std::move(operands.back());
    operands.pop_back();
  }
  if (to_local) return {std::move(operands), {std::move(target)}};
  return {{std::move(target)}, std::move(operands)};
}

bool ends_as_directory(std::string_view text) {
  const std::string_view last = text.substr(text.rfind('/') + 1);  // npos + 1 is 0
  return last.empty() || last == "." || last == "..";
}

}  // namespace

Result<PlacedCall> resolve_urls(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands) {
  if (auto checked = check_count(verb, operands.size(), false); !checked) return std::unexpected(checked.error());
  Sorted sorted = sort_urls(verb, operands);
  PlacedCall placed{{}, {&verb, flags, {}, std::move(sorted.local)}};
  for (std::string& text : sorted.remote) {
    auto url = Url::parse(text);
    if (!url) return std::unexpected(std::move(url.error()));
    Place place{std::move(url->endpoint), std::move(url->user)};
    if (placed.call.remote.empty()) placed.place = place;
    if (place != placed.place) return fail(Code::usage, text, "all URLs of a call must be of one server and user");
    placed.call.remote.push_back({std::move(url->path), url->directory, std::move(text)});
  }
  for (const std::string& text : placed.call.local) {
    if (verb.operands != Operands::server_words && Url::looks_like(text))
      return fail(Code::usage, text, "no URL was expected here");
  }
  return placed;
}

Result<Call> resolve_paths(const Verb& verb, const Flags& flags, const std::vector<std::string>& operands,
                           const RemotePath& directory) {
  if (auto checked = check_count(verb, operands.size(), true); !checked) return std::unexpected(checked.error());
  Sorted sorted = sort_paths(verb, operands);
  Call call{&verb, flags, {}, std::move(sorted.local)};
  for (std::string& text : sorted.remote) {
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
