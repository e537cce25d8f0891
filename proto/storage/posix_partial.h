// A file on its way to its name, whatever holds it until then: a claimed name (locked_partial.h) or none
// (nameless_file.h).
#pragma once

#include <atomic>

#include "proto/storage/content.h"
#include "proto/storage/root_directory.h"

namespace dftp {

class PosixPartial : public PartialFile {
 public:
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    return content::read(file(), offset, out, where_);
  }
  Result<Attributes> attributes() override { return content::attributes(file(), where_); }
  Result<Extent> extent_at(std::uint64_t offset) override { return content::extent_at(file(), offset, where_); }

  Result<void> write_at(std::uint64_t offset, Bytes data) override {
    written_ = true;
    return changed(content::write(file(), offset, data, where_));
  }
  Result<void> zero(std::uint64_t offset, std::uint64_t length) override {
    return changed(content::zero(file(), offset, length, where_));
  }
  Result<void> truncate(std::uint64_t size) override { return changed(content::truncate(file(), size, where_)); }
  Result<void> check_room(std::uint64_t size) override { return content::check_room(file(), size, where_); }
  Result<void> copy_target(std::uint64_t max) override;

  Result<void> copy_range(ReadFile& from, std::uint64_t offset, std::uint64_t length) override;
  int descriptor() const override { return file(); }

  Result<void> prepare(const Publish& how) override;
  Result<void> flush() override;
  Result<Attributes> publish(const Publish& how) override;

 protected:
  // `where` names the target in errors.
  PosixPartial(Descriptor file, ParentAndName target, std::string where)
      : file_(std::move(file)), target_(std::move(target)), where_(std::move(where)) {}

  // Makes the file, which is durable and has its mode, stand under the target's name.
  virtual Result<void> take_name(const Publish& how) = 0;
  // Sets mode and time, and makes all of it durable, as far as that has not been done.
  Result<void> make_ready(const Publish& how);

  int file() const { return file_.number(); }
  const ParentAndName& target() const { return target_; }
  const std::string& where() const { return where_; }
  // Something has come that is worth keeping.
  bool written() const { return written_; }
  std::uint32_t mode() const { return mode_; }
  void forget_metadata() { prepared_ = false; }
  void close() { file_ = Descriptor(); }

 private:
  Result<void> changed(Result<void> result) {
    prepared_ = durable_ = false;
    return result;
  }
  Result<void> set_metadata(const Publish& how);

  Descriptor file_;
  ParentAndName target_;
  std::string where_;
  std::atomic<bool> written_ = false;
  std::atomic<bool> prepared_ = false;  // mode and time are set, to these:
  std::uint32_t mode_ = 0;
  std::int64_t mtime_ns_ = 0;
  std::atomic<bool> durable_ = false;
};

}  // namespace dftp
