#include "client/cli/verbs/url_completion.h"

#include <algorithm>
#include <cstdlib>

#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/listers.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"
#include "client/discovery.h"
#include "client/known_hosts.h"
#include "proto/wire/encoding.h"

namespace dftp::cli {
namespace {

constexpr std::string_view scheme = "dftp://";
// A directory may have any number.
constexpr std::size_t max_names = 2000;

// As Url::text() has it, but letters stay letters.
std::string encoded(std::string_view name) {
  constexpr std::string_view plain = "-._~+,=";
  const bool is_text = printable(name) == name;
  std::string out;
  for (const char& c : name) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) || (is_text && static_cast<signed char>(c) < 0);
    out += letter || plain.find(c) != plain.npos ? std::string(1, c) : "%" + to_hex({&c, 1});
  }
  return out;
}

// "host:2121/", as it stands behind scheme and user.
std::string place_of(const Endpoint& endpoint) {
  return Url{.endpoint = endpoint, .user = {}, .path = {}, .directory = true}.text().substr(scheme.size());
}

// `text` in two: a URL of a directory, and the name that begins there.
struct Parts {
  Url directory;
  std::string name;  // decoded
};

std::optional<Parts> parts_of(const std::string& text) {
  const std::string tail = text.substr(text.rfind('/') + 1);
  auto directory = Url::parse(text.substr(0, text.size() - tail.size()));
  if (!directory || tail == "..") return std::nullopt;
  if (tail.empty() || tail == ".") return Parts{std::move(*directory), tail};
  const auto whole = Url::parse(text);
  if (!whole) return std::nullopt;
  return Parts{std::move(*directory), std::string(whole->path.name())};
}

// Nobody is asked, nothing is remembered, and nothing said.
client::ConnectOptions quiet(client::ConnectOptions options) {
  options.on_event = {};
  options.connect_limit = completion_patience;
  options.request_limit = completion_patience;
  options.identity.unknown = client::UnknownServer::refuse;
  options.identity.ask = {};
  options.credentials.prompt = {};
  options.credentials.warn = {};
  return options;
}

}  // namespace

std::vector<std::string> known_urls(const std::string& text) {
  std::vector<std::string> urls;
  const auto found = client::FoundServers(client::FoundServers::default_file()).read();
  const bool begins_url = text.starts_with(scheme) || scheme.starts_with(text);
  if (!begins_url) {
    for (const client::FoundServer& server : found) {
      if (server.name.starts_with(text)) urls.push_back(std::string(scheme) + place_of(server.endpoint));
    }
    return urls;
  }
  std::vector<Endpoint> servers;
  for (const client::FoundServer& server : found) servers.push_back(server.endpoint);
  for (const std::string& known : client::KnownHosts(client::KnownHosts::default_file()).servers()) {
    if (auto endpoint = parse_endpoint(known); endpoint && !endpoint->is_unix()) servers.push_back(*endpoint);
  }
  const std::size_t at = text.rfind('@');
  const std::string before = at == text.npos ? std::string(scheme) : text.substr(0, at + 1);
  for (const Endpoint& server : servers) {
    std::string url = before + place_of(server);
    if (url.starts_with(text)) urls.push_back(std::move(url));
  }
  std::ranges::sort(urls);
  const auto doubled = std::ranges::unique(urls);
  urls.erase(doubled.begin(), doubled.end());
  return urls;
}

net::Task<std::vector<std::string>> urls_on_server(Context& context, std::string text) {
  std::vector<std::string> urls;
  const auto parts = parts_of(text);
  if (!parts) co_return urls;
  const Url& url = parts->directory;
  client::ServerHandle session(context.session.executor(), context.session.pool(),
                               quiet(context.connect({url.endpoint, url.user}).options()));
  const client::Remote remote(session);
  auto names = co_await remote_names(remote, url.path, parts->name, max_names);
  co_await session.finish();
  if (!names) co_return urls;
  for (const ListedName& entry : *names) {
    // Hidden names are meant only when the dot is typed.
    if (parts->name.empty() && entry.name.starts_with('.')) continue;
    const std::string rest = encoded(std::string_view(entry.name).substr(parts->name.size()));
    urls.push_back(text + rest + (entry.type == FileType::directory ? "/" : ""));
  }
  co_return urls;
}

net::Task<std::vector<std::string>> complete_url(Context& context, std::string text) {
  const bool has_server = Url::looks_like(text) && text.find('/', text.find("//") + 2) != text.npos;
  if (has_server) co_return co_await urls_on_server(context, text);
  co_return co_await context.session.pool().run([&] { return known_urls(text); });
}

namespace {

struct Answer {
  explicit Answer(net::Executor executor) : ready(std::move(executor)) {}
  net::Signal ready;
  std::optional<std::vector<std::string>> urls;
};

net::Task<void> find_out(Context& context, std::string text, std::shared_ptr<Answer> answer) {
  answer->urls = co_await complete_url(context, text);
  answer->ready.notify_all();
}

}  // namespace

VerbTask complete(Context& context, const Call& call, Report& report) {
  const auto answer = std::make_shared<Answer>(context.session.executor());
  net::spawn(context.session.executor(), find_out(context, call.local[0], answer));
  const auto end = std::chrono::steady_clock::now() + completion_patience;
  while (!answer->urls && std::chrono::steady_clock::now() < end) {
    co_await answer->ready.wait_for(end - std::chrono::steady_clock::now());
  }
  // A name server or a disk that does not answer would hold up the end of the program.
  if (!answer->urls && !context.in_session) std::_Exit(0);
  for (const std::string& url : answer->urls.value_or(std::vector<std::string>())) {
    if (context.console.mode().json) {
      report.entry(json::Object{{"url", url}});
    } else {
      context.console.out(url + "\n");
    }
  }
  co_return Result<void>();
}

}  // namespace dftp::cli
