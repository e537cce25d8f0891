#include "client/cli/view/report.h"

#include <gtest/gtest.h>

#include "client/cli/verbs/verbs.h"
#include "client/cli/view/transfer_view.h"

namespace dftp::cli {
namespace {

TEST(ResultJson, OfASuccessfulTransferHasTheDocumentedMembersInOrder) {
  const Totals totals{
      .files = 2, .skipped = 1, .failed = 0, .bytes = 70, .transferred = 50, .resumed = 20, .repaired = 5};
  json::Object members = totals_json(totals, 1.5);
  members.emplace_back("md5", "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(
      json::write(result_json("get", members, std::nullopt)),
      R"({"event":"result","verb":"get","status":"ok","files":3,"bytes":70,"transferred":50,"resumed":20,)"
      R"("repaired":5,"skipped":1,"special":0,"failed":0,"seconds":1.5,"md5":"d41d8cd98f00b204e9800998ecf8427e"})");
}

TEST(ResultJson, OfAFailureHasTheError) {
  const Error error{Code::not_found, "ENOENT", "/a", "no such file or directory"};
  EXPECT_EQ(json::write(result_json("ls", {}, error)),
            R"({"event":"result","verb":"ls","status":"failed","error":{"code":"not_found","errno":"ENOENT",)"
            R"("where":"/a","message":"no such file or directory"}})");
}

TEST(ProgressJson, HasNumbersAndNoTimeLeftWhenNobodyKnows) {
  Progress progress({"a"});
  const Item item{1, 0, {}, Announcement::Kind::file, 100};
  progress.announced(item);
  progress.moved(item, 40);
  EXPECT_EQ(json::write(progress_json("put", progress, 2)),
            R"({"event":"progress","verb":"put","files":1,"files_done":0,"bytes":100,"bytes_done":40,"complete":false,)"
            R"("transferred":40,"resumed":0,"repaired":0,"rate":0.0,"seconds":2.0,"seconds_left":null})");
}

TEST(Summary, SaysOnlyWhatThereIsToSay) {
  EXPECT_EQ(summary({.files = 1, .bytes = 10'000'000, .transferred = 10'000'000}, 4),
            "1 file, 10.0 MB in 4.00 s (2.5 MB/s)");
  EXPECT_EQ(summary({.files = 2,
                     .skipped = 3,
                     .special = 2,
                     .failed = 1,
                     .bytes = 500,
                     .transferred = 100,
                     .resumed = 300,
                     .repaired = 65536},
                    61),
            "5 files, 500 B in 1:01 (1 B/s), resumed 300 B, repaired 65.5 kB, 3 the same already, 2 special files "
            "skipped, 1 failed");
  EXPECT_EQ(summary({}, 0.1), "0 files, 0 B in 0.10 s");
  EXPECT_EQ(summary({.files = 1, .bytes = 5, .transferred = 10'000'000, .resumed = 5}, 4, false),
            "1 file complete, 10.0 MB moved in 4.00 s (2.5 MB/s), resumed 5 B");
}

class Finish : public testing::Test {
 protected:
  const Verb& verb_ = *find_verb("get");
  Console console_{ConsoleMode{}};
  Report report_{console_, verb_};
  const Error missing_{Code::not_found, "ENOENT", "/a", "no such file"};

  // The exit code, and what was said on standard error.
  int finish(const Result<void>& result, int signal = 0) {
    testing::internal::CaptureStderr();
    const int code = report_.finish(result, signal);
    said_ = testing::internal::GetCapturedStderr();
    return code;
  }
  std::string said_;
};

TEST_F(Finish, AllDoneIsZeroAndSilent) {
  EXPECT_EQ(finish({}), 0);
  EXPECT_EQ(said_, "");
}

TEST_F(Finish, TheOnlyFailureHasItsOwnCode) {
  EXPECT_EQ(finish(std::unexpected(missing_)), 6);
  EXPECT_EQ(said_, "dftp-cli: /a: no such file; check the name\n");
}

TEST_F(Finish, SomeOfSeveralIsOne) {
  testing::internal::CaptureStderr();
  report_.failed(missing_);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "dftp-cli: /a: no such file; check the name\n");
  EXPECT_EQ(finish({}), 1);
  EXPECT_EQ(said_, "");
}

TEST_F(Finish, AnInterruptionIsItsSignal) {
  const Error cancelled{Code::cancelled, "", "", "interrupted"};
  EXPECT_EQ(finish(std::unexpected(cancelled), 2), 130);
  EXPECT_EQ(finish(std::unexpected(cancelled), 15), 143);
}

TEST_F(Finish, AVerbMayHaveExitCodesOfItsOwn) {
  report_.exit_with(7, 125);
  EXPECT_EQ(finish({}), 7);
  EXPECT_EQ(finish(std::unexpected(missing_)), 6);
  EXPECT_EQ(finish(fail(Code::io, "/a", "broken")), 125);
  report_.failed(missing_);
  EXPECT_EQ(finish({}), 125);
}

TEST_F(Finish, ASignalThatCameTooLateChangesNothing) {
  EXPECT_EQ(finish({}, 2), 0);
}

}  // namespace
}  // namespace dftp::cli
