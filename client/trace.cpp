#include "client/trace.h"

#include <cstdio>

#include "proto/net/wrapped_stream.h"

namespace dftp::client {
namespace {

std::string frame_text(const json::Value& frame, std::string_view key) {
  const json::Value* found = frame.find(key);
  const auto* text = found ? found->as<std::string>() : nullptr;
  return text ? *text : std::string();
}

std::int64_t frame_id(const json::Value& frame) {
  const json::Value* found = frame.find("id");
  const auto* number = found ? found->as<std::int64_t>() : nullptr;
  return number ? *number : 0;
}

}  // namespace

class TracedStream final : public net::WrappedStream {
 public:
  TracedStream(std::shared_ptr<Trace> trace, std::unique_ptr<net::Stream> inner, std::string name, bool control)
      : WrappedStream(std::move(inner)),
        trace_(std::move(trace)),
        name_(std::move(name)),
        sent_(control ? TraceReader([this](const json::Value& frame) { note_sent(frame); }, lines("->"))
                      : TraceReader([this](const std::string& identity) { return trace_->purpose(identity); },
                                    lines("->"))),
        received_(control ? TraceReader([this](const json::Value& frame) { note_received(frame); }, lines("<-"))
                          : TraceReader([this](const std::string& identity) { return trace_->purpose(identity); },
                                        lines("<-"))) {
    trace_->tell("--", name_, "opened to " + peer() + (encrypted() ? " with TLS" : " without TLS"));
  }
  ~TracedStream() override { tell_closed(); }

  net::Task<Result<std::size_t>> read_some(MutableBytes out) override {
    auto got = co_await inner_->read_some(out);
    if (got) {
      bytes_received_ += *got;
      received_.take(Bytes(out).first(*got));
    }
    co_return got;
  }
  net::Task<Result<void>> write(Bytes data) override {
    bytes_sent_ += data.size();
    sent_.take(data);
    co_return co_await inner_->write(data);
  }
  void close() override {
    tell_closed();
    inner_->close();
  }

 private:
  TraceReader::OnLine lines(const char* arrow) {
    return [this, arrow](const std::string& line) { trace_->tell(arrow, name_, line); };
  }

  void note_sent(const json::Value& frame) { asked_[frame_id(frame)] = frame_text(frame, "cmd"); }
  void note_received(const json::Value& frame) {
    if (const auto asked = asked_.find(frame_id(frame)); asked != asked_.end()) {
      trace_->learn(asked->second, frame);
      asked_.erase(asked);
    }
  }

  void tell_closed() {
    if (std::exchange(closed_, true)) return;
    trace_->tell(
        "--", name_,
        "closed, " + std::to_string(bytes_sent_) + " bytes sent, " + std::to_string(bytes_received_) + " received");
  }

  const std::shared_ptr<Trace> trace_;
  const std::string name_;
  std::map<std::int64_t, std::string> asked_;  // commands without a reply, by the ids of their requests
  std::uint64_t bytes_sent_ = 0, bytes_received_ = 0;
  bool closed_ = false;
  TraceReader sent_, received_;
};

std::unique_ptr<net::Stream> Trace::control(std::unique_ptr<net::Stream> stream) {
  const std::string name = ++controls_ == 1 ? "control" : "control " + std::to_string(controls_);
  return std::make_unique<TracedStream>(shared_from_this(), std::move(stream), name, true);
}

std::unique_ptr<net::Stream> Trace::data(std::unique_ptr<net::Stream> stream) {
  const std::string name = "data " + std::to_string(++datas_);
  return std::make_unique<TracedStream>(shared_from_this(), std::move(stream), name, false);
}

void Trace::tell(const char* arrow, const std::string& connection, const std::string& what) {
  char seconds[32];
  std::snprintf(seconds, sizeof(seconds), "%9.4f ",
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count());
  write_(std::string(seconds) + arrow + " " + connection + ": " + what);
}

void Trace::learn(std::string_view command, const json::Value& reply) {
  if (command != "exec" && command != "fs.streams") return;
  const json::Value* answer = reply.find(command == "exec" ? "part" : "result");
  const json::Value* tickets = answer ? answer->find("tickets") : nullptr;
  const auto* list = tickets ? tickets->as<json::Array>() : nullptr;
  if (!list) return;
  for (const json::Value& ticket : *list)
    if (const auto* text = ticket.as<std::string>(); text && text->size() >= ticket_identity_digits)
      tickets_[text->substr(0, ticket_identity_digits)] = command == "exec" ? Carries::command : Carries::mount;
}

Carries Trace::purpose(const std::string& identity) {
  const auto known = tickets_.find(identity);
  return known == tickets_.end() ? Carries::transfer : known->second;
}

std::unique_ptr<net::Stream> traced_control(const std::shared_ptr<Trace>& trace, std::unique_ptr<net::Stream> stream) {
  return trace ? trace->control(std::move(stream)) : std::move(stream);
}

std::unique_ptr<net::Stream> traced_data(const std::shared_ptr<Trace>& trace, std::unique_ptr<net::Stream> stream) {
  return trace ? trace->data(std::move(stream)) : std::move(stream);
}

}  // namespace dftp::client
