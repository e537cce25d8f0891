#include "server/auth/users.h"

#include "tests/unit/auth/support.h"

namespace dftp::server {
namespace {

const std::string hash = PasswordHash::nobody().text();

TEST(UserName, is_short_and_plain) {
  for (const char* name : {"a", "alice", "Alice.B_c-9", "-", "0"}) EXPECT_TRUE(is_user_name(name)) << name;
  EXPECT_TRUE(is_user_name(std::string(64, 'a')));
  for (const std::string& name :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a/b"), std::string("x@y"),
        std::string("\xc3\xa9"), std::string("a\0b", 3), std::string("anonymous")}) {
    EXPECT_FALSE(is_user_name(name)) << name;
  }
}

TEST(Users, are_read_with_all_they_have) {
  const auto users = parse_users(
      "[[user]]\nname = \"alice\"\npassword = \"" + hash +
          "\"\nhome = \"a/b\"\nread_only = true\nact_as = true\nlimit_rate = \"1K\"\nuid = 4294967295\nkeys = [\"" +
          std::string(fixed_key) + "\"]\n\n[[user]]\nname = \"bob\"\n",
      "f");
  ASSERT_TRUE(users) << describe(users.error());
  ASSERT_EQ(users->size(), 2u);
  const User& alice = users->front();
  EXPECT_EQ(alice.name, "alice");
  EXPECT_EQ(alice.password->text(), hash);
  EXPECT_EQ(alice.home.absolute(), "/a/b");
  EXPECT_TRUE(alice.read_only && alice.act_as);
  EXPECT_EQ(alice.limit_rate, 1024u);
  EXPECT_EQ(alice.uid, 4294967295u);
  ASSERT_EQ(alice.keys.size(), 1u);
  EXPECT_EQ(alice.keys[0].text(), fixed_key);
  const User& bob = *find_user(*users, "bob");
  EXPECT_FALSE(bob.password || bob.read_only || bob.act_as || bob.uid);
  EXPECT_TRUE(bob.home.is_root() && bob.keys.empty());
  EXPECT_EQ(find_user(*users, "carol"), nullptr);
}

TEST(Users, read_again_what_they_wrote) {
  User odd = user_named("odd.one");
  odd.home = RemotePath::parse("q\"uo\\te/日本/tab\there/del\x7f").value();
  odd.read_only = true;
  odd.act_as = true;
  odd.limit_rate = 5000;
  odd.uid = 0;
  odd.keys = {PublicKey::parse(fixed_key).value(), PublicKey::parse(fixed_key).value()};
  odd.keys[1].comment = "say \"hi\" \\o/";
  const Users before = {user_named("first"), odd};
  const auto after = parse_users(text_of(before), "f");
  ASSERT_TRUE(after) << describe(after.error());
  EXPECT_EQ(text_of(*after), text_of(before));
  EXPECT_EQ(after->at(1).home, odd.home);
  EXPECT_EQ(after->at(1).limit_rate, 5000u);
  EXPECT_EQ(after->at(1).uid, 0u);
  EXPECT_TRUE(after->at(1).act_as);
  EXPECT_EQ(after->at(1).keys.at(1).comment, "say \"hi\" \\o/");
}

TEST(Users, nobody_is_fine_too) {
  EXPECT_TRUE(parse_users("", "f")->empty());
  EXPECT_TRUE(parse_users(text_of(Users()), "f")->empty());
}

struct Broken {
  std::string text;
  std::string_view place;
};

TEST(Users, one_mistake_breaks_the_file_and_is_named_with_its_line) {
  const std::string alice = "[[user]]\nname = \"alice\"\n";
  const Broken broken[] = {
      {alice + "colour = \"red\"\n", "f:3"},
      {alice + "password = \"secret\"\n", "f:3"},
      {alice + "password = 5\n", "f:3"},
      {alice + "home = \"../up\"\n", "f:3"},
      {alice + "home = true\n", "f:3"},
      {alice + "read_only = \"yes\"\n", "f:3"},
      {alice + "act_as = 1\n", "f:3"},
      {alice + "limit_rate = \"fast\"\n", "f:3"},
      {alice + "uid = -1\n", "f:3"},
      {alice + "uid = 4294967296\n", "f:3"},
      {alice + "uid = 1.5\n", "f:3"},
      {alice + "keys = \"" + std::string(fixed_key) + "\"\n", "f:3"},
      {alice + "keys = [\"ssh-rsa AAAA\"]\n", "f:3"},
      {alice + "keys = [1]\n", "f:3"},
      {alice + "\n" + alice, "f:4"},
      {alice + "uid = 7\n[[user]]\nname = \"bob\"\nuid = 7\n", "f:4"},
      {"\n[[user]]\nhome = \"a\"\n", "f:2"},
      {"[[user]]\nname = \"a b\"\n", "f:2"},
      {"[[user]]\nname = \"anonymous\"\n", "f:2"},
      {"[user]\nname = \"alice\"\n", "f:1"},
      {"[[users]]\nname = \"alice\"\n", "f:1"},
      {alice + "[extra]\n", "f:3"},
      {"user = [1]\n", "f:1"},
      {"user = 1\n", "f:1"},
      {alice + "home = \"a\n", "f:3"},
      {alice + "name = \"bob\"\n", "f:3"},
      {"\xff\xfe", "f:1"},
      {alice + std::string("home = \"a\0b\"\n", 13), "f:3"},
  };
  for (const auto& [text, place] : broken) {
    const auto users = parse_users(text, "f");
    ASSERT_TRUE(fails_with(users, Code::usage)) << text;
    EXPECT_EQ(users.error().where, place) << text;
    EXPECT_FALSE(users.error().detail.empty()) << text;
  }
}

}  // namespace
}  // namespace dftp::server
