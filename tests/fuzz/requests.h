// Requests of the protocol out of the fuzzer's bytes: their members are filled by type, with what earlier replies have
// brought among the values, so that sequences of them get somewhere.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "proto/wire/chat.h"
#include "proto/wire/exec.h"
#include "proto/wire/feed.h"
#include "proto/wire/message.h"
#include "proto/wire/mount_files.h"
#include "proto/wire/mount_names.h"
#include "proto/wire/request.h"

namespace dftp::fuzz {

class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  // 0 when nothing is left.
  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one[0]);
  }
  std::size_t below(std::size_t count) { return byte() % count; }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }

 private:
  std::string_view rest_;
};

// What a client has learned.
struct Known {
  static constexpr std::size_t max = 64;
  std::vector<std::uint64_t> numbers;  // nodes, handles, cookies
  std::vector<std::string> words;      // versions, mounts
  std::vector<std::string> tickets;
  std::uint64_t seq = 0;

  template <class T>
  static void add(std::vector<T>& to, T value) {
    if (std::ranges::find(to, value) == to.end() && to.size() < max) to.push_back(std::move(value));
  }
  // All that a reply says.
  void learn(const json::Value& reply, std::string_view key = {}) {
    if (const auto* object = reply.as<json::Object>()) {
      for (const auto& [name, value] : *object) learn(value, name);
    } else if (const auto* array = reply.as<json::Array>()) {
      for (const json::Value& value : *array) learn(value, key);
    } else if (const auto* text = reply.as<std::string>()) {
      if (key == "tickets") {
        add(tickets, *text);
      } else if (key == "version" || key == "mount" || key == "target") {
        add(words, *text);
      }
    } else if (const auto* number = reply.as<std::int64_t>()) {
      constexpr std::string_view useful[] = {"node", "nodes", "handle", "cookies", "number"};
      if (std::ranges::find(useful, key) != std::end(useful)) add(numbers, static_cast<std::uint64_t>(*number));
    }
  }
};

// Walks the fields of a request as its reader and writer do.
class Filler {
 public:
  Filler(Input& input, Known& known) : input_(input), known_(known) {}

  template <class T>
  void operator()(std::string_view key, T& out) {
    fill(key, out);
  }
  template <class T>
  void maybe(std::string_view key, T& out) {
    if (input_.below(2) == 1) fill(key, out);
  }

 private:
  template <class T>
  void fill(std::string_view key, T& out) {
    if constexpr (std::is_same_v<T, bool>) {
      out = input_.below(2) == 1;
    } else if constexpr (std::is_same_v<T, std::string>) {
      out = word();
    } else if constexpr (std::is_same_v<T, Name>) {
      out.bytes = word();
    } else if constexpr (std::is_same_v<T, RemotePath>) {
      out = path();
    } else if constexpr (std::is_enum_v<T>) {
      // A table of all of its words; others have no word for what is not there.
      out = static_cast<T>(input_.below(std::is_same_v<T, FileType> ? 4 : 8));
    } else if constexpr (std::is_integral_v<T>) {
      out = static_cast<T>(key == "seq" && input_.below(8) > 0 ? ++known_.seq : number());
    } else if constexpr (fields_detail::is_optional<T>) {
      fill(key, out.emplace());
    } else if constexpr (fields_detail::is_vector<T>) {
      out.resize(input_.below(4));
      for (auto& one : out) fill(key, one);
    } else {
      T::fields(out, *this);
    }
  }
  std::uint64_t number() {
    switch (input_.below(8)) {
      case 0: return 0;
      case 1: return 1;
      case 2: return input_.byte();
      case 3: return input_.number(2);
      case 4: return input_.number(8);
      default: return known_.numbers.empty() ? 1 : known_.numbers[input_.below(known_.numbers.size())];
    }
  }
  std::string word() {
    static const std::array<std::string, 14> usual = {
        "", "a", "a/b", "f", "l", "h", "new", "other", ".", "..", "~", "*?", "none", "user.name",
    };
    const std::size_t which = input_.below(usual.size() + 3);
    if (which < usual.size()) return usual[which];
    if (which == usual.size()) return std::string(255, 'x');
    if (which == usual.size() + 1) return std::string(input_.take(input_.below(32)));
    return known_.words.empty() ? "w" : known_.words[input_.below(known_.words.size())];
  }
  RemotePath path() {
    RemotePath path;
    for (std::size_t left = input_.below(4); left > 0; --left) {
      if (auto next = path.child(word())) path = std::move(*next);
    }
    return path;
  }

  Input& input_;
  Known& known_;
};

// All but hello and login, which begin each session, and fetch, which goes out into the network.
using Requests =
    std::tuple<Ping, Bye, Echo, Say, Who, List, Stat, ReadLink, StatFs, Md5Of, Digests, RootsOf, Find, DiskUsage, Tail,
               Watch, Cancel, KeptTimesOf, MakeDirectory, RemoveDirectory, Remove, Rename, Symlink, Chmod, Utime, Touch,
               Copy, Get, Put, ReceiptOf, Commands, Exec, fs::Mount, fs::Remount, fs::Unmount, fs::Streams, fs::Lock,
               fs::GetLock, fs::Lookup, fs::Readdir, fs::Readlink, fs::Forget, fs::Getattr, fs::CheckAccess, fs::Statfs,
               fs::Getxattr, fs::Listxattr, fs::Open, fs::Release, fs::Fsync, fs::Seek, fs::Mkdir, fs::Mknod,
               fs::Symlink, fs::Link, fs::Unlink, fs::Rmdir, fs::Rename, fs::Setattr, fs::Setxattr, fs::Removexattr,
               fs::Create, fs::Fallocate, fs::CopyRange>;

template <class Request>
json::Value filled(Input& input, Known& known, std::int64_t id) {
  Request request{};
  Filler filler(input, known);
  Request::fields(request, filler);
  return request_json(static_cast<std::uint64_t>(id), Request::command, to_json(request));
}

template <std::size_t... Index>
json::Value request_of(std::size_t which, Input& input, Known& known, std::int64_t id, std::index_sequence<Index...>) {
  json::Value request;
  (void)((which == Index && (request = filled<std::tuple_element_t<Index, Requests>>(input, known, id), true)) || ...);
  return request;
}

inline json::Value next_request(Input& input, Known& known, std::int64_t id) {
  constexpr std::size_t count = std::tuple_size_v<Requests>;
  return request_of(input.below(count), input, known, id, std::make_index_sequence<count>());
}

}  // namespace dftp::fuzz
