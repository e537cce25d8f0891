#include <malloc.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "client/terminal_prompt.h"
#include "fuse/background.h"
#include "fuse/mount_options.h"
#include "fuse/mount_point.h"
#include "fuse/operations.h"
#include "proto/net/private_memory.h"
#include "proto/net/signals.h"
#include "proto/net/write_signals.h"
#include "proto/storage/standard_descriptors.h"

namespace dftp::mount {
namespace {

constexpr const char* program = "dftp-mount " DFTP_VERSION;
// As mount(8) has them.
constexpr int exit_usage = 1, exit_failed = 32;
constexpr std::size_t pool_threads = 2;

constexpr std::string_view usage =
    "usage: dftp-mount URL DIR [OPTION...] [-o OPTION[=VALUE],...]\n"
    "       dftp-mount --status DIR\n"
    "\n"
    "Mounts a directory of a dftp server on DIR. URL is dftp://[USER@]HOST[:PORT]/PATH; each long option may stand in\n"
    "the list behind -o as well.\n"
    "\n";

int complain(const Error& error) {
  std::fputs(("dftp-mount: " + describe(error) + "\n").c_str(), stderr);
  return error.code == Code::usage ? exit_usage : exit_failed;
}

int show(const std::string& text) {
  const auto printed = print(text);
  if (printed) return EXIT_SUCCESS;
  return reader_has_gone(printed.error()) ? exit_failed : complain(printed.error());
}

// Any directory may have an attribute of that name, with anything in it.
std::string printable_lines(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    shown += printable(line) + "\n";
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return shown;
}

int show_status(const std::string& directory) {
  // Anybody may give a directory such an attribute.
  const auto path = find_mount(directory);
  if (!path) return complain(path.error());
  std::string text(64 * 1024, '\0');
  const ssize_t size = ::getxattr(path->c_str(), "user.dftp.status", text.data(), text.size());
  if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP)) {
    return complain({Code::not_found, {}, directory, "no dftp share is mounted there"});
  }
  if (size < 0) return complain(from_errno(errno, directory));
  text.resize(static_cast<std::size_t>(size));
  return show(printable_lines(text));
}

int print_completions(const std::string& shell) {
  const auto script = completions::script_for(shell, completed_program());
  return script ? show(*script) : complain(script.error());
}

client::MountPlan plan_of(const MountOptions& options, client::TerminalPrompt& prompt) {
  client::MountPlan plan;
  client::ConnectOptions& connect = plan.connect;
  connect.endpoint = options.source.endpoint;
  connect.user = options.source.user;
  connect.client = program;
  connect.identity.fingerprint = options.fingerprint;
  connect.identity.authorities = options.authorities;
  connect.credentials.keys.assign(options.keys.begin(), options.keys.end());
  connect.credentials.password_file = options.password_file;
  connect.credentials.warn = [](const std::string& text) {
    std::fputs(("dftp-mount: " + printable(text) + "\n").c_str(), stderr);
  };
  if (options.accept_new) connect.identity.unknown = client::UnknownServer::accept_new;
  if (client::TerminalPrompt::has_terminal()) {
    connect.credentials.prompt = [&prompt](const std::string& question) { return prompt.read_password(question); };
    if (!options.accept_new) connect.identity.unknown = client::UnknownServer::ask;
    connect.identity.ask = [&prompt](const std::string& server, const std::string& fingerprint) {
      return prompt.yes("The server " + server + " is not known yet. Its fingerprint is\n" + fingerprint +
                        "\nIs that right? It will be remembered (yes/no) ");
    };
  }
  plan.path = options.source.path;
  plan.timeout = options.hard ? client::no_limit : std::chrono::duration_cast<net::Duration>(options.timeout);
  plan.streams = options.streams;
  plan.plain = options.plain_data;
  return plan;
}

// The kernel takes no notice in while it waits for an answer: so there must be answers until the last one is sent.
Task<void> stop_in_order(KernelMount& mount, Notifier& notifier, net::DiskPool& pool) {
  const auto stop = [&] {
    notifier.stop();
    return true;
  };
  co_await pool.run(stop);
  mount.stop();
}

