#include "fuse/mount_options.h"

#include <algorithm>

#include "fuse/mount_option_table.h"

namespace dftp::mount {
namespace {

// Words of -o that the kernel or libfuse takes as they are.
constexpr std::string_view kernel_words[] = {"suid",  "nosuid",  "dev",  "nodev", "exec",   "noexec",
                                             "atime", "noatime", "sync", "async", "dirsync"};
// The security labels that mount(8) knows for every file system.
constexpr std::string_view kernel_values[] = {"context=", "fscontext=", "defcontext=", "rootcontext="};
// Words that mean something to mount(8), systemd or fstab's readers only. Times of access are the server's, whose disk
// is mounted in one way or another; nothing of the rest makes a difference to a FUSE mount.
constexpr std::string_view ignored_words[] = {
    "auto",     "noauto",     "user",        "nouser",        "users",     "nousers",    "owner",    "noowner",
    "group",    "nogroup",    "_netdev",     "nofail",        "defaults",  "rw",         "relatime", "norelatime",
    "diratime", "nodiratime", "strictatime", "nostrictatime", "lazytime",  "nolazytime", "iversion", "noiversion",
    "mand",     "nomand",     "silent",      "loud",          "symfollow", "nonempty"};

// What mount(8) has for every file system, and FUSE has not.
struct RefusedWord {
  std::string_view word, why;
};
constexpr RefusedWord refused_words[] = {
    {"nosymfollow", "libfuse cannot mount so; mount --bind -o remount,nosymfollow does it afterwards"},
    {"bind", "is for local directories; mount the directory of the server by its URL"},
    {"rbind", "is for local directories; mount the directory of the server by its URL"},
    {"loop", "is for images; there is none"},
    {"allow-root", "FUSE knows it no more; --allow-other with the modes of the files does it"},
};

bool is_ignored(std::string_view word) {
  return std::ranges::find(ignored_words, word) != std::end(ignored_words) || word.starts_with("x-") ||
         word.starts_with("X-") || word.starts_with("comment=") || word.starts_with("fsname=") ||
         word.starts_with("subtype=");
}

bool is_of_kernel(std::string_view word) {
  return std::ranges::find(kernel_words, word) != std::end(kernel_words) ||
         std::ranges::any_of(kernel_values, [&](std::string_view name) { return word.starts_with(name); });
}

// "allow_other" is "allow-other".
std::string dashed(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', '-');
  return text;
}

const MountOption* find(std::string_view name) {
  const auto table = option_table();
  const auto found = std::ranges::find(table, dashed(name), &MountOption::name);
  return found == table.end() ? nullptr : &*found;
}

std::unexpected<Error> wrong(std::string where, std::string detail) {
  return fail(Code::usage, std::move(where), std::move(detail) + "; see dftp-mount --help");
}

Applied apply(const MountOption& option, MountOptions& options, const std::string& value, const std::string& where) {
  // An unset variable in a script, most of the time.
  if (!option.value.empty() && value.empty()) return wrong(where, "must be given a value that is not empty");
  auto applied = option.apply(options, value);
  return applied ? applied : wrong(where, applied.error().detail);
}

// Splits at commas; a backslash takes the next character as it is.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      words.emplace_back();
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      words.back() += text[i];
    }
  }
  std::erase(words, "");
  return words;
}

Applied take_word(MountOptions& options, const std::string& word) {
  if (word == "rw") options.read_only = false;
  if (word == "remount") {
    options.remount = true;
    return {};
  }
  if (is_of_kernel(word)) {
    options.kernel.push_back(word);
    return {};
  }
  if (is_ignored(word)) return {};
  const auto refused = std::ranges::find(refused_words, dashed(word), &RefusedWord::word);
  if (refused != std::end(refused_words)) return wrong("-o " + word, std::string(refused->why));
  const std::size_t equals = word.find('=');
  const MountOption* option = find(std::string_view(word).substr(0, equals));
  if (!option || option->letter) return wrong("-o " + word, "unknown option");
  const bool has_value = equals != std::string::npos;
  if (has_value == option->value.empty()) return wrong("-o " + word, has_value ? "takes no value" : "needs a value");
  return apply(*option, options, has_value ? word.substr(equals + 1) : "", "-o " + word);
}

