#include "client/cli/view/report.h"

#include "proto/wire/message.h"

namespace dftp::cli {
namespace {

// Without a verb's own exit codes.
int code_of(const Result<void>& result, bool items_failed, int signal) {
  if (!result) return signal != 0 ? 128 + signal : static_cast<int>(exit_code(result.error()));
  return items_failed ? exit_some_failed : exit_ok;
}

}  // namespace

bool moves_files(const Verb& verb) {
  switch (verb.operands) {
    case OperandLayout::remote_to_local:
    case OperandLayout::remote_to_here:
    case OperandLayout::local_to_remote:
    case OperandLayout::local_to_there:
    case OperandLayout::two_sides: return true;
    default: return false;
  }
}

json::Object result_json(std::string_view verb, json::Object members, const std::optional<Error>& error) {
  json::Object result = {{"event", "result"}, {"verb", std::string(verb)}, {"status", error ? "failed" : "ok"}};
  for (json::Member& member : members) result.push_back(std::move(member));
  if (error) result.emplace_back("error", to_json(to_wire(*error)));
  return result;
}

void Report::failed(const Error& error) {
  if (is_note(error.code)) return note(error);
  console_.error(error, &verb_);
  if (console_.mode().json) console_.json(json::Object{{"event", "failed"}, {"error", to_json(to_wire(error))}});
  if (!first_failure_) first_failure_ = error;
}

void Report::note(const Error& error) {
  const std::string line = (error.code == Code::special_file ? "skipped: " : "") + describe(error);
  console_.note("dftp-cli: " + line);
  if (console_.mode().json) console_.json(json::Object{{"event", "noted"}, {"error", to_json(to_wire(error))}});
}

double Report::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

int Report::finish(const Result<void>& result, int signal) {
  Result<void> last = result;
  if (console_.mode().json) {
    if (const auto& origin = console_.origin()) {
      add("script", to_json(Name{origin->script}));
      add("line", to_json(static_cast<std::uint64_t>(origin->line)));
    }
    if (!moves_files(verb_)) add("entries", std::move(entries_));
    const std::optional<Error> error = result ? first_failure_ : result.error();
    console_.json(result_json(verb_.name, std::move(members_), error));
  }
  if (auto flushed = console_.flush(); last && !flushed) last = flushed;
  if (!last) console_.error(last.error(), &verb_);
  int code = code_of(last, first_failure_.has_value(), signal);
  if (code == exit_ok) {
    code = success_;
  } else if (code == exit_some_failed) {
    code = some_failed_;
  }
  console_.log(std::string(verb_.name) + (code == exit_ok ? ": done" : ": exit code " + std::to_string(code)));
  return code;
}

}  // namespace dftp::cli
