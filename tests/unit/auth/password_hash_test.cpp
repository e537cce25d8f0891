#include "server/auth/password_hash.h"

#include "tests/unit/auth/support.h"

namespace dftp::server {
namespace {

// From another implementation (Python's hashlib): "pleaseletmein", with the bytes 0 to 15 as the salt.
constexpr std::string_view known =
    "$scrypt$N=16384,r=8,p=1$AAECAwQFBgcICQoLDA0ODw==$UxYE/nON8zrmLNK5lL/j9XPtKMDZ5VR/h1tkExic5Zo=";

TEST(PasswordHash, of_another_implementation_matches) {
  const auto hash = PasswordHash::parse(known);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->matches("pleaseletmein"));
  EXPECT_FALSE(hash->matches("pleaseletmeiN"));
  EXPECT_FALSE(hash->matches(""));
  EXPECT_EQ(hash->text(), known);
}

TEST(PasswordHash, has_a_salt_of_its_own_each_time) {
  const auto first = PasswordHash::of("same").value(), second = PasswordHash::of("same").value();
  EXPECT_NE(first.text(), second.text());
  EXPECT_TRUE(first.matches("same"));
  EXPECT_TRUE(PasswordHash::parse(second.text())->matches("same"));
}

TEST(PasswordHash, of_bytes_that_are_no_text_counts_all_of_them) {
  using namespace std::string_view_literals;
  const auto hash = PasswordHash::of("a\0b\xff"sv).value();
  EXPECT_TRUE(hash.matches("a\0b\xff"sv));
  EXPECT_FALSE(hash.matches("a\0b"sv));
  EXPECT_FALSE(hash.matches("a"sv));
}

TEST(PasswordHash, of_nobody_matches_nothing) {
  for (const char* password : {"", "secret", "nobody"}) EXPECT_FALSE(PasswordHash::nobody().matches(password));
}

TEST(PasswordHash, that_is_damaged_or_costs_something_else_is_refused) {
  const std::string good(known);
  const auto replaced = [&](std::string_view what, std::string_view by) {
    return std::string(good).replace(good.find(what), what.size(), by);
  };
  const std::string bad[] = {
      "",
      "secret",
      "$scrypt$",
      "$scrypt$N=16384,r=8,p=1$",
      replaced("N=16384", "N=2"),
      replaced("N=16384", "N=99999999999"),
      replaced("p=1$", "p=1"),
      replaced("AAEC", "AAE"),
      replaced("AAEC", ""),
      replaced("UxYE", "Ux E"),
      replaced("UxYE", ""),
      good + "AAAA",
      good + "$",
      good.substr(0, good.size() - 4),
      replaced("$scrypt", "scrypt"),
  };
  for (const std::string& text : bad) EXPECT_TRUE(fails_with(PasswordHash::parse(text), Code::usage)) << text;
}

}  // namespace
}  // namespace dftp::server
