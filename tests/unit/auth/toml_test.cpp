#include "server/toml/toml.h"

#include "tests/unit/auth/support.h"

namespace dftp::server {
namespace {

TEST(Toml, values_know_their_kind_and_line) {
  const auto table =
      toml::parse("text = \"a\"\n\nnumber = -7\nflag = true\nlist = [1,\n  \"b\"]\n[deep.er]\nx = 1.5\n", "f");
  ASSERT_TRUE(table) << describe(table.error());
  ASSERT_EQ(table->size(), 5u);
  EXPECT_EQ(table->at(0).key, "text");
  EXPECT_EQ(*table->at(0).value.as<std::string>(), "a");
  EXPECT_EQ(*table->at(1).value.as<std::int64_t>(), -7);
  EXPECT_EQ(table->at(1).value.line, 3u);
  EXPECT_TRUE(*table->at(2).value.as<bool>());
  const auto& list = *table->at(3).value.as<toml::Array>();
  EXPECT_EQ(*list.at(1).as<std::string>(), "b");
  EXPECT_EQ(list.at(1).line, 6u);
  const auto& deep = *table->at(4).value.as<toml::Table>();
  const auto& deeper = *deep.at(0).value.as<toml::Table>();
  EXPECT_NE(deeper.at(0).value.as<toml::Other>(), nullptr);
}

TEST(Toml, members_come_in_the_order_of_their_lines) {
  const auto table = toml::parse("z = 1\na = 2\nm = 3\n", "f").value();
  EXPECT_EQ(table.at(0).key, "z");
  EXPECT_EQ(table.at(1).key, "a");
  EXPECT_EQ(table.at(2).key, "m");
}

TEST(Toml, that_is_none_is_refused_with_file_and_line) {
  const std::string deep(10000, '[');
  for (const std::string& text :
       {std::string("\n\nx = \n"), "\n\nx = " + deep, std::string("\n\nx"), std::string("\n\nx = 99999999999999999999"),
        std::string("a=1\n\na=2"), std::string("\n\nx = 1979-05-27T/7:32:00Z"), std::string("\n\nx = \xc3\xa9"),
        std::string("\n\nx = 0\xd0\xa1")}) {
    const auto table = toml::parse(text, "dir/f");
    ASSERT_TRUE(fails_with(table, Code::usage)) << text;
    EXPECT_EQ(table.error().where, "dir/f:3") << text;
  }
}

TEST(Toml, quoted_text_reads_back) {
  std::string text = "\"\\ \xe6\x97\xa5 \xf0\x9f\x98\x80 ' #";
  for (char c = 0; c < 0x20; ++c) text += c;
  text += '\x7f';
  const auto table = toml::parse("x = " + toml::quoted(text), "f");
  ASSERT_TRUE(table) << describe(table.error());
  EXPECT_EQ(*table->at(0).value.as<std::string>(), text);
}

}  // namespace
}  // namespace dftp::server
