// What a put has stored, as a file that proves it later. Blocking where it touches files.
#pragma once

#include <filesystem>

#include "proto/wire/json.h"
#include "proto/wire/message.h"
#include "proto/wire/url.h"

namespace dftp::cli {

// What a receipt file holds: where the file is, and the receipt's members.
json::Object receipt_json(const Receipt& receipt, const Endpoint& server, const std::string& user);

struct KnownReceipt {
  std::string url;
  Receipt receipt;
};
// Code::usage for what is no receipt.
Result<KnownReceipt> read_receipt(const std::filesystem::path& file);
// In one step and durable, so that there is never a part of a receipt.
Result<void> write_receipt(const std::filesystem::path& file, const json::Object& receipt);

}  // namespace dftp::cli
