#include "client/cli/shell/completer.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "client/cli/line/words.h"
#include "client/cli/verbs/listers.h"
#include "client/cli/verbs/url_completion.h"
#include "client/cli/verbs/verbs.h"

namespace dftp::cli {
namespace {

// A little longer than the loop waits for another server.
constexpr auto patience = completion_patience + std::chrono::milliseconds(200);
// How long names stay known between two keys.
constexpr auto freshness = std::chrono::seconds(3);
// A directory may have any number.
constexpr std::size_t max_names = 2000;

void add_words(std::vector<CompletionCandidate>& candidates, std::string_view list) {
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(' '));
    candidates.push_back({std::string(word)});
    list.remove_prefix(std::min(word.size() + 1, list.size()));
  }
}

std::vector<CompletionCandidate> verb_names() {
  std::vector<CompletionCandidate> candidates;
  for (const Verb& verb : all_verbs()) {
    candidates.push_back({std::string(verb.name)});
    add_words(candidates, verb.aliases);
  }
  return candidates;
}

// Hidden names are meant only when the dot is typed: behind the `slash` of the word.
std::vector<CompletionCandidate> without_hidden(std::vector<CompletionCandidate> candidates, const std::string& word,
                                                std::size_t slash) {
  if (word.size() > slash) return candidates;
  std::erase_if(candidates, [&](const CompletionCandidate& one) { return one.text.compare(slash, 1, ".") == 0; });
  return candidates;
}

struct Sides {
  bool here = false, there = false;
};

// Where the operand `index` may be: nobody knows yet whether another one follows.
Sides sides_of(const Verb& verb, std::size_t index) {
  Sides sides;
  // The first one is never the target.
  for (const std::size_t count : {std::max<std::size_t>(index + 1, 2), index + 2}) {
    const Side side = operand_kind(verb, index, count).side;
    sides.here |= side == Side::here;
    sides.there |= side == Side::there;
  }
  return sides;
}

}  // namespace

// What the loop is asked. The answer is written by the loop and read by the editor.
struct Completer::Question {
  std::string directory, prefix;
  std::chrono::steady_clock::time_point asked = std::chrono::steady_clock::now();
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<std::vector<ListedName>> names;

  // Whether it has the names that another one is about.
  bool covers(const std::string& other_directory, const std::string& other_prefix) {
    if (other_directory != directory || !other_prefix.starts_with(prefix)) return false;
    if (std::chrono::steady_clock::now() - asked > freshness) return false;
    const std::scoped_lock lock(mutex);
    return other_prefix == prefix || (names && names->size() < max_names);
  }
  void settle(std::vector<ListedName> found) {
    const std::scoped_lock lock(mutex);
    names = std::move(found);
    answered.notify_all();
  }
  std::vector<ListedName> wait() {
    std::unique_lock lock(mutex);
    const bool in_time = answered.wait_for(lock, patience, [&] { return names.has_value(); });
    return in_time ? *names : std::vector<ListedName>();
  }
};

net::Task<void> Completer::answer(Context& context, std::shared_ptr<Question> question) {
  std::vector<ListedName> names;
  const auto path = resolve_path(question->directory.empty() ? "." : question->directory, context.directory);
  if (path) {
    const client::Remote remote = context.remote;
    auto listed = co_await remote_names(remote, *path, question->prefix, max_names);
    if (listed) names = std::move(*listed);
  }
  question->settle(std::move(names));
}

net::Task<void> Completer::answer_url(Context& context, std::shared_ptr<Question> question) {
  std::vector<ListedName> names;
  for (std::string& url : co_await complete_url(context, question->prefix)) {
    const FileType type = url.ends_with('/') ? FileType::directory : FileType::file;
    names.push_back({std::move(url), type});
  }
  question->settle(std::move(names));
}

