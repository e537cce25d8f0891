#include "proto/net/stream.h"

namespace dftp::net {

Task<Result<Stream::FileSent>> Stream::write_file(const FileRange&, DiskPool&) {
  co_return fail(Code::unsupported, peer(), "this connection cannot send files by itself");
}

Task<Result<void>> read_exactly(Stream& stream, MutableBytes out) {
  while (!out.empty()) {
    auto got = co_await stream.read_some(out);
    if (!got) co_return std::unexpected(got.error());
    out = out.subspan(*got);
  }
  co_return Result<void>();
}

}  // namespace dftp::net
