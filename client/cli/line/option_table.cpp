#include "client/cli/line/option_table.h"

#include <algorithm>
#include <charconv>

#include "proto/wire/limits.h"
#include "proto/wire/rate.h"

namespace dftp::cli {
namespace {

using Applied = Result<void>;

template <bool Flags::* Member, bool Value>
Applied set(CommandLine& line, const std::string&) {
  line.flags.*Member = Value;
  return {};
}

template <bool Settings::* Member>
Applied turn_on(CommandLine& line, const std::string&) {
  line.settings.*Member = true;
  return {};
}

template <std::string Settings::* Member>
Applied keep(CommandLine& line, const std::string& value) {
  line.settings.*Member = value;
  return {};
}

template <class Number>
Result<Number> number_in(const std::string& text, Number least, Number max) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= least && number <= max) return number;
  return fail(Code::usage, "", "takes a number from " + std::to_string(least) + " to " + std::to_string(max));
}

Applied set_retries(CommandLine& line, const std::string& value) {
  const auto number = number_in<int>(value, 0, 1'000'000);
  if (!number) return std::unexpected(number.error());
  line.settings.retries = *number;
  return {};
}

Applied set_seconds(std::optional<std::chrono::seconds>& seconds, const std::string& value) {
  constexpr int max = 30 * 24 * 60 * 60;
  const auto number = number_in<int>(value, 1, max);
  if (!number) return std::unexpected(number.error());
  seconds = std::chrono::seconds(*number);
  return {};
}

template <std::optional<std::chrono::seconds> Settings::* Member>
Applied set_limit(CommandLine& line, const std::string& value) {
  return set_seconds(line.settings.*Member, value);
}

Applied set_rate(CommandLine& line, const std::string& value) {
  const auto rate = parse_rate(value);
  if (!rate) return std::unexpected(rate.error());
  line.settings.limit_rate = *rate;
  return {};
}

Applied add_commands(CommandLine& line, const std::string& value) {
  line.settings.commands.push_back(value);
  return {};
}

// Without a number: long enough for a machine to start.
Applied set_wait(CommandLine& line, const std::string& value) {
  constexpr int by_default = 300, max = 30 * 24 * 60 * 60;
  Result<int> number = by_default;
  if (value != no_value) number = number_in<int>(value, 0, max);
  if (!number) return std::unexpected(number.error());
  line.settings.wait = std::chrono::seconds(*number);
  return {};
}

Applied set_trace(CommandLine& line, const std::string& value) {
  line.settings.trace_file = value == no_value ? std::string() : value;
  return {};
}

Applied set_streams(CommandLine& line, const std::string& value) {
  const auto number = number_in<std::uint32_t>(value, 1, limits::streams_per_transfer);
  if (!number) return std::unexpected(number.error());
  line.flags.streams = *number;
  return {};
}

Applied set_overwrite(CommandLine& line, const std::string& value) {
  const auto overwrite = parse_enum(value, Overwrite{});
  if (!overwrite) return fail(Code::usage, "", "takes never, changed or always");
  line.flags.overwrite = *overwrite;
  return {};
}

Applied set_lines(CommandLine& line, const std::string& value) {
  const auto number = number_in<std::uint64_t>(value, 0, UINT64_MAX);
  if (!number) return std::unexpected(number.error());
  line.flags.lines = *number;
  return {};
}

Applied set_modify_window(CommandLine& line, const std::string& value) {
  constexpr int max = 24 * 60 * 60;
  const auto number = number_in<int>(value, 0, max);
  if (!number) return std::unexpected(number.error());
  line.flags.modify_window = std::chrono::seconds(*number);
  return {};
}

Applied set_depth(CommandLine& line, const std::string& value) {
  const auto number = number_in<std::uint32_t>(value, 0, limits::path_depth);
  if (!number) return std::unexpected(number.error());
  line.flags.depth = *number;
  return {};
}

