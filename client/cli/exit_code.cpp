#include "client/cli/exit_code.h"

#include <algorithm>
#include <array>

namespace dftp::cli {
namespace {

struct Row {
  Code code;
  Exit exit;
  std::string_view advice;
};

// In the order of Code.
constexpr auto rows = std::to_array<Row>({
    {Code::invalid_request, exit_some_failed, ""},
    {Code::protocol, exit_no_connection, "check that a dftp server listens there"},
    {Code::unsupported, exit_some_failed, ""},
    {Code::too_large, exit_some_failed, ""},
    {Code::too_many, exit_some_failed, "try again later"},
    {Code::login_required, exit_login, "give a user: dftp://USER@HOST/"},
    {Code::login_failed, exit_login, "check the user and the password (--password-file) or key (--key)"},
    {Code::denied, exit_denied, "check the permissions, or ask whoever runs the server"},
    {Code::read_only, exit_denied, "log in as a user who may write, or ask whoever runs the server"},
    {Code::not_found, exit_not_found, "check the name"},
    {Code::exists, exit_exists, "give another name, or let it be replaced"},
    {Code::is_directory, exit_some_failed, "name a file, or give -r where the verb takes it"},
    {Code::not_directory, exit_some_failed, "name a directory"},
    {Code::not_empty, exit_some_failed, "look what is in it: ls"},
    {Code::name_too_long, exit_some_failed, "give a shorter name"},
    {Code::invalid_name, exit_some_failed, "give another name"},
    {Code::outside_root, exit_denied, "name what lies inside of what is shared"},
    {Code::no_space, exit_no_space, "make room, then give the same command to go on"},
    {Code::quota, exit_no_space, "make room, then give the same command to go on"},
    {Code::busy, exit_some_failed, "try again later"},
    {Code::changed, exit_changed, "give the same command again when nobody writes to it"},
    {Code::integrity, exit_integrity, "give the same command to try again; check disks and memory if it stays"},
    {Code::io, exit_some_failed, ""},
    {Code::timed_out, exit_no_connection, "give the same command to go on"},
    {Code::disconnected, exit_no_connection, "give the same command to go on"},
    {Code::unreachable, exit_no_connection, "check that the server runs and the address is right"},
    {Code::identity, exit_identity, ""},
    {Code::cancelled, exit_interrupted, ""},
    {Code::shutting_down, exit_no_connection, "give the same command to go on when the server is back"},
    {Code::usage, exit_usage, ""},
});

static_assert(rows.size() == static_cast<std::size_t>(Code::usage) + 1);
static_assert(std::ranges::is_sorted(rows, {}, &Row::code));

const Row& row(Code code) {
  return rows[static_cast<std::size_t>(code)];
}

}  // namespace

Exit exit_code(Code code) {
  return row(code).exit;
}

bool ends_session(int exit) {
  constexpr std::array ends = {exit_no_connection, exit_identity, exit_login, exit_interrupted, exit_terminated};
  return std::ranges::find(ends, exit) != ends.end();
}

std::string_view advice(Code code) {
  return row(code).advice;
}

std::string advised(const Error& error) {
  const std::string_view help = advice(error.code);
  const bool knows_better = error.detail.find("; ") != error.detail.npos;
  return describe(error) + (help.empty() || knows_better ? "" : "; " + std::string(help));
}

}  // namespace dftp::cli
