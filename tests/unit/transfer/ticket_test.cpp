#include "proto/transfer/ticket.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

TEST(Ticket, is_read_as_it_is_written_and_in_small_letters) {
  const Ticket made = Ticket::make();
  const auto read = Ticket::parse(made.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text(), made.text());
  std::string large = made.text();
  for (char& c : large) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
  EXPECT_EQ(Ticket::parse(large)->identity, made.identity);
}

TEST(Ticket, that_anybody_can_guess_is_none) {
  const std::string identity(32, 'a');
  for (const std::string& text :
       {std::string(), std::string(63, '1'), std::string(65, '1'), std::string(64, 'g'), std::string(64, '0'),
        identity + std::string(32, '7'), Ticket::make().text() + "00"}) {
    const auto ticket = Ticket::parse(text);
    ASSERT_FALSE(ticket) << text;
    EXPECT_EQ(ticket.error().code, Code::protocol);
  }
  EXPECT_TRUE(Ticket::parse(identity + std::string(31, '7') + "8")) << "only what is one digit over and over";
}

}  // namespace
}  // namespace dftp
