#include "server/observe/log_line.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "proto/wire/json.h"

namespace dftp::server {
namespace {

using namespace std::chrono;

// A path may have 4,096 bytes.
constexpr std::size_t longest_value = 4096;
// Of all texts of a line together, as they are written; names and numbers take the rest.
constexpr std::size_t longest_texts = longest_line - 1024;

// In a pair of quotes, where the text has to be escaped for that.
std::size_t written_bytes(std::string_view text) {
  return text.size() + 2 +
         static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c == '"' || c == '\\'; }));
}

struct Fields {
  std::string_view event;
  json::Object members;

  std::size_t left = longest_texts;

  Fields& add(std::string key, std::string_view text) {
    std::string safe = printable(text.substr(0, longest_value));
    const bool cut = text.size() > longest_value || safe.size() > longest_value || written_bytes(safe) > left;
    if (cut) {
      safe.resize(std::min(safe.size(), longest_value));
      while (!safe.empty() && written_bytes(safe) > left)
        safe.erase(safe.size() - std::min<std::size_t>(safe.size(), 64));
      // Not in the middle of a character.
      while (!safe.empty() && (safe.back() & 0x80)) safe.pop_back();
      safe += "...";
    }
    left -= std::min(left, written_bytes(safe));
    members.emplace_back(std::move(key), std::move(safe));
    return *this;
  }
  Fields& add(std::string key, std::uint64_t number) {
    members.emplace_back(std::move(key), number);
    return *this;
  }
  Fields& add(std::string key, milliseconds time) {
    members.emplace_back(std::move(key), static_cast<double>(time.count()) / 1000);
    return *this;
  }
  Fields& add_origin(const LinesLost& lost) {
    return lost.event.empty() ? *this : add("of", lost.event).add("source", lost.source);
  }
  Fields& add_unsaid(std::uint64_t count) { return count > 0 ? add("unsaid", count) : *this; }
};

std::uint64_t rate_of(std::uint64_t bytes, milliseconds time) {
  return static_cast<std::uint64_t>(static_cast<double>(bytes) * 1000 /
                                    static_cast<double>(std::max(time, 1ms).count()));
}

