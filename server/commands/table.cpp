#include "server/commands/table.h"

#include "server/commands/handlers.h"
#include "server/commands/typed.h"

namespace dftp {
namespace {

constexpr Command table[] = {
    command<&commands::hello>(Permission::anyone, Order::in_order),
    command<&commands::login>(Permission::greeted, Order::in_order),
    command<&commands::ping>(Permission::greeted),
    command<&commands::bye>(Permission::greeted, Order::in_order),

    command<&commands::list>(Permission::read, Order::one_by_one),
    command<&commands::stat>(Permission::read),
    command<&commands::read_link>(Permission::read),
    command<&commands::space>(Permission::read),
    command<&commands::md5_of>(Permission::read),
    command<&commands::digests>(Permission::read, Order::one_by_one),

    command<&commands::make_directory>(Permission::write),
    command<&commands::remove_directory>(Permission::write),
    command<&commands::remove>(Permission::write),
    command<&commands::rename>(Permission::write),
    command<&commands::symlink>(Permission::write),
    command<&commands::chmod>(Permission::write),
    command<&commands::utime>(Permission::write),

    command<&commands::get>(Permission::read),
    command<&commands::put>(Permission::write),
    command<&commands::abort>(Permission::read),
};

}  // namespace

std::span<const Command> command_table() {
  return table;
}

}  // namespace dftp