Applied add_type(CommandLine& line, const std::string& value) {
  constexpr std::pair<std::string_view, FileType> types[] = {
      {"f", FileType::file}, {"d", FileType::directory}, {"l", FileType::symlink}};
  const auto found = std::ranges::find(types, value, [](const auto& row) { return row.first; });
  if (found == std::end(types)) return fail(Code::usage, "", "takes f (files), d (directories) or l (links)");
  line.flags.types.push_back(found->second);
  return {};
}

Applied set_size(CommandLine& line, const std::string& value) {
  const auto range = parse_size_range(value);
  if (!range) return std::unexpected(range.error());
  line.flags.size = *range;
  return {};
}

Applied set_newer(CommandLine& line, const std::string& value) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto moment = parse_moment(value, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  if (!moment) return std::unexpected(moment.error());
  line.flags.newer = *moment;
  return {};
}

Applied never_overwrite(CommandLine& line, const std::string&) {
  line.flags.overwrite = Overwrite::never;
  return {};
}

Applied keep_backup(CommandLine& line, const std::string&) {
  if (line.flags.backup.empty()) line.flags.backup = "~";
  return {};
}

template <std::string Flags::* Member>
Applied keep_text(CommandLine& line, const std::string& value) {
  line.flags.*Member = value;
  return {};
}

Applied set_fingerprint(CommandLine& line, const std::string& value) {
  constexpr std::string_view prefix = "SHA256:";
  constexpr std::size_t digits = 43;  // 32 bytes in base64 without padding
  if (!value.starts_with(prefix) || value.size() != prefix.size() + digits) {
    return fail(Code::usage, "", "takes SHA256: and 43 characters, as dftp-server prints it");
  }
  line.settings.fingerprint = value;
  return {};
}

Applied add_key(CommandLine& line, const std::string& value) {
  line.settings.keys.push_back(value);
  return {};
}

