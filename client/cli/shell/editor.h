// A line from a person at the terminal, with editing, history and completion: libedit, on a thread of its own, so that
// the loop goes on while somebody types. Everything here is called by the loop's thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/view/console.h"
#include "proto/net/disk_pool.h"

namespace dftp::cli {

// What a half-typed line becomes.
struct Completion {
  std::size_t erased = 0;            // bytes before the cursor that go
  std::string inserted;              // what comes in their place
  std::vector<std::string> choices;  // printable; shown when there are several and nothing can be inserted
};

class LineEditor final : public Prompt {
 public:
  // Called on the editor's thread with what stands before the cursor; must return within a few seconds.
  using Complete = std::function<Completion(const std::string& before)>;
  explicit LineEditor(Complete complete);
  ~LineEditor() override;

  struct Answer {
    enum class Kind { line, interrupted, end } kind = Kind::end;
    std::string line;
  };
  // One at a time. `prompt` is printable and without colours.
  net::Task<Answer> read(const std::string& prompt);
  // A line that the arrow keys bring back; not during read().
  void remember(const std::string& line);

  // During read(); otherwise nothing happens.
  void interrupt();  // drops what was typed
  void redraw();     // the window changed
  void resume();     // the process was stopped, and another one may have used the terminal
  void above(const std::string& text) override;
  void restore_terminal() override;

 private:
  class Core;
  const std::unique_ptr<Core> core_;
  net::DiskPool thread_{1};
};

}  // namespace dftp::cli