std::vector<CompletionCandidate> Completer::names_there(const std::string& directory, const std::string& prefix) {
  if (!last_ || !last_->covers(directory, prefix)) {
    last_ = std::make_shared<Question>();
    last_->directory = directory;
    last_->prefix = prefix;
    net::spawn(executor_, answer(context_, last_));
  }
  std::vector<CompletionCandidate> candidates;
  for (const ListedName& entry : last_->wait()) {
    const bool is_directory = entry.type == FileType::directory;
    candidates.push_back({directory + entry.name + (is_directory ? "/" : ""), is_directory});
  }
  return candidates;
}

Completion Completer::url(HalfTyped typed) {
  const auto question = std::make_shared<Question>();
  question->prefix = typed.word;
  net::spawn(executor_, answer_url(context_, question));
  std::vector<CompletionCandidate> candidates;
  for (ListedName& entry : question->wait()) {
    candidates.push_back({std::move(entry.name), entry.type == FileType::directory});
  }
  // Servers that are found by the names they are announced by give way to their URLs.
  const auto as_typed = [&](const CompletionCandidate& candidate) { return candidate.text.starts_with(typed.word); };
  if (std::ranges::none_of(candidates, as_typed)) typed.word.clear();
  return complete_word(typed, std::move(candidates));
}

std::vector<CompletionCandidate> Completer::paths_there(const std::string& word) {
  const std::size_t slash = word.rfind('/') + 1;  // npos + 1 is 0
  return without_hidden(names_there(word.substr(0, slash), word.substr(slash)), word, slash);
}

std::vector<CompletionCandidate> Completer::paths(const HalfTyped& typed, bool there) {
  if (there) return paths_there(typed.word);
  const std::string& word = typed.word;
  const std::size_t slash = word.rfind('/') + 1;
  // A home directory's name has no other end than a slash.
  if (typed.home && slash == 0)
    return at_home(word) ? std::vector<CompletionCandidate>{{word + "/", true}} : std::vector<CompletionCandidate>();
  const std::string directory = word.substr(0, slash);
  const auto place = typed.home ? at_home(directory) : Result<std::string>(directory);
  const auto names = place ? local_names(typed.home ? unquoted(*place) : *place, word.substr(slash), max_names)
                           : std::unexpected(place.error());
  if (!names) return {};
  std::vector<CompletionCandidate> candidates;
  for (const ListedName& entry : *names) {
    const bool is_directory = entry.type == FileType::directory;
    candidates.push_back({directory + entry.name + (is_directory ? "/" : ""), is_directory});
  }
  return without_hidden(std::move(candidates), word, slash);
}

Completion Completer::complete(const std::string& before) {
  HalfTyped typed = half_typed(before);
  if (typed.local) return complete_word(typed, paths(typed, false));
  if (!typed.words.empty() && typed.words.front() == "queue") typed.words.erase(typed.words.begin());
  if (typed.words.empty() || typed.words.front() == "help") return complete_word(typed, verb_names());
  const Verb* verb = find_verb(typed.words.front());
  if (!verb) return {};
  std::vector<CompletionCandidate> candidates;
  if (typed.word.starts_with('-')) {
    for (std::string& option : option_words(*verb)) candidates.push_back({std::move(option)});
    return complete_word(typed, std::move(candidates));
  }
  if (verb->operands == OperandLayout::url) return url(std::move(typed));
  const auto is_operand = [](const std::string& word) { return !word.starts_with('-'); };
  const auto index = static_cast<std::size_t>(std::count_if(typed.words.begin() + 1, typed.words.end(), is_operand));
  if (verb->operands == OperandLayout::two_sides && typed.word.starts_with(':')) {
    for (CompletionCandidate& candidate : paths_there(typed.word.substr(1))) {
      candidates.push_back({":" + candidate.text, candidate.goes_on});
    }
    return complete_word(typed, std::move(candidates));
  }
  const Sides sides = sides_of(*verb, index);
  if (sides.here) candidates = paths(typed, false);
  if (sides.there) {
    for (CompletionCandidate& candidate : paths(typed, true)) candidates.push_back(std::move(candidate));
  }
  return complete_word(typed, std::move(candidates));
}

}  // namespace dftp::cli
