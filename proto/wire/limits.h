// Everything a peer can make grow, with the reason for the number. Checked before anything is allocated.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace dftp::limits {

using namespace std::chrono_literals;

// Control frames. What comes before the login is short.
inline constexpr std::uint32_t frame_before_login = 64 * 1024;
// After login a frame may carry a page of names or digests.
inline constexpr std::uint32_t frame_after_login = 1024 * 1024;
// The deepest message has four levels; a recursive parser must not be led further.
inline constexpr std::size_t json_depth = 16;

// Names and paths: Linux's NAME_MAX and PATH_MAX.
inline constexpr std::size_t name_bytes = 255;
inline constexpr std::size_t path_bytes = 4096;
// A walk keeps one open directory a level.
inline constexpr std::size_t path_depth = 256;

// Blocks. A leaf is the unit of verification; sixteen leaves fill the SIMD lanes and stay in L2.
inline constexpr std::uint64_t leaf_bytes = 64 * 1024;
inline constexpr std::size_t digest_bytes = 16;
inline constexpr std::size_t leaves_per_block = 16;
inline constexpr std::uint64_t block_data_bytes = leaf_bytes * leaves_per_block;
inline constexpr std::uint32_t block_payload =
    static_cast<std::uint32_t>(block_data_bytes + leaves_per_block * digest_bytes);
// JSON inside a block: an error may name a path, of which each byte may need an escape of six.
inline constexpr std::uint32_t block_json = 64 * 1024;
// Of an `alive` block: four numbers with their names.
inline constexpr std::uint32_t alive_json = 256;
// A `zero` block stands for at most so many bytes, 4 GiB: each of its leaves is work for the receiver, and 1 MiB of
// digests for the sender in all.
inline constexpr std::uint64_t zero_run_bytes = 65536 * leaf_bytes;
// off_t is signed.
inline constexpr std::uint64_t file_bytes = INT64_MAX;

// Bytes a server remembers digests of leaves in: of 256 GiB of files.
inline constexpr std::size_t digest_cache = 64 * 1024 * 1024;

// A sender announces at most so many files that the receiver has not settled (stored, skipped, refused).
inline constexpr std::size_t unsettled_files = 4096;
// Ranges asked for with digests that are not yet answered: 256 MiB, more than a 10 Gbit/s, 200 ms path holds.
inline constexpr std::size_t digest_wants = 256;
// Large files a receiver has begun and not finished; with pipes and damaged small files twice as many. Two descriptors
// each, below the usual 1024.
inline constexpr std::size_t open_partials = 128;
// Files a sender keeps open, but for those that it is reading: one descriptor each.
inline constexpr std::size_t open_files = 128;
// Answers that a receiver has not sent yet. Before it takes in more it waits for the sender to read them.
inline constexpr std::size_t unsent_answers = 1024 * 1024;
// A damaged leaf is asked for again so often before the file is given up.
inline constexpr int repair_attempts = 5;
// Damaged leaves of one file that are on their way again: more than that and the line is no good.
inline constexpr std::size_t damaged_leaves = 4096;
// Leaf digests that arrived out of order and wait for those before them (16 bytes each, 1 MiB in all).
inline constexpr std::size_t pending_digests = 65536;

// With the longest paths they fill a frame.
inline constexpr std::size_t sources_per_request = 256;
// Feeds of a session: a walk keeps one open directory a level, and each some memory.
inline constexpr std::size_t feeds_per_session = 8;
// What a session's client has not taken in yet; a feed sends no more before that.
inline constexpr std::size_t feed_unread = 256 * 1024;
// Patterns of what a `find` leaves out: each name is compared with all of them.
inline constexpr std::size_t find_rules_bytes = 16 * 1024;
// Files of several names that `du` knows again; past that each name counts.
inline constexpr std::size_t linked_files = 65536;
// Directories that one `watch` follows.
inline constexpr std::size_t watched_directories = 4096;
// Changes that are kept while a client does not take them in; past that it is told that some are lost.
inline constexpr std::size_t kept_changes = 4096;
// Past that more connections fill no link better, and each takes some megabytes at both ends.
inline constexpr std::size_t streams_per_transfer = 16;
inline constexpr std::size_t transfers_per_session = 16;
// Requests of a session that are not answered. Enough to fill a long link with small ones.
inline constexpr std::size_t requests_in_flight = 64;
// Whole files that are hashed for a session at a time. Its further requests for an MD5 wait.
inline constexpr std::size_t hashed_files = 4;
// A page fits a frame; one of long names ends where the frame is full.
inline constexpr std::size_t list_page = 4096;
inline constexpr std::size_t digests_page = 16384;
// A descriptor each, of the 524,288 that a service may usually have.
inline constexpr std::size_t sessions = 20000;
// Connections that have not said who they are, all together: ten thousand clients that come back at once find room.
inline constexpr std::size_t unknown_connections = 12000;

// Mounts. A read or write carries at most so many bytes: what the kernel asks of a file system at a time.
inline constexpr std::uint64_t mount_io_bytes = 1024 * 1024;
inline constexpr std::uint32_t mount_payload =
    static_cast<std::uint32_t>(mount_io_bytes + mount_io_bytes / leaf_bytes * digest_bytes);
