// Of which file systems the kernel tells all that is done to their files.
#pragma once

namespace dftp::server {

// A known one on this machine's own disks or memory: nobody changes it but through this kernel.
// False for network file systems, FUSE, overlays (whose layers may be changed past them), and what
// is not known.
bool is_on_local_disk(int descriptor);

// Also an overlay: to ask it takes no longer.
bool is_local(int descriptor);

}  // namespace dftp::server
