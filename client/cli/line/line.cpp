#include "client/cli/line/line.h"

#include <algorithm>
#include <optional>

#include "client/cli/line/words.h"
#include "proto/wire/encoding.h"

namespace dftp::cli {
namespace {

constexpr std::string_view blanks = " \t\r\n";

constexpr std::string_view open_quote = "a quote is never closed; a quote itself is written with \\ before it";
constexpr std::string_view open_backslash =
    "nothing stands behind the last backslash; a backslash itself is written \\\\";
constexpr std::string_view of_the_shell =
    "means nothing here; ! before the command gives the line to your shell, quotes make it part of a name";
constexpr std::string_view and_of_the_shell =
    "means nothing here; ; separates commands, and the first that fails ends the line; quotes make it part of a name";
constexpr std::string_view glued =
    "an & stands alone where it puts a command into the background; quote it where it is part of a name";

bool is_blank(char c) {
  return blanks.find(c) != blanks.npos;
}

class Lexer {
 public:
  explicit Lexer(std::string_view line) : line_(line) { run(); }

  const std::optional<Error>& error() const { return error_; }
  std::vector<TypedCommand> commands() && {
    std::erase_if(commands_, [](const TypedCommand& one) { return one.words.empty() && !one.local; });
    for (TypedCommand& one : commands_) {
      if (one.local) one.words.clear();
    }
    return std::move(commands_);
  }
  LineEnd end() && {
    LineEnd end{std::move(current().words), {}, current().local, quote_, line_.size()};
    if (!in_word_) return end;
    end.word = std::move(end.words.back());
    end.words.pop_back();
    end.begin = word_begin_;
    return end;
  }

 private:
  TypedCommand& current() { return commands_.back(); }
  char at(std::size_t place) const { return place < line_.size() ? line_[place] : '\n'; }
  bool ends_word(std::size_t place) const { return is_blank(at(place)) || at(place) == ';'; }

  void run() {
    begin_command();
    while (true) {
      while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
      if (at_ == line_.size() || (line_[at_] == '#' && !current().local)) break;
      begin_of_command();
      if (current().local ? take_foreign() : take_operator()) continue;
      if (at_ < line_.size() && !is_blank(line_[at_])) take_word();
    }
    end_command(at_);
  }

  // What a command may have before its first word.
  void begin_of_command() {
    TypedCommand& command = current();
    if (!command.words.empty() || command.local) return;
    if (line_[at_] == '-' && !command.may_fail) {
      command.may_fail = true;
      begin_ = ++at_;
    }
    command.local = at(at_) == '!';
    if (command.local) begin_ = ++at_;
  }

  void begin_command() {
    commands_.emplace_back();
    begin_ = at_;
  }
  void end_command(std::size_t end) {
    std::string_view text = line_.substr(begin_, current().local ? line_.npos : end - begin_);
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    current().text = text;
  }

  // Whether an operator stands here; it is taken.
  bool take_operator() {
    const char c = at(at_);
    const bool twice = at(at_ + 1) == c;
    in_word_ = false;
    if (c == ';' || (c == '&' && !twice && ends_word(at_ + 1))) {
      current().background = c == '&';
      end_command(at_++);
      begin_command();
      return true;
    }
    if (c == '&' || c == '|' || c == '<' || c == '>') {
      const std::string found(twice ? 2 : 1, c);
      at_ += found.size();
      refuse(found, c == '&' ? (twice ? and_of_the_shell : glued) : of_the_shell);
      return true;
    }
    return false;
  }
  // Of a command that is the shell's only the words are of interest.
  bool take_foreign() {
    in_word_ = false;
    if (std::string_view(";&|<>()").find(at(at_)) == std::string_view::npos) return false;
    ++at_;
    return true;
  }

  bool word_goes_on() const {
    const char c = at(at_);
    if (is_blank(c) || c == ';' || c == '|' || c == '<' || c == '>') return false;
    // Within a word a single one is a letter.
    return c != '&' || (at(at_ + 1) != '&' && !ends_word(at_ + 1) && !current_is_local());
  }
  bool current_is_local() const { return commands_.back().local; }

  void take_word() {
    std::string word;
    word_begin_ = at_;
    while (at_ < line_.size() && word_goes_on()) {
      const char c = line_[at_++];
      if (c == '\'' || c == '"') {
        quote_ = c;
        c == '\'' ? take_single(word) : take_double(word);
        if (quote_) refuse("", open_quote);
      } else if (c != '\\') {
        word += c;
      } else if (at_ < line_.size()) {
        add_quoted(word, line_.substr(at_++, 1));
      } else {
        refuse("", open_backslash);
      }
    }
    if (at(at_) == '&' && at(at_ + 1) != '&' && !current_is_local()) refuse(unquoted(word) + "&", glued);
    current().words.push_back(std::move(word));
    in_word_ = at_ == line_.size();
  }

  void take_single(std::string& word) {
    const std::size_t end = std::min(line_.find('\'', at_), line_.size());
    add_quoted(word, line_.substr(at_, end - at_));
    at_ = std::min(end + 1, line_.size());
    if (end < line_.size()) quote_ = 0;
  }

  void take_double(std::string& word) {
    while (at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '"') {
        quote_ = 0;
        return;
      }
      add_quoted(word, c == '\\' ? escaped() : std::string(1, c));
    }
  }

  std::string escaped() {
    const char c = at(at_);
    if (at_ < line_.size() && (c == '"' || c == '\\')) return std::string(1, line_[at_++]);
    if (c == 'x') {
      const auto byte = from_hex(line_.substr(at_ + 1, 2));
      if (byte && byte->size() == 1) {
        at_ += 3;
        return *byte;
      }
    }
    return "\\";
  }

  void refuse(std::string what, std::string_view why) {
    if (!error_ && !current().local) error_ = Error{Code::usage, {}, std::move(what), std::string(why)};
  }

  const std::string_view line_;
  std::size_t at_ = 0, begin_ = 0, word_begin_ = 0;
  char quote_ = 0;
  bool in_word_ = false;  // the last word may go on
  std::vector<TypedCommand> commands_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<TypedCommand>> split_line(std::string_view line) {
  Lexer lexer(line);
  if (lexer.error()) return std::unexpected(*lexer.error());
  return std::move(lexer).commands();
}

LineEnd line_end(std::string_view line) {
  return Lexer(line).end();
}

}  // namespace dftp::cli
