// What a client and its servers say to each other, a line each: frames as JSON, blocks by type and size, without
// secrets and without content of files. Belongs to one loop; its streams hold it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "client/trace_reader.h"
#include "proto/net/stream.h"

namespace dftp::client {

class Trace : public std::enable_shared_from_this<Trace> {
 public:
  // Printable, without a newline: seconds since the trace began, an arrow (-> to the server, <- from it, -- what
  // happens to a connection), which connection, and what.
  using Write = std::function<void(const std::string& line)>;
  explicit Trace(Write write) : write_(std::move(write)) {}

  // The stream with everything that goes over it told.
  std::unique_ptr<net::Stream> control(std::unique_ptr<net::Stream> stream);
  std::unique_ptr<net::Stream> data(std::unique_ptr<net::Stream> stream);

 private:
  friend class TracedStream;
  void tell(const char* arrow, const std::string& connection, const std::string& what);
  // Tickets in the reply to `command` open data connections that carry what it says.
  void learn(std::string_view command, const json::Value& reply);
  Carries purpose(const std::string& identity);

  const Write write_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::map<std::string, Carries> tickets_;  // by their identities, of those that are not for a transfer
  int controls_ = 0, datas_ = 0;
};

// `stream` itself without a trace.
std::unique_ptr<net::Stream> traced_control(const std::shared_ptr<Trace>& trace, std::unique_ptr<net::Stream> stream);
std::unique_ptr<net::Stream> traced_data(const std::shared_ptr<Trace>& trace, std::unique_ptr<net::Stream> stream);

}  // namespace dftp::client
