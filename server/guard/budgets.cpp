#include "server/guard/budgets.h"

#include <unistd.h>

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// What is kept back for those who are not here yet, and for the operator.
constexpr std::size_t kept_back(std::size_t all) {
  return all / 8;
}

// Of one address, at the same moment: each logs in within a second.
constexpr std::size_t newcomers_of_source = 64;

// More than half, so that a household of one name or one address is not the poorer for it; never all.
constexpr std::size_t max_of(std::size_t all) {
  return all - all / 4;
}

// With its name, and where it is found.
constexpr std::size_t node_bytes = 256;

std::size_t memory_of_machine() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(size) : 0;
}

}  // namespace

BudgetTable budget_table(const BudgetTerms& terms) {
  const std::size_t sessions = terms.sessions;
  const std::size_t usable = terms.descriptors - kept_back(terms.descriptors);
  BudgetTable table;
  const auto row = [&table](Counted what) -> Budget& { return table[static_cast<std::size_t>(what)]; };
  row(Counted::sessions) = {"sessions", terms.sessions_per_user ? terms.sessions_per_user : max_of(sessions),
                            terms.sessions_per_source ? terms.sessions_per_source : max_of(sessions), sessions};
  row(Counted::mounts) = {"mounts", limits::mounts_per_user, limits::mounts_per_user, limits::mounts};
  row(Counted::descriptors) = {"open files and connections", max_of(usable), max_of(usable), usable};
  const std::size_t memory = memory_of_machine();
  const std::size_t bytes = std::clamp<std::size_t>(memory / 8, 256 << 20, std::size_t{4} << 30);
  row(Counted::queued_bytes) = {"unread answers", bytes, bytes, std::max<std::size_t>(memory / 2, 2 * bytes)};
  row(Counted::commands) = {"commands", max_of(limits::commands), max_of(limits::commands), limits::commands};
  // Of all together there are as many as `Watches` takes: the one that was used least makes room.
  row(Counted::watches) = {"watches", terms.watches / 2, max_of(terms.watches)};
  const std::size_t nodes = memory ? memory / 4 / node_bytes : limits::mount_nodes;
  row(Counted::nodes) = {"files that mounts know", max_of(nodes), max_of(nodes), nodes};
  // Of one user there is none: nobody has said yet who he is.
  row(Counted::newcomers) = {"connections without a login", SIZE_MAX, newcomers_of_source, SIZE_MAX};
  return table;
}

// ---- BudgetLimits

BudgetLimits::BudgetLimits(const BudgetTable& table) {
  for (std::size_t i = 0; i < counted_kinds; ++i) rows_[i].name = table[i].name;
  change(table);
}

void BudgetLimits::change(const BudgetTable& table) {
  for (std::size_t i = 0; i < counted_kinds; ++i) {
    rows_[i].user = table[i].user;
    rows_[i].source = table[i].source;
    rows_[i].all = table[i].all;
  }
}

Budget BudgetLimits::of(Counted what) const {
  const Row& row = rows_[static_cast<std::size_t>(what)];
  return {row.name, row.user, row.source, row.all};
}

// ---- Portion

void Portion::set(std::size_t amount) {
  if (!of_) return;
  if (amount > amount_) of_->add(what_, amount - amount_);
  if (amount < amount_) of_->subtract(what_, amount_ - amount);
  amount_ = amount;
}

bool Portion::over() const {
  return of_ && of_->over(what_);
}

void Portion::give_back() {
  if (of_ && amount_ > 0) of_->subtract(what_, std::exchange(amount_, 0));
}

// ---- Account

std::array<std::size_t, 3> Account::limits_of(Counted what) const {
  const Budget budget = limits_->of(what);
  return {budget.user, budget.source, budget.all};
}

std::optional<Portion> Account::take(Counted what, std::size_t amount) const {
  const auto limits = limits_of(what);
  const auto kind = static_cast<std::size_t>(what);
  for (std::size_t i = 0; i < purses_.size(); ++i) {
    if (purses_[i]->taken[kind].fetch_add(amount) + amount <= limits[i]) continue;
    for (std::size_t taken = 0; taken <= i; ++taken) purses_[taken]->taken[kind] -= amount;
    return std::nullopt;
  }
  return Portion(shared_from_this(), what, amount);
}

void Account::add(Counted what, std::size_t amount) const {
  for (const auto& purse : purses_) purse->taken[static_cast<std::size_t>(what)] += amount;
}

void Account::subtract(Counted what, std::size_t amount) const {
  for (const auto& purse : purses_) purse->taken[static_cast<std::size_t>(what)] -= amount;
}

bool Account::over(Counted what) const {
  const auto limits = limits_of(what);
  for (std::size_t i = 0; i < purses_.size(); ++i) {
    if (purses_[i]->taken[static_cast<std::size_t>(what)] > limits[i]) return true;
  }
  return false;
}

// ---- Budgets

std::shared_ptr<Account> Budgets::account(const std::string& user, const std::string& source) {
  const std::lock_guard lock(mutex_);
  // A user has no '/' in it: the names of users and sources never meet.
  return std::make_shared<Account>(limits_, std::array{purse("user/" + user), purse("source/" + source), all_});
}

std::shared_ptr<Purse> Budgets::purse(const std::string& key) {
  if (purses_.size() >= sweep_at_) {
    std::erase_if(purses_, [](const auto& one) { return one.second.expired(); });
    sweep_at_ = 2 * purses_.size() + 16;
  }
  auto& kept = purses_[key];
  auto purse = kept.lock();
  if (!purse) kept = purse = std::make_shared<Purse>();
  return purse;
}

std::size_t Budgets::known() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(purses_, [](const auto& one) { return !one.second.expired(); }));
}

bool Budgets::has(const std::string& source, Counted what) const {
  const std::lock_guard lock(mutex_);
  const auto found = purses_.find("source/" + source);
  const auto purse = found == purses_.end() ? nullptr : found->second.lock();
  return purse && purse->taken[static_cast<std::size_t>(what)] > 0;
}

}  // namespace dftp::server
