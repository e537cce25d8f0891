// One verb, several things: what such verbs share.
#pragma once

#include <functional>

#include "client/cli/verbs/handlers.h"

namespace dftp::cli {

// What is asked for at the same time is told in the order in which it was given: each waits for its turn before it says
// anything.
class OrderedOutput {
 public:
  explicit OrderedOutput(net::Executor executor) : changed_(std::move(executor)) {}
  net::Task<bool> wait(std::size_t number) {
    while (current_ != number) co_await changed_.wait();
    co_return true;
  }
  void next() {
    ++current_;
    changed_.notify_all();
  }

 private:
  net::Signal changed_;
  std::size_t current_ = 0;
};

struct OutputTurn {
  OrderedOutput& turns;
  std::size_t number;
  net::Task<bool> wait() { return turns.wait(number); }
};

// How many are under way: one, or as many as the server takes. Things of which one lies in another are always done one
// after the other.
enum class Concurrency { one_by_one, at_once };

// What is written with a / at its end must be a directory, or the verb would work on something else than was meant: an
// error says so. Links are followed but by verbs that work on a link itself.
VerbTask check_written(Context& context, const Call& call, const RemoteOperand& operand);

using One = VerbTask (*)(Context& context, const Call& call, const RemoteOperand& operand, Report& report,
                         OutputTurn turn);

using Each = std::function<VerbTask(const RemoteOperand& operand, OutputTurn turn)>;

// Does `one` for each remote operand. The only one's error is returned; of several each is reported and the rest goes
// on, as long as there is a server to talk to.
VerbTask for_each(Context& context, const Call& call, Report& report, One one,
                  Concurrency concurrency = Concurrency::at_once);

VerbTask for_each(Context& context, const Call& call, Report& report, const Each& each,
                  Concurrency concurrency = Concurrency::at_once);

using OneInto = VerbTask (*)(Context& context, const Call& call, const RemotePath& from, const RemotePath& to,
                             Report& report, OutputTurn turn);

// The same for all but the last of them: a directory that they go into, or the new name of the only one (with
// --recursive also when it is written as a directory). `what`: "move" or "copy", for the error when it is neither.
VerbTask for_each_into(Context& context, const Call& call, Report& report, std::string_view what, OneInto one,
                       Concurrency concurrency);

}  // namespace dftp::cli
