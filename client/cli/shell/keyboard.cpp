#include "client/cli/shell/keyboard.h"

#include <unistd.h>

#include <csignal>

#include "client/cli/view/console.h"

namespace dftp::cli {

// The editor, and who tells it of the window's size and of a stop (Ctrl-Z): the terminal is given back as it was found,
// and taken again behind it.
struct Keyboard::Editing {
  Editing(net::Executor executor, LineEditor::Complete complete)
      : editor(std::move(complete)), signals(executor, {SIGWINCH, SIGTSTP, SIGCONT}) {}

  static net::Task<void> follow(std::shared_ptr<Editing> self) {
    for (int signal = co_await self->signals.next(); signal != 0; signal = co_await self->signals.next()) {
      switch (signal) {
        case SIGTSTP:
          self->editor.restore_terminal();
          ::raise(SIGSTOP);
          break;
        case SIGCONT: self->editor.resume(); break;
        default: self->editor.redraw();
      }
    }
  }

  LineEditor editor;
  net::Signals signals;
};

Keyboard::Keyboard(Context& context, LineEditor::Complete complete)
    : context_(context),
      lines_(STDIN_FILENO),
      editing_(is_terminal(STDIN_FILENO) && is_terminal(STDERR_FILENO)
                   ? std::make_shared<Editing>(context.session.executor(), std::move(complete))
                   : nullptr) {
  if (editing_) net::spawn(context.session.executor(), Editing::follow(editing_));
}

Keyboard::~Keyboard() {
  if (editing_) editing_->signals.close();
}

net::Task<std::optional<std::string>> Keyboard::next(const std::string& prompt) {
  if (editing_) co_return co_await edited(prompt);
  co_return co_await plain(prompt);
}

void Keyboard::remember(const std::string& line) {
  if (editing_) editing_->editor.remember(line);
}

net::Task<std::optional<std::string>> Keyboard::edited(const std::string& prompt) {
  LineEditor& editor = editing_->editor;
  const Interruptible interruptible(context_.interrupts, [this, &editor](int signal) {
    if (signal != SIGINT) context_.interrupts.leave(signal);
    context_.interrupts.forget();
    editor.interrupt();
  });
  context_.console.set_prompt(&editor);
  LineEditor::Answer answer = co_await editor.read(prompt);
  context_.console.set_prompt(nullptr);
  switch (answer.kind) {
    case LineEditor::Answer::Kind::line: break;
    case LineEditor::Answer::Kind::interrupted: co_return "";
    case LineEditor::Answer::Kind::end: context_.console.prompt("\n"); co_return std::nullopt;
  }
  while (answer.line.ends_with('\n')) answer.line.pop_back();
  co_return std::move(answer.line);
}

net::Task<std::optional<std::string>> Keyboard::plain(const std::string& prompt) {
  context_.console.prompt(prompt);
  // The terminal has thrown the line away already.
  const Interruptible interruptible(context_.interrupts, [this, &prompt](int signal) {
    if (signal != SIGINT) context_.interrupts.leave(signal);
    context_.interrupts.forget();
    lines_.drop();
    context_.console.prompt("\n" + prompt);
  });
  auto line = co_await lines_.next();
  if (!line) context_.console.error(line.error());
  if (!line || !*line) context_.console.prompt("\n");
  co_return line ? std::move(*line) : std::nullopt;
}

}  // namespace dftp::cli
