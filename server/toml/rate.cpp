#include "server/toml/rate.h"

#include "proto/wire/rate.h"

namespace dftp::server::toml {

Result<std::uint64_t> rate_in(const Value& value) {
  const auto* text = value.as<std::string>();
  const auto* number = value.as<std::int64_t>();
  const auto rate = text ? parse_rate(*text) : parse_rate(number ? std::to_string(*number) : std::string());
  if (rate) return *rate;
  return fail(Code::usage, "", "must be " + std::string(rate_words));
}

}  // namespace dftp::server::toml