class Parser {
 public:
  Parser(std::string_view program, const std::vector<std::string>& words)
      : helper_(program.substr(program.rfind('/') + 1).starts_with("mount.")), words_(words) {}

  Result<MountOptions> parse() {
    while (next_ < words_.size()) {
      if (auto taken = take(words_[next_++]); !taken) return std::unexpected(taken.error());
    }
    if (options_.help || options_.version || !options_.completions.empty()) return options_;
    if (auto placed = place(); !placed) return std::unexpected(placed.error());
    return options_;
  }

 private:
  Applied take(const std::string& word) {
    if (word == "--" && !only_operands_) {
      only_operands_ = true;
      return {};
    }
    if (word.empty()) return wrong("''", "one of the words is empty");
    if (only_operands_ || !word.starts_with('-') || word == "-") {
      operands_.push_back(word);
      return {};
    }
    return word.starts_with("--") ? take_long(word.substr(2)) : take_letters(word);
  }

  Applied take_long(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const MountOption* option = find(name);
    if (!option) return wrong("--" + name, "unknown option");
    if (option->value.empty()) {
      if (equals != std::string::npos) return wrong("--" + name, "takes no value");
      return apply(*option, options_, "", "--" + name);
    }
    if (equals != std::string::npos) return apply(*option, options_, text.substr(equals + 1), "--" + name);
    auto value = next_word("--" + name);
    return value ? apply(*option, options_, *value, "--" + name) : std::unexpected(value.error());
  }

  Applied take_letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char letter = word[i];
      if (letter == 'o' || (letter == 'N' && helper_)) {
        const std::string where = std::string("-") + letter;
        auto value = i + 1 < word.size() ? Result<std::string>(word.substr(i + 1)) : next_word(where);
        if (!value) return std::unexpected(value.error());
        return letter == 'o' ? take_list(*value) : Applied();
      }
      if (auto taken = take_letter(letter); !taken) return taken;
    }
    return {};
  }

  Applied take_letter(char letter) {
    // Sloppy, no mtab, verbose: mount(8) passes them on, and nothing is to be done about them.
    if (helper_ && (letter == 's' || letter == 'n' || letter == 'v')) return {};
    if (helper_ && letter == 'f') {
      options_.fake = true;
      return {};
    }
    const auto table = option_table();
    const auto option = std::ranges::find(table, letter, &MountOption::letter);
    if (option == table.end()) return wrong(std::string("-") + letter, "unknown option");
    return option->apply(options_, "");
  }

  Applied take_list(const std::string& list) {
    for (const std::string& word : split(list)) {
      if (auto taken = take_word(options_, word); !taken) return taken;
    }
    return {};
  }

  Result<std::string> next_word(const std::string& where) {
    if (next_ == words_.size()) return wrong(where, "needs a value");
    return words_[next_++];
  }

  Applied place() {
    const std::size_t wanted = options_.status ? 1 : 2;
    if (operands_.size() != wanted) {
      return wrong("", options_.status ? "--status takes the directory of a mount"
                                       : "needs the URL of a server and a directory to mount it on");
    }
    options_.directory = operands_.back();
    if (options_.status) return {};
    const std::string& source = operands_.front();
    auto url = Url::parse_short(source);
    if (!url) return std::unexpected(std::move(url.error()));
    options_.source = std::move(*url);
    return {};
  }

  const bool helper_;
  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
  bool only_operands_ = false;
  std::vector<std::string> operands_;
  MountOptions options_;
};

}  // namespace

Result<MountOptions> parse_mount_options(std::string_view program, const std::vector<std::string>& words) {
  return Parser(program, words).parse();
}

}  // namespace dftp::mount
