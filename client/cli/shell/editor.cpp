#include "client/cli/shell/editor.h"

#include <histedit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <mutex>

#include "client/cli/line/display.h"
#include "client/cli/line/utf8_locale.h"
#include "client/cli/view/listing.h"
#include "client/cli/view/terminal.h"
#include "proto/net/unique_fd.h"

namespace dftp::cli {
namespace {

constexpr int remembered_lines = 1000;
// More choices than that nobody reads.
constexpr std::size_t max_choices = 200;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

File buffered(int fd, const char* mode) {
  return File(::fdopen(::dup(fd), mode));
}

// Bytes of the UTF-8 character that begins with this one; 0: none does.
std::size_t utf8_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

}  // namespace

// libedit's state. What the loop wants of it while a line is read comes as messages.
class LineEditor::Core {
 public:
  explicit Core(Complete complete) : complete_(std::move(complete)) {
    ::tcgetattr(STDIN_FILENO, &cooked_);
    HistEvent event;
    ::history(history_, &event, H_SETSIZE, remembered_lines);
    ::history(history_, &event, H_SETUNIQUE, 1);
  }
  ~Core() {
    if (edit_) ::el_end(edit_);
    ::history_end(history_);
  }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // On the editor's thread.
  Answer read(const std::string& prompt) {
    const Utf8Locale utf8;
    if (!edit_) start();
    prompt_ = prompt;
    ended_by_ = Answer::Kind::end;
    int length = 0;
    reading_ = true;
    // By itself libedit leaves the terminal as it is while something is typed ahead, and waits for a newline then.
    ::el_set(edit_, EL_PREP_TERM, 1);
    const char* text = ::el_gets(edit_, &length);
    reading_ = false;
    Answer answer{ended_by_, {}};
    if (text && length > 0) answer = {Answer::Kind::line, {text, static_cast<std::size_t>(length)}};
    take_messages();
    return answer;
  }

  void remember(const std::string& line) {
    HistEvent event;
    ::history(history_, &event, H_ENTER, line.c_str());
  }

  struct Message {
    enum class Kind { above, interrupt, redraw, prepare } kind;
    std::string text;
  };
  // On the loop's thread.
  void send(Message message) {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(std::move(message));
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof(one));
  }

  void restore_terminal() { ::tcsetattr(STDIN_FILENO, TCSANOW, &cooked_); }

 private:
  void start() {
    edit_ = ::el_init("dftp-cli", in_.get(), screen_.get(), screen_.get());
    ::el_set(edit_, EL_CLIENTDATA, this);
    ::el_set(edit_, EL_PROMPT, +[](EditLine* edit) { return self(edit).prompt_.data(); });
    ::el_set(edit_, EL_EDITOR, "emacs");
    ::el_set(edit_, EL_SIGNAL, 0);
    ::el_set(edit_, EL_GETCFN, +[](EditLine* edit, wchar_t* key) { return self(edit).next_key(key); });
    ::el_set(edit_, EL_HIST, ::history, history_);
    ::el_set(edit_, EL_ADDFN, "dftp-complete", "complete the word", complete_key);
    constexpr std::array<std::array<const char*, 2>, 13> keys = {{
        {"^I", "dftp-complete"},
        {"^R", "em-inc-search-prev"},
        {"^W", "ed-delete-prev-word"},
        {"\\e[1~", "ed-move-to-beg"},
        {"\\e[4~", "ed-move-to-end"},
        {"\\e[7~", "ed-move-to-beg"},
        {"\\e[8~", "ed-move-to-end"},
        {"\\e[H", "ed-move-to-beg"},
        {"\\e[F", "ed-move-to-end"},
        {"\\e[3~", "ed-delete-next-char"},
        {"\\e[1;5C", "em-next-word"},
        {"\\e[1;5D", "ed-prev-word"},
        {"\\e[5~", "ed-search-prev-history"},
    }};
    for (const auto& [key, what] : keys) ::el_set(edit_, EL_BIND, key, what, nullptr);
    ::el_source(edit_, nullptr);  // ~/.editrc
  }

  static Core& self(EditLine* edit) {
    void* data = nullptr;
    ::el_get(edit, EL_CLIENTDATA, &data);
    return *static_cast<Core*>(data);
  }

