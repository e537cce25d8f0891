#include "client/cli/view/advice.h"

#include <algorithm>
#include <array>
#include <optional>

namespace dftp::cli {
namespace {

constexpr std::string_view look_first = "it may have been done; look before you give the command again";
constexpr std::string_view go_on = "give the same command to go on";

struct Row {
  Code code;
  std::string_view text;
  std::optional<RetryMeaning> retry = {};  // of such verbs only
  std::string_view verb = {};              // of this verb only
};

// The first that fits.
constexpr auto rows = std::to_array<Row>({
    {Code::protocol, "check that a dftp server listens there"},
    {Code::too_many, "try again later"},
    {Code::login_required, "give a user: dftp://USER@HOST/"},
    {Code::login_failed, "check the user and the password (--password-file) or key (--key)"},
    {Code::denied, "check the permissions, or ask whoever runs the server"},
    {Code::read_only, "log in as a user who may write, or ask whoever runs the server"},
    {Code::not_found, "check the name"},
    {Code::exists, "give another name"},
    {Code::is_directory, "directories are removed with -r only", {}, "rm"},
    {Code::is_directory, "name a file, or give -r where the verb takes it"},
    {Code::not_directory, "name a directory"},
    {Code::not_empty, "somebody puts things into it; look who", {}, "rm"},
    {Code::not_empty, "give another name"},
    {Code::name_too_long, "give a shorter name"},
    {Code::invalid_name, "give another name"},
    {Code::outside_root, "name what lies inside of what is shared"},
    {Code::no_space, "make room, then give the same command to go on", RetryMeaning::goes_on},
    {Code::no_space, "make room first"},
    {Code::quota, "make room, then give the same command to go on", RetryMeaning::goes_on},
    {Code::quota, "make room first"},
    {Code::busy, "try again later"},
    {Code::changed, "", {}, "verify"},
    {Code::changed, "give the same command again when nobody writes to it"},
    {Code::integrity, "check disks and memory", {}, "verify"},
    {Code::integrity, "give the same command to try again; check disks and memory if it stays"},
    {Code::timed_out, go_on, RetryMeaning::goes_on},
    {Code::timed_out, look_first, RetryMeaning::does_more},
    {Code::timed_out, "try again"},
    {Code::disconnected, go_on, RetryMeaning::goes_on},
    {Code::disconnected, look_first, RetryMeaning::does_more},
    {Code::disconnected, "try again"},
    {Code::unreachable, "check that the server runs and the address is right"},
    {Code::shutting_down, "try again when the server is back"},
});

}  // namespace

std::string_view advice(Code code, const Verb* verb) {
  const RetryMeaning retry = verb ? verb->retry : RetryMeaning::asks;
  const auto found = std::ranges::find_if(rows, [&](const Row& row) {
    return row.code == code && (!row.retry || row.retry == retry) &&
           (row.verb.empty() || (verb && verb->name == row.verb));
  });
  return found == rows.end() ? std::string_view() : found->text;
}

std::string advised(const Error& error, const Verb* verb) {
  const std::string_view help = advice(error.code, verb);
  const bool knows_better = error.detail.find("; ") != error.detail.npos;
  return describe(error) + (help.empty() || knows_better ? "" : "; " + std::string(help));
}

}  // namespace dftp::cli
