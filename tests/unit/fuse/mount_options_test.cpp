#include "fuse/mount_options.h"

#include <gtest/gtest.h>

namespace dftp::mount {
namespace {

Result<MountOptions> parse(const std::vector<std::string>& words, std::string_view program = "dftp-mount") {
  return parse_mount_options(program, words);
}

TEST(MountOptions, SourceAndDirectory) {
  const auto options = parse({"dftp://anna@example.org:99/a/b", "/mnt"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->source.endpoint.host, "example.org");
  EXPECT_EQ(options->source.user, "anna");
  EXPECT_EQ(options->source.path.absolute(), "/a/b");
  EXPECT_EQ(options->directory, "/mnt");
  EXPECT_FALSE(options->checks_permissions());
}

TEST(MountOptions, SchemeMayBeLeftOut) {
  EXPECT_EQ(parse({"anna@example.org/a", "/mnt"})->source.text(), "dftp://anna@example.org/a");
}

TEST(MountOptions, EveryOptionStandsBehindDashesAndInTheList) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"h", "d", "--password-file", "/p", "--timeout=5", "--uid", "7", "--umask", "027", "--allow-other",
            "--hard"},
           {"h", "d", "-o", "password_file=/p,timeout=5,uid=7", "-o", "umask=027,allow_other,hard"},
           {"-opassword_file=/p,timeout=5,uid=7,umask=027,allow_other,hard", "h", "d"}}) {
    const auto options = parse(words);
    ASSERT_TRUE(options) << describe(options.error());
    EXPECT_EQ(options->password_file, "/p");
    EXPECT_EQ(options->timeout, Seconds(5));
    EXPECT_EQ(options->uid, 7u);
    EXPECT_EQ(options->umask, 027u);
    EXPECT_TRUE(options->allow_other);
    EXPECT_TRUE(options->checks_permissions());
    EXPECT_TRUE(options->hard);
  }
}

TEST(MountOptions, WordsOfOtherReadersAreIgnored) {
  const auto options =
      parse({"h", "d", "-o", "auto,noauto,user,users,owner,_netdev,nofail,x-systemd.automount,defaults,comment=a b"});
  ASSERT_TRUE(options) << describe(options.error());
  EXPECT_TRUE(options->kernel.empty());
}

TEST(MountOptions, WordsOfTheKernelArePassedOn) {
  EXPECT_EQ(parse({"h", "d", "-o", "nosuid,nodev,noexec,noatime,sync,dirsync"})->kernel,
            (std::vector<std::string>{"nosuid", "nodev", "noexec", "noatime", "sync", "dirsync"}));
}

TEST(MountOptions, WhatMountKnowsForEveryFileSystemIsTaken) {
  for (const std::string word : {"async",
                                 "atime",
                                 "noatime",
                                 "auto",
                                 "noauto",
                                 "defaults",
                                 "dev",
                                 "nodev",
                                 "diratime",
                                 "nodiratime",
                                 "dirsync",
                                 "exec",
                                 "noexec",
                                 "group",
                                 "iversion",
                                 "noiversion",
                                 "mand",
                                 "nomand",
                                 "_netdev",
                                 "nofail",
                                 "relatime",
                                 "norelatime",
                                 "strictatime",
                                 "nostrictatime",
                                 "lazytime",
                                 "nolazytime",
                                 "suid",
                                 "nosuid",
                                 "silent",
                                 "loud",
                                 "owner",
                                 "remount",
                                 "ro",
                                 "rw",
                                 "sync",
                                 "user",
                                 "nouser",
                                 "users",
                                 "X-mount.mkdir",
                                 "x-systemd.automount",
                                 "nonempty",
                                 "context=system_u:object_r:tmp_t:s0"}) {
    EXPECT_TRUE(parse({"h", "d", "-o", word})) << word;
  }
  EXPECT_TRUE(parse({"h", "d", "-o", "remount,ro"})->remount);
  EXPECT_EQ(parse({"h", "d", "-o", "context=a:b"})->kernel, std::vector<std::string>{"context=a:b"});
}

