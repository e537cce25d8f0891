// Text in some encoding as UTF-8, piece by piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp::cli {

class TextDecoder {
 public:
  // `encoding` by its name for iconv(3). Code::usage when there is none of that name.
  static Result<TextDecoder> from(const std::string& encoding);

  // What can be said of the text so far; a character that is not whole waits for its rest. What is no character becomes
  // U+FFFD.
  std::string decode(std::string_view bytes);
  // The rest, at the end of the text.
  std::string finish();

 private:
  struct Close {
    void operator()(void* descriptor) const;
  };
  explicit TextDecoder(void* descriptor) : descriptor_(descriptor) {}

  std::unique_ptr<void, Close> descriptor_;
  std::string held_;
};

// How many bytes of `text` there are before a UTF-8 character that is not whole yet.
std::size_t whole_utf8(std::string_view text);

}  // namespace dftp::cli
