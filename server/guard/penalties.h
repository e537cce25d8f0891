// What sources of connections have to wait for that guessed passwords, or wasted what is kept for those who log in:
// seconds that add up and run off, as with OpenSSH's PerSourcePenalties. docs/security.md, "Login".
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace dftp::server {

enum class Offence {
  failed_login,
  no_login,    // it spoke, and left without a login
  late_login,  // none came in time
  broken,      // frames or tickets that no client sends
};

// Thread-safe. The time is given, and never goes back.
class Penalties {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  // `sources`: so many are remembered; past that the one that runs off first is forgotten.
  explicit Penalties(std::size_t sources = 65536) : max_(sources) {}

  void add(const std::string& source, Offence offence, Time now);
  // For how long it is refused from now on; zero: it is not.
  Clock::duration refused_for(const std::string& source, Time now) const;
  // What was right after all is forgotten.
  bool lift(const std::string& source);
  std::size_t lift_all();

  struct Penalty {
    std::string source;
    std::chrono::seconds left{};
    bool refused = false;
  };
  // In the order of the sources.
  std::vector<Penalty> list(Time now) const;

 private:
  struct Entry {
    Time end{};
    bool refused = false;  // it had enough of them once, and is refused until they have run off
  };
  using Entries = std::map<std::string, Entry>;
  void forget(Entries::iterator entry);

  const std::size_t max_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::set<std::pair<Time, std::string>> by_end_;
};

}  // namespace dftp::server
