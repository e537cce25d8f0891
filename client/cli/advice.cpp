#include "client/cli/advice.h"

#include <algorithm>
#include <array>

#include "client/cli/handlers.h"

namespace dftp::cli {
namespace {

// What a second attempt at a verb means.
enum class RetryMeaning {
  asks,       // it changes nothing
  goes_on,    // it takes up what is there
  does_more,  // what was done already would be done to something else, or a second time
  any,        // of a row: whatever the verb
};

RetryMeaning retry_meaning_of(const Verb* verb) {
  constexpr std::array go_on = {get, put, synchronize, copy};
  constexpr std::array do_more = {make_directories, remove, move, make_link, change_mode, touch, say, exec};
  if (verb && std::ranges::find(go_on, verb->handler) != go_on.end()) return RetryMeaning::goes_on;
  if (verb && std::ranges::find(do_more, verb->handler) != do_more.end()) return RetryMeaning::does_more;
  return RetryMeaning::asks;
}

constexpr std::string_view look_first = "it may have been done; look before you give the command again";
constexpr std::string_view go_on = "give the same command to go on";

struct Row {
  Code code;
  std::string_view text;
  RetryMeaning again = RetryMeaning::any;
  Handler handler = nullptr;  // of this verb only
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
    {Code::is_directory, "directories are removed with -r only", RetryMeaning::any, remove},
    {Code::is_directory, "name a file, or give -r where the verb takes it"},
    {Code::not_directory, "name a directory"},
    {Code::not_empty, "somebody puts things into it; look who", RetryMeaning::any, remove},
    {Code::not_empty, "give another name"},
    {Code::name_too_long, "give a shorter name"},
    {Code::invalid_name, "give another name"},
    {Code::outside_root, "name what lies inside of what is shared"},
    {Code::no_space, "make room, then give the same command to go on", RetryMeaning::goes_on},
    {Code::no_space, "make room first"},
    {Code::quota, "make room, then give the same command to go on", RetryMeaning::goes_on},
    {Code::quota, "make room first"},
    {Code::busy, "try again later"},
    {Code::changed, "", RetryMeaning::any, verify},
    {Code::changed, "give the same command again when nobody writes to it"},
    {Code::integrity, "check disks and memory", RetryMeaning::any, verify},
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
  const RetryMeaning again = retry_meaning_of(verb);
  const auto found = std::ranges::find_if(rows, [&](const Row& row) {
    return row.code == code && (row.again == RetryMeaning::any || row.again == again) &&
           (!row.handler || (verb && verb->handler == row.handler));
  });
  return found == rows.end() ? std::string_view() : found->text;
}

std::string advised(const Error& error, const Verb* verb) {
  const std::string_view help = advice(error.code, verb);
  const bool knows_better = error.detail.find("; ") != error.detail.npos;
  return describe(error) + (help.empty() || knows_better ? "" : "; " + std::string(help));
}

}  // namespace dftp::cli
