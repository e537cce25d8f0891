#include "proto/wire/feed.h"

#include "proto/wire/enum_words.h"

namespace dftp {
namespace {

constexpr EnumWords<Tailed::What, 4> tailed_words{{{Tailed::What::data, "data"},
                                                   {Tailed::What::truncated, "truncated"},
                                                   {Tailed::What::replaced, "replaced"},
                                                   {Tailed::What::removed, "removed"}}};
constexpr EnumWords<Happened, 4> happened_words{{{Happened::made, "made"},
                                                 {Happened::removed, "removed"},
                                                 {Happened::content, "content"},
                                                 {Happened::attributes, "attributes"}}};

}  // namespace

std::string_view name_of(Tailed::What what) {
  return word_of(tailed_words, what);
}
std::optional<Tailed::What> parse_enum(std::string_view text, Tailed::What) {
  return value_of(tailed_words, text);
}

std::string_view name_of(Happened what) {
  return word_of(happened_words, what);
}
std::optional<Happened> parse_enum(std::string_view text, Happened) {
  return value_of(happened_words, text);
}

}  // namespace dftp
