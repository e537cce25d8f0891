#include "client/cli/verbs/expand_urls.h"

#include "client/cli/line/url_pattern.h"
#include "client/cli/line/verb.h"
#include "client/cli/verbs/glob.h"
#include "client/cli/verbs/listers.h"
#include "proto/wire/url.h"

namespace dftp::cli {
namespace {

// Whether names that are there already are meant by this operand: the last of several may be what is to be made.
bool names_what_is_there(const Call& call, std::size_t index) {
  const bool to_there =
      call.verb->operands == OperandLayout::remote_to_remote || call.verb->operands == OperandLayout::local_to_remote;
  return call.verb->operands != OperandLayout::remote_new && call.verb->operands != OperandLayout::two_sides &&
         call.verb->operands != OperandLayout::server_words && !(to_there && index + 1 == call.remote.size());
}

net::Task<Result<std::vector<RemoteOperand>>> expanded(Context& context, const RemoteOperand& operand,
                                                       const UrlPattern& pattern) {
  std::vector<RemoteOperand> operands;
  const auto exact = co_await context.remote.stat(operand.path, false);
  if (exact || exact.error().code != Code::not_found) {
    operands.push_back(operand);
    co_return operands;
  }
  const Lister lister = remote_lister(context);
  const auto names = co_await expand(pattern.path, lister);
  if (!names) co_return std::unexpected(names.error());
  for (const std::string& name : *names) {
    auto path = resolve_path(name, RemotePath());
    if (!path) co_return std::unexpected(std::move(path.error()));
    operands.push_back({std::move(*path), name.ends_with('/'), pattern.server + name});
  }
  co_return operands;
}

}  // namespace

net::Task<Result<Call>> with_patterns_expanded(Context& context, Call call) {
  std::vector<RemoteOperand> operands;
  for (std::size_t i = 0; i < call.remote.size(); ++i) {
    const auto pattern = names_what_is_there(call, i) ? pattern_in(call.remote[i].text) : std::nullopt;
    if (!pattern) {
      operands.push_back(call.remote[i]);
      continue;
    }
    if (auto reached = co_await reach(context); !reached) co_return std::unexpected(reached.error());
    auto found = co_await expanded(context, call.remote[i], *pattern);
    if (!found) co_return std::unexpected(std::move(found.error()));
    std::ranges::move(*found, std::back_inserter(operands));
  }
  call.remote = std::move(operands);
  if (auto checked = check_count(*call.verb, call.remote.size() + call.local.size(), false); !checked)
    co_return std::unexpected(std::move(checked.error()));
  co_return call;
}

}  // namespace dftp::cli
