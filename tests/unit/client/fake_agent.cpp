#include "tests/unit/client/fake_agent.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <stdexcept>

#include "client/ed25519_key.h"
#include "client/ssh_strings.h"
#include "tests/unit/client/keys.h"

namespace dftp::client {
namespace {

std::string read_exactly(int connection, std::size_t size) {
  std::string text(size, '\0');
  const ssize_t got = ::recv(connection, text.data(), size, MSG_WAITALL);
  return got == static_cast<ssize_t>(size) ? text : "";
}

std::string rfc_blob() {
  std::string blob;
  append_string(blob, ed25519_name);
  append_string(blob, from_hex(rfc_public).value());
  return blob;
}

std::string list_of_keys() {
  std::string rsa;
  append_string(rsa, "ssh-rsa");
  append_string(rsa, "\1\0\1");
  std::string answer(1, 12);
  append_number(answer, 3);
  for (const auto& [blob, comment] : {std::pair(rsa, "rsa"), std::pair(rfc_blob(), "mine"), std::pair(rsa, "more")}) {
    append_string(answer, blob);
    append_string(answer, comment);
  }
  return answer;
}

std::string signature_of(const std::string& request) {
  SshReader reader(request);
  reader.byte();
  const auto blob = reader.string();
  const auto message = reader.string();
  if (!message || *blob != rfc_blob()) return std::string(1, 5);
  const auto pair = from_hex(rfc_seed).value() + from_hex(rfc_public).value();
  std::string signature;
  append_string(signature, ed25519_name);
  append_string(signature, Ed25519Key::parse(key_text(ed25519_name, pair))->sign(*message));
  std::string answer(1, 14);
  append_string(answer, signature);
  return answer;
}

}  // namespace

FakeAgent::FakeAgent(const std::filesystem::path& socket, Answer answer)
    : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), answer_(std::move(answer)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  if (::bind(listener_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.number(), 8) != 0) {
    throw std::runtime_error("no fake agent");
  }
  thread_ = std::thread([this] { serve(); });
}

FakeAgent::~FakeAgent() {
  ::shutdown(listener_.number(), SHUT_RDWR);
  thread_.join();
}

FakeAgent::Answer FakeAgent::with_one_key() {
  return [](const std::string& request) {
    std::string framed;
    append_string(framed, request.front() == 11 ? list_of_keys() : signature_of(request));
    return framed;
  };
}

void FakeAgent::serve() {
  while (true) {
    const Descriptor connection(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return;
    serve_one(connection.number());
  }
}

void FakeAgent::serve_one(int connection) {
  while (true) {
    const std::string header = read_exactly(connection, 4);
    if (header.empty()) return;
    const std::string request = read_exactly(connection, *SshReader(header).number());
    const std::string answer = answer_(request);
    if (answer.empty()) return;
    ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
  }
}

}  // namespace dftp::client
