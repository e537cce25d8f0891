#include "fuse/mount_options.h"

#include <algorithm>
#include <charconv>

#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

using Applied = Result<void>;

struct Option {
  char letter;  // 0: none
  std::string_view name;
  std::string_view value;  // what stands for it in the help; empty: takes none
  std::string_view help;
  Applied (*apply)(MountOptions& options, const std::string& value);
};

template <auto Member, bool Value = true>
Applied set(MountOptions& options, const std::string&) {
  options.*Member = Value;
  return {};
}

template <std::string MountOptions::* Member>
Applied keep(MountOptions& options, const std::string& value) {
  options.*Member = value;
  return {};
}

template <class Number>
Result<Number> number_in(const std::string& text, Number least, Number most, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return number;
  return fail(Code::usage, "", "takes a number from " + std::to_string(least) + " to " + std::to_string(most));
}

template <auto Member, std::uint32_t least, std::uint32_t most>
Applied number(MountOptions& options, const std::string& value) {
  const auto number = number_in<std::uint32_t>(value, least, most);
  if (!number) return std::unexpected(number.error());
  options.*Member = *number;
  return {};
}

// A year: longer makes no difference, and everything can be computed with it.
constexpr double seconds_most = 365 * 24 * 3600;

template <auto Member>
Applied seconds(MountOptions& options, const std::string& value) {
  double number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc() && end == value.data() + value.size();
  if (!whole || !(number >= 0 && number <= seconds_most)) return fail(Code::usage, "", "takes a number of seconds");
  options.*Member = Seconds(number);
  return {};
}

Applied set_timeout(MountOptions& options, const std::string& value) {
  auto set = seconds<&MountOptions::timeout>(options, value);
  if (set && options.timeout < Seconds(1)) return fail(Code::usage, "", "takes at least one second");
  return set;
}

Applied set_umask(MountOptions& options, const std::string& value) {
  const auto mask = number_in<std::uint32_t>(value, 0, 0777, 8);
  if (!mask) return fail(Code::usage, "", "takes an octal number up to 777");
  options.umask = *mask;
  return {};
}

Applied set_fingerprint(MountOptions& options, const std::string& value) {
  constexpr std::string_view prefix = "SHA256:";
  constexpr std::size_t digits = 43;  // 32 bytes in base64 without padding
  if (!value.starts_with(prefix) || value.size() != prefix.size() + digits) {
    return fail(Code::usage, "", "takes SHA256: and 43 characters, as dftp-server prints it");
  }
  options.fingerprint = value;
  return {};
}

Applied add_key(MountOptions& options, const std::string& value) {
  options.keys.push_back(value);
  return {};
}

constexpr Option table[] = {
    {'f', "foreground", "", "stay in the foreground, with messages on standard error", set<&MountOptions::foreground>},
    {0, "ro", "", "read only", set<&MountOptions::read_only>},
    {0, "allow-other", "", "other users may use the mount", set<&MountOptions::allow_other>},
    {0, "default-permissions", "", "the kernel checks modes and owners (as with --allow-other)",
     set<&MountOptions::default_permissions>},
    {0, "no-default-permissions", "", "only the server checks", set<&MountOptions::default_permissions, false>},
    {0, "uid", "N", "show all files as owned by this user", number<&MountOptions::uid, 0, UINT32_MAX - 1>},
    {0, "gid", "N", "show all files as owned by this group", number<&MountOptions::gid, 0, UINT32_MAX - 1>},
    {0, "umask", "MASK", "show all modes without these bits (octal)", set_umask},
    {0, "attr-timeout", "SECONDS", "attributes are good for so long (default: until the server says)",
     seconds<&MountOptions::attr_timeout>},
    {0, "entry-timeout", "SECONDS", "names are good for so long (default: until the server says)",
     seconds<&MountOptions::entry_timeout>},
    {0, "negative-timeout", "SECONDS", "missing names are missing for so long (default: until the server says)",
     seconds<&MountOptions::negative_timeout>},
    {0, "timeout", "SECONDS", "give up an operation when the server is silent for so long (default: 30)", set_timeout},
    {0, "soft", "", "fail after the timeout (the default)", set<&MountOptions::hard, false>},
    {0, "hard", "", "wait for the server as long as it takes", set<&MountOptions::hard>},
    {0, "streams", "N", "data connections, 1 to 16 (default: by the round trip)",
     number<&MountOptions::streams, 1, limits::streams_per_transfer>},
    {0, "memory", "MIB", "for data read ahead or not yet written (default: 256)",
     number<&MountOptions::memory, 16, 65536>},
    {0, "password-file", "FILE", "the password is the first line of FILE", keep<&MountOptions::password_file>},
    {0, "key", "FILE", "log in with this OpenSSH Ed25519 key (may be repeated)", add_key},
    {0, "accept-new", "", "remember a server that is not known yet, without asking", set<&MountOptions::accept_new>},
    {0, "fingerprint", "SHA256:...", "the server must have this fingerprint", set_fingerprint},
    {0, "ca", "FILE", "the server's certificate must be signed by a CA in FILE (PEM)",
     keep<&MountOptions::authorities>},
    {0, "plain-data", "", "file data without encryption, where the server allows it", set<&MountOptions::plain_data>},
    {0, "status", "", "what the mount at DIR is doing, as JSON", set<&MountOptions::status>},
    {'h', "help", "", "this help", set<&MountOptions::help>},
    {'V', "version", "", "the version", set<&MountOptions::version>},
};

