// What can go wrong because of a peer, a disk or a user. Every fallible function returns Result<T>;
// exceptions are left for bugs and for running out of memory.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace dftp {

// The closed set of error codes: the names travel on the wire (docs/protocol/errors.md).
enum class Code {
  invalid_request,  // a well-formed frame that asks for something malformed
  protocol,         // bytes that no conforming peer sends
  unsupported,      // a command, option or file type this side does not have
  too_large,        // over a named limit (proto/wire/limits.h)
  too_many,         // a count over a named limit: sessions, transfers, open partials
  login_required,   // the command needs a login first
  login_failed,     // wrong user, password or key: never says which
  denied,           // this user, or the operating system, does not allow it
  read_only,        // the share, the user or the file system is read-only
  not_found,        // no such file or directory
  exists,           // the target is there and must not be replaced
  is_directory,     // a file was expected
  not_directory,    // a directory was expected
  not_empty,        // the directory still holds something
  name_too_long,    // a name over the file system's or the protocol's limit
  invalid_name,     // empty, ".", "..", NUL, or a name reserved for partial files
  outside_root,     // a path or link that leaves the shared root
  no_space,         // the disk is full
  quota,            // the user's quota is used up
  busy,             // someone else is uploading the same file
  changed,          // the source changed while it was read
  integrity,        // bytes arrived damaged and could not be repaired
  io,               // any other failure of disk or kernel
  timed_out,        // no answer in time
  disconnected,     // the connection ended in the middle
  unreachable,      // no connection could be made
  identity,         // the server is not the one that is known, or not known at all
  cancelled,        // stopped on request
  shutting_down,    // the server is stopping
  usage,            // a wrong command line or configuration
  special_file,     // a FIFO, socket or device in a tree: left out. A note, no failure
  time_changed,     // stored, but with the nearest time that the target keeps. A note, no failure
};

struct Error {
  Code code = Code::io;
  std::string errno_name;  // "ENOENT", or empty when no system call failed
  std::string where;       // what it happened to: a path, a host, a field; may be empty
  std::string detail;      // what happened, and where it helps what to do; no trailing full stop
};

template <class T>
using Result = std::expected<T, Error>;

std::string_view name_of(Code code);
// An unknown name (a newer peer) is Code::io.
Code code_from(std::string_view name);

// What is told of a thing with which nothing went wrong.
constexpr bool is_note(Code code) {
  return code == Code::special_file || code == Code::time_changed;
}

// "WHERE: DETAIL", fit for a person; control bytes are escaped.
std::string describe(const Error& error);

inline std::unexpected<Error> fail(Code code, std::string where, std::string detail) {
  return std::unexpected(Error{code, {}, std::move(where), std::move(detail)});
}

// The same with what was tried before it: "cannot read the key: no such file".
Error when(std::string_view tried, Error error);

// The only place where errno becomes an Error.
Error from_errno(int number, std::string where);
inline std::unexpected<Error> fail_errno(int number, std::string where) {
  return std::unexpected(from_errno(number, std::move(where)));
}

// Text made safe for a terminal or a log line: control bytes and invalid UTF-8 become \xNN.
std::string printable(std::string_view text);

}  // namespace dftp
