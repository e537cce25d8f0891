// What a person or a program sees of a transfer: progress, failures and MD5 while it runs, the sums at its end. Belongs
// to the transfer's loop.
#pragma once

#include <set>

#include "client/cli/view/progress.h"
#include "client/cli/view/report.h"
#include "client/transfer_run.h"

namespace dftp::cli {

// Of a job in the background: what `jobs` says of it.
struct JobStatus {
  std::string progress;  // "43 %  12.3 MB/s  0:07 left"; empty: it says none
};

struct ViewOptions {
  std::string verb;
  std::vector<std::string> sources;  // their names, for progress
  std::vector<std::string> labels;   // put: the local paths, which md5 lines name; get: empty, the planned targets
  bool md5 = false;
  bool content_on_out = false;      // standard output carries a file
  JobStatus* background = nullptr;  // of a job in the background; nothing is drawn then
  // Printable lines about what else goes on, above the progress.
  std::function<std::vector<std::string>()> others = {};
};

class TransferView final : public client::TransferObserver {
 public:
  TransferView(Console& console, Report& report, ViewOptions options);

  // Progress as it is now, on the terminal or as a JSON event. Call it update_interval() apart.
  void update();
  net::Duration update_interval() const;
  // Takes the progress off the terminal.
  void finish();

  // The one thing that the user named failed itself: its error is the verb's.
  const std::optional<Error>& named_failure() const { return named_failure_; }
  // MD5 of the one file that was named.
  const std::optional<std::string>& named_md5() const { return named_md5_; }

  void planned(const std::vector<std::string>& targets) override;
  void retrying(int attempt, int of, const Error& why, net::Duration delay) override;
  void announced(const Item& item) override { progress_.announced(item); }
  void listed() override { progress_.listed(); }
  void moved(const Item& item, std::uint64_t bytes) override { progress_.moved(item, bytes); }
  void resumed(const Item& item, std::uint64_t bytes) override { progress_.resumed(item, bytes); }
  void repaired(const Item& item, std::uint64_t bytes) override { progress_.repaired(item, bytes); }
  void settled(const Item& item, Outcome outcome, const std::optional<Error>& error,
               const std::optional<Proof>& proof) override;

 private:
  bool is_named_alone(const Item& item) const;
  void show_md5(const Item& item, const std::string& hex);
  std::string label_of(const Item& item) const;

  Console& console_;
  Report& report_;
  const ViewOptions options_;
  Progress progress_;
  std::vector<std::string> labels_;
  bool started_ = false;
  std::optional<Error> named_failure_;
  std::set<std::uint32_t> failed_tops_;  // sources of which nothing beneath is told any more
  std::optional<std::string> named_md5_;
};

// "3 files, 12.3 MB in 0:04 (3.1 MB/s), resumed 4.0 MB, 2 the same already, 1 failed"
// Of one that did not come to its end: "3 files complete, 12.3 MB moved in 0:04 (3.1 MB/s)", and so on.
std::string summary(const Totals& totals, double seconds, bool ended = true);
// The members of the JSON result.
json::Object totals_json(const Totals& totals, double seconds);
// {"event":"progress",...}
json::Object progress_json(const std::string& verb, const Progress& progress, double seconds);

}  // namespace dftp::cli