// The words of each event, for people and programs alike.
struct ToFields {
  Fields operator()(const ServerStarted& event) const {
    return Fields{"started", {}}
        .add("version", event.version)
        .add("root", event.root)
        .add("fingerprint", event.fingerprint);
  }
  Fields operator()(const ServerConfined& event) const {
    Fields fields{"confined", {}};
    fields.add("privileges", event.privileges ? "given-up" : "as-started")
        .add("files", event.landlock ? "its-own" : "all")
        .add("programs", event.landlock ? "none" : "any");
    if (event.landlock) fields.add("landlock", static_cast<std::uint64_t>(event.landlock));
    if (!event.reason.empty()) fields.add("reason", event.reason);
    return fields;
  }
  Fields operator()(const ServerReloaded& event) const {
    std::string changed;
    for (const std::string& key : event.changed) changed += (changed.empty() ? "" : ",") + key;
    return Fields{"reloaded", {}}.add("fingerprint", event.fingerprint).add("changed", changed);
  }
  Fields operator()(const ServerNotReloaded& event) const {
    return Fields{"not-reloaded", {}}.add("code", name_of(event.error.code)).add("error", describe(event.error));
  }
  Fields operator()(const CertificateRenewed& event) const {
    return Fields{"certificate-renewed", {}}.add("fingerprint", event.fingerprint);
  }
  Fields operator()(const ServerStopping& event) const {
    return Fields{"stopping", {}}.add("sessions", std::uint64_t{event.sessions});
  }
  Fields operator()(const ServerStopped&) const { return Fields{"stopped", {}}; }
  Fields operator()(const Trouble& event) const {
    return Fields{"trouble", {}}.add("code", name_of(event.error.code)).add("error", describe(event.error));
  }
  Fields operator()(const Refused& event) const {
    return Fields{"refused", {}}.add("peer", event.peer).add("reason", event.reason).add_unsaid(event.unsaid);
  }
  Fields operator()(const LoginFailed& event) const {
    return Fields{"login-failed", {}}
        .add("peer", event.peer)
        .add("user", event.user)
        .add("method", event.method)
        .add_unsaid(event.unsaid);
  }
  Fields operator()(const SessionOpened& event) const {
    return Fields{"session-open", {}}
        .add("session", event.session)
        .add("user", event.user)
        .add("peer", event.peer)
        .add("client", event.client);
  }
  Fields operator()(const SessionClosed& event) const {
    return Fields{"session-close", {}}
        .add("session", event.session)
        .add("user", event.user)
        .add("peer", event.peer)
        .add("seconds", event.duration)
        .add("requests", event.requests)
        .add("reason", event.reason);
  }
  Fields operator()(const TransferDone& event) const {
    Fields fields{"transfer", {}};
    fields.add("session", event.session)
        .add("transfer", event.transfer)
        .add("direction", event.direction)
        .add("path", event.path)
        .add("paths", std::uint64_t{event.paths})
        .add("files", event.totals.files)
        .add("skipped", event.totals.skipped)
        .add("failed", event.totals.failed)
        .add("bytes", event.totals.bytes)
        .add("transferred", event.totals.transferred)
        .add("resumed", event.totals.resumed)
        .add("repaired", event.totals.repaired)
        .add("seconds", event.duration)
        .add("rate", rate_of(event.totals.transferred, event.duration))
        .add("status", event.error ? name_of(event.error->code) : "ok");
    if (event.error) fields.add("error", describe(*event.error));
    return std::move(fields.add("user", event.user).add("peer", event.peer));
  }
  Fields operator()(const CommandCalled& event) const {
    std::string words;
    for (const std::string& word : event.words) {
      if (words.size() <= longest_value) json::append_string(words += words.empty() ? "" : " ", printable(word));
    }
    Fields fields{"exec", {}};
    fields.add("session", event.session)
        .add("name", event.name)
        .add("words", words)
        .add("status", event.error ? name_of(event.error->code) : "ok");
    if (event.error) fields.add("error", describe(*event.error));
    return std::move(fields.add("user", event.user).add("peer", event.peer));
  }
  Fields operator()(const CommandEnded& event) const {
    return Fields{"exec-end", {}}
        .add("session", event.session)
        .add("name", event.name)
        .add("status", event.status)
        .add("input", event.input)
        .add("output", event.output)
        .add("seconds", event.duration)
        .add("user", event.user);
  }
  Fields operator()(const LinesLost& event) const {
    return Fields{"lines-lost", {}}.add("count", event.count).add_origin(event);
  }
};

std::string iso_time(system_clock::time_point time) {
  const auto since = duration_cast<milliseconds>(time.time_since_epoch());
  const auto whole = static_cast<std::time_t>(floor<seconds>(since).count());
  std::tm utc{};
  gmtime_r(&whole, &utc);
  char text[64];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + length, sizeof text - length, ".%03dZ",
                static_cast<int>((since - floor<seconds>(since)).count()));
  return text;
}

void append_value(std::string& line, const json::Value& value) {
  const auto* text = value.as<std::string>();
  if (const auto* seconds = value.as<double>()) {
    char fixed[32];
    line.append(fixed, static_cast<std::size_t>(std::snprintf(fixed, sizeof fixed, "%.3f", *seconds)));
  } else if (!text) {
    line += json::write(value);
  } else if (text->empty() || text->find_first_of(" \"=") != std::string::npos) {
    json::append_string(line, *text);
  } else {
    line += *text;
  }
}

}  // namespace

std::string log_line(const Event& event, LogFormat format, system_clock::time_point time, std::uint64_t unsaid) {
  Fields fields = std::visit(ToFields{}, event);
  fields.add_unsaid(unsaid);
  if (format == LogFormat::json) {
    json::Object line{{"time", iso_time(time)}, {"event", std::string(fields.event)}};
    for (auto& member : fields.members) line.push_back(std::move(member));
    return json::write(line) + "\n";
  }
  std::string line = iso_time(time) + " " + std::string(fields.event);
  for (const auto& [key, value] : fields.members) {
    line += " " + key + "=";
    append_value(line, value);
  }
  return line + "\n";
}

}  // namespace dftp::server
