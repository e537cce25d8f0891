#include "client/cli/verbs/receipt.h"

#include "client/local_file.h"

namespace dftp::cli {

json::Object receipt_json(const Receipt& receipt, const Endpoint& server, const std::string& user) {
  json::Object object = {{"url", Url{server, user, receipt.path, false}.text()}};
  const json::Value members = to_json(receipt);
  for (const json::Member& member : *members.as<json::Object>()) object.push_back(member);
  object.emplace_back("durable", true);
  return object;
}

Result<KnownReceipt> read_receipt(const std::filesystem::path& file) {
  const auto held = client::read_local_text(file);
  if (!held) return std::unexpected(when("cannot read the receipt", held.error()));
  const auto value = json::parse(held->text);
  auto receipt = value ? from_json<Receipt>(*value, "receipt") : std::unexpected(value.error());
  if (!receipt) return fail(Code::usage, file.string(), "is no receipt; put --receipt FILE writes one");
  const json::Value* url = value->find("url");
  const std::string* text = url ? url->as<std::string>() : nullptr;
  if (!text || receipt->md5.size() != 32)
    return fail(Code::usage, file.string(), "is no receipt, for something is missing; put --receipt FILE writes one");
  return KnownReceipt{*text, std::move(*receipt)};
}

Result<void> write_receipt(const std::filesystem::path& file, const json::Object& receipt) {
  return client::replace_local_file(file, json::write(receipt) + "\n");
}

}  // namespace dftp::cli
