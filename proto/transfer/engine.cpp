#include "proto/transfer/engine.h"

#include "proto/wire/error_block.h"

namespace dftp {
namespace {

// A peer that is told of a failure needs a moment to read it; one that got everything may have a slow link to answer
// on.
constexpr auto failed_grace = std::chrono::seconds(1);
constexpr auto settled_grace = std::chrono::seconds(20);

}  // namespace

struct Engine::Connection {
  net::Stream& stream;
  bool lead;
  bool reading = true, writing = true;
};

Engine::Engine(net::Executor executor, net::DiskPool& pool, TransferEvents& events)
    : executor_(executor), pool_(pool), events_(events), work_(executor), ended_(executor) {}

Error named_here(Error error, const Item& item, const RemotePath& path, const std::string& source_name) {
  if (source_name.empty() || error.where != path.absolute()) return error;
  error.where = source_name;
  if (item.path.is_root()) return error;
  if (error.where.ends_with('/')) error.where.pop_back();
  error.where += item.path.absolute();
  return error;
}

net::Task<void> Engine::serve(std::unique_ptr<net::Stream> stream, bool lead) {
  auto self = shared_from_this();
  if (over_) co_return stream->close();
  Connection connection{*stream, lead};
  stream->set_timeout(limits::data_idle);
  stream->expect_bulk();
  streams_.insert(stream.get());
  ++writing_;
  co_await net::both(net::both(serve_reads(connection), serve_writes(connection)), close_in_time(connection));
  stream->close();
  streams_.erase(stream.get());
}

std::uint64_t Engine::lost_segments() const {
  std::uint64_t sum = 0;
  for (auto* stream : streams_) sum += stream->lost_segments();
  return sum;
}

namespace {

net::Task<Result<void>> caught_task(net::Task<Result<void>> task) {
  try {
    co_return co_await std::move(task);
  } catch (...) {
    co_return std::unexpected(error_from_exception());
  }
}

}  // namespace

net::Task<void> Engine::guarded(std::shared_ptr<Engine> self, net::Task<void> task) {
  std::optional<Error> failure;
  try {
    co_await std::move(task);
  } catch (...) {
    failure = error_from_exception();
  }
  if (failure) self->stop(std::move(*failure));
}

// Whichever direction fails first ends the transfer, and with it the other directions.
net::Task<Result<void>> Engine::serve_reads(Connection& connection) {
  auto reading = read_blocks(connection.stream, connection.lead);
  auto read = co_await caught_task(std::move(reading));
  // The receiver's last words come on the lead; the other connections may be closed before they are read there.
  const auto deadline = std::chrono::steady_clock::now() + overtaking_grace;
  while (!read && !connection.lead && !over_ && std::chrono::steady_clock::now() < deadline)
    co_await ended_.wait_for(overtaking_grace);
  if (!read) stop(read.error());
  connection.reading = false;
  ended_.notify_all();
  co_return read;
}

net::Task<Result<void>> Engine::serve_writes(Connection& connection) {
  auto writing = write_blocks(connection.stream, connection.lead);
  auto written = co_await caught_task(std::move(writing));
  if (!written) stop(written.error());
  if (failure_) {
    const std::vector<std::byte> last = error_block(BlockType::abort, 0, *failure_);
    (void)co_await connection.stream.write(last);
  }
  co_await connection.stream.finish();
  connection.writing = false;
  --writing_;
  ended_.notify_all();
  co_return written;
}

net::Task<Result<void>> Engine::close_in_time(Connection& connection) {
  while (!over_) co_await ended_.wait();
  const auto deadline = std::chrono::steady_clock::now() + (failure_ ? failed_grace : settled_grace);
  while (connection.reading || connection.writing) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) {
      connection.stream.close();
      break;
    }
    co_await ended_.wait_for(left);
  }
  co_return Result<void>();
}

void Engine::Pulse::stop() {
  stopped = true;
  changed.notify_all();
}

net::Duration Engine::Pulse::until_due() const {
  return std::max<net::Duration>(last_write + limits::alive_interval - std::chrono::steady_clock::now(), {});
}

