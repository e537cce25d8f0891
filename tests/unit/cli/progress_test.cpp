#include "client/cli/view/progress.h"

#include <gtest/gtest.h>

#include "client/cli/line/display.h"
#include "client/cli/view/progress_lines.h"

namespace dftp::cli {
namespace {

constexpr std::uint64_t mega = 1'000'000;

Item file(std::string_view path, std::optional<std::uint64_t> size, std::uint32_t source = 0) {
  return {1, source, *RemotePath::parse(path), Announcement::Kind::file, size};
}

TEST(Progress, SumsWhatIsSettledAndUnderWay) {
  Progress progress({"tree"});
  progress.announced(file("/a", 10 * mega));
  progress.announced(file("/b", 30 * mega));
  progress.moved(file("/a", 10 * mega), 10 * mega);
  progress.settled(file("/a", 10 * mega), Outcome::stored);
  progress.resumed(file("/b", 30 * mega), 5 * mega);
  progress.moved(file("/b", 30 * mega), 1 * mega);
  auto sums = progress.sums();
  EXPECT_EQ(sums.files, 2u);
  EXPECT_EQ(sums.files_done, 1u);
  EXPECT_EQ(sums.bytes, 40 * mega);
  EXPECT_EQ(sums.bytes_done, 16 * mega);
  EXPECT_EQ(sums.transferred, 11 * mega);
  EXPECT_EQ(sums.resumed, 5 * mega);
  EXPECT_FALSE(sums.complete);
  progress.listed();
  EXPECT_TRUE(progress.sums().complete);
}

TEST(Progress, DirectoriesAreNotCounted) {
  Progress progress({"tree"});
  Item directory = file("/d", std::nullopt);
  directory.kind = Announcement::Kind::directory;
  progress.announced(directory);
  progress.settled(directory, Outcome::stored);
  progress.listed();
  EXPECT_EQ(progress.sums().files, 0u);
  EXPECT_TRUE(progress.sums().complete);
  EXPECT_EQ(progress.take_finished().count, 0u);
}

TEST(Progress, APipeHasNoEndThatIsKnown) {
  Progress progress({"standard input"});
  progress.announced(file("/", std::nullopt));
  progress.listed();
  progress.moved(file("/", std::nullopt), mega);
  EXPECT_FALSE(progress.sums().complete);
  EXPECT_EQ(progress.seconds_left(), std::nullopt);
  progress.settled(file("/", std::nullopt), Outcome::stored);
  EXPECT_EQ(progress.sums().bytes_done, mega);
}

TEST(Progress, ANewAttemptDropsWhatIsNotSettled) {
  Progress progress({"a", "b"});
  progress.announced(file("/", 10 * mega, 0));
  progress.announced(file("/", 10 * mega, 1));
  progress.moved(file("/", 10 * mega, 0), 10 * mega);
  progress.settled(file("/", 10 * mega, 0), Outcome::stored);
  progress.moved(file("/", 10 * mega, 1), 4 * mega);
  progress.restarted();
  EXPECT_EQ(progress.sums().bytes_done, 10 * mega);
  EXPECT_EQ(progress.sums().transferred, 14 * mega) << "what crossed the network has crossed it";
  progress.resumed(file("/", 10 * mega, 1), 4 * mega);
  EXPECT_EQ(progress.sums().bytes_done, 14 * mega);
}

TEST(Progress, RateIsThatOfTheLastSeconds) {
  Progress progress({"a"});
  progress.announced(file("/", 1000 * mega));
  progress.listed();
  for (int second = 0; second <= 20; ++second) {
    progress.tick(second);
    progress.moved(file("/", 1000 * mega), second < 10 ? mega : 20 * mega);
  }
  EXPECT_NEAR(progress.rate(), 20e6, 1e6);
  ASSERT_TRUE(progress.seconds_left());
  EXPECT_NEAR(*progress.seconds_left(), (1000.0 - 230) / 20, 3);
}

TEST(Progress, DamagedBytesThatComeAgainDoNotPassTheEnd) {
  Progress progress({"a"});
  progress.announced(file("/", mega));
  progress.moved(file("/", mega), mega);
  progress.repaired(file("/", mega), 65536);
  progress.moved(file("/", mega), 65536);
  EXPECT_EQ(progress.sums().bytes_done, mega);
  EXPECT_EQ(progress.sums().repaired, 65536u);
}

TEST(Progress, ManyFinishedFilesAreCountedNotKept) {
  Progress progress({"tree"});
  for (int i = 0; i < 1000; ++i) {
    const Item item = file("/" + std::to_string(i), 1);
    progress.announced(item);
    progress.settled(item, Outcome::stored);
  }
  const auto finished = progress.take_finished();
  EXPECT_EQ(finished.count, 1000u);
  EXPECT_LE(finished.files.size(), 10u);
  EXPECT_EQ(finished.files.back().file.name, "tree/999");
  EXPECT_EQ(progress.take_finished().count, 0u);
}

// Three files in all states, at 43 % of the whole.
Progress busy() {
  Progress progress({"设计资料"});
  const Item wide = file("/射频仿真-二零二四年第三版-最终.pptx", 100 * mega);
  const Item check = file("/天线15.doc", 50 * mega);
  progress.tick(0);
  progress.announced(wide);
  progress.announced(check);
  progress.announced(file("/readme.txt", 50 * mega));
  progress.listed();
  progress.resumed(wide, 20 * mega);
  progress.moved(wide, 16 * mega);
  progress.moved(check, 50 * mega);
  progress.tick(4);
  return progress;
}

TEST(ProgressLines, FitEveryWidth) {
  const Progress progress = busy();
  for (std::size_t width = 1; width <= 200; ++width) {
    for (const std::string& line : active_lines(progress, {width, 24})) {
      EXPECT_LE(display_width(line), std::max<std::size_t>(width - 1, 1)) << width << ": " << line;
    }
  }
}

TEST(ProgressLines, AtEightyColumnsSayEverything) {
  const auto lines = active_lines(busy(), {80, 24});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "设计资料/射频…三版-最终.pptx  [###--------]   36 %     100 MB  resuming at 20 %");
  EXPECT_EQ(lines[1], "设计资料/天线15.doc           [###########]  100 %    50.0 MB  verifying");
  EXPECT_EQ(lines[2], "0/3 files, 86.0 MB of 200 MB  [####-------]   43 %  16.5 MB/s  0:06 left");
}

TEST(ProgressLines, AtFortyColumnsLeaveOutTheNote) {
  const auto lines = active_lines(busy(), {40, 24});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "设计….pptx   [##----]   36 %     100 MB");
  EXPECT_EQ(lines[1], "设计…15.doc  [######]  100 %    50.0 MB");
  EXPECT_EQ(lines[2], "0/3 files    [##----]   43 %  16.5 MB/s");
}