// What `fs.open` may bring along: a small file whole, and no frame grows much by it.
inline constexpr std::uint32_t mount_inline_bytes = 64 * 1024;
// A mount that has lost its session, with its handles and locks: what a suspended or rerouted client needs to come
// back.
inline constexpr auto mount_grace = 90s;
inline constexpr std::size_t mounts = 1024;
inline constexpr std::size_t mounts_per_user = 256;
// About 200 bytes each. A kernel that has walked a large tree knows all of its files until it needs the memory.
inline constexpr std::size_t mount_nodes = 4 * 1024 * 1024;
// One descriptor each, as many as a program may usually open, some times.
inline constexpr std::size_t mount_handles = 16384;
// Descriptors of nodes that are kept to be used again, and those of removed files that are still known.
inline constexpr std::size_t mount_kept_descriptors = 1024;
inline constexpr std::size_t mount_removed_nodes = 16384;
// One descriptor each.
inline constexpr std::size_t mount_lock_owners = 4096;
// Ranges of all owners of a mount: 24 bytes here and some 200 in the kernel, and each request goes through those of its
// owner.
inline constexpr std::size_t mount_lock_ranges = 16384;
// Requests of a session that wait for somebody else, as for a lock or the end of a transfer; they do not count as
// requests in flight.
inline constexpr std::size_t waiting_requests = 256;
// Replies that are kept until they are acknowledged: those of one flight, some times; only `fs.open` has a large one.
inline constexpr std::size_t mount_kept_replies = 1024;
// Reads and writes on a data connection without an answer: a long link full of large ones, or many small.
inline constexpr std::size_t mount_requests = 256;
inline constexpr std::size_t mount_bytes_in_flight = 16 * 1024 * 1024;
// Events that are kept for a session that comes back, and names that one event carries.
inline constexpr std::size_t mount_kept_events = 4096;
inline constexpr std::size_t mount_event_names = 256;
// Directories and open files that are watched for local changes, all sessions together; the kernel keeps about 1 KiB
// each.
inline constexpr std::size_t watches = 65536;
// A page of a directory. In bytes it is a part of a frame, as a session may have one in each request in flight.
inline constexpr std::size_t mount_page = 2048;
inline constexpr std::size_t mount_page_bytes = 256 * 1024;
// Linux's XATTR_SIZE_MAX and XATTR_LIST_MAX.
inline constexpr std::size_t xattr_bytes = 64 * 1024;
// Supplementary groups of a caller: more than any system has by default (NGROUPS_MAX is 65,536).
inline constexpr std::size_t caller_groups = 1024;
// One `fs.copy_range` copies so much at most, so that it does not hold a disk thread for long.
inline constexpr std::uint64_t copy_range_bytes = 64 * 1024 * 1024;

// Conversation. What `echo` sends back: enough to fill a packet or forty.
inline constexpr std::size_t echo_bytes = 64 * 1024;
// A message is a line for people.
inline constexpr std::size_t message_bytes = 1024;
// Messages of a user, whatever their sessions: as many as somebody can type, and nobody can flood the others with.
inline constexpr std::size_t messages_a_minute = 60;
// With so much unread by its client, a session gets no further messages.
inline constexpr std::size_t unread_messages = 256 * 1024;
// Sessions in an answer of `who`, which fill half a frame when every byte of what clients call themselves is escaped.
inline constexpr std::size_t who_page = 256;

// Remote commands. A block of input or output: what a pipe holds.
inline constexpr std::uint32_t exec_payload = 64 * 1024;
// Input that has come and that the command has not read yet.
inline constexpr std::size_t exec_input = 256 * 1024;
// Words for a command; one alone may not pass Linux's MAX_ARG_STRLEN.
inline constexpr std::size_t exec_arguments = 256;
inline constexpr std::size_t exec_argument_bytes = 64 * 1024;
// Two processes and four descriptors each.
inline constexpr std::size_t commands_per_session = 8;
inline constexpr std::size_t commands = 256;

// Finding servers. A question has exactly so many bytes, and no answer has more: nobody gains by asking in another's
// name.
inline constexpr std::size_t discovery_question = 1024;
inline constexpr std::size_t announced_name = 64;
// Questions that are answered in a second: of one address, of so many addresses, in all.
inline constexpr std::size_t discovery_per_source = 10;
inline constexpr std::size_t discovery_sources = 1024;
inline constexpr std::size_t discovery_in_all = 100;

// From accept to login, and from accept to attach: long enough for a person's slow link, too short to hoard.
inline constexpr auto before_login = 30s;
inline constexpr auto ticket_lifetime = 30s;
// Guessing passwords: a wrong one costs a second, and five of them the connection.
inline constexpr int failed_logins = 5;
inline constexpr auto failed_login_delay = 1s;
// A session without request or transfer. The client reconnects by itself when it is needed again.
inline constexpr auto session_idle = 1h;
// A control connection in the middle of a frame.
inline constexpr auto frame_complete = 30s;
// A data connection on which nothing moves; both sides send `alive` blocks in between.
inline constexpr auto data_idle = 60s;
inline constexpr auto alive_interval = 10s;
// How long a transfer lasts before an end tells what held it up, for the first time and at most between any two times.
inline constexpr auto stalls_first = 100ms, stalls_interval = 1000ms;
// A partial that nobody resumed.
inline constexpr auto partial_lifetime = 24h * 7;

}  // namespace dftp::limits
