// Aborts the kernel's connection of a mount when the process that serves it is killed.
//
// The kernel does so by itself when the last thread of the process has ended. A thread that tells the kernel of a
// changed name waits there for the lock of the directory, whatever signal comes; the program that holds the lock waits
// for an answer of this process. Without the abort both wait for ever.
#pragma once

#include <string>

namespace dftp::mount {

// Forks a process that waits for the end of the calling thread and then aborts the connection of the mount with this
// device ("0:52"); where the connection is gone already, that does nothing. The calling thread must be one that ends
// at once when the process is killed. Does nothing where this user may not abort the connection.
void watch_for_death(const std::string& device);

}  // namespace dftp::mount