TEST(ProgressLines, AtTwoHundredColumnsHaveALongerBar) {
  for (const std::string& line : active_lines(busy(), {200, 24})) {
    const std::size_t begin = line.find('['), end = line.find(']');
    ASSERT_NE(end, std::string::npos) << line;
    EXPECT_EQ(end - begin, 39u) << line;
  }
}

TEST(ProgressLines, OfJobsFitTheWindow) {
  const std::vector<std::string> jobs(20, "[1] get 设计资料/天线15.doc: 43 %, 12.3 MB of 28.6 MB, 3.1 MB/s, 0:05 left");
  const auto lines = shortened_lines(jobs, {40, 24});
  EXPECT_EQ(lines.size(), 12u);
  EXPECT_LT(display_width(lines[0]), 40u);
}

TEST(ProgressText, SaysTheTotalInAFewWords) {
  EXPECT_EQ(progress_text(busy()), "43 %, 86.0 MB of 200 MB, 16.5 MB/s, 0:06 left");
}

TEST(ProgressLines, AtTwentyColumnsKeepNameAndPercent) {
  const auto lines = active_lines(busy(), {20, 24});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "设计资….pptx   36 %");
  EXPECT_EQ(lines[2], "0/3 files      43 %");
}

TEST(ProgressLines, LeaveTheTerminalARow) {
  Progress progress({"tree"});
  for (int i = 0; i < 40; ++i) {
    const Item item = file("/" + std::to_string(i), mega);
    progress.announced(item);
    progress.moved(item, 1);
  }
  EXPECT_LE(active_lines(progress, {80, 24}).size(), 23u);
  EXPECT_EQ(active_lines(progress, {80, 5}).size(), 4u);
  EXPECT_EQ(active_lines(progress, {80, 1}).size(), 1u);
}

TEST(ProgressLines, TellRepairsAndFinishedFiles) {
  Progress progress({"a", "b", "c", "d\nd", "never begun"});
  const Item items[] = {file("/", mega, 0), file("/", mega, 1), file("/", mega, 2), file("/", mega, 3),
                        file("/", mega, 4)};
  for (const Item& item : items) progress.announced(item);
  progress.moved(items[0], mega);
  progress.repaired(items[0], 64'000);
  EXPECT_NE(active_lines(progress, {80, 24})[0].find("repaired 64.0 kB"), std::string::npos);
  progress.settled(items[0], Outcome::stored);
  progress.resumed(items[1], 430'000);
  progress.moved(items[1], 570'000);
  progress.settled(items[1], Outcome::stored);
  progress.settled(items[2], Outcome::skipped);
  progress.moved(items[3], 1);
  progress.settled(items[3], Outcome::failed);
  progress.settled(items[4], Outcome::failed);
  const auto lines = finished_lines(progress.take_finished(), {60, 24});
  ASSERT_EQ(lines.size(), 4u);
  const auto has = [&](std::size_t line, std::string_view text) {
    EXPECT_NE(lines[line].find(text), std::string::npos) << lines[line];
    EXPECT_LT(display_width(lines[line]), 60u);
  };
  has(0, "done");
  has(0, "repaired 64.0 kB");
  has(1, "resumed at 43 %");
  has(2, "same");
  has(3, "failed");
  has(3, "d\\x0ad");
}

TEST(ProgressLines, SayHowManyFinishedFilesAreLeftOut) {
  const auto lines = finished_lines({{{{"a", 1}, Outcome::stored}}, 1000}, {60, 24});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("999 more"), std::string::npos);
}

TEST(Canvas, DrawsOverItsOwnLinesOnly) {
  Canvas canvas;
  EXPECT_EQ(canvas.draw({}, {"a", "b"}, 80), "a\r\nb\r\n");
  EXPECT_EQ(canvas.draw({"done"}, {"c"}, 80), "\x1b[2A\r\x1b[Jdone\r\nc\r\n");
  EXPECT_EQ(canvas.clear(80), "\x1b[1A\r\x1b[J");
  EXPECT_EQ(canvas.clear(80), "");
}

TEST(Canvas, KnowsThatANarrowerTerminalFoldsItsLines) {
  Canvas canvas;
  canvas.draw({}, {std::string(79, 'x'), "天线"}, 80);
  EXPECT_EQ(canvas.draw({}, {}, 40), "\x1b[3A\r\x1b[J");
  canvas.draw({}, {"天线天线"}, 80);
  EXPECT_EQ(canvas.draw({}, {}, 0), "\x1b[8A\r\x1b[J");
}

}  // namespace
}  // namespace dftp::cli
