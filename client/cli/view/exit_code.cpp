#include "client/cli/view/exit_code.h"

#include <algorithm>
#include <array>

#include "proto/storage/standard_descriptors.h"

namespace dftp::cli {
namespace {

struct Row {
  Code code;
  Exit exit;
};

// In the order of Code.
constexpr auto rows = std::to_array<Row>({
    {Code::invalid_request, exit_some_failed},
    {Code::protocol, exit_no_connection},
    {Code::unsupported, exit_some_failed},
    {Code::too_large, exit_some_failed},
    {Code::too_many, exit_some_failed},
    {Code::login_required, exit_login},
    {Code::login_failed, exit_login},
    {Code::denied, exit_denied},
    {Code::read_only, exit_denied},
    {Code::not_found, exit_not_found},
    {Code::exists, exit_exists},
    {Code::is_directory, exit_some_failed},
    {Code::not_directory, exit_some_failed},
    {Code::not_empty, exit_some_failed},
    {Code::name_too_long, exit_some_failed},
    {Code::invalid_name, exit_some_failed},
    {Code::outside_root, exit_denied},
    {Code::no_space, exit_no_space},
    {Code::quota, exit_no_space},
    {Code::busy, exit_some_failed},
    {Code::changed, exit_changed},
    {Code::integrity, exit_integrity},
    {Code::io, exit_some_failed},
    {Code::timed_out, exit_no_connection},
    {Code::disconnected, exit_no_connection},
    {Code::unreachable, exit_no_connection},
    {Code::identity, exit_identity},
    {Code::cancelled, exit_interrupted},
    {Code::shutting_down, exit_no_connection},
    {Code::usage, exit_usage},
    {Code::special_file, exit_ok},
    {Code::time_changed, exit_ok},
});

static_assert(rows.size() == static_cast<std::size_t>(Code::time_changed) + 1);
static_assert(std::ranges::is_sorted(rows, {}, &Row::code));

const Row& row(Code code) {
  return rows[static_cast<std::size_t>(code)];
}

}  // namespace

Exit exit_code(Code code) {
  return row(code).exit;
}

Exit exit_code(const Error& error) {
  return reader_has_gone(error) ? exit_no_connection : exit_code(error.code);
}

bool ends_session(int exit) {
  constexpr std::array ends = {exit_no_connection, exit_identity, exit_login, exit_interrupted, exit_terminated};
  return std::ranges::find(ends, exit) != ends.end();
}

}  // namespace dftp::cli
