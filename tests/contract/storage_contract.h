// The contract of Storage as a suite that every implementation must pass:
//   INSTANTIATE_TEST_SUITE_P(Posix, StorageContract, testing::Values(make_my_storage));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proto/storage/storage.h"

namespace dftp {

// An empty tree; whatever it stands on lives as long as the pointer.
using MakeStorage = std::function<std::shared_ptr<Storage>()>;

RemotePath at(std::string_view text);
// The name of the error's code, or "ok".
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(name_of(result.error().code));
}

// Shorthand for what most tests do; a failure fails the test.
Result<Attributes> put(Storage& storage, std::string_view path, std::string_view content, const Publish& how = {});
std::string content_of(ReadFile& file);
std::string content_of(Storage& storage, std::string_view path);
std::vector<std::string> names_in(Storage& storage, std::string_view path);
// A name with the reserved prefix.
std::string reserved_name();

class StorageContract : public testing::TestWithParam<MakeStorage> {
 protected:
  std::unique_ptr<PartialFile> begin(std::string_view path, std::string_view owner = "ada");

  std::shared_ptr<Storage> storage_ = GetParam()();
  Storage& storage = *storage_;
};

}  // namespace dftp
