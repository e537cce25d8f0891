#include "server/commands/table.h"

#include "server/commands/handlers.h"
#include "server/mount/mount_command.h"
#include "server/session/typed.h"

namespace dftp::server {
namespace {

using enum Cost;

constexpr CommandSpec table[] = {
    command<&commands::hello>(Permission::anyone, Ordering::in_order),
    command<&commands::login>(Permission::greeted, Ordering::in_order),
    command<&commands::ping>(Permission::greeted, Ordering::at_once),
    command<&commands::cancel>(Permission::read, Ordering::at_once),
    command<&commands::bye>(Permission::greeted, Ordering::at_once),

    command<&commands::echo>(Permission::read, Ordering::one_by_one),
    command<&commands::say>(Permission::talk),
    command<&commands::who>(Permission::talk, Ordering::one_by_one),

    command<&commands::list>(Permission::read, Ordering::one_by_one),
    command<&commands::stat>(Permission::read),
    command<&commands::read_link>(Permission::read),
    command<&commands::space>(Permission::read),
    command<&commands::md5_of>(Permission::read, Ordering::hashing),
    command<&commands::digests>(Permission::read, Ordering::hashing),
    command<&commands::roots_of>(Permission::read, Ordering::hashing),
    command<&commands::find>(Permission::read, Ordering::waiting),
    command<&commands::disk_usage>(Permission::read, Ordering::waiting),
    command<&commands::tail>(Permission::read, Ordering::waiting),
    command<&commands::watch>(Permission::read, Ordering::waiting),

    command<&commands::kept_times>(Permission::write),
    command<&commands::make_directory>(Permission::write),
    command<&commands::remove_directory>(Permission::write),
    command<&commands::remove>(Permission::write),
    command<&commands::rename>(Permission::write),
    command<&commands::symlink>(Permission::write),
    command<&commands::chmod>(Permission::write),
    command<&commands::utime>(Permission::write),
    command<&commands::touch>(Permission::write),
    command<&commands::copy>(Permission::write, Ordering::waiting),

    command<&commands::get>(Permission::read, Ordering::waiting),
    command<&commands::put>(Permission::write, Ordering::waiting),
    command<&commands::receipt>(Permission::write),
    command<&commands::fetch>(Permission::write, Ordering::waiting),

    command<&commands::commands_of>(Permission::read),
    command<&commands::exec>(Permission::read, Ordering::waiting),

    command<&commands::mount>(Permission::read, Ordering::in_order),
    command<&commands::remount>(Permission::read, Ordering::in_order),
    command<&commands::unmount>(Permission::read, Ordering::in_order),
    command<&commands::streams>(Permission::read),
    command<&commands::lock>(Permission::read, Ordering::waiting, "wait"),
    command<&commands::get_lock>(Permission::read),

    mount_command<&operations::lookup, small>(Permission::read),
    mount_command<&operations::readdir>(Permission::read),
    mount_command<&operations::readlink, small>(Permission::read),
    mount_command<&operations::forget>(Permission::read),
    mount_command<&operations::getattr, small>(Permission::read),
    mount_command<&operations::access, small>(Permission::read),
    mount_command<&operations::statfs>(Permission::read),
    mount_command<&operations::getxattr>(Permission::read),
    mount_command<&operations::listxattr>(Permission::read),
    mount_command<&operations::open, small>(Permission::read),
    mount_command<&operations::release, small>(Permission::read),
    mount_command<&operations::fsync>(Permission::read),
    mount_command<&operations::seek>(Permission::read),

    mount_command<&operations::mkdir, small>(Permission::write),
    mount_command<&operations::mknod, small>(Permission::write),
    mount_command<&operations::symlink, small>(Permission::write),
    mount_command<&operations::link, small>(Permission::write),
    mount_command<&operations::unlink, small>(Permission::write),
    mount_command<&operations::rmdir>(Permission::write),
    mount_command<&operations::rename>(Permission::write),
    mount_command<&operations::setattr, small>(Permission::write),
    mount_command<&operations::setxattr>(Permission::write),
    mount_command<&operations::removexattr>(Permission::write),
    mount_command<&operations::create, small>(Permission::write),
    mount_command<&operations::fallocate>(Permission::write),
    mount_command<&operations::copy_range>(Permission::write),
};

}  // namespace

std::span<const CommandSpec> command_table() {
  return table;
}

}  // namespace dftp::server
