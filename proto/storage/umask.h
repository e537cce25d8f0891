// Rights of what is made where nobody has named a mode: the process's umask decides, as for every other program.
#pragma once

#include <cstdint>

namespace dftp {

// Of a file, 0666, and of a directory, 0777, what the umask leaves. The umask that the process had when one of these
// was called first. Thread-safe.
std::uint32_t new_file_mode();
std::uint32_t new_directory_mode();

}  // namespace dftp
