// Jobs: uploads that are done once, however often they are asked for. What a job has stored is written down beneath the
// shared root, as a partial that is never published: hidden, locked while the job runs, collected when nobody has
// touched it for limits::partial_lifetime. So another server on the same files knows it too.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "proto/storage/storage.h"
#include "proto/transfer/events.h"

namespace dftp::server {

using OnStored = std::function<Result<void>(const RemotePath& path, const Proof& proof, const Attributes& stored)>;

// Everything blocks. Nobody else has the job while it lives and is not done.
class IdempotentUpload : public std::enable_shared_from_this<IdempotentUpload> {
 public:
  // Code::busy while it runs in another session.
  static Result<std::shared_ptr<IdempotentUpload>> open(std::shared_ptr<Storage> storage, std::string_view user,
                                                        std::string_view id);

  // It was admitted before, and has not come to its end.
  bool admitted() const { return admitted_; }
  Result<void> admit();
  // What it has stored, if it was done.
  const std::optional<Receipt>& receipt() const { return receipt_; }
  // Writes that down, and lets go of the job; holds it until then.
  OnStored on_stored();
  // It leaves no trace.
  void forget() { (void)record_->discard(); }  // of one that is not done

 private:
  IdempotentUpload(std::shared_ptr<Storage> storage, Storage::OpenedPartial opened)
      : storage_(std::move(storage)), record_(std::move(opened.file)), admitted_(opened.existed) {}
  Result<void> read(std::string_view id);
  Result<void> write(const Receipt& receipt);

  const std::shared_ptr<Storage> storage_;
  std::unique_ptr<PartialFile> record_;  // none: done
  const bool admitted_;                  // something is in the record
  std::optional<Receipt> receipt_;
};

}  // namespace dftp::server
