// The end of a verb: what failed, the result as JSON, the exit code.
#pragma once

#include <chrono>
#include <optional>

#include "client/cli/line/verb.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"

namespace dftp::cli {

class Report {
 public:
  Report(Console& console, const Verb& verb) : console_(console), verb_(verb) {}

  // One of several things failed, or there is something to note about it; said at once.
  void failed(const Error& error);
  // A member of the JSON result, in this order.
  void add(std::string key, json::Value value) { members_.emplace_back(std::move(key), std::move(value)); }
  // One of the JSON result's "entries": what the verb found, or did.
  void entry(json::Value value) { entries_.push_back(std::move(value)); }
  // The exit codes of a verb that has its own: when nothing fails, and in place of exit_some_failed.
  void exit_with(int success, int some_failed) {
    success_ = success;
    some_failed_ = some_failed;
  }
  double seconds() const;

  // The last words. `signal`: the one that ended it, 0: none. The exit code.
  int finish(const Result<void>& result, int signal);

 private:
  void note(const Error& error);

  Console& console_;
  const Verb& verb_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  json::Object members_;
  json::Array entries_;
  std::optional<Error> first_failure_;
  int success_ = exit_ok, some_failed_ = exit_some_failed;
};

// Whether it is a transfer, whose result has no entries but sums.
bool moves_files(const Verb& verb);

// {"event":"result","verb":..,"status":..,members..,"error"?:{..}}
json::Object result_json(std::string_view verb, json::Object members, const std::optional<Error>& error);

}  // namespace dftp::cli
