// A command that the server runs for this client. docs/protocol/exec.md. Belongs to one loop.
#pragma once

#include <memory>

#include "client/connection.h"
#include "proto/transfer/exec_blocks.h"

namespace dftp::client {

// Where its outputs go and its input comes from.
class CommandEnds {
 public:
  virtual ~CommandEnds() = default;
  // `type` is output or errors. An error ends the command.
  virtual net::Task<Result<void>> put(BlockType type, Bytes bytes) = 0;
  // The next piece of input; empty at its end. Called only where there is to be input.
  virtual net::Task<Result<std::vector<std::byte>>> take() = 0;
};

class RemoteCommand : public std::enable_shared_from_this<RemoteCommand> {
 public:
  // Asks for it and opens its data connection: then it runs. `request` lives until this has returned. A
  // take() that waits when run() has ended goes on waiting for as long as the loop runs.
  static net::Task<Result<std::shared_ptr<RemoteCommand>>> begin(net::Executor executor, Connection& connection,
                                                                 const Exec& request,
                                                                 std::shared_ptr<CommandEnds> ends);
  // How it ended. Code::disconnected and the like when nobody knows; then the server kills it.
  net::Task<Result<ExecEnded>> run();
  // The server kills it; run() returns Code::cancelled.
  void stop();

 private:
  using Self = std::shared_ptr<RemoteCommand>;
  RemoteCommand(net::Executor executor, std::unique_ptr<net::Stream> stream, bool input,
                std::shared_ptr<CommandEnds> ends);
  net::Task<Result<ExecEnded>> receive();
  static net::Task<void> feed(Self self);
  static net::Task<void> keep_alive(Self self);

  const net::Executor executor_;
  ExecBlocks blocks_;
  const std::shared_ptr<CommandEnds> ends_;
  const bool input_;
  net::Signal changed_, finished_;
  std::uint64_t room_, sent_ = 0;  // bytes of input
  bool over_ = false;
  std::optional<Error> failed_;  // of the input, or of the outputs here
};

}  // namespace dftp::client
