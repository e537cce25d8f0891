// One verb, several things: what such verbs share.
#pragma once

#include <functional>

#include "client/cli/handlers.h"

namespace dftp::cli {

// What is asked for at the same time is told in the order in which it was given: each waits for its turn before it says
// anything.
class Turns {
 public:
  explicit Turns(net::Executor executor) : changed_(std::move(executor)) {}
  net::Task<bool> come(std::size_t number) {
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

struct Turn {
  Turns& turns;
  std::size_t number;
  net::Task<bool> come() { return turns.come(number); }
};

// How many are under way: one, or as many as the server takes. Things of which one lies in another are always done one
// after the other.
enum class Pace { one_by_one, at_once };

// What is written with a / at its end must be a directory, or the verb would work on something else than was meant: an
// error says so. Links are followed but by verbs that work on a link itself.
Done check_written(Context& context, const Call& call, const RemoteOperand& operand);

using One = Done (*)(Context& context, const Call& call, const RemoteOperand& operand, Report& report, Turn turn);

using Each = std::function<Done(const RemoteOperand& operand, Turn turn)>;

// Does `one` for each remote operand. The only one's error is returned; of several each is reported and the rest goes
// on, as long as there is a server to talk to.
Done for_each(Context& context, const Call& call, Report& report, One one, Pace pace = Pace::at_once);

Done for_each(Context& context, const Call& call, Report& report, const Each& each, Pace pace = Pace::at_once);

using OneInto = Done (*)(Context& context, const Call& call, const RemotePath& from, const RemotePath& to,
                         Report& report, Turn turn);

// The same for all but the last of them: a directory that they go into, or the new name of the only one (with
// --recursive also when it is written as a directory). `what`: "move" or "copy", for the error when it is neither.
Done for_each_into(Context& context, const Call& call, Report& report, std::string_view what, OneInto one, Pace pace);

}  // namespace dftp::cli
