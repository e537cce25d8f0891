#include <algorithm>

#include "client/local_paths.h"
#include "client/transfer_strategy.h"
#include "proto/storage/umask.h"

namespace dftp::client {
namespace {

// Partials of all servers and sessions are alike: content is compared before it is trusted.
constexpr std::string_view partial_owner = "dftp";

// A device or a FIFO is written to, as `cp` does; nothing takes its place. A link to one is replaced as any link is.
bool written_in_order(std::filesystem::file_type kind) {
  return kind == std::filesystem::file_type::character || kind == std::filesystem::file_type::fifo;
}

class GetStrategy final : public TransferStrategy {
 public:
  GetStrategy(const GetRequest& job, StrategyContext context) : job_(job), context_(std::move(context)) {}

  Result<void> prepare() override;
  std::vector<std::size_t> text_sizes() const override;
  TransferPlan plan(const Sources& sources, bool again) override;
  Error unanswered(std::uint32_t source) const override;
  std::optional<RemotePath> version_to_confirm() const override;
  Result<void> confirm(const std::string& version) override;

 private:
  Result<void> prepare_pipe(Result<std::shared_ptr<PipeStorage>> pipe, const std::string& name);
  void tell_plan();
  Result<void> accept_for_pipe(const StatReply& source);
  Result<void> check_version(const StatReply& source) const;
  std::shared_ptr<Engine> make_engine(const Sources& sources, bool again);

  const GetRequest job_;
  const StrategyContext context_;
  std::vector<LocalTarget> targets_;
  bool told_ = false;
  std::string version_;   // of what goes to the pipe
  bool spliced_ = false;  // the pipe got its bytes from several attempts
};

Result<void> GetStrategy::prepare() {
  if (job_.sources.empty()) return fail(Code::usage, "get", "there is nothing to get");
  if (const auto descriptor = descriptor_named(job_.target)) {
    return prepare_pipe(make_pipe_sink(*descriptor, context_.options.md5), job_.target.string());
  }
  std::error_code failed;
  if (const auto kind = std::filesystem::symlink_status(job_.target, failed).type(); written_in_order(kind)) {
    return prepare_pipe(open_pipe_sink(job_.target, context_.options.md5), job_.target.string());
  }
  auto targets = local_targets(job_.sources, job_.target, job_.directory, context_.options.recursive);
  if (!targets) return std::unexpected(std::move(targets.error()));
  targets_ = std::move(*targets);
  return {};
}

Result<void> GetStrategy::prepare_pipe(Result<std::shared_ptr<PipeStorage>> pipe, const std::string& name) {
  if (job_.sources.size() != 1) return fail(Code::usage, name, "one file goes there, not several");
  if (!pipe) return std::unexpected(std::move(pipe.error()));
  pipe_ = std::move(*pipe);
  targets_.push_back({{pipe_, RemotePath().child(pipe_name).value(), name}, name, false});
  return {};
}

std::vector<std::size_t> GetStrategy::text_sizes() const {
  std::vector<std::size_t> sizes;
  for (const RemotePath& source : job_.sources) sizes.push_back(source.absolute().size());
  return sizes;
}

void GetStrategy::tell_plan() {
  if (std::exchange(told_, true)) return;
  std::vector<std::string> names;
  for (const LocalTarget& target : targets_) names.push_back(target.name);
  context_.observer.planned(names);
}

TransferPlan GetStrategy::plan(const Sources& sources, bool again) {
  tell_plan();
  const TransferOptions& options = context_.options;
  Get request;
  for (const std::uint32_t source : sources) request.sources.push_back(job_.sources[source]);
  const bool fresh =
      !again && !options.only && std::ranges::none_of(sources, [&](auto source) { return targets_[source].present; });
  request.recursive = options.recursive && !pipe_;
  request.md5 = options.md5;
  request.if_version = options.if_version;
  request.eager = fresh ? eager_bytes : 0;
  TransferPlan plan{.request = std::move(request), .streams = options.streams, .plain = options.plain, .engine = {}};
  plan.engine = [this, sources, again](const TransferBegun&) { return make_engine(sources, again); };
  if (pipe_) {
    plan.pipe = pipe_;
    plan.streams = 1;  // in order
    plan.look_at = job_.sources.front();
    plan.accept = [this](const StatReply& source) { return accept_for_pipe(source); };
  } else if (!options.if_version.empty() && sources.size() == 1) {
    // What is the same here already is not sent, and so never looked at by the sender.
    plan.look_at = job_.sources[sources.front()];
    plan.accept = [this](const StatReply& source) { return check_version(source); };
  }
  return plan;
}

Error GetStrategy::unanswered(std::uint32_t source) const {
  return {Code::protocol, {}, job_.sources[source].absolute(), "the server did not send it, and did not say why"};
}

Result<void> GetStrategy::check_version(const StatReply& source) const {
  const std::string& wanted = context_.options.if_version;
  if (source.version == wanted) return {};
  return fail(Code::changed, job_.sources.front().absolute(), "its version is " + source.version + ", not " + wanted);
}

// What goes to a pipe is one file, and the same one in all attempts.
Result<void> GetStrategy::accept_for_pipe(const StatReply& source) {
  const std::string& name = targets_.front().name;
  if (auto fits = context_.options.if_version.empty() ? Result<void>() : check_version(source); !fits) return fits;
  if (source.type == FileType::directory) {
    return fail(Code::is_directory, job_.sources.front().absolute(),
                "a directory cannot go to " + (name == pipe_name ? "standard output" : name));
  }
  spliced_ = pipe_->position() > 0;
  if (spliced_) return confirm(source.version);
  version_ = source.version;
  return {};
}

std::shared_ptr<Engine> GetStrategy::make_engine(const Sources& sources, bool again) {
  std::vector<Target> targets;
  for (const std::uint32_t source : sources) targets.push_back(targets_[source].target);
  const ReceiveOptions options{.overwrite = context_.options.overwrite,
                               .resume = context_.options.resume || again,
                               .md5 = context_.options.md5,
                               .backup = context_.options.backup,
                               .owner = std::string(partial_owner),
                               .recursive = context_.options.recursive && !pipe_,
                               .modes = context_.options.modes,
                               .umask = context_.options.umask ? process_umask() : 0,
                               .only = context_.options.only};
  return std::make_shared<Receiver>(context_.executor, context_.pool, *context_.tally, std::move(targets), options);
}

std::optional<RemotePath> GetStrategy::version_to_confirm() const {
  return spliced_ ? std::optional(job_.sources.front()) : std::nullopt;
}

Result<void> GetStrategy::confirm(const std::string& version) {
  if (version == version_) return {};
  return fail(Code::changed, job_.sources.front().absolute(),
              "the file changed on the server after " + std::to_string(pipe_->position()) +
                  " bytes of it were written to " + targets_.front().name);
}

}  // namespace

std::unique_ptr<TransferStrategy> make_strategy(const GetRequest& job, StrategyContext context) {
  return std::make_unique<GetStrategy>(job, std::move(context));
}

}  // namespace dftp::client