TEST(MountOptions, WhatCannotBeHadIsRefusedWithTheReason) {
  for (const std::string word : {"nosymfollow", "bind", "loop", "allow_root"}) {
    const auto options = parse({"h", "d", "-o", word});
    ASSERT_FALSE(options) << word;
    EXPECT_EQ(options.error().where, "-o " + word);
    EXPECT_EQ(options.error().detail.find("unknown"), std::string::npos);
  }
}

TEST(MountOptions, UsersAndGroupsHaveNames) {
  const auto options = parse({"h", "d", "-o", "uid=root,gid=root,fmask=133,dmask=022"});
  ASSERT_TRUE(options) << describe(options.error());
  EXPECT_EQ(options->uid, 0u);
  EXPECT_EQ(options->gid, 0u);
  EXPECT_EQ(options->fmask, 0133u);
  EXPECT_EQ(options->dmask, 022u);
}

TEST(MountOptions, LaterOfRoAndRwCounts) {
  EXPECT_TRUE(parse({"h", "d", "-o", "rw,ro"})->read_only);
  EXPECT_FALSE(parse({"h", "d", "-o", "ro,rw"})->read_only);
}

TEST(MountOptions, BackslashTakesACommaIntoAValue) {
  EXPECT_EQ(parse({"h", "d", "-o", "password_file=/a\\,b,ro"})->password_file, "/a,b");
}

TEST(MountOptions, LettersOfMountAreTakenFromMountOnly) {
  const auto helper = parse({"h", "d", "-sfnv", "-N", "/proc/1/ns/mnt", "-o", "rw"}, "/sbin/mount.fuse.dftp");
  ASSERT_TRUE(helper) << describe(helper.error());
  EXPECT_TRUE(helper->fake);
  EXPECT_FALSE(helper->foreground);
  EXPECT_TRUE(parse({"h", "d", "-f"})->foreground);
  EXPECT_FALSE(parse({"h", "d", "-s"}));
}

TEST(MountOptions, StatusTakesADirectory) {
  const auto options = parse({"--status", "/mnt"});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->status);
  EXPECT_EQ(options->directory, "/mnt");
}

TEST(MountOptions, WhatIsWrongIsSaid) {
  const std::pair<std::vector<std::string>, std::string> rows[] = {
      {{}, ""},
      {{"h"}, ""},
      {{"h", "d", "e"}, ""},
      {{"--status"}, ""},
      {{"h", "d", "-o"}, "-o"},
      {{"h", "d", "-o", "nonsense"}, "-o nonsense"},
      {{"h", "d", "-o", "uid"}, "-o uid"},
      {{"h", "d", "-o", "ro=1"}, "-o ro=1"},
      {{"h", "d", "-o", "foreground"}, "-o foreground"},
      {{"h", "d", "--uid", "no such user"}, "--uid"},
      {{"h", "d", "--gid", ""}, "--gid"},
      {{"h", "d", "-o", "fmask=8"}, "-o fmask=8"},
      {{"h", "d", "--uid", "4294967295"}, "--uid"},
      {{"h", "d", "--umask", "9"}, "--umask"},
      {{"h", "d", "--timeout", "0"}, "--timeout"},
      {{"h", "d", "--timeout", "nan"}, "--timeout"},
      {{"h", "d", "--attr-timeout", "-1"}, "--attr-timeout"},
      {{"h", "d", "--streams", "17"}, "--streams"},
      {{"h", "d", "--fingerprint", "abc"}, "--fingerprint"},
      {{"h", "d", "--nonsense"}, "--nonsense"},
      {{"h", "d", "--ro=1"}, "--ro"},
      {{"h", "d", "--key"}, "--key"},
      {{"h", "d", "-x"}, "-x"},
  };
  for (const auto& [words, where] : rows) {
    const auto options = parse(words);
    ASSERT_FALSE(options) << testing::PrintToString(words);
    EXPECT_EQ(options.error().code, Code::usage);
    EXPECT_EQ(options.error().where, where);
  }
}

TEST(MountOptions, HelpAndVersionNeedNothingElse) {
  EXPECT_TRUE(parse({"-h"})->help);
  EXPECT_TRUE(parse({"--version"})->version);
}

}  // namespace
}  // namespace dftp::mount