net::Task<Result<net::Duration>> Engine::write_out(net::Stream& stream, const OutBuffer& out) {
  const auto& part = out.file_part();
  const Bytes before = part ? out.bytes().first(part->at) : out.bytes();
  if (auto written = co_await stream.write(before); !written) co_return std::unexpected(written.error());
  if (!part) co_return net::Duration{};
  const net::FileRange range{part->file.get(), part->offset, part->length};
  auto sent = co_await stream.write_file(range, pool_);
  if (!sent) co_return std::unexpected(sent.error());
  // What the file does not have any more: its digests tell the other end, which asks again, and learns why.
  static constexpr std::array<std::byte, limits::leaf_bytes> zeros{};
  for (auto left = part->length - sent->bytes; left > 0; left -= std::min<std::uint64_t>(left, zeros.size())) {
    auto written = co_await stream.write(Bytes(zeros).first(std::min<std::uint64_t>(left, zeros.size())));
    if (!written) co_return std::unexpected(written.error());
  }
  const Bytes after = out.bytes().subspan(part->at);
  if (auto written = co_await stream.write(after); !written) co_return std::unexpected(written.error());
  co_return sent->reading;
}

net::Task<Result<void>> Engine::write_then_pulse(net::Stream& stream, OutBuffer& out, Pulse& pulse) {
  pulse.writing = pulse.reading = {};
  while (true) {
    if (!out.empty()) {
      net::Duration took{};
      auto read = co_await timed(write_out(stream, out), took);
      if (!read) co_return std::unexpected(read.error());
      out.clear();
      pulse.reading += *read;
      pulse.writing += took - *read;
      pulse.last_write = std::chrono::steady_clock::now();
    }
    if (pulse.stopped) co_return Result<void>();
    const auto due = pulse.until_due();
    if (due == due.zero()) {
      out.block({.type = BlockType::alive});
    } else {
      co_await pulse.changed.wait_for(due);
    }
  }
}

net::Task<void> Engine::wait_for_work(Pulse& pulse, std::uint64_t seen) {
  const auto due = pulse.until_due();
  if (seen == wakes_ && due > due.zero()) co_await work_.wait_for(due);
}

std::string Engine::stalls_to_tell() {
  if (!stall_clock_.due()) return {};
  stall_clock_.told();
  return json::write(to_json(stalls()));
}

Result<void> Engine::hear_stalls(Bytes payload) {
  if (payload.empty()) return {};
  auto value = json::parse(as_text(payload));
  auto stalls = value ? from_json<Stalls>(*value, "alive") : std::unexpected(value.error());
  if (!stalls) return std::unexpected(stalls.error());
  peer_stalls_ = *stalls;
  return {};
}

void Engine::stop(Error why) {
  if (over_) return;
  failure_ = std::move(why);
  complete();
}

void Engine::complete() {
  if (over_) return;
  over_ = true;
  wake();
  ended_.notify_all();
}

net::Task<Result<void>> Engine::finished() {
  auto self = shared_from_this();
  while (!over_ || writing_ > 0) co_await ended_.wait();
  if (failure_) co_return std::unexpected(*failure_);
  co_return Result<void>();
}

void Engine::note_moved(const Item& item, std::uint64_t bytes) {
  totals_.transferred += bytes;
  events_.moved(item, bytes);
}

void Engine::note_resumed(const Item& item, std::uint64_t bytes) {
  totals_.resumed += bytes;
  events_.resumed(item, bytes);
}

void Engine::note_repaired(const Item& item, std::uint64_t bytes) {
  totals_.repaired += bytes;
  events_.repaired(item, bytes);
}

void Engine::note_settled(const Item& item, Outcome outcome, const std::optional<Error>& error,
                          const std::optional<Proof>& proof) {
  const bool content = item.kind == Announcement::Kind::file || item.kind == Announcement::Kind::symlink;
  if (outcome == Outcome::failed) ++totals_.failed;
  if (outcome == Outcome::stored && content) ++totals_.files;
  if (outcome == Outcome::skipped && content) ++totals_.skipped;
  if (outcome == Outcome::special) ++totals_.special;
  if (outcome != Outcome::failed) totals_.bytes += proof ? proof->size : item.size.value_or(0);
  events_.settled(item, outcome, error, proof);
}

}  // namespace dftp
