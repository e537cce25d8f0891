#include "server/admin/penalty_answers.h"

#include <algorithm>

#include "server/guard/guard.h"

namespace dftp::server {
namespace {

// They fill half a frame.
constexpr std::size_t page = 4096;

}  // namespace

ListPenaltiesReply list_penalties(const ServerContext& context, const ListPenalties& request) {
  const auto all = context.guard.penalties.list(Penalties::Clock::now());
  auto next = std::ranges::upper_bound(all, request.after, {}, &Penalties::Penalty::source);
  ListPenaltiesReply reply;
  for (; next != all.end() && reply.penalties.size() < page; ++next)
    reply.penalties.push_back({next->source, static_cast<std::uint64_t>(next->left.count()), next->refused});
  reply.more = next != all.end();
  return reply;
}

Result<LiftPenaltyReply> lift_penalty(const ServerContext& context, const LiftPenalty& request) {
  Penalties& penalties = context.guard.penalties;
  if (request.source == "all") return LiftPenaltyReply{penalties.lift_all()};
  // Whoever complains knows an address, not what it counts as.
  const bool v6 = request.source.find("::") != std::string::npos || std::ranges::count(request.source, ':') > 1;
  const std::string whole = request.source.substr(0, request.source.find('/'));
  if (penalties.lift(request.source) || (v6 && penalties.lift(source_of("[" + whole + "]:0"))))
    return LiftPenaltyReply{1};
  return fail(Code::not_found, request.source, "has no penalty; dftp-server penalties shows who has");
}

}  // namespace dftp::server