// Words of -o that the kernel or libfuse takes as they are.
constexpr std::string_view kernel_words[] = {"suid",  "nosuid",  "dev",  "nodev", "exec",   "noexec",
                                             "atime", "noatime", "sync", "async", "dirsync"};
// Words that mean something to mount(8), systemd or fstab's readers only.
constexpr std::string_view ignored_words[] = {"auto",  "noauto",  "user",   "nouser",   "users", "owner",
                                              "group", "_netdev", "nofail", "defaults", "rw",    "relatime"};

bool is_ignored(std::string_view word) {
  return std::ranges::find(ignored_words, word) != std::end(ignored_words) || word.starts_with("x-") ||
         word.starts_with("X-") || word.starts_with("comment=") || word.starts_with("fsname=") ||
         word.starts_with("subtype=");
}

// "allow_other" is "allow-other".
std::string dashed(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', '-');
  return text;
}

const Option* find(std::string_view name) {
  const auto found = std::ranges::find(table, dashed(name), &Option::name);
  return found == std::end(table) ? nullptr : found;
}

std::unexpected<Error> wrong(std::string where, std::string detail) {
  return fail(Code::usage, std::move(where), std::move(detail) + "; see dftp-mount --help");
}

Applied apply(const Option& option, MountOptions& options, const std::string& value, const std::string& where) {
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
  if (std::ranges::find(kernel_words, word) != std::end(kernel_words)) {
    options.kernel.push_back(word);
    return {};
  }
  if (is_ignored(word)) return {};
  const std::size_t equals = word.find('=');
  const Option* option = find(std::string_view(word).substr(0, equals));
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
    if (options_.help || options_.version) return options_;
    if (auto placed = place(); !placed) return std::unexpected(placed.error());
    return options_;
  }

 private:
  Applied take(const std::string& word) {
    if (word == "--" && !only_operands_) {
      only_operands_ = true;
      return {};
    }
    if (only_operands_ || !word.starts_with('-') || word == "-") {
      operands_.push_back(word);
      return {};
    }
    return word.starts_with("--") ? take_long(word.substr(2)) : take_letters(word);
  }

  Applied take_long(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const Option* option = find(name);
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
    const auto option = std::ranges::find(table, letter, &Option::letter);
    if (option == std::end(table)) return wrong(std::string("-") + letter, "unknown option");
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
    auto url = Url::parse(Url::looks_like(source) ? source : "dftp://" + source);
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

std::string mount_options_help() {
  constexpr std::size_t column = 32;
  std::string text;
  for (const Option& option : table) {
    std::string line = option.letter ? std::string("  -") + option.letter + ", --" : std::string("      --");
    line += option.name;
    if (!option.value.empty()) line += " " + std::string(option.value);
    line.resize(std::max(column, line.size() + 2), ' ');
    text += line + std::string(option.help) + "\n";
  }
  return text;
}

}  // namespace dftp::mount
