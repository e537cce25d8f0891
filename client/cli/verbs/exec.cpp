// exec: a command on the server, its outputs and its exit status.
#include <unistd.h>

#include <cerrno>

#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"
#include "client/cli/view/report.h"
#include "client/cli/view/text_decoder.h"
#include "client/remote_command.h"
#include "proto/wire/limits.h"

namespace dftp::cli {
namespace {

Result<void> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno(errno, fd == STDOUT_FILENO ? "standard output" : "standard error");
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

// One of the two outputs on its way to us.
struct Output {
  int fd;
  std::string_view name;
  std::optional<TextDecoder> decoder{};
  std::string held{};  // as JSON: the beginning of a character

  std::string text_of(std::string_view bytes) { return decoder ? decoder->decode(bytes) : std::string(bytes); }
};

class Ends final : public client::CommandEnds {
 public:
  explicit Ends(Context& context) : context_(context) {}

  Result<void> decode_from(const std::string& encoding) {
    for (Output* output : {&output_, &errors_}) {
      auto decoder = TextDecoder::from(encoding);
      if (!decoder) return std::unexpected(std::move(decoder.error()));
      output->decoder = std::move(*decoder);
    }
    return {};
  }

  net::Task<Result<void>> put(BlockType type, Bytes bytes) override {
    Output& output = type == BlockType::output ? output_ : errors_;
    const std::string text = output.text_of(as_text(bytes));
    co_return co_await show(output, text, false);
  }

  net::Task<Result<void>> finish() {
    for (Output* output : {&output_, &errors_}) {
      const std::string text = output->decoder ? output->decoder->finish() : std::string();
      auto shown = co_await show(*output, text, true);
      if (!shown) co_return shown;
    }
    co_return Result<void>();
  }

  net::Task<Result<std::vector<std::byte>>> take() override {
    co_await net::wait_readable(STDIN_FILENO);
    std::vector<std::byte> piece(limits::exec_payload);
    ssize_t got = -1;
    do {
      got = ::read(STDIN_FILENO, piece.data(), piece.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) co_return fail_errno(errno, "standard input");
    piece.resize(static_cast<std::size_t>(got));
    co_return piece;
  }

 private:
  // Not on the loop: whoever reads our output may be slow, and the server must hear from us meanwhile.
  net::Task<Result<void>> show(Output& output, const std::string& text, bool last) {
    if (!context_.console.mode().json) {
      const auto write = [&] { return write_all(output.fd, text); };
      co_return co_await context_.session.pool().run(write);
    }
    output.held += text;
    const std::size_t whole = last ? output.held.size() : whole_utf8(output.held);
    if (whole == 0) co_return Result<void>();
    context_.console.json(json::Object{{"event", "output"},
                                       {"stream", std::string(output.name)},
                                       {"data", to_json(Name{output.held.substr(0, whole)})}});
    output.held.erase(0, whole);
    co_return context_.console.flush();
  }

  Context& context_;
  Output output_{STDOUT_FILENO, "stdout"}, errors_{STDERR_FILENO, "stderr"};
};

Exec request_of(const Context& context, const Call& call) {
  Exec request;
  request.name = call.local.front();
  for (std::size_t i = 1; i < call.local.size(); ++i) request.arguments.push_back({call.local[i]});
  request.directory = call.remote.empty() ? context.directory : call.remote[0].path;
  request.input = call.flags.input;
  request.plain = context.settings.plain_data;
  return request;
}

net::Task<Result<ExecEnded>> run(Context& context, const Call& call) {
  const auto ends = std::make_shared<Ends>(context);
  if (!call.flags.encoding.empty()) {
    if (auto known = ends->decode_from(call.flags.encoding); !known) co_return std::unexpected(known.error());
  }
  const Exec request = request_of(context, call);
  const auto connection = co_await context.session.connection();
  if (!connection) co_return std::unexpected(connection.error());
  auto command = co_await client::RemoteCommand::begin(context.session.executor(), **connection, request, ends);
  if (!command) co_return std::unexpected(std::move(command.error()));
  std::optional<Interruptible> interruptible;
  if (context.interactive) {
    interruptible.emplace(context.interrupts, [&](int signal) {
      if (signal != SIGINT) context.interrupts.leave(signal);
      (*command)->stop();
    });
  }
  auto ended = co_await (*command)->run();
  const auto shown = co_await ends->finish();
  if (ended && !shown) co_return std::unexpected(shown.error());
  co_return ended;
}

// What the command itself says by its end.
int status_of(const ExecEnded& ended) {
  return static_cast<int>(ended.status.value_or(128 + ended.signal.value_or(0)));
}

std::string said_of(const ExecEnded& ended) {
  return ended.signal ? "was killed by signal " + std::to_string(*ended.signal)
                      : "ended with status " + std::to_string(status_of(ended));
}

// In a session a command that fails is one of several things that failed.
void report_end(const Context& context, const Call& call, const ExecEnded& ended, Report& report) {
  if (ended.status) report.add("exit", static_cast<std::int64_t>(*ended.status));
  if (ended.signal) report.add("signal", static_cast<std::int64_t>(*ended.signal));
  if (!context.in_session) return report.exit_with(status_of(ended), exit_exec);
  if (status_of(ended) != 0) report.failed({Code::io, {}, call.local.front(), said_of(ended)});
}

VerbTask list_commands(Context& context, Report& report) {
  const auto names = co_await context.remote.commands();
  if (!names) co_return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (context.console.mode().json) {
      report.entry(name);
    } else {
      context.console.out(printable(name) + "\n");
    }
  }
  co_return Result<void>();
}

VerbTask run_or_list(Context& context, const Call& call, Report& report) {
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  if (call.local.empty()) co_return co_await list_commands(context, report);
  const auto ended = co_await run(context, call);
  if (!ended) co_return std::unexpected(ended.error());
  if (!ended->error) {
    report_end(context, call, *ended, report);
    co_return Result<void>();
  }
  report.failed(from_wire(*ended->error));
  if (!context.in_session) report.exit_with(exit_ok, exit_exec);
  co_return Result<void>();
}

}  // namespace

VerbTask exec(Context& context, const Call& call, Report& report) {
  if (call.flags.input && context.in_session)
    co_return fail(Code::usage, "exec", "--input is for calls of their own: a session reads its own commands there");
  const auto done = co_await run_or_list(context, call, report);
  // The exit codes below are the command's.
  if (done || done.error().code == Code::usage || context.in_session) co_return done;
  report.failed(done.error());
  report.exit_with(exit_ok, exit_exec);
  co_return Result<void>();
}

}  // namespace dftp::cli
