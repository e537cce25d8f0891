#include "server/auth/text_file.h"

#include <unistd.h>

#include <thread>

#include "tests/support/temporary_directory.h"
#include "tests/unit/auth/support.h"

namespace dftp::server {
namespace {

TEST(TextFile, is_read_to_its_end_and_not_over_the_limit) {
  const TemporaryDirectory directory;
  const auto path = directory / "text";
  const std::string text(10000, 'x');
  write_to(path, text);
  EXPECT_EQ(read_text(path, 10000).value(), text);
  const auto over = read_text(path, 9999);
  EXPECT_TRUE(fails_with(over, Code::too_large));
  EXPECT_EQ(over.error().where, path);
  EXPECT_TRUE(fails_with(read_text(directory / "none", 10), Code::not_found));
  EXPECT_TRUE(fails_with(read_text(directory.path(), 10), Code::is_directory));
}

TEST(TextFile, may_be_a_pipe_that_delivers_in_pieces) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::jthread writer([&] {
    for (const char* part : {"one ", "two ", "three"}) {
      EXPECT_GT(::write(ends[1], part, std::string_view(part).size()), 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ::close(ends[1]);
  });
  EXPECT_EQ(read_all(ends[0], 100, "pipe").value(), "one two three");
  ::close(ends[0]);
}

TEST(TextFile, that_has_no_end_is_given_up) {
  EXPECT_TRUE(fails_with(read_text("/dev/zero", 1000), Code::too_large));
}

TEST(TextFile, is_replaced_whole) {
  const TemporaryDirectory directory;
  const auto path = directory / "text";
  ASSERT_TRUE(replace_text(path, "a long first text"));
  ASSERT_TRUE(replace_text(path, "short"));
  EXPECT_EQ(content_of(path), "short");
}

}  // namespace
}  // namespace dftp::server
