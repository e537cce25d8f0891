// Where an exception becomes an error. Only what runs out of memory, and bugs, throw here: of either, what was being
// done fails, and nothing else.
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "proto/wire/error.h"

namespace dftp {

// Of the exception that is being handled: call it in a catch block.
inline Error error_from_exception() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {Code::too_large, {}, {}, "needs more memory than there is"};
  } catch (const std::length_error&) {
    return {Code::too_large, {}, {}, "needs more memory than there can be"};
  } catch (const std::exception& error) {
    return {Code::io, {}, {}, std::string("an unexpected failure: ") + error.what()};
  } catch (...) {
    return {Code::io, {}, {}, "an unexpected failure"};
  }
}

// What `work` returns, a Result.
template <class Work>
auto caught(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    return std::unexpected(error_from_exception());
  }
}

}  // namespace dftp
