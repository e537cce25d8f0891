// What the tests of command line and configuration share.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include "tests/unit/auth/support.h"

namespace dftp::server {

// An environment variable that has its old value again when the test is over.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ~ScopedVariable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace dftp::server
