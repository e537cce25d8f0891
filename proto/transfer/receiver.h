// The receiving end of a transfer: decides what it needs of what is announced, verifies every leaf on arrival, asks again
// for what was damaged, and commits whole files. docs/protocol.md, section 5.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "proto/storage/storage.h"
#include "proto/transfer/engine.h"

namespace dftp {

struct Target {
  std::shared_ptr<Storage> storage;
  RemotePath path;  // of the source itself; what is beneath it goes beneath this
};

struct ReceiveOptions {
  Overwrite overwrite = Overwrite::changed;
  bool resume = true;  // false: what an earlier attempt left is thrown away
  bool md5 = false;    // `done` brings the whole MD5: compare it
  std::string owner;   // whose partials these are
};

struct Incoming;
struct Batch;
class Directories;

class Receiver final : public Engine {
 public:
  Receiver(net::Executor executor, net::DiskPool& pool, TransferEvents& events, std::vector<Target> targets,
           const ReceiveOptions& options);
  ~Receiver() override;
};

}  // namespace dftp
