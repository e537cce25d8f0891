#include "server/session/tickets.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"
#include "server/session/transfer.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

Tickets::Clock::time_point fake_now;

class TicketsTest : public testing::Test {
 protected:
  Result<Tickets::Claimed> claim(const Ticket& ticket, Channel channel = Channel::secure) {
    return tickets_.claim(ticket.attach(), channel);
  }
  static Code code_of(const Result<Tickets::Claimed>& claimed) { return claimed.error().code; }

  net::Loop loop_;
  Tickets tickets_{[] { return fake_now; }};
};

TEST_F(TicketsTest, ClaimReturnsWhatWasGranted) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor(), true, false});
  const auto claimed = claim(ticket);
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->ticket.text(), ticket.text());
  EXPECT_TRUE(claimed->grant.lead);
}

TEST_F(TicketsTest, ASecondClaimFails) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor()});
  ASSERT_TRUE(claim(ticket));
  EXPECT_EQ(code_of(claim(ticket)), Code::login_failed);
}

TEST_F(TicketsTest, EveryFailureSaysTheSame) {
  const Ticket known = tickets_.issue({{}, loop_.executor()});
  Attach wrong = known.attach();
  wrong.proof[0] = wrong.proof[0] == '0' ? '1' : '0';
  const auto not_proved = tickets_.claim(wrong, Channel::secure);
  const auto unknown = claim(Ticket::make());
  fake_now += limits::ticket_lifetime;
  const auto too_old = claim(known);
  for (const auto* failed : {&not_proved, &unknown, &too_old}) {
    ASSERT_FALSE(*failed);
    EXPECT_EQ(failed->error().code, Code::login_failed);
    EXPECT_EQ(failed->error().where, "");
    EXPECT_EQ(failed->error().detail, unknown.error().detail);
  }
}

TEST_F(TicketsTest, AWrongProofDoesNotSpendTheTicket) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor()});
  ASSERT_FALSE(tickets_.claim({ticket.identity, ""}, Channel::secure));
  EXPECT_TRUE(claim(ticket));
}

TEST_F(TicketsTest, GoodUntilItsLifetimeIsOver) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor()});
  fake_now += limits::ticket_lifetime - 1ms;
  EXPECT_TRUE(claim(ticket));
}

TEST_F(TicketsTest, APlainConnectionNeedsAPlainGrant) {
  const Ticket secure = tickets_.issue({{}, loop_.executor(), true, false});
  const Ticket plain = tickets_.issue({{}, loop_.executor(), true, true});
  EXPECT_EQ(code_of(claim(secure, Channel::plain)), Code::denied);
  EXPECT_TRUE(claim(plain, Channel::plain));
  EXPECT_TRUE(claim(secure)) << "a refused plain connection does not spend it";
}

TEST_F(TicketsTest, AForgottenTicketIsUnknown) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor()});
  tickets_.forget(ticket);
  EXPECT_EQ(code_of(claim(ticket)), Code::login_failed);
}

TEST_F(TicketsTest, OldOnesAreSweptWhenNewOnesAreIssued) {
  for (int i = 0; i < 100; ++i) tickets_.issue({{}, loop_.executor()});
  fake_now += limits::ticket_lifetime;
  tickets_.issue({{}, loop_.executor()});
  EXPECT_EQ(tickets_.size(), 1u);
}

}  // namespace
}  // namespace dftp::server
