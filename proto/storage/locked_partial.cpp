#include "proto/storage/locked_partial.h"

#include <unistd.h>

#include <cerrno>

#include "proto/storage/move.h"
#include "proto/storage/partial_lock.h"
#include "proto/storage/posix_partial.h"

namespace dftp {
namespace {

class LockedPartial final : public PosixPartial {
 public:
  LockedPartial(PartialLock claim, std::string where)
      : PosixPartial(std::move(claim.file), claim.target, std::move(where)), claim_(std::move(claim)) {}
  // Nobody would go on with it.
  ~LockedPartial() override {
    if (file() >= 0 && is_empty()) (void)discard();
  }

  Result<void> discard() override {
    if (auto named = claim_.status(where()); !named) return std::unexpected(named.error());
    if (::unlinkat(target().at(), claim_.name.c_str(), 0) != 0) return fail_errno(errno, where());
    close();
    return {};
  }

 private:
  // What is in it is the target's, or nothing.
  bool is_empty() {
    if (written()) return false;
    if (!claim_.existed) return true;
    const auto known = attributes();
    return known && known->size == 0;
  }

  Result<void> take_name(const Publish& how) override {
    auto named = claim_.status(where());
    if (!named) return std::unexpected(named.error());
    if ((named->st_mode & 07777) != mode()) {
      // Another session tried to go on with this file in between (open_partial_file).
      forget_metadata();
      if (auto ready = make_ready(how); !ready) return ready;
    }
    return publish_name({target().directory, claim_.name}, target(), how, where());
  }

  const PartialLock claim_;
};

}  // namespace

Result<Storage::OpenedPartial> open_locked_partial(ParentAndName target, std::string_view owner, std::string where) {
  auto claim = lock_partial(std::move(target), owner, where);
  if (!claim) return std::unexpected(claim.error());
  const bool existed = claim->existed;
  return Storage::OpenedPartial{std::make_unique<LockedPartial>(std::move(*claim), std::move(where)), existed};
}

}  // namespace dftp
