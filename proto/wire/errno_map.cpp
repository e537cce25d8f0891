#include <string.h>

#include <cerrno>

#include "proto/wire/error.h"

namespace dftp {
namespace {

struct Row {
  int number;
  Code code;
};

// What is not here is Code::io; its name and the system's words for it travel in any case.
constexpr Row rows[] = {
    {ENOENT, Code::not_found},
    {EEXIST, Code::exists},
    {EISDIR, Code::is_directory},
    {ENOTDIR, Code::not_directory},
    {ENOTEMPTY, Code::not_empty},
    {ENAMETOOLONG, Code::name_too_long},
    {EILSEQ, Code::invalid_name},  // a file system that takes only well-formed names
    {EXDEV, Code::outside_root},   // openat2's word for a path that leaves RESOLVE_BENEATH
    {EACCES, Code::denied},
    {EPERM, Code::denied},
    {EROFS, Code::read_only},
    {ENOSPC, Code::no_space},
    {EDQUOT, Code::quota},
    {EFBIG, Code::too_large},
    {EOVERFLOW, Code::too_large},
    {EMFILE, Code::too_many},
    {ENFILE, Code::too_many},
    {EMLINK, Code::too_many},
    {EBUSY, Code::busy},
    {ETXTBSY, Code::busy},
    {EOPNOTSUPP, Code::unsupported},
    {ENOSYS, Code::unsupported},
    {ETIMEDOUT, Code::timed_out},
    {ECONNRESET, Code::disconnected},
    {ECONNABORTED, Code::disconnected},
    {ENOTCONN, Code::disconnected},
    {ECONNREFUSED, Code::unreachable},
    {EHOSTUNREACH, Code::unreachable},
    {EHOSTDOWN, Code::unreachable},
    {ENETUNREACH, Code::unreachable},
    {ENETDOWN, Code::unreachable},
    {EADDRNOTAVAIL, Code::unreachable},
    {ECANCELED, Code::cancelled},
};

Code code_of(int number) {
  for (const Row& row : rows)
    if (row.number == number) return row.code;
  return Code::io;
}

}  // namespace

Error when(std::string_view tried, Error error) {
  error.detail = std::string(tried) + ": " + error.detail;
  return error;
}

Error from_errno(int number, std::string where) {
  const char* name = strerrorname_np(number);
  const char* words = strerrordesc_np(number);  // unlike strerror: the same in every locale, and thread-safe
  return {code_of(number), name ? name : "", std::move(where),
          words ? words : "unknown system error " + std::to_string(number)};
}

}  // namespace dftp