// The first signal ends the mount in order, the second at once.
Task<void> watch_signals(net::Executor executor, net::Signals& signals, KernelMount& mount, Notifier& notifier,
                         net::DiskPool& pool) {
  for (int count = 0;; ++count) {
    const int signal = co_await signals.next();
    if (signal == 0) co_return;
    if (count > 0) std::_Exit(128 + signal);
    net::spawn(executor, stop_in_order(mount, notifier, pool));
  }
}

struct MountOutcome {
  Result<void> mounted;
  bool whole = true;  // all that was written has arrived
};

Task<MountOutcome> run(Filesystem& filesystem, Notifier& notifier, net::DiskPool& pool, const std::string& directory,
                       Background& background) {
  if (auto opened = co_await filesystem.open(); !opened) co_return MountOutcome{opened};
  // From here on a signal must not leave a dead mount behind.
  const bool hangs_on = net::is_ignored(SIGHUP);
  net::Signals signals(filesystem.session().executor(), {SIGINT, SIGTERM});
  if (!hangs_on) signals.add(SIGHUP);
  auto mount = KernelMount::make(filesystem, notifier, directory);
  if (!mount) {
    (void)co_await filesystem.close();
    co_return MountOutcome{std::unexpected(mount.error())};
  }
  const net::Executor executor = filesystem.session().executor();
  net::spawn(executor, watch_signals(executor, signals, **mount, notifier, pool));
  const std::function<void()> ready = [&] { background.ready(); };
  co_await (*mount)->serve(ready);
  // Programs may still have files open: what they wrote until now goes to the server first.
  const bool settled = co_await filesystem.files().settle_all();
  (*mount)->unmount();
  const bool closed = co_await filesystem.close();
  signals.close();
  co_return MountOutcome{{}, settled && closed};
}

// Returns only when nothing was begun.
int mount(const MountOptions& given) {
  MountOptions options = given;
  if (options.remount) {
    options.kernel.emplace_back(options.read_only ? "ro" : "rw");
    const auto changed = options.fake ? Result<void>() : remount(options.directory, options.kernel);
    return changed ? EXIT_SUCCESS : complain(changed.error());
  }
  auto directory = prepare_mount_point(options.directory);
  if (!directory) return complain(directory.error());
  options.directory = *directory;
  if (options.fake) return EXIT_SUCCESS;

  Background background(options.foreground);
  client::TerminalPrompt prompt;
  net::Loop loop;
  net::DiskPool pool(pool_threads);
  Notifier notifier;
  Filesystem filesystem(loop.executor(), pool, options, plan_of(options, prompt), notifier);
  const MountOutcome outcome = net::run_until_done(loop, run(filesystem, notifier, pool, *directory, background));
  const int code = !outcome.mounted ? complain(outcome.mounted.error()) : outcome.whole ? EXIT_SUCCESS : exit_failed;
  // Operations that the kernel has given up may still be under way, and there is nothing left that they could answer
  // to.
  std::fflush(stdout);
  std::_Exit(code);
}

int start(const char* name, const std::vector<std::string>& words) {
  const auto options = parse_mount_options(name, words);
  if (!options) return complain(options.error());
  if (options->help) return show(std::string(usage) + mount_options_help());
  if (options->version) return show(std::string(program) + "\n");
  if (!options->completions.empty()) return print_completions(options->completions);
  if (options->status) return show_status(options->directory);
  return mount(*options);
}

}  // namespace
}  // namespace dftp::mount

int main(int argc, char** argv) {
  dftp::open_standard_descriptors();
  // Buffers of a frame come and go: mapping fresh pages for each took most of the time.
  ::mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
  dftp::net::ignore_write_signals();
  dftp::net::keep_memory_private();
  return dftp::mount::start(argc > 0 ? argv[0] : "dftp-mount", {argv + std::min(argc, 1), argv + argc});
}
