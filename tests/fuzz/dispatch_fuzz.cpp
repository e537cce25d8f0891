// Sequences of requests to a whole server, over sockets of this process: with data connections, sessions that are lost
// and come back, and bytes that are no request. A share of its own for each input.
#include <sys/resource.h>
#include <sys/socket.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "proto/net/frame_channel.h"
#include "proto/net/socket_stream.h"
#include "proto/transfer/attached_stream.h"
#include "server/commands/table.h"
#include "server/main/preparation.h"
#include "server/main/server_state.h"
#include "server/observe/event.h"
#include "server/session/accept_connection.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/requests.h"
#include "tests/support/temporary_directory.h"

using namespace dftp;
using namespace dftp::server;

namespace {

using namespace std::chrono_literals;
using fuzz::Input;
using fuzz::Known;
using StreamPointer = std::shared_ptr<net::Stream>;

constexpr std::size_t max_requests = 64, max_data_connections = 4;
constexpr rlim_t max_file_bytes = 16 << 20;  // what is allocated and truncated must not fill the disk
constexpr auto patience = 8s;                // with what a session does when it ends

struct Silent final : Observer {
  void note(const Event&) override {}
};

// What outlasts an input.
struct Ground {
  Ground() {
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    const rlimit files{max_file_bytes, max_file_bytes};
    ::setrlimit(RLIMIT_FSIZE, &files);
  }
  void fill() const {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::directory_iterator(config.root)) fs::remove_all(entry.path());
    fs::create_directories(config.root / "a/b");
    std::ofstream(config.root / "f") << "hello\n";
    std::ofstream(config.root / "a/f") << std::string(100'000, 'x');
    fs::create_symlink("f", config.root / "l");
    fs::create_hard_link(config.root / "f", config.root / "h");
  }

  TemporaryDirectory directory;
  Config config{.root = directory / "share", .state = directory / "state", .allow_plain_data = true, .talk = true};
  net::TlsServer tls = (std::filesystem::create_directory(config.root), prepare_identity(config).value());
  CurrentConfig current{config};
};

class Server {
 public:
  explicit Server(const Ground& ground)
      : ground_(ground),
        state_({.config = ground.current,
                .commands = command_table(),
                .authenticator = authenticator_,
                .observer = silent_,
                .disk = disk_,
                .hashing = hashing_,
                .logins = logins_},
               RootDirectory::open(ground.config.root, InnerLinks::beneath).value()),
        authenticator_(ground.config.state, {.talk = true}) {}

  net::Loop& loop() { return worker_.loop; }
  // The client's end.
  StreamPointer connect() {
    int ends[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    net::UniqueFd ours(ends[0]), theirs(ends[1]);
    auto client = net::SocketStream::adopt(loop().executor(), std::move(ours));
    auto server = net::SocketStream::adopt(loop().executor(), std::move(theirs));
    require(client && server);
    net::spawn(loop().executor(), serve(*this, std::move(*server)));
    return std::move(*client);
  }
  bool idle() const { return running_ == 0; }

 private:
  static net::Task<void> serve(Server& server, std::unique_ptr<net::Stream> stream) {
    ++server.running_;
    co_await accept_connection(server.worker_, server.ground_.tls, std::move(stream));
    --server.running_;
  }

  const Ground& ground_;
  Silent silent_;
  ServerState state_;
  Authenticator authenticator_;
  int running_ = 0;
  Worker worker_{state_.context};
  net::DiskPool disk_{2}, hashing_{1}, logins_{1};  // go before what their work comes back to
};

// One session and its data connections.
class Client {
 public:
  Client(Server& server, Known& known) : server_(server), known_(known) {}

  net::Task<void> begin() {
    control_ = server_.connect();
    answered_ = std::make_shared<net::Signal>(server_.loop().executor());
    net::spawn(server_.loop().executor(), read(*this, control_));
    const json::Value hello = request_json(next_id(), Hello::command, to_json(Hello{}));
    const json::Value login = request_json(next_id(), Login::command, to_json(Login{.method = "peer"}));
    co_await send(hello, true);
    co_await send(login, true);
  }
  net::Task<void> request(Input& input) {
    const bool waits = input.below(4) > 0;
    const json::Value frame = fuzz::next_request(input, known_, ++id_);
    co_await send(frame, waits);
  }
  // Bytes that are perhaps blocks of a transfer, or frames of a mount.
  net::Task<void> attach(Input& input) {
    const std::size_t which = input.below(std::max<std::size_t>(known_.tickets.size(), 1));
    const std::string_view bytes = input.take(input.byte());
    if (known_.tickets.empty() || data_.size() >= max_data_connections) co_return;
    const auto ticket = Ticket::parse(known_.tickets[which]);
    if (!ticket) co_return;
    const auto stream = server_.connect();
    data_.push_back(stream);
    auto attached = co_await send_attach(*stream, *ticket);
    if (!attached) co_return;
    auto written = co_await stream->write(as_bytes(bytes));
    (void)written;
    auto pause = net::Duration(1ms);
    co_await net::sleep_for(pause);
    if (input.below(2) == 1) stream->close();
  }
  net::Task<void> raw(Input& input) {
    const std::string_view bytes = input.take(input.below(64));
    auto written = co_await control_->write(as_bytes(bytes));
    (void)written;
  }
  void close() {
    control_->close();
    for (const auto& stream : data_) stream->close();
    data_.clear();
  }
  bool idle() const { return reading_ == 0; }

 private:
  std::uint64_t next_id() { return static_cast<std::uint64_t>(++id_); }
  net::Task<void> send(const json::Value& frame, bool waits) {
    const std::size_t before = answers_;
    auto sent = co_await net::write_frame(*control_, frame);
    // What it asks for may last for ever.
    if (sent && waits && answers_ == before) co_await answered_->wait_for(10ms);
  }
  static net::Task<void> read(Client& client, StreamPointer stream) {
    ++client.reading_;
    const auto answered = client.answered_;
    while (true) {
      auto frame = co_await net::read_frame(*stream, limits::frame_after_login);
      if (!frame) break;
      client.known_.learn(*frame);
      if (frame->find("id")) ++client.answers_;
      answered->notify_all();
    }
    --client.reading_;
  }

  Server& server_;
  Known& known_;
  StreamPointer control_;
  std::shared_ptr<net::Signal> answered_;
  std::vector<StreamPointer> data_;
  std::int64_t id_ = 0;
  std::size_t answers_ = 0;
  int reading_ = 0;
};

net::Task<void> talk(Server& server, Input input) {
  Known known;
  Client client(server, known);
  co_await client.begin();
  for (std::size_t i = 0; i < max_requests && !input.empty(); ++i) {
    switch (const std::size_t what = input.below(32); what) {
      case 0:
      case 1:
        client.close();
        co_await client.begin();
        break;
      case 2: co_await client.raw(input); break;
      case 3:
      case 4:
      case 5: co_await client.attach(input); break;
      default: co_await client.request(input);
    }
  }
  client.close();
  const auto by = std::chrono::steady_clock::now() + patience;
  while (!(server.idle() && client.idle())) {
    require(std::chrono::steady_clock::now() < by);
    auto pause = net::Duration(1ms);
    co_await net::sleep_for(pause);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Ground ground;
  ground.fill();
  Server server(ground);
  net::run_until_done(server.loop(), talk(server, Input(as_input(data, size))));
  return 0;
}
