#include "proto/wire/extensions.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

TEST(Extensions, commands_belong_to_one_or_to_the_core) {
  const std::pair<const char*, std::string_view> cases[] = {
      {"find", extensions::feeds},    {"fetch", extensions::feeds}, {"mount", extensions::mount},
      {"fs.open", extensions::mount}, {"exec", extensions::exec},   {"who", extensions::conversation},
  };
  for (const auto& [command, name] : cases) {
    const Extension* extension = extension_of(command);
    ASSERT_NE(extension, nullptr) << command;
    EXPECT_EQ(extension->name, name) << command;
  }
  for (const auto* command : {"list", "get", "put", "stat", "fs", "mounts", "", "plain", "f"})
    EXPECT_EQ(extension_of(command), nullptr) << command;
}

TEST(Extensions, are_those_of_just_this_name_and_version) {
  const std::vector<std::string> named = {"mount/2", "exec/1", "", "nonsense", "exec/1"};
  EXPECT_TRUE(has_extension(named, extensions::exec));
  EXPECT_FALSE(has_extension(named, extensions::mount));
  EXPECT_FALSE(has_extension({}, extensions::exec));
}

TEST(Extensions, what_is_lacking_is_said_for_people) {
  for (const Extension& extension : all_extensions())
    EXPECT_EQ(lacks(extension), "no " + std::string(extension.what) + " (" + std::string(extension.name) + ")");
}

}  // namespace
}  // namespace dftp
