#include "tests/contract/storage_contract.h"

#include "proto/storage/posix_storage.h"
#include "tests/support/memory_storage.h"
#include "tests/support/temporary_directory.h"

namespace dftp {
namespace {

struct OnDisk {
  TemporaryDirectory directory;
  std::unique_ptr<Storage> storage = open_posix_storage(directory.path()).value();
};

std::shared_ptr<Storage> on_disk() {
  auto held = std::make_shared<OnDisk>();
  return {held, held->storage.get()};
}

std::shared_ptr<Storage> in_memory() {
  return make_memory_storage();
}

INSTANTIATE_TEST_SUITE_P(Posix, StorageContract, testing::Values(on_disk));
INSTANTIATE_TEST_SUITE_P(Memory, StorageContract, testing::Values(in_memory));

}  // namespace
}  // namespace dftp
