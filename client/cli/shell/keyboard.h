// Lines that a person types at a prompt. Belongs to one loop.
#pragma once

#include "client/cli/shell/editor.h"
#include "client/cli/shell/lines.h"
#include "client/cli/verbs/context.h"
#include "proto/net/signals.h"

namespace dftp::cli {

class Keyboard {
 public:
  // With a line editor where standard input and standard error are terminals, else as the terminal hands lines over.
  Keyboard(Context& context, LineEditor::Complete complete);
  ~Keyboard();

  // The next line; empty where Ctrl-C dropped it, nullopt at the end (Ctrl-D).
  net::Task<std::optional<std::string>> next(const std::string& prompt);
  // A line that the arrow keys bring back.
  void remember(const std::string& line);

 private:
  struct Editing;
  net::Task<std::optional<std::string>> edited(const std::string& prompt);
  net::Task<std::optional<std::string>> plain(const std::string& prompt);

  Context& context_;
  Lines lines_;
  const std::shared_ptr<Editing> editing_;  // nullptr: no line editor
};

}  // namespace dftp::cli
