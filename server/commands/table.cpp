#include "server/commands/table.h"

#include "server/commands/handlers.h"
#include "server/commands/typed.h"
#include "server/mount/mount_command.h"

namespace dftp::server {
namespace {

using enum Effort;

constexpr Command table[] = {
    command<&commands::hello>(Permission::anyone, Order::in_order),
    command<&commands::login>(Permission::greeted, Order::in_order),
    command<&commands::ping>(Permission::greeted, Order::at_once),
    command<&commands::bye>(Permission::greeted, Order::at_once),

    command<&commands::echo>(Permission::read, Order::one_by_one),
    command<&commands::say>(Permission::talk),
    command<&commands::who>(Permission::talk, Order::one_by_one),

    command<&commands::list>(Permission::read, Order::one_by_one),
    command<&commands::stat>(Permission::read),
    command<&commands::read_link>(Permission::read),
    command<&commands::space>(Permission::read),
    command<&commands::md5_of>(Permission::read, Order::hashing),
    command<&commands::digests>(Permission::read, Order::hashing),
    command<&commands::roots_of>(Permission::read, Order::hashing),
    command<&commands::find>(Permission::read, Order::waiting),
    command<&commands::disk_usage>(Permission::read, Order::waiting),
    command<&commands::tail>(Permission::read, Order::waiting),
    command<&commands::watch>(Permission::read, Order::waiting),
    command<&commands::stop>(Permission::read, Order::at_once),

    command<&commands::kept_times>(Permission::write),
    command<&commands::make_directory>(Permission::write),
    command<&commands::remove_directory>(Permission::write),
    command<&commands::remove>(Permission::write),
    command<&commands::rename>(Permission::write),
    command<&commands::symlink>(Permission::write),
    command<&commands::chmod>(Permission::write),
    command<&commands::utime>(Permission::write),
    command<&commands::touch>(Permission::write),
    command<&commands::copy>(Permission::write, Order::waiting),

    command<&commands::get>(Permission::read),
    command<&commands::put>(Permission::write),
    command<&commands::receipt>(Permission::write),
    command<&commands::fetch>(Permission::write, Order::waiting),
    command<&commands::abort>(Permission::read, Order::at_once),

    command<&commands::commands_of>(Permission::read),
    command<&commands::exec>(Permission::read),

    command<&commands::mount>(Permission::read, Order::in_order),
    command<&commands::remount>(Permission::read, Order::in_order),
    command<&commands::unmount>(Permission::read, Order::in_order),
    command<&commands::streams>(Permission::read),
    command<&commands::lock>(Permission::read, Order::waiting, "wait"),
    command<&commands::get_lock>(Permission::read),
    command<&commands::cancel_wait>(Permission::read, Order::at_once),

    mount_command<&fs::lookup, small>(Permission::read),
    mount_command<&fs::read_directory>(Permission::read),
    mount_command<&fs::read_symlink, small>(Permission::read),
    mount_command<&fs::forget>(Permission::read),
    mount_command<&fs::get_attr, small>(Permission::read),
    mount_command<&fs::may_access, small>(Permission::read),
    mount_command<&fs::space>(Permission::read),
    mount_command<&fs::get_xattr>(Permission::read),
    mount_command<&fs::list_xattr>(Permission::read),
    mount_command<&fs::open, small>(Permission::read),
    mount_command<&fs::release, small>(Permission::read),
    mount_command<&fs::sync>(Permission::read),
    mount_command<&fs::seek>(Permission::read),

    mount_command<&fs::make_directory, small>(Permission::write),
    mount_command<&fs::make_node, small>(Permission::write),
    mount_command<&fs::make_symlink, small>(Permission::write),
    mount_command<&fs::make_link, small>(Permission::write),
    mount_command<&fs::unlink, small>(Permission::write),
    mount_command<&fs::remove_directory>(Permission::write),
    mount_command<&fs::move>(Permission::write),
    mount_command<&fs::set_attr, small>(Permission::write),
    mount_command<&fs::set_xattr>(Permission::write),
    mount_command<&fs::remove_xattr>(Permission::write),
    mount_command<&fs::create, small>(Permission::write),
    mount_command<&fs::allocate>(Permission::write),
    mount_command<&fs::copy_range>(Permission::write),
};

}  // namespace

std::span<const Command> command_table() {
  return table;
}

}  // namespace dftp::server
