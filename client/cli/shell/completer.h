// Completes the words of a session's lines: commands, options, names here and there.
#pragma once

#include <chrono>
#include <memory>

#include "client/cli/shell/completion.h"
#include "client/cli/verbs/context.h"

namespace dftp::cli {

class Completer {
 public:
  // On the loop of `context`, which must outlive it.
  explicit Completer(Context& context) : context_(context), executor_(context.session.executor()) {}

  // On another thread. Waits a short time for the server, and completes nothing when that is too long; what comes later
  // is there when it is asked again.
  Completion complete(const std::string& before);

 private:
  struct Question;
  static net::Task<void> answer(Context& context, std::shared_ptr<Question> question);
  static net::Task<void> answer_url(Context& context, std::shared_ptr<Question> question);
  std::vector<CompletionCandidate> paths(const HalfTyped& typed, bool there);
  std::vector<CompletionCandidate> paths_there(const std::string& word);
  std::vector<CompletionCandidate> names_there(const std::string& directory, const std::string& prefix);
  Completion url(HalfTyped typed);

  Context& context_;
  const net::Executor executor_;
  std::shared_ptr<Question> last_;
};

}  // namespace dftp::cli
