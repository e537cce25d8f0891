#include "server/session/tickets.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"
#include "server/session/server_transfer.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

Tickets::Clock::time_point fake_now;

class TicketsTest : public testing::Test {
 protected:
  Result<Tickets::Redeemed> redeem(const Ticket& ticket, Transport transport = Transport::secure) {
    return tickets_.redeem(ticket.attach(), transport);
  }
  static Code code_of(const Result<Tickets::Redeemed>& redeemed) { return redeemed.error().code; }

  net::Loop loop_;
  Tickets tickets_{[] { return fake_now; }};
};

TEST_F(TicketsTest, ClaimReturnsWhatWasGranted) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor(), true, false});
  const auto redeemed = redeem(ticket);
  ASSERT_TRUE(redeemed);
  EXPECT_EQ(redeemed->ticket.text(), ticket.text());
  EXPECT_TRUE(redeemed->grant.lead);
}

TEST_F(TicketsTest, ASecondClaimFails) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor()});
  ASSERT_TRUE(redeem(ticket));
  EXPECT_EQ(code_of(redeem(ticket)), Code::login_failed);
}

TEST_F(TicketsTest, EveryFailureSaysTheSame) {
  const Ticket known = tickets_.issue({{}, loop_.executor()});
  AttachProof wrong = known.attach();
  wrong.proof[0] ^= std::byte{1};
  const auto not_proved = tickets_.redeem(wrong, Transport::secure);
  const auto unknown = redeem(Ticket::make());
  fake_now += limits::ticket_lifetime;
  const auto too_old = redeem(known);
  for (const auto* failed : {&not_proved, &unknown, &too_old}) {
    ASSERT_FALSE(*failed);
    EXPECT_EQ(failed->error().code, Code::login_failed);
    EXPECT_EQ(failed->error().where, "");
    EXPECT_EQ(failed->error().detail, unknown.error().detail);
  }
}

TEST_F(TicketsTest, AWrongProofDoesNotSpendTheTicket) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor()});
  AttachProof wrong = ticket.attach();
  wrong.proof = {};
  ASSERT_FALSE(tickets_.redeem(wrong, Transport::secure));
  EXPECT_TRUE(redeem(ticket));
}

TEST_F(TicketsTest, GoodUntilItsLifetimeIsOver) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor()});
  fake_now += limits::ticket_lifetime - 1ms;
  EXPECT_TRUE(redeem(ticket));
}

TEST_F(TicketsTest, APlainConnectionNeedsAPlainGrant) {
  const Ticket secure = tickets_.issue({{}, loop_.executor(), true, false});
  const Ticket plain = tickets_.issue({{}, loop_.executor(), true, true});
  EXPECT_EQ(code_of(redeem(secure, Transport::plain)), Code::denied);
  EXPECT_TRUE(redeem(plain, Transport::plain));
  EXPECT_TRUE(redeem(secure)) << "a refused plain connection does not spend it";
}

TEST_F(TicketsTest, AForgottenTicketIsUnknown) {
  const Ticket ticket = tickets_.issue({{}, loop_.executor()});
  tickets_.forget(ticket);
  EXPECT_EQ(code_of(redeem(ticket)), Code::login_failed);
}

TEST_F(TicketsTest, OldOnesAreSweptWhenNewOnesAreIssued) {
  for (int i = 0; i < 100; ++i) tickets_.issue({{}, loop_.executor()});
  fake_now += limits::ticket_lifetime;
  tickets_.issue({{}, loop_.executor()});
  EXPECT_EQ(tickets_.size(), 1u);
}

TEST_F(TicketsTest, AClientsOwnIsGoodOnceAndIsNotOutTwice) {
  const Ticket ticket = Ticket::make();
  ASSERT_TRUE(tickets_.take(ticket, {{}, loop_.executor(), true}));
  EXPECT_EQ(tickets_.take(ticket, {{}, loop_.executor()}).error().code, Code::exists);
  const auto redeemed = redeem(ticket);
  ASSERT_TRUE(redeemed);
  EXPECT_TRUE(redeemed->grant.lead);
  EXPECT_EQ(code_of(redeem(ticket)), Code::login_failed);
}

TEST_F(TicketsTest, WhoComesBeforeTheRequestHearsOnceWhatBecomesOfIt) {
  const Ticket taken = Ticket::make(), refused = Ticket::make(), other = Ticket::make();
  std::vector<std::string> heard;
  const auto listen = [&](const Ticket& ticket, std::string name) {
    return tickets_.wait_for(ticket.attach(),
                             [&heard, name](bool good) { heard.push_back(name + (good ? "+" : "-")); });
  };
  listen(taken, "taken");
  listen(refused, "refused");
  listen(other, "other");
  tickets_.let_go(listen(taken, "gone"));
  ASSERT_TRUE(tickets_.take(taken, {{}, loop_.executor()}));
  tickets_.refuse(taken);
  tickets_.refuse(refused);
  tickets_.refuse(refused);
  EXPECT_EQ(heard, (std::vector<std::string>{"taken+", "refused-"}));
  listen(taken, "late");
  EXPECT_EQ(heard.back(), "late+") << "it is out already";
}

}  // namespace
}  // namespace dftp::server
