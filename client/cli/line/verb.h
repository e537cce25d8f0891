// A verb, as the table of verbs has it (client/cli/verbs/verbs.cpp): one row a verb, the same for a call of its own and
// for a session.
#pragma once

#include <string>
#include <string_view>

#include "client/cli/line/call.h"
#include "proto/net/async.h"

namespace dftp::cli {

struct Context;
class Report;

// Does it. An error is the verb's only failure; failures of single things among several go to the report as they
// happen.
using Handler = net::Task<Result<void>> (*)(Context& context, const Call& call, Report& report);

enum class Scope { anywhere, session };

// What a second attempt at a verb means.
enum class RetryMeaning {
  asks,       // it changes nothing
  goes_on,    // it takes up what is there
  does_more,  // what was done already would be done to something else, or a second time
};

struct Verb {
  std::string_view name;
  std::string_view aliases;  // separated by blanks
  Scope scope;
  OperandLayout operands;
  struct Count {
    std::size_t least, least_in_session, max;
  } count;                   // of operands
  std::string_view options;  // long names, separated by blanks
  struct Synopsis {
    std::string_view alone, in_session;
  } synopsis;
  std::string_view summary;
  std::string_view details;  // more lines of help; may be empty
  Handler handler;
  RetryMeaning retry = RetryMeaning::asks;
};

// Whether `list`, words separated by blanks, has this word.
bool has_word(std::string_view list, std::string_view word);

// Code::usage when there are too few or too many of them.
Result<void> check_count(const Verb& verb, std::size_t operands, bool in_session);

}  // namespace dftp::cli
