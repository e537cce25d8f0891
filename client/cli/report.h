// The end of a verb: what failed, the result as JSON, the exit code.
#pragma once

#include <chrono>
#include <optional>

#include "client/cli/console.h"
#include "client/cli/verbs.h"

namespace dftp::cli {

class Report {
 public:
  Report(Console& console, const Verb& verb) : console_(console), verb_(verb) {}

  // One of several things failed; said at once.
  void failed(const Error& error);
  // A member of the JSON result, in this order.
  void add(std::string key, json::Value value) { members_.emplace_back(std::move(key), std::move(value)); }
  // One of the JSON result's "entries": what the verb found, or did.
  void entry(json::Value value) { entries_.push_back(std::move(value)); }
  // Of a success with an exit code of its own.
  void exit_with(int code) { exit_ = code; }
  double seconds() const;
  // Of a verb that answers a question: the exit code when nothing fails. What has failed is never 1 then, but 2.
  void answer(int code) { answer_ = code; }

  // The last words. `signal`: the one that ended it, 0: none. The exit code.
  int finish(const Result<void>& result, int signal);

 private:
  Console& console_;
  const Verb& verb_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  json::Object members_;
  json::Array entries_;
  std::optional<Error> first_failure_;
  std::optional<int> answer_;
  std::optional<int> exit_;
};

// Whether it is a transfer, whose result has no entries but sums.
bool moves_files(const Verb& verb);

// {"event":"result","verb":..,"status":..,members..,"error"?:{..}}
json::Value result_json(std::string_view verb, json::Object members, const std::optional<Error>& error);

}  // namespace dftp::cli