  // libedit's source of keys: 1 for one, else the line has ended.
  int next_key(wchar_t* key) {
    std::string bytes;
    while (true) {
      std::array<pollfd, 2> wanted = {{{STDIN_FILENO, POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
      if (::poll(wanted.data(), wanted.size(), -1) < 0) continue;  // a signal
      if (wanted[1].revents != 0 && !take_messages()) return 0;
      if (wanted[0].revents == 0) continue;
      char byte = 0;
      if (::read(STDIN_FILENO, &byte, 1) != 1) return 0;
      bytes += byte;
      const std::size_t length = utf8_length(static_cast<unsigned char>(bytes[0]));
      if (length > bytes.size()) continue;
      std::mbstate_t state{};
      if (length != 0 && std::mbrtowc(key, bytes.data(), bytes.size(), &state) <= length) return 1;
      bytes.clear();
    }
  }

  // False when the line is to be dropped.
  bool take_messages() {
    std::vector<Message> messages;
    {
      const std::scoped_lock lock(mutex_);
      std::uint64_t count = 0;
      (void)!::read(wake_.get(), &count, sizeof(count));
      messages.swap(messages_);
    }
    for (const Message& message : messages) {
      switch (message.kind) {
        case Message::Kind::above: print_above(message.text); break;
        case Message::Kind::prepare: prepare_anew(); break;
        case Message::Kind::redraw: print_anew(); break;
        case Message::Kind::interrupt:
          ended_by_ = Answer::Kind::interrupted;
          give_up();
          return false;
      }
    }
    return true;
  }

  void print(const std::string& text) {
    std::fputs(text.c_str(), screen_.get());
    std::fflush(screen_.get());
  }

  // Rows above the one in which the line is at `end`.
  std::size_t rows_before(const char* end) const {
    return rows_before_end(prompt_ + std::string(::el_line(edit_)->buffer, end), terminal_size(STDERR_FILENO).columns);
  }

  // Takes prompt and line off the screen; the cursor is where the prompt began.
  void erase() {
    const std::size_t rows = rows_before(::el_line(edit_)->cursor);
    print((rows > 0 ? "\x1b[" + std::to_string(rows) + "A" : "") + "\r\x1b[J");
  }

  // The line stays, as one that was given up.
  void give_up() {
    const LineInfo* line = ::el_line(edit_);
    const std::size_t rows = rows_before(line->lastchar) - rows_before(line->cursor);
    print((rows > 0 ? "\x1b[" + std::to_string(rows) + "B" : "") + "^C\n");
  }

  void print_above(const std::string& text) {
    if (reading_) erase();
    print(text + "\n");
    if (reading_) ::el_set(edit_, EL_REFRESH);
  }

  // Another program had the terminal; libedit takes it to be as it has left it, and would do nothing.
  void prepare_anew() {
    if (!reading_) return;
    ::el_set(edit_, EL_PREP_TERM, 0);
    ::el_set(edit_, EL_PREP_TERM, 1);
    // What it has written stands above.
    print("\n");
    ::el_set(edit_, EL_REFRESH);
  }

  void print_anew() {
    if (!reading_) return;
    ::el_resize(edit_);
    erase();
    ::el_set(edit_, EL_REFRESH);
  }

  static unsigned char complete_key(EditLine* edit, int) { return self(edit).complete(); }

  unsigned char complete() {
    const LineInfo* line = ::el_line(edit_);
    const Completion completion = complete_({line->buffer, line->cursor});
    if (completion.inserted.empty()) {
      if (completion.choices.size() < 2) return CC_REFRESH_BEEP;
      show(completion.choices);
      return CC_REFRESH;
    }
    const std::wstring erased = wide(std::string(line->cursor - completion.erased, line->cursor));
    ::el_deletestr(edit_, static_cast<int>(erased.size()));
    if (::el_winsertstr(edit_, wide(completion.inserted).c_str()) != 0) return CC_REFRESH_BEEP;
    return CC_REFRESH;
  }

  static std::wstring wide(const std::string& text) {
    std::wstring result(text.size(), L'\0');
    const std::size_t length = std::mbstowcs(result.data(), text.c_str(), result.size());
    result.resize(length == static_cast<std::size_t>(-1) ? 0 : length);
    return result;
  }

  void show(const std::vector<std::string>& choices) {
    const std::size_t shown = std::min(choices.size(), max_choices);
    std::string text = in_columns({choices.begin(), choices.begin() + static_cast<std::ptrdiff_t>(shown)},
                                  terminal_size(STDERR_FILENO).columns);
    if (shown < choices.size()) text += "... and " + std::to_string(choices.size() - shown) + " more\n";
    erase();
    print(prompt_ + std::string(::el_line(edit_)->buffer, ::el_line(edit_)->lastchar) + "\n" + text);
    ::el_set(edit_, EL_REFRESH);
  }

  const Complete complete_;
  const File in_ = buffered(STDIN_FILENO, "r"), screen_ = buffered(STDERR_FILENO, "w");
  const net::UniqueFd wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  ::History* const history_ = ::history_init();
  EditLine* edit_ = nullptr;
  termios cooked_{};
  std::string prompt_;
  bool reading_ = false;
  Answer::Kind ended_by_ = Answer::Kind::end;

  std::mutex mutex_;
  std::vector<Message> messages_;
};

LineEditor::LineEditor(Complete complete) : core_(std::make_unique<Core>(std::move(complete))) {}
LineEditor::~LineEditor() = default;

net::Task<LineEditor::Answer> LineEditor::read(const std::string& prompt) {
  co_return co_await thread_.run([this, &prompt] { return core_->read(prompt); });
}

void LineEditor::remember(const std::string& line) {
  core_->remember(line);
}

void LineEditor::interrupt() {
  core_->send({Core::Message::Kind::interrupt, {}});
}

void LineEditor::redraw() {
  core_->send({Core::Message::Kind::redraw, {}});
}

void LineEditor::resume() {
  core_->send({Core::Message::Kind::prepare, {}});
}

void LineEditor::above(const std::string& text) {
  core_->send({Core::Message::Kind::above, text});
}

void LineEditor::restore_terminal() {
  core_->restore_terminal();
}

}  // namespace dftp::cli
