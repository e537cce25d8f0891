// A hidden file on the server to measure with.
#pragma once

#include <string>

#include "client/cli/context.h"

namespace dftp::cli {

class ProbeFile {
 public:
  // In `directory`, under a name that nobody has.
  ProbeFile(Context& context, RemotePath directory);

  // Sends it anew with so many bytes that repeat nothing; how long it took until it was on the server's disk.
  net::Task<Result<net::Duration>> send(std::size_t bytes);
  // Fetches it, to a file that goes away at once.
  net::Task<Result<net::Duration>> fetch();
  // False: there was none.
  net::Task<Result<bool>> remove();

 private:
  Result<RemotePath> path() const { return directory_.child(name_); }

  Context& context_;
  const RemotePath directory_;
  const std::string name_;
};

}  // namespace dftp::cli
