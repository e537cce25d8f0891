// Where small files go: the directory of the last one is held open, as the next one usually goes there too. Lives on
// the pool for the time of a batch, so that paths are resolved anew for each batch.
#pragma once

#include <memory>

#include "proto/transfer/receive_state.h"

namespace dftp {

class TargetDirectory {
 public:
  explicit TargetDirectory(const ReceiveOptions& options) : options_(options) {}

  // Of what has the file's name now; a link itself.
  Result<Attributes> stat(const ReceiveState& file);
  // Directory::make_file with the file's name.
  Result<std::unique_ptr<PartialFile>> make_file(const ReceiveState& file);

 private:
  bool holds(const ReceiveState& file) const;
  Result<void> hold(const ReceiveState& file);

  const ReceiveOptions& options_;
  std::shared_ptr<Storage> storage_;
  RemotePath path_;
  std::unique_ptr<Directory> directory_;
  bool told_ = false;  // ReceiveOptions::opened_in
};

}  // namespace dftp
