// The C library's functions for characters ask the thread's locale; names are UTF-8 whatever that is.
#pragma once

#include <locale.h>

namespace dftp::cli {

// UTF-8 on this thread for as long as it lives.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    before_ = uselocale(utf8);
  }
  ~Utf8Locale() { uselocale(before_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t before_;
};

}  // namespace dftp::cli
