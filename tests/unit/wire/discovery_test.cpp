#include "proto/wire/discovery.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"

namespace dftp {
namespace {

std::string filled(std::string text, std::size_t size = limits::discovery_question) {
  text.resize(size, ' ');
  return text;
}

TEST(Discovery, AQuestionIsAsLargeAsAnyAnswer) {
  const std::string question = encode_question({"abc"});
  EXPECT_EQ(question, filled("dftp1? {\"ask\":\"abc\"}"));
  EXPECT_EQ(decode_question(question)->ask, "abc");
  const DiscoveryAnswer longest{std::string(64, '"'), std::string(limits::announced_name, '"'), 65535,
                                "SHA256:" + std::string(43, 'x'), true};
  EXPECT_LE(encode_answer(longest).size(), limits::discovery_question);
}

TEST(Discovery, WhatIsNoQuestionIsRefused) {
  for (const std::string& text :
       {std::string(), filled(""), filled("dftp1? "), filled("dftp1? {}"), filled("dftp1? []"),
        filled("dftp1? {\"ask\":\"\"}"), filled("dftp1! {\"ask\":\"a\"}"), filled("dftp1? {\"ask\":\"a\"}", 1023),
        filled("dftp1? {\"ask\":\"a\"}", 1025), filled("dftp1? {\"ask\":\"" + std::string(65, 'a') + "\"}")}) {
    EXPECT_FALSE(decode_question(text)) << text;
  }
}

TEST(Discovery, AnAnswerIsToItsOwnQuestion) {
  const DiscoveryAnswer answer{"abc", "name", 2121, "SHA256:x", true};
  const auto read = decode_answer(encode_answer(answer), "abc");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name + read->fingerprint, "nameSHA256:x");
  EXPECT_FALSE(decode_answer(encode_answer(answer), "abd"));
  EXPECT_FALSE(decode_answer(encode_question({"abc"}), "abc"));
  EXPECT_FALSE(decode_answer(encode_answer({"abc", "name", 0, "", true}), "abc"));
  EXPECT_FALSE(decode_answer("dftp1! {\"ask\":\"abc\",\"port\":65536}", "abc"));
}

}  // namespace
}  // namespace dftp
