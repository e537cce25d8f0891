#include "client/cli/main/connect_options.h"

#include <cstdio>

#include "client/cli/line/display.h"

namespace dftp::cli {

client::ConnectOptions connect_options(const Settings& settings, const ServerAndUser& place, TerminalPrompt& prompt) {
  client::ConnectOptions options;
  options.endpoint = place.endpoint;
  options.user = place.user;
  options.client = program_name;
  if (settings.connect_timeout) options.connect_limit = *settings.connect_timeout;
  if (settings.limit_rate) options.rate_limit = std::make_shared<RateLimit>(settings.limit_rate);
  options.identity.fingerprint = settings.fingerprint;
  options.identity.authorities = settings.authorities;
  options.credentials.keys.assign(settings.keys.begin(), settings.keys.end());
  options.credentials.password_file = settings.password_file;
  // Called on the pool; a line to standard error needs no order there.
  options.credentials.warn = [](const std::string& text) {
    std::fputs(("dftp-cli: " + printable(text) + "\n").c_str(), stderr);
  };
  if (settings.accept_new) options.identity.unknown = client::UnknownServer::accept_new;
  if (!TerminalPrompt::has_terminal()) return options;
  options.credentials.prompt = [&prompt](const std::string& question) { return prompt.read_password(question); };
  if (settings.accept_new) return options;
  options.identity.unknown = client::UnknownServer::ask;
  options.identity.ask = [&prompt](const std::string& server, const std::string& fingerprint) {
    return prompt.yes("The server " + server + " is not known yet. Its fingerprint is\n" + fingerprint +
                      "\nIs that right? It will be remembered (yes/no) ");
  };
  return options;
}

}  // namespace dftp::cli
