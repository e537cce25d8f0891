#include "proto/wire/discovery.h"

#include "proto/wire/limits.h"

namespace dftp {
namespace {

// Both begin with it, and it tells one from the other.
constexpr std::string_view magic_question = "dftp1? ", magic_answer = "dftp1! ";
constexpr std::size_t max_ask = 64;

Result<json::Value> body(std::string_view datagram, std::string_view magic) {
  if (!datagram.starts_with(magic)) return fail(Code::protocol, {}, "no datagram of dftp's");
  return json::parse(datagram.substr(magic.size()));
}

}  // namespace

std::string encode_question(const DiscoveryQuestion& question) {
  std::string text = std::string(magic_question) + json::write(to_json(question));
  text.resize(limits::discovery_question, ' ');
  return text;
}

Result<DiscoveryQuestion> decode_question(std::string_view datagram) {
  if (datagram.size() != limits::discovery_question) return fail(Code::protocol, {}, "a question of the wrong length");
  const auto value = body(datagram, magic_question);
  if (!value) return std::unexpected(value.error());
  auto question = from_json<DiscoveryQuestion>(*value, "question");
  if (question && (question->ask.empty() || question->ask.size() > max_ask))
    return fail(Code::protocol, "question.ask", "must be a short text");
  return question;
}

std::string encode_answer(const DiscoveryAnswer& answer) {
  return std::string(magic_answer) + json::write(to_json(answer));
}

Result<DiscoveryAnswer> decode_answer(std::string_view datagram, std::string_view ask) {
  const auto value = body(datagram, magic_answer);
  if (!value) return std::unexpected(value.error());
  auto answer = from_json<DiscoveryAnswer>(*value, "answer");
  if (!answer) return answer;
  if (answer->ask != ask) return fail(Code::protocol, "answer.ask", "answers somebody else");
  if (answer->port == 0) return fail(Code::protocol, "answer.port", "must be a port");
  return answer;
}

}  // namespace dftp
