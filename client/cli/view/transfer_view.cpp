#include "client/cli/view/transfer_view.h"

#include <unistd.h>

#include "client/cli/line/display.h"
#include "client/cli/view/md5_line.h"
#include "client/cli/view/retry_text.h"
#include "client/cli/view/terminal.h"

namespace dftp::cli {

TransferView::TransferView(Console& console, Report& report, ViewOptions options)
    : console_(console),
      report_(report),
      options_(std::move(options)),
      progress_(options_.sources),
      labels_(options_.labels) {}

net::Duration TransferView::update_interval() const {
  using namespace std::chrono_literals;
  return console_.mode().json ? 200ms : 100ms;
}

void TransferView::update() {
  const double seconds = report_.seconds();
  progress_.tick(seconds);
  if (!started_ || options_.content_on_out) return;
  if (console_.mode().json) console_.json(progress_json(options_.verb, progress_, seconds));
  if (options_.background) {
    options_.background->progress = progress_text(progress_);
    (void)progress_.take_finished();
    return;
  }
  if (!console_.draws()) return;
  const TerminalSize size = terminal_size(STDERR_FILENO);
  std::vector<std::string> lines =
      options_.others ? shortened_lines(options_.others(), size) : std::vector<std::string>();
  TerminalSize rest = size;
  rest.rows -= std::min(rest.rows, lines.size());
  for (std::string& line : active_lines(progress_, rest)) lines.push_back(std::move(line));
  console_.draw(finished_lines(progress_.take_finished(), size), std::move(lines));
}

void TransferView::finish() {
  if (!started_ || options_.background || !console_.draws() || options_.content_on_out) return;
  console_.draw(finished_lines(progress_.take_finished(), terminal_size(STDERR_FILENO)), {});
}

void TransferView::planned(const std::vector<std::string>& targets) {
  if (labels_.empty()) labels_ = targets;
  started_ = true;
}

void TransferView::retrying(int attempt, int of, const Error& why, net::Duration delay) {
  progress_.restarted();
  console_.note(retry_text(why, delay, attempt, of));
}

bool TransferView::is_named_alone(const Item& item) const {
  return options_.sources.size() == 1 && item.path.is_root();
}

std::string TransferView::label_of(const Item& item) const {
  std::string label = item.source < labels_.size() ? labels_[item.source] : progress_.name_of(item);
  if (item.path.is_root()) return label;
  return label + (label.ends_with('/') ? "" : "/") + item.path.relative();
}

void TransferView::show_md5(const Item& item, const std::string& hex) {
  const std::string label = label_of(item);
  if (is_named_alone(item)) named_md5_ = hex;
  if (console_.mode().json) {
    console_.json(json::Object{{"event", "md5"}, {"path", to_json(Name{label})}, {"md5", hex}});
  } else if (options_.content_on_out) {
    console_.say(md5_line(hex, printable(label)));
  } else {
    console_.result(console_.shown(md5_line(hex, label)));
  }
}

void TransferView::settled(const Item& item, Outcome outcome, const std::optional<Error>& error,
                           const std::optional<Proof>& proof) {
  progress_.settled(item, outcome);
  if (error && outcome == Outcome::failed && is_named_alone(item)) {
    named_failure_ = error;
    failed_tops_.insert(item.source);
  } else if (error && !item.path.is_root() && failed_tops_.contains(item.source)) {
    return;  // said of the whole tree already
  } else if (error) {
    if (outcome == Outcome::failed && item.path.is_root()) failed_tops_.insert(item.source);
    report_.failed(*error);
  }
  if (options_.md5 && proof && proof->md5) show_md5(item, to_hex(*proof->md5));
}

std::string summary(const Totals& totals, double seconds, bool ended) {
  const std::uint64_t files = totals.files + totals.skipped;
  std::string text = std::to_string(files) + (files == 1 ? " file" : " files") + (ended ? ", " : " complete, ") +
                     (ended ? human_size(totals.bytes) : human_size(totals.transferred) + " moved") + " in " +
                     duration_text(seconds);
  if (totals.transferred > 0 && seconds > 0) {
    text += " (" + human_rate(static_cast<double>(totals.transferred) / seconds) + ")";
  }
  if (totals.resumed > 0) text += ", resumed " + human_size(totals.resumed);
  if (totals.repaired > 0) text += ", repaired " + human_size(totals.repaired);
  if (totals.skipped > 0) text += ", " + std::to_string(totals.skipped) + " the same already";
  text += special_text(totals.special);
  if (totals.failed > 0) text += ", " + std::to_string(totals.failed) + " failed";
  return text;
}

json::Object totals_json(const Totals& totals, double seconds) {
  return {{"files", to_json(totals.files + totals.skipped)},
          {"bytes", to_json(totals.bytes)},
          {"transferred", to_json(totals.transferred)},
          {"resumed", to_json(totals.resumed)},
          {"repaired", to_json(totals.repaired)},
          {"skipped", to_json(totals.skipped)},
          {"special", to_json(totals.special)},
          {"failed", to_json(totals.failed)},
          {"seconds", seconds}};
}

json::Object progress_json(const std::string& verb, const Progress& progress, double seconds) {
  const Progress::Sums sums = progress.sums();
  const auto left = progress.seconds_left();
  return {{"event", "progress"},
          {"verb", verb},
          {"files", to_json(sums.files)},
          {"files_done", to_json(sums.files_done)},
          {"bytes", to_json(sums.bytes)},
          {"bytes_done", to_json(sums.bytes_done)},
          {"complete", sums.complete},
          {"transferred", to_json(sums.transferred)},
          {"resumed", to_json(sums.resumed)},
          {"repaired", to_json(sums.repaired)},
          {"rate", progress.rate()},
          {"seconds", seconds},
          {"seconds_left", left ? json::Value(*left) : json::Value()}};
}

}  // namespace dftp::cli
