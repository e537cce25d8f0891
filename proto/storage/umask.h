// The rights of what is made: where nobody has named a mode the process's umask decides, as for every other program.
#pragma once

#include <cstdint>

namespace dftp {

// The umask that the process had when it was asked for first. Thread-safe, as the next two are.
std::uint32_t process_umask();
// Of a file, 0666, and of a directory, 0777, what it leaves.
std::uint32_t new_file_mode();
std::uint32_t new_directory_mode();

}  // namespace dftp
