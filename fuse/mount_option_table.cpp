#include "fuse/mount_option_table.h"

#include <grp.h>
#include <pwd.h>

#include <charconv>

#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

template <auto Member, bool Value = true>
Applied set(MountOptions& options, const std::string&) {
  options.*Member = Value;
  return {};
}

template <std::string MountOptions::* Member>
Applied keep(MountOptions& options, const std::string& value) {
  options.*Member = value;
  return {};
}

template <class Number>
Result<Number> number_in(const std::string& text, Number least, Number max, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error == std::errc() && end == text.data() + text.size() && number >= least && number <= max) return number;
  return fail(Code::usage, "", "takes a number from " + std::to_string(least) + " to " + std::to_string(max));
}

template <auto Member, std::uint32_t least, std::uint32_t max>
Applied number(MountOptions& options, const std::string& value) {
  const auto number = number_in<std::uint32_t>(value, least, max);
  if (!number) return std::unexpected(number.error());
  options.*Member = *number;
  return {};
}

// A year: longer makes no difference, and everything can be computed with it.
constexpr double max_seconds = 365 * 24 * 3600;

template <auto Member>
Applied seconds(MountOptions& options, const std::string& value) {
  double number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc() && end == value.data() + value.size();
  if (!whole || !(number >= 0 && number <= max_seconds)) return fail(Code::usage, "", "takes a number of seconds");
  options.*Member = Seconds(number);
  return {};
}

Applied set_timeout(MountOptions& options, const std::string& value) {
  auto set = seconds<&MountOptions::timeout>(options, value);
  if (set && options.timeout < Seconds(1)) return fail(Code::usage, "", "takes at least one second");
  return set;
}

template <auto Member>
Applied set_mask(MountOptions& options, const std::string& value) {
  const auto mask = number_in<std::uint32_t>(value, 0, 0777, 8);
  if (!mask) return fail(Code::usage, "", "takes an octal number up to 777");
  options.*Member = *mask;
  return {};
}

Applied set_user(MountOptions& options, const std::string& value) {
  if (number<&MountOptions::uid, 0, UINT32_MAX - 1>(options, value)) return {};
  const auto* user = ::getpwnam(value.c_str());
  if (!user) return fail(Code::usage, "", "takes a number, or the name of a user of this machine");
  options.uid = user->pw_uid;
  return {};
}

Applied set_group(MountOptions& options, const std::string& value) {
  if (number<&MountOptions::gid, 0, UINT32_MAX - 1>(options, value)) return {};
  const auto* group = ::getgrnam(value.c_str());
  if (!group) return fail(Code::usage, "", "takes a number, or the name of a group of this machine");
  options.gid = group->gr_gid;
  return {};
}

Applied set_fingerprint(MountOptions& options, const std::string& value) {
  constexpr std::string_view prefix = "SHA256:";
  constexpr std::size_t digits = 43;  // 32 bytes in base64 without padding
  if (!value.starts_with(prefix) || value.size() != prefix.size() + digits) {
    return fail(Code::usage, "", "takes SHA256: and 43 characters, as dftp-server prints it");
  }
  options.fingerprint = value;
  return {};
}

Applied add_key(MountOptions& options, const std::string& value) {
  options.keys.push_back(value);
  return {};
}

constexpr MountOption table[] = {
    {'f', "foreground", "", "stay in the foreground, with messages on standard error", set<&MountOptions::foreground>},
    {0, "ro", "", "read only", set<&MountOptions::read_only>},
    {0, "allow-other", "", "other users may use the mount", set<&MountOptions::allow_other>},
    {0, "default-permissions", "", "the kernel checks modes and owners (as with --allow-other)",
     set<&MountOptions::default_permissions>},
    {0, "no-default-permissions", "", "only the server checks", set<&MountOptions::default_permissions, false>},
    {0, "uid", "USER", "show all files as owned by this user, a number or a name", set_user},
    {0, "gid", "GROUP", "show all files as owned by this group, a number or a name", set_group},
    {0, "umask", "MASK", "show all modes without these bits (octal)", set_mask<&MountOptions::umask>},
    {0, "fmask", "MASK", "the same, of what is no directory", set_mask<&MountOptions::fmask>},
    {0, "dmask", "MASK", "the same, of directories", set_mask<&MountOptions::dmask>},
    {0, "attr-timeout", "SECONDS", "attributes are good for so long (default: until the server says)",
     seconds<&MountOptions::attr_timeout>},
    {0, "entry-timeout", "SECONDS", "names are good for so long (default: until the server says)",
     seconds<&MountOptions::entry_timeout>},
    {0, "negative-timeout", "SECONDS", "missing names are missing for so long (default: until the server says)",
     seconds<&MountOptions::negative_timeout>},
    {0, "timeout", "SECONDS", "give up an operation when the server is silent for so long (default: 30)", set_timeout},
    {0, "soft", "", "fail after the timeout (the default)", set<&MountOptions::hard, false>},
    {0, "hard", "", "wait for the server as long as it takes", set<&MountOptions::hard>},
    {0, "streams", "N", "data connections, 1 to 16 (default: by the round trip)",
     number<&MountOptions::streams, 1, limits::streams_per_transfer>},
    {0, "memory", "MIB", "for data read ahead or not yet written (default: 256)",
     number<&MountOptions::memory, 16, 65536>},
    {0, "nocto", "", "open known files without asking: what others wrote is seen a moment later",
     set<&MountOptions::nocto>},
    {0, "nodes", "N", "files that the system may keep in mind, about 160 bytes each (default: 1000000)",
     number<&MountOptions::nodes, 1000, UINT32_MAX>},
    {0, "password-file", "FILE", "the password is the first line of FILE", keep<&MountOptions::password_file>},
    {0, "key", "FILE", "log in with this OpenSSH Ed25519 key (may be repeated)", add_key},
    {0, "accept-new", "", "remember a server that is not known yet, without asking", set<&MountOptions::accept_new>},
    {0, "fingerprint", "SHA256:...", "the server must have this fingerprint", set_fingerprint},
    {0, "ca", "FILE", "the server's certificate must be signed by a CA in FILE (PEM)",
     keep<&MountOptions::authorities>},
    {0, "plain-data", "", "file data without encryption, where the server allows it", set<&MountOptions::plain_data>},
    {0, "status", "", "what the mount at DIR is doing, as JSON", set<&MountOptions::status>},
    {0, "completions", "SHELL", "print completions for bash, zsh or fish", keep<&MountOptions::completions>},
    {'h', "help", "", "this help", set<&MountOptions::help>},
    {'V', "version", "", "the version", set<&MountOptions::version>},
};

}  // namespace

std::span<const MountOption> option_table() {
  return table;
}

std::string mount_options_help() {
  constexpr std::size_t column = 32;
  std::string text;
  for (const MountOption& option : table) {
    std::string line = option.letter ? std::string("  -") + option.letter + ", --" : std::string("      --");
    line += option.name;
    if (!option.value.empty()) line += " " + std::string(option.value);
    line.resize(std::max(column, line.size() + 2), ' ');
    text += line + std::string(option.help) + "\n";
  }
  return text;
}

completions::Program completed_program() {
  completions::Program program{"dftp-mount", {}, {.directories = true, .urls = true}, {}};
  for (const MountOption& option : table) {
    const bool shell = option.name == "completions";
    program.options.push_back(
        {option.letter, option.name, option.value, option.help, shell ? completions::shells : std::string_view()});
  }
  return program;
}

}  // namespace dftp::mount
