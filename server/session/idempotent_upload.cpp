#include "server/session/idempotent_upload.h"

#include "proto/wire/json.h"
#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// What the records stand beside; nothing has this name.
constexpr std::string_view beside = "dftp-job";
// A receipt with the longest path, escaped.
constexpr std::uint64_t record_bytes = 64 * 1024;

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

Result<std::shared_ptr<IdempotentUpload>> IdempotentUpload::open(std::shared_ptr<Storage> storage,
                                                                 std::string_view user, std::string_view id) {
  if (id.empty() || id.size() > limits::name_bytes)
    return fail(Code::invalid_request, "job",
                "must be a text of 1 to " + std::to_string(limits::name_bytes) + " bytes");
  const std::string owner = "job\n" + std::string(user) + "\n" + std::string(id);
  const auto place = RemotePath().child(beside);
  if (!place) return std::unexpected(place.error());
  auto opened = storage->open_partial(*place, owner);
  if (!opened && opened.error().code == Code::busy)
    return fail(Code::busy, std::string(id), "this job is running already");
  if (!opened) return std::unexpected(std::move(opened.error()));
  const std::shared_ptr<IdempotentUpload> job(new IdempotentUpload(std::move(storage), std::move(*opened)));
  if (auto read = job->read(id); !read) return std::unexpected(std::move(read.error()));
  return job;
}

// A record that was being written when the machine stopped is none: its job had not been answered.
Result<void> IdempotentUpload::read(std::string_view id) {
  const auto known = record_->attributes();
  if (!known) return std::unexpected(known.error());
  std::string text(std::min(known->size, record_bytes), '\0');
  const auto got = record_->read_at(0, std::as_writable_bytes(std::span(text)));
  if (!got) return fail(Code::io, std::string(id), "the job's record cannot be read: " + describe(got.error()));
  text.resize(*got);
  const auto value = json::parse(text);
  if (auto receipt = value ? from_json<Receipt>(*value, "receipt") : std::unexpected(value.error())) {
    receipt_ = std::move(*receipt);
  }
  return {};
}

Result<void> IdempotentUpload::admit() {
  constexpr std::string_view no_receipt_yet = "\n";
  return record_->write_at(0, as_bytes(no_receipt_yet));
}

OnStored IdempotentUpload::on_stored() {
  return [self = shared_from_this()](const RemotePath& path, const Proof& proof, const Attributes& stored) {
    const Receipt receipt{.path = path,
                          .size = proof.size,
                          .version = version_of(stored),
                          .md5 = proof.md5 ? to_hex(*proof.md5) : std::string(),
                          .root = to_hex(proof.root),
                          .time = now_ns()};
    return self->write(receipt);
  };
}

Result<void> IdempotentUpload::write(const Receipt& receipt) {
  if (!record_) return fail(Code::invalid_request, receipt.path.absolute(), "a job stores one file");
  const std::string text = json::write(to_json(receipt));
  if (auto cut = record_->truncate(0); !cut) return cut;
  if (auto written = record_->write_at(0, as_bytes(text)); !written) return written;
  if (auto flushed = record_->flush(); !flushed) return flushed;
  if (auto synced = storage_->sync_directory({}); !synced) return synced;
  // Who has done it asks for the receipt at once, while its transfer still comes to its end.
  record_.reset();
  return {};
}

}  // namespace dftp::server
