#include "client/ssh_agent.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "client/ed25519_key.h"
#include "client/ssh_strings.h"

namespace dftp::client {
namespace {

constexpr std::uint8_t request_identities = 11, identities_answer = 12, sign_request = 13, sign_response = 14;
constexpr std::uint32_t max_answer = 256 * 1024;  // as OpenSSH's own limit
constexpr time_t answer_seconds = 60;

}  // namespace

Result<SshAgent> SshAgent::connect(const std::filesystem::path& socket) {
  const std::string& where = socket.native();
  sockaddr_un address{};
  if (where.size() >= sizeof address.sun_path)
    return fail(Code::name_too_long, where, "is too long for a UNIX socket; set SSH_AUTH_SOCK to a shorter path");
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, where.c_str(), where.size() + 1);
  Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!descriptor) return fail_errno(errno, where);
  const timeval limit{answer_seconds, 0};
  ::setsockopt(descriptor.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(descriptor.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(descriptor.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(errno, where);
  }
  return SshAgent(std::move(descriptor), where);
}

Result<std::vector<SshAgent::Identity>> SshAgent::identities() {
  const auto answer = ask(std::string(1, static_cast<char>(request_identities)), identities_answer);
  if (!answer) return std::unexpected(answer.error());
  SshReader reader(*answer);
  const auto count = reader.number();
  std::vector<Identity> result;
  for (std::uint32_t i = 0; count && i < *count; ++i) {
    const auto blob = reader.string();
    const auto comment = reader.string();
    if (!comment) return fail(Code::protocol, where_, "the ssh-agent's answer is cut short");
    if (is_ed25519_blob(*blob)) result.push_back({std::string(*blob), std::string(*comment)});
  }
  return result;
}

Result<std::string> SshAgent::sign(std::string_view public_blob, std::string_view message) {
  std::string request(1, static_cast<char>(sign_request));
  append_string(request, public_blob);
  append_string(request, message);
  append_number(request, 0);  // no flags
  const auto answer = ask(request, sign_response);
  if (!answer) return std::unexpected(answer.error());
  SshReader outer(*answer);
  SshReader signature(outer.string().value_or(""));
  const auto kind = signature.string();
  const auto bytes = signature.string();
  if (!bytes || *kind != ed25519_name || bytes->size() != ed25519_signature_bytes) {
    return fail(Code::protocol, where_, "the ssh-agent answers with no ed25519 signature");
  }
  return std::string(*bytes);
}

Result<std::string> SshAgent::ask(const std::string& request, std::uint8_t expected) {
  std::string framed;
  append_string(framed, request);
  if (auto sent = send(framed); !sent) return std::unexpected(sent.error());
  const auto header = receive(sizeof(std::uint32_t));
  if (!header) return header;
  const std::uint32_t length = *SshReader(*header).number();
  if (length == 0 || length > max_answer) return fail(Code::protocol, where_, "is no ssh-agent");
  auto answer = receive(length);
  if (!answer) return answer;
  if (static_cast<std::uint8_t>(answer->front()) != expected) {
    return fail(Code::denied, where_, "the ssh-agent refuses; it may be locked, or its user said no");
  }
  return answer->substr(1);
}

Result<void> SshAgent::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(socket_.number(), text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, where_);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::string> SshAgent::receive(std::size_t count) {
  std::string text(count, '\0');
  for (std::size_t have = 0; have < count;) {
    const ssize_t got = ::recv(socket_.number(), text.data() + have, count - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return fail(Code::timed_out, where_, "the ssh-agent does not answer");
    if (got < 0) return fail_errno(errno, where_);
    if (got == 0) return fail(Code::disconnected, where_, "the ssh-agent hung up");
    have += static_cast<std::size_t>(got);
  }
  return text;
}

}  // namespace dftp::client