Applied set_most_removed(CommandLine& line, const std::string& value) {
  const auto number = number_in<std::size_t>(value, 0, 1'000'000'000);
  if (!number) return std::unexpected(number.error());
  line.flags.max_removed = *number;
  return {};
}

template <PatternOption::Kind kind>
Applied add_pattern(CommandLine& line, const std::string& value) {
  line.flags.patterns.push_back({kind, value});
  return {};
}

template <bool CommandLine::* Member>
Applied show(CommandLine& line, const std::string&) {
  line.*Member = true;
  return {};
}

constexpr VerbOption options[] = {
    {'l', "long", "", "mode, size, time and link target of each name", OptionScope::verbs, set<&Flags::details, true>},
    {'a', "all", "", "also names that begin with a dot", OptionScope::verbs, set<&Flags::hidden, true>},
    {'t', "by-time", "", "the newest first", OptionScope::verbs, set<&Flags::by_time, true>},
    {'S', "by-size", "", "the largest first", OptionScope::verbs, set<&Flags::by_size, true>},
    {'1', "single-column", "", "one name a line, on a terminal too", OptionScope::verbs,
     set<&Flags::single_column, true>},
    {'R', "descend", "", "also what is in the directories beneath", OptionScope::verbs, set<&Flags::descend, true>},
    {'d', "directory", "", "directories themselves, not what is in them", OptionScope::verbs,
     set<&Flags::itself, true>},
    {'r', "reverse", "", "the other way round", OptionScope::verbs, set<&Flags::reverse, true>},
    {'r', "recursive", "", "directories with all that is in them", OptionScope::verbs, set<&Flags::recursive, true>},
    {'f', "force", "", "what is not there is no failure", OptionScope::verbs, set<&Flags::force, true>},
    {'p', "parents", "", "make missing parents; an existing directory is no error", OptionScope::verbs,
     set<&Flags::parents, true>},
    {'p', "preserve", "", "modes exactly as on the server, whatever the umask is, also of what is here",
     OptionScope::verbs, set<&Flags::preserve, true>},
    {'n', "no-replace", "", "fail when the new name is taken", OptionScope::verbs, set<&Flags::replace, false>},
    {'s', "symbolic", "", "must be given: there are no other links", OptionScope::verbs, set<&Flags::symbolic, true>},
    {0, "md5", "", "print each file's MD5 as md5sum does, compared at both ends", OptionScope::verbs,
     set<&Flags::md5, true>},
    {0, "streams", "N", "data connections, 1 to 16 (default: found out on the way)", OptionScope::verbs, set_streams},
    {'c', "continue", "", "go on where an interrupted attempt stopped (the default)", OptionScope::verbs,
     set<&Flags::resume, true>},
    {0, "no-resume", "", "throw away what an interrupted attempt left", OptionScope::verbs, set<&Flags::resume, false>},
    {0, "overwrite", "WHEN", "never, changed (size or time differ; the default) or always", OptionScope::verbs,
     set_overwrite},
    {0, "no-clobber", "", "fail where something is there already: --overwrite never", OptionScope::verbs,
     never_overwrite},
    {0, "if-version", "VERSION", "only if the file on the server has this version (stat shows it; none: is not there)",
     OptionScope::verbs, keep_text<&Flags::if_version>},
    {0, "backup", "", "keep the file that gives way as NAME~", OptionScope::verbs, keep_backup},
    {0, "suffix", "TEXT", "keep it, and put TEXT behind its name instead of ~", OptionScope::verbs,
     keep_text<&Flags::backup>},
    {0, "job", "ID", "do this once: a job that is done already is not done again", OptionScope::verbs,
     keep_text<&Flags::job>},
    {0, "job-wait", "", "wait while the same job runs elsewhere", OptionScope::verbs, set<&Flags::wait_for_job, true>,
     "job"},
    {0, "receipt", "FILE", "write what was stored, with its digests, to FILE (JSON); verify proves it again",
     OptionScope::verbs, keep_text<&Flags::receipt>},
    {0, "delete", "", "remove what is on the destination only, last; not what could not be looked at",
     OptionScope::verbs, set<&Flags::remove, true>},
    {0, "max-delete", "N", "do nothing at all if more than N things would be removed", OptionScope::verbs,
     set_most_removed, "delete"},
    {0, "no-modes", "", "leave the modes of what is there already", OptionScope::verbs, set<&Flags::no_modes, true>},
    {0, "modify-window", "SECONDS",
     "times that differ by no more are the same (what the destination rounds is found out)", OptionScope::verbs,
     set_modify_window},
    {0, "checksum", "", "tell files of one size apart by their content, not by their time", OptionScope::verbs,
     set<&Flags::checksum, true>},
    {'n', "dry-run", "", "only print what would be done", OptionScope::verbs, set<&Flags::dry_run, true>},
    {0, "exclude", "PATTERN", "leave out, on both sides; the first pattern that matches decides", OptionScope::verbs,
     add_pattern<PatternOption::Kind::exclude>},
    {0, "include", "PATTERN", "do not leave out", OptionScope::verbs, add_pattern<PatternOption::Kind::include>,
     "exclude exclude-from"},
    {0, "exclude-from", "FILE", "patterns, one a line; one with ! before it is an --include", OptionScope::verbs,
     add_pattern<PatternOption::Kind::file>},
    {'c', "no-create", "", "leave it when there is none", OptionScope::verbs, set<&Flags::create, false>},
    {0, "name", "GLOB", "whose name matches: * any text, ? one character, [a-z] one of these", OptionScope::verbs,
     keep_text<&Flags::name>},
    {0, "type", "TYPE", "f files, d directories, l links (may be repeated)", OptionScope::verbs, add_type},
    {0, "size", "[+-]SIZE", "files larger (+), smaller (-) or of just this size; k, M, G, T: powers of 1024",
     OptionScope::verbs, set_size},
    {0, "newer", "WHEN", "changed since then: 2024-03-01, '2024-03-01 12:34', or 30m, 12h, 7d ago", OptionScope::verbs,
     set_newer},
    {0, "max-depth", "N", "N levels of directories; 0: only what is named", OptionScope::verbs, set_depth},
    {'h', "human", "", "sizes for people, powers of 1000", OptionScope::verbs, set<&Flags::human, true>},
    {'s', "summary", "", "one line for all of it", OptionScope::verbs, set<&Flags::summary, true>},
    {'n', "lines", "N", "the last N lines (default: 10)", OptionScope::verbs, set_lines},
    {'f', "follow", "", "go on with what is added, also when the file is replaced", OptionScope::verbs,
     set<&Flags::follow, true>},
    {'u', "user", "USER", "only to the sessions of this user", OptionScope::verbs, keep_text<&Flags::user>},
    {'i', "input", "", "the command reads this program's standard input", OptionScope::verbs, set<&Flags::input, true>},
    {0, "encoding", "NAME", "what the command writes is in this encoding; show it as UTF-8", OptionScope::verbs,
     keep_text<&Flags::encoding>},
    {'c', "command", "COMMANDS", "carry these out, separated by ; (may be repeated)", OptionScope::session,
     add_commands},
    {'f', "script", "FILE", "carry out the commands in FILE, one a line; - is standard input", OptionScope::session,
     keep<&Settings::script>},
    {0, "keep-going", "", "go on behind a command that failed", OptionScope::session, turn_on<&Settings::keep_going>,
     "command script"},
    {0, "password-file", "FILE", "the password is the first line of FILE", OptionScope::run,
     keep<&Settings::password_file>},
    {0, "key", "FILE", "log in with this OpenSSH Ed25519 key (may be repeated)", OptionScope::run, add_key},
    {0, "accept-new", "", "remember a server that is not known yet, without asking", OptionScope::run,
     turn_on<&Settings::accept_new>},
    {0, "fingerprint", "SHA256:...", "the server must have this fingerprint", OptionScope::run, set_fingerprint},
    {0, "ca", "FILE", "the server's certificate must be signed by a CA in FILE (PEM)", OptionScope::run,
     keep<&Settings::authorities>},
    {0, "plain-data", "", "file data without encryption, where the server allows it", OptionScope::run,
     turn_on<&Settings::plain_data>},
    {0, "retries", "N", "attempts in a row to reach a server that is lost or not there (default: 10)", OptionScope::run,
     set_retries},
    {0, "connect-timeout", "SECONDS", "for reaching the server, TLS included (default: 15)", OptionScope::run,
     set_limit<&Settings::connect_timeout>},
    {0, "timeout", "SECONDS", "for the whole run", OptionScope::run, set_limit<&Settings::timeout>},
    {0, "limit-rate", "RATE", "bytes a second of file data, each way; K, M and G are powers of 1024", OptionScope::run,
     set_rate},
    {0, "log", "FILE", "append to FILE what was done, with the time", OptionScope::run, keep<&Settings::log_file>},
    {0, "trace", "[FILE]", "show what goes over the wire on standard error; --trace=FILE appends it to FILE",
     OptionScope::run, set_trace},
    {0, "wait", "[SECONDS]", "for a server that is not up yet; --wait=SECONDS says how long (default: 300)",
     OptionScope::run, set_wait},
    {'v', "verbose", "", "say what goes on: addresses, identity, login, retries, what holds a transfer up",
     OptionScope::run, turn_on<&Settings::verbose>},
    {'q', "quiet", "", "no progress, no summary", OptionScope::run, turn_on<&Settings::quiet>},
    {0, "json", "", "one JSON object a line on standard output", OptionScope::run, turn_on<&Settings::json>},
    {'h', "help", "", "this help; with a verb, its help", OptionScope::run, show<&CommandLine::help>},
    {'V', "version", "", "the version", OptionScope::run, show<&CommandLine::version>},
};

}  // namespace

std::span<const VerbOption> option_table() {
  return options;
}

}  // namespace dftp::cli
