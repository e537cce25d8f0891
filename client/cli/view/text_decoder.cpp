#include "client/cli/view/text_decoder.h"

#include <iconv.h>

#include <array>
#include <cerrno>
#include <utility>

namespace dftp::cli {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

}  // namespace

void TextDecoder::Close::operator()(void* descriptor) const {
  ::iconv_close(descriptor);
}

Result<TextDecoder> TextDecoder::from(const std::string& encoding) {
  const iconv_t descriptor = ::iconv_open("UTF-8", encoding.c_str());
  if (descriptor == reinterpret_cast<iconv_t>(-1)) {
    return fail(Code::usage, encoding, "no encoding of that name is known here; iconv -l lists them");
  }
  return TextDecoder(descriptor);
}

std::string TextDecoder::decode(std::string_view bytes) {
  held_ += bytes;
  std::string out;
  char* in = held_.data();
  std::size_t left = held_.size();
  while (left > 0) {
    std::array<char, 4096> buffer;
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t done = ::iconv(descriptor_.get(), &in, &left, &to, &room);
    const int number = errno;
    out.append(buffer.data(), buffer.size() - room);
    if (done != static_cast<std::size_t>(-1) || number == E2BIG) continue;
    if (number == EINVAL) break;  // not whole yet
    out += replacement;
    ++in;
    --left;
  }
  held_.erase(0, held_.size() - left);
  return out;
}

std::string TextDecoder::finish() {
  return std::exchange(held_, {}).empty() ? std::string() : std::string(replacement);
}

std::size_t whole_utf8(std::string_view text) {
  // The last byte that begins a character, at most three before the end.
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const std::size_t wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return wanted > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace dftp::cli
