#include "proto/wire/limits.h"
#include "proto/wire/remote_path.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path = RemotePath::parse(as_input(data, size));
  if (!path) return 0;
  require(path->names().size() <= limits::path_depth && path->absolute().size() <= limits::path_bytes);
  for (const std::string& name : path->names()) require(RemotePath().child(name).has_value());
  require(RemotePath::parse(path->absolute()) == *path);
  require(path->is_root() || RemotePath::parse(path->relative()) == *path);
  require(path->is_root() || path->parent().child(path->name()) == *path);
  return 0;
}
