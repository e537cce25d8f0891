#include "proto/wire/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "proto/wire/encoding.h"

namespace dftp {
namespace {

constexpr std::string_view tcp_scheme = "dftp://";
constexpr std::string_view unix_scheme = "dftp+unix://";
constexpr std::string_view unix_prefix = "unix:";
constexpr std::size_t socket_bytes = 107;  // sockaddr_un has room for 108 with the NUL
constexpr std::size_t host_bytes = 253;    // the longest name DNS can hold

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Alphanumeric or one of `others`.
bool consists_of(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || others.find(c) != others.npos; });
}

std::string percent_encoded(std::string_view bytes) {
  constexpr std::string_view plain = "-._~/+,=";
  std::string out;
  for (const char& c : bytes) {
    if (is_alphanumeric(c) || plain.find(c) != plain.npos) {
      out += c;
    } else {
      out += '%' + to_hex({&c, 1});
    }
  }
  return out;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] != '%') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const auto byte = from_hex(text.substr(1, 2));
    if (!byte || byte->size() != 1) {
      return fail(Code::usage, "", "'%' needs two hexadecimal digits behind it; a '%' itself is written %25");
    }
    out += *byte;
    text.remove_prefix(3);
  }
  return out;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::usage, "", "a port is a number up to 65535");
  }
  return port;
}

// "fe80::1" or, with a zone, "fe80::1%eth0".
bool is_ipv6(std::string_view text) {
  const std::size_t percent = std::min(text.find('%'), text.size());
  const std::string address(text.substr(0, percent));
  const std::string_view zone = text.substr(percent);
  if (!consists_of(address, ":.") || zone == "%" || !consists_of(zone, "%-._~")) return false;
  in6_addr binary;
  return inet_pton(AF_INET6, address.c_str(), &binary) == 1;
}

std::string in_brackets(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

// "[V6]" or a name, at the front of `text`; takes it away.
Result<std::string> take_host(std::string_view& text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    std::string host(text.substr(1, end == text.npos ? end : end - 1));
    if (end == text.npos || !is_ipv6(host)) return fail(Code::usage, "", "not an IPv6 address in brackets");
    text.remove_prefix(end + 1);
    return host;
  }
  std::string host(text.substr(0, text.find(':')));
  if (host.empty()) return fail(Code::usage, "", "a host is missing");
  if (host.size() > host_bytes || !consists_of(host, "-._")) return fail(Code::usage, "", "not a host name");
  // Endpoint::text() of it would be a socket's.
  if (host == "unix") return fail(Code::usage, "", "'unix' stands for a socket; a host of that name is written unix.");
  text.remove_prefix(host.size());
  return host;
}

Result<Endpoint> parse_tcp(std::string_view text) {
  if (std::ranges::count(text, ':') > 1 && !text.starts_with('[')) {
    return fail(Code::usage, "", "an IPv6 address is written in brackets, as in [::1]:2121");
  }
  Endpoint endpoint;
  auto host = take_host(text);
  if (!host) return std::unexpected(std::move(host.error()));
  endpoint.host = std::move(*host);
  if (text.empty()) return endpoint;
  if (text[0] != ':') return fail(Code::usage, "", "only a port can follow the host");
  const auto port = parse_port(text.substr(1));
  if (!port) return std::unexpected(port.error());
  endpoint.port = *port;
  return endpoint;
}

Result<Endpoint> parse_socket(std::string path) {
  if (path.empty()) return fail(Code::usage, "", "the path of a socket is missing");
  if (path.size() > socket_bytes) return fail(Code::usage, "", "a socket's path has at most 107 bytes");
  if (path.find('\0') != path.npos) return fail(Code::usage, "", "a NUL in a socket's path");
  Endpoint endpoint;
  endpoint.unix_socket = std::move(path);
  return endpoint;
}

// Takes "user@" away from the front of `authority`.
Result<std::string> take_user(std::string_view& authority) {
  const std::size_t at = authority.rfind('@');
  if (at == authority.npos) return std::string();
  const std::string_view text = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  if (text.find(':') != text.npos) {
    return fail(Code::usage, "",
                "a password does not belong in a URL, where process lists and histories show it; leave only the user");
  }
  auto user = percent_decoded(text);
  if (user && printable(*user) != *user) return fail(Code::usage, "", "not a user name");
  return user;
}

// "host[:port]".
Result<Endpoint> parse_authority(std::string_view text) {
  const auto decoded = percent_decoded(text);
  if (!decoded) return std::unexpected(decoded.error());
  auto endpoint = parse_tcp(*decoded);
  if (endpoint && endpoint->port == 0) return fail(Code::usage, "", "nothing can be reached at port 0");
  return endpoint;
}

