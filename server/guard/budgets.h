// What one user, one source of connections and all together may have of what there is once for everybody: one table,
// in budgets.cpp, and one way to take of it. docs/operations.md, "What one may have".
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dftp::server {

enum class Counted : std::size_t {
  sessions,
  mounts,        // those in their grace, too
  descriptors,   // of files, and of the connections that carry them
  queued_bytes,  // requests and answers that wait in this server
  commands,      // remote ones
  watches,       // of files and directories, by inotify
  nodes,         // of files that mounts know
  newcomers,     // connections that have not said who they are
};
inline constexpr std::size_t counted_kinds = 8;

// A row of the table: so much of it for one user, one source and all together.
struct Budget {
  std::string_view name;  // as an error calls them
  std::size_t user = SIZE_MAX, source = SIZE_MAX, all = SIZE_MAX;
};
using BudgetTable = std::array<Budget, counted_kinds>;

// From what the server was told (0: as usual), and from what the system lets this process have open.
struct BudgetTerms {
  std::size_t sessions = 0;  // in all
  std::size_t sessions_per_user = 0, sessions_per_source = 0;
  std::size_t descriptors = 0;  // RLIMIT_NOFILE
  std::size_t watches = 0;      // in all
};
BudgetTable budget_table(const BudgetTerms& terms);

// The limits that hold now. Thread-safe.
class BudgetLimits {
 public:
  explicit BudgetLimits(const BudgetTable& table);
  // Names stay as they are.
  void change(const BudgetTable& table);
  Budget of(Counted what) const;

 private:
  struct Row {
    std::string_view name;
    std::atomic<std::size_t> user, source, all;
  };
  std::array<Row, counted_kinds> rows_;
};

// What somebody has of each kind.
struct Purse {
  std::array<std::atomic<std::size_t>, counted_kinds> taken{};
};

class Account;

// What was taken, until it goes. Thread-safe as far as different shares are concerned.
class Portion {
 public:
  Portion() = default;
  Portion(std::shared_ptr<const Account> of, Counted what, std::size_t amount)
      : of_(std::move(of)), what_(what), amount_(amount) {}
  Portion(Portion&& other) noexcept
      : of_(std::move(other.of_)), what_(other.what_), amount_(std::exchange(other.amount_, 0)) {}
  Portion& operator=(Portion&& other) noexcept {
    give_back();
    of_ = std::move(other.of_);
    what_ = other.what_;
    amount_ = std::exchange(other.amount_, 0);
    return *this;
  }
  ~Portion() { give_back(); }

  // More or less of it, whether there is as much or not.
  void set(std::size_t amount);
  std::size_t amount() const { return amount_; }
  // Whether its user, its source, or all together have more of it than they may.
  bool over() const;

 private:
  void give_back();

  std::shared_ptr<const Account> of_;
  Counted what_{};
  std::size_t amount_ = 0;
};

// Whoever pays: a user who came from a source. Thread-safe.
class Account : public std::enable_shared_from_this<Account> {
 public:
  Account(std::shared_ptr<const BudgetLimits> limits, std::array<std::shared_ptr<Purse>, 3> purses)
      : limits_(std::move(limits)), purses_(std::move(purses)) {}

  // Nothing when the user, the source, or all together would have more than they may.
  std::optional<Portion> take(Counted what, std::size_t amount = 1) const;
  // A share that is set() as it comes.
  Portion meter(Counted what) const { return Portion(shared_from_this(), what, 0); }
  // Whose it is: the same for all accounts of a user, as long as one of them is there.
  const void* user() const { return purses_[0].get(); }
  std::string_view name_of(Counted what) const { return limits_->of(what).name; }

 private:
  friend class Portion;
  // In the order of `purses_`.
  std::array<std::size_t, 3> limits_of(Counted what) const;
  void add(Counted what, std::size_t amount) const;
  void subtract(Counted what, std::size_t amount) const;
  bool over(Counted what) const;

  const std::shared_ptr<const BudgetLimits> limits_;
  const std::array<std::shared_ptr<Purse>, 3> purses_;  // of the user, the source, and all
};

// Thread-safe.
class Budgets {
 public:
  explicit Budgets(const BudgetTable& table) : limits_(std::make_shared<BudgetLimits>(table)) {}
  std::shared_ptr<Account> account(const std::string& user, const std::string& source);
  Budget budget(Counted what) const { return limits_->of(what); }
  // Holds for all accounts from now on. What they have beyond it they keep.
  void change(const BudgetTable& table) { limits_->change(table); }
  // Whether the source has any of it now.
  bool has(const std::string& source, Counted what) const;
  // How many users and sources are known: those who have something.
  std::size_t known() const;

 private:
  std::shared_ptr<Purse> purse(const std::string& key);

  const std::shared_ptr<BudgetLimits> limits_;
  const std::shared_ptr<Purse> all_ = std::make_shared<Purse>();
  mutable std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Purse>> purses_;
  std::size_t sweep_at_ = 0;
};

}  // namespace dftp::server
