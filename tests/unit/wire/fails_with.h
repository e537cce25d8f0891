#pragma once

#include <gtest/gtest.h>

#include "proto/wire/error.h"

namespace dftp {

template <class T>
testing::AssertionResult fails_with(const Result<T>& result, Code code) {
  if (result) return testing::AssertionFailure() << "succeeded";
  if (result.error().code == code) return testing::AssertionSuccess();
  return testing::AssertionFailure() << name_of(result.error().code) << ", " << describe(result.error());
}

}  // namespace dftp