// "/socket/path[:/path]"; what is behind the socket stays in `text`.
Result<Endpoint> take_socket(std::string_view& text) {
  const std::string_view encoded = text.substr(0, text.find(':'));
  text.remove_prefix(std::min(encoded.size() + 1, text.size()));
  if (!text.empty() && text[0] != '/') {
    return fail(Code::usage, "", "':/' separates socket and path; a ':' in the socket's own path is written %3A");
  }
  auto path = percent_decoded(encoded);
  if (!path) return std::unexpected(std::move(path.error()));
  return parse_socket(std::move(*path));
}

Result<Url> parse_behind_scheme(std::string_view text, bool is_unix) {
  std::string_view authority = text.substr(0, text.find('/'));
  text.remove_prefix(authority.size());
  auto user = take_user(authority);
  if (!user) return std::unexpected(std::move(user.error()));
  if (is_unix && !authority.empty()) return fail(Code::usage, "", "the path of a socket begins with '/'");
  auto endpoint = is_unix ? take_socket(text) : parse_authority(authority);
  if (!endpoint) return std::unexpected(std::move(endpoint.error()));
  const auto decoded = percent_decoded(text);
  if (!decoded) return std::unexpected(decoded.error());
  auto path = RemotePath::parse(*decoded);
  if (!path) return std::unexpected(std::move(path.error()));
  const bool directory = path->is_root() || decoded->ends_with('/');
  return Url{std::move(*endpoint), std::move(*user), std::move(*path), directory};
}

// "host:path" as "host/path". What is a port, an address without brackets, or perhaps a password stays as it is.
std::string with_slash(std::string_view text) {
  const std::string_view authority = text.substr(0, text.find('/'));
  const std::size_t host = authority.rfind('@') + 1;  // npos + 1 is 0
  const std::size_t bracket = authority.find(']', host);
  const std::size_t colon = authority.find(':', bracket == authority.npos ? host : bracket);
  if (colon == authority.npos || text.find('@', colon) != text.npos) return std::string(text);
  const std::string_view behind = authority.substr(colon + 1);
  const bool is_port = !behind.empty() && std::ranges::all_of(behind, [](char c) { return c >= '0' && c <= '9'; });
  if (is_port || behind.find(':') != behind.npos) return std::string(text);
  const std::string_view path = text.substr(colon + 1);
  return std::string(text.substr(0, colon)) + (path.starts_with('/') ? "" : "/") + std::string(path);
}

// For an error: a URL without anything that could be a password.
std::string shown(std::string_view text) {
  const std::size_t scheme = text.find("//");
  const std::size_t colon = text.find(':', scheme == text.npos ? 0 : scheme);
  const std::size_t at = text.rfind('@');
  if (at == text.npos || colon > at) return std::string(text);
  return std::string(text.substr(0, colon + 1)) + "..." + std::string(text.substr(at));
}

}  // namespace

std::string Endpoint::text() const {
  if (is_unix()) return std::string(unix_prefix) + unix_socket;
  return in_brackets(host) + ":" + std::to_string(port);
}

bool Url::looks_like(std::string_view text) {
  return text.starts_with(tcp_scheme) || text.starts_with(unix_scheme);
}

bool Url::names_server(std::string_view text) {
  return looks_like(text) || text.substr(0, text.find('/')).find_first_of("@:") != text.npos;
}

Result<Url> Url::parse_short(std::string_view text) {
  // That of another scheme is refused.
  if (text.empty() || text.find("://") != text.npos) return parse(text);
  auto url = parse(std::string(tcp_scheme) + with_slash(text));
  if (!url && url.error().code == Code::usage && url.error().where.starts_with(tcp_scheme))
    url.error().where.erase(0, tcp_scheme.size());
  return url;
}

Result<Url> Url::parse(std::string_view text) {
  if (!looks_like(text)) {
    return fail(Code::usage, text.empty() ? "''" : shown(text),
                "is not a URL: it must begin with dftp:// or dftp+unix://");
  }
  const bool is_unix = text.starts_with(unix_scheme);
  auto url = parse_behind_scheme(text.substr((is_unix ? unix_scheme : tcp_scheme).size()), is_unix);
  if (!url && url.error().where.empty()) url.error().where = shown(text);
  return url;
}

std::string Url::text() const {
  std::string out(endpoint.is_unix() ? unix_scheme : tcp_scheme);
  if (!user.empty()) out += percent_encoded(user) + "@";
  if (endpoint.is_unix()) {
    out += percent_encoded(endpoint.unix_socket) + ":";
  } else {
    for (const char c : in_brackets(endpoint.host)) out += c == '%' ? "%25" : std::string(1, c);
    if (endpoint.port != default_port) out += ":" + std::to_string(endpoint.port);
  }
  out += percent_encoded(path.absolute());
  if (directory && !path.is_root()) out += '/';
  return out;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  auto endpoint =
      text.starts_with(unix_prefix) ? parse_socket(std::string(text.substr(unix_prefix.size()))) : parse_tcp(text);
  if (!endpoint) endpoint.error().where = text;
  return endpoint;
}

}  // namespace dftp
