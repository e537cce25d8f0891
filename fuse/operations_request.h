// One request of the kernel and its answer. Internal to operations*.cpp.
#pragma once

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

#include <memory>
#include <unordered_map>

#include "fuse/filesystem.h"
#include "fuse/operations_init.h"

namespace dftp::mount {

// A directory that is being read: the page at which the kernel is.
struct OpenDirectory {
  Node node = missing;
  Node instead = missing;  // held, where it stands for one that was replaced
  fs::ReaddirReply page;
  std::int64_t begin = 0;  // cookie before its first entry
  bool loaded = false;
};

// What the handlers find behind fuse_req_userdata().
struct Served {
  Filesystem& filesystem;
  fuse_session* session = nullptr;
  client::SharedBuffer input = nullptr;  // the request that is being handled; a write takes it over
  InitPatch init = {};
  std::unordered_map<std::uint64_t, std::shared_ptr<OpenDirectory>> directories = {};
  std::uint64_t last_directory = 0;
};

// Answered once: with what the operation came to, or before, when its caller was interrupted.
class Request {
 public:
  explicit Request(fuse_req_t request);
  ~Request();
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Filesystem& filesystem() const { return filesystem_; }
  // On whose behalf, where the server allows to name somebody.
  MaybeCaller caller() const;
  std::uint32_t umask() const { return umask_; }

  // Calls reply(fuse_req_t) unless it has been answered. False: the kernel has not taken it in.
  template <class Reply>
  bool answer(Reply reply) {
    if (!request_) return false;
    net::busy_poll_hint();
    return reply(std::exchange(request_, nullptr)) == 0;
  }
  void fail(int number);
  // What it is about, for when it turns out to be stale: the kernel looks once more then. `otherwise`: a name is not
  // what the kernel takes it for when the server answers so, EEXIST or ENOENT.
  void is_about(const char* operation, Node node);
  void is_about(const char* operation, Node parent, const char* name, int otherwise = 0);
  // The kernel has looked once more.
  bool looked_anew() const { return back_ != LooksAnew::Back::no; }
  // And the file is what it has found: by a path, that is.
  bool found_anew() const { return back_ == LooksAnew::Back::found; }
  // For the error that it came to.
  void fail(const Error& error);
  // The caller has the file open, as far as is known.
  bool has_open(Node node) const;
  // Its lookups are part of that.
  bool looks_anew() const;
  void looked(Node parent, const std::string& name, Node node);
  // Puts all of a file into the kernel's cache. No answer of this loop may be what its pages wait for.
  void give_content(Node node, client::Buffer& content);

  // It waits for a lock.
  LockWait wait = nullptr;

 private:
  static void interrupted(fuse_req_t request, void* self);
  static Task<void> give_up_later(std::weak_ptr<Request> weak);
  friend std::shared_ptr<Request> begin(fuse_req_t request);

  fuse_req_t request_;
  Filesystem& filesystem_;
  const fuse_ctx context_;
  const std::uint32_t umask_;
  std::weak_ptr<Request> self_;
  struct Named {
    LooksAnew::About about;
    int otherwise;
  };
  std::vector<Named> about_;
  void note(const LooksAnew::About& about);
  LooksAnew::Back back_ = LooksAnew::Back::no;
};
using RequestPointer = std::shared_ptr<Request>;

RequestPointer begin(fuse_req_t request);
Served& served(fuse_req_t request);

// Starts the operation; its result goes to `send`, its error to the kernel.
template <class T>
Task<void> answer(RequestPointer request, Task<Result<T>> work, void (*send)(Request& request, T& value));
Task<void> answer(RequestPointer request, Task<Result<void>> work);

template <class T>
void start(const RequestPointer& request, Task<Result<T>> work, void (*send)(Request& request, T& value)) {
  net::spawn(request->filesystem().session().executor(), answer<T>(request, std::move(work), send));
}
inline void start(const RequestPointer& request, Task<Result<void>> work) {
  net::spawn(request->filesystem().session().executor(), answer(request, std::move(work)));
}

void send_error(const RequestPointer& request, const Error& error);

// By a path the kernel comes with the file that it takes the name for, by a descriptor with the one that is open,
// whatever its name is by now; and it does not say by which. So the name counts, unless it leads elsewhere and the
// caller has the file open. `apply` begins the change.
template <class Change, class Apply>
std::invoke_result_t<Apply&, Change> by_name(RequestPointer request, Node node, Change change, Apply apply) {
  change.named = !request->looked_anew();
  auto done = co_await apply(change);
  if (done || !client::is_stale(done.error()) || !change.named || !request->has_open(node)) co_return done;
  change.named = false;
  co_return co_await apply(std::move(change));
}

template <class T>
Task<void> answer(RequestPointer request, Task<Result<T>> work, void (*send)(Request& request, T& value)) {
  auto result = co_await std::move(work);
  if (result) {
    send(*request, *result);
  } else {
    send_error(request, result.error());
  }
}

// As this mount shows them.
struct stat stat_of(const Filesystem& filesystem, const fs::Attr& attr);
fuse_entry_param entry_of(const Filesystem& filesystem, const Entry& entry);
inline double seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// The operations, by subject.
void add_names(fuse_lowlevel_ops& table);
void add_attributes(fuse_lowlevel_ops& table);
void add_files(fuse_lowlevel_ops& table);
void add_directories(fuse_lowlevel_ops& table);

}  // namespace dftp::mount
