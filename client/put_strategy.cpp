#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "client/local_paths.h"
#include "client/transfer_strategy.h"

namespace dftp::client {
namespace {

bool is_standard_input(const std::filesystem::path& source) {
  return descriptor_read(source) == STDIN_FILENO;
}

// A number that a user gives must not lead to one of this program's own connections: what is opened here is closed on
// exec, what came over an exec is not.
Result<std::shared_ptr<PipeStorage>> pipe_of(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFD);
  if (flags < 0 || (flags & FD_CLOEXEC) != 0) {
    return fail(Code::not_found, "descriptor " + std::to_string(descriptor), "is not open");
  }
  return make_pipe_source(descriptor);
}

class PutStrategy final : public TransferStrategy {
 public:
  PutStrategy(const PutRequest& job, StrategyContext context) : job_(job), context_(std::move(context)) {}

  Result<void> prepare() override;
  std::vector<std::size_t> text_sizes() const override;
  TransferPlan plan(const Sources& sources, bool again) override;
  Error unanswered(std::uint32_t source) const override;
  std::optional<std::string> stuck() const override;

 private:
  Result<void> prepare_pipe(std::shared_ptr<PipeStorage> pipe, const std::filesystem::path& source, bool nameless);
  Result<void> check_names() const;
  bool into_directory() const { return job_.directory || job_.sources.size() > 1; }
  std::string name_in_target(std::uint32_t source) const;
  Result<RemotePath> expected_target(std::uint32_t source) const;
  Result<void> check_reply(const Sources& sources, const TransferBegun& reply) const;
  Result<void> tell_plan(const TransferBegun& reply);
  Result<std::shared_ptr<Engine>> make_engine(const Sources& sources, const TransferBegun& reply);

  const PutRequest job_;
  const StrategyContext context_;
  std::vector<LocalSource> sources_;
  bool told_ = false;
};

Result<void> PutStrategy::prepare() {
  if (job_.sources.empty()) return fail(Code::usage, "put", "there is nothing to put");
  for (const auto& source : job_.sources) {
    const auto descriptor = descriptor_read(source);
    auto pipe = descriptor ? pipe_of(*descriptor) : open_pipe_source(source);
    if (!pipe) return std::unexpected(std::move(pipe.error()));
    if (*pipe) return prepare_pipe(std::move(*pipe), source, descriptor.has_value());
  }
  auto sources = local_sources(job_.sources);
  if (!sources) return std::unexpected(std::move(sources.error()));
  sources_ = std::move(*sources);
  return check_names();
}

Result<void> PutStrategy::prepare_pipe(std::shared_ptr<PipeStorage> pipe, const std::filesystem::path& source,
                                       bool nameless) {
  const std::string shown = is_standard_input(source) ? "standard input" : source.string();
  if (job_.sources.size() != 1) return fail(Code::usage, source.string(), shown + " goes alone");
  if (nameless && (job_.directory || job_.target.is_root())) {
    return fail(Code::usage, job_.target.absolute(), shown + " has no name; the target must have one");
  }
  pipe_ = std::move(pipe);
  const std::string name = nameless ? std::string() : source.filename().string();
  sources_.push_back({{pipe_, RemotePath().child(pipe_name).value(), true, source.string()}, name});
  return {};
}

// Empty: the source goes to exactly the target.
std::string PutStrategy::name_in_target(std::uint32_t source) const {
  const bool exactly = sources_[source].directory && !into_directory() && !job_.target.is_root();
  return exactly ? std::string() : sources_[source].name;
}

Result<void> PutStrategy::check_names() const {
  std::set<std::string> names;
  for (const LocalSource& source : sources_) {
    if (!names.insert(source.name).second) {
      return fail(Code::usage, source.name, "is the name of two sources, which would go to the same place");
    }
  }
  return {};
}

std::vector<std::size_t> PutStrategy::text_sizes() const {
  const std::size_t path = job_.target.absolute().size();
  std::vector<std::size_t> sizes;
  for (const LocalSource& source : sources_) sizes.push_back(path + source.name.size());
  return sizes;
}

TransferPlan PutStrategy::plan(const Sources& sources, bool again) {
  const TransferOptions& options = context_.options;
  Put request;
  for (const std::uint32_t source : sources) request.targets.push_back({job_.target, Name{name_in_target(source)}});
  request.overwrite = options.overwrite;
  request.resume = options.resume || again;
  request.md5 = options.md5;
  request.if_version = options.if_version;
  request.backup.bytes = options.backup;
  request.job = options.job;
  TransferPlan plan{.request = std::move(request), .streams = options.streams, .plain = options.plain, .engine = {}};
  plan.engine = [this, sources](const TransferBegun& reply) { return make_engine(sources, reply); };
  if (pipe_) {
    plan.pipe = pipe_;
    plan.streams = 1;
  }
  return plan;
}

Error PutStrategy::unanswered(std::uint32_t source) const {
  return {Code::protocol, {}, sources_[source].source.name, "the server did not say what became of it"};
}

std::optional<std::string> PutStrategy::stuck() const {
  if (!pipe_ || pipe_->position() == 0) return std::nullopt;
  const std::string& name = sources_.front().source.name;
  return "what was read from " + (is_standard_input(name) ? "standard input" : name) +
         " is gone, so it cannot be sent once more";
}

Result<RemotePath> PutStrategy::expected_target(std::uint32_t source) const {
  const std::string& name = sources_[source].name;
  return name.empty() ? Result<RemotePath>(job_.target) : job_.target.child(name);
}

Result<void> PutStrategy::check_reply(const Sources& sources, const TransferBegun& reply) const {
  if (reply.targets.size() != sources.size() || reply.present.size() != sources.size()) {
    return fail(Code::protocol, job_.target.absolute(), "the server answered for another number of targets");
  }
  for (std::size_t i = 0; into_directory() && i < sources.size(); ++i) {
    const auto expected = expected_target(sources[i]);
    if (!expected) return std::unexpected(expected.error());
    if (reply.targets[i] != *expected) return fail(Code::not_directory, job_.target.absolute(), "is no directory");
  }
  return {};
}

Result<void> PutStrategy::tell_plan(const TransferBegun& reply) {
  if (std::exchange(told_, true)) return {};
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < sources_.size(); ++i) {
    const auto target = sources_.size() == 1 ? Result<RemotePath>(reply.targets.front()) : expected_target(i);
    if (!target) return std::unexpected(target.error());
    names.push_back(target->absolute());
  }
  context_.observer.planned(names);
  return {};
}

Result<std::shared_ptr<Engine>> PutStrategy::make_engine(const Sources& sources, const TransferBegun& reply) {
  if (auto checked = check_reply(sources, reply); !checked) return std::unexpected(std::move(checked.error()));
  if (auto told = tell_plan(reply); !told) return std::unexpected(std::move(told.error()));
  std::vector<Source> to_send;
  for (const std::uint32_t source : sources) to_send.push_back(sources_[source].source);
  const bool fresh = std::ranges::find(reply.present, true) == reply.present.end();
  const SendOptions options{.recursive = context_.options.recursive,
                            .md5 = context_.options.md5,
                            .eager = fresh ? eager_bytes : 0,
                            .streams = static_cast<std::uint32_t>(reply.tickets.size()),
                            .fresh = fresh,
                            .only = context_.options.only,
                            .mode_of = context_.options.mode_of};
  return std::make_shared<Sender>(context_.executor, context_.pool, *context_.tally, std::move(to_send), options);
}

}  // namespace

std::unique_ptr<TransferStrategy> make_strategy(const PutRequest& job, StrategyContext context) {
  return std::make_unique<PutStrategy>(job, std::move(context));
}

}  // namespace dftp::client
