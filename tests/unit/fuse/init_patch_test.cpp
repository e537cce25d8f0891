#include "fuse/operations_init.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace dftp::mount {
namespace {

// The kernel's words, as 32-bit numbers: a request's header is ten of them, an answer's four.
using Request = std::array<std::uint32_t, 15>;
using Header = std::array<std::uint32_t, 4>;
using Answer = std::array<std::uint32_t, 16>;

constexpr std::uint32_t init = 26, ext = 1u << 30, parallel = 1u << 18, killpriv = 1u << 28, mmap = 1u << 4;

struct InitPatchTest : testing::Test {
  InitPatch patch;
  Answer answer{7, 38, 0, ext};

  void see(std::uint32_t opcode, std::uint32_t unique, std::uint32_t flags, std::uint32_t flags2,
           std::uint32_t minor = 40) {
    Request request{60, opcode, unique, 0};
    request[11] = minor;
    request[13] = flags;
    request[14] = flags2;
    patch.see({reinterpret_cast<const std::byte*>(request.data()), sizeof request});
  }
  void change(std::uint32_t unique, std::uint32_t error = 0) {
    Header header{80, error, unique, 0};
    iovec pieces[] = {{header.data(), sizeof header}, {answer.data(), sizeof answer}};
    patch.change(pieces, 2);
  }
};

TEST_F(InitPatchTest, WhatTheKernelOffersIsTaken) {
  see(init, 2, ext | parallel | killpriv, mmap);
  change(2);
  EXPECT_EQ(answer[3], ext | parallel | killpriv);
  EXPECT_EQ(answer[8], mmap);
}

TEST_F(InitPatchTest, WhatItDoesNotOfferIsNot) {
  see(init, 2, ext | parallel, 0);
  change(2);
  EXPECT_EQ(answer[3], ext | parallel);
  EXPECT_EQ(answer[8], 0u);
}

TEST_F(InitPatchTest, DirectFilesAreMappedWhereTheKernelOffersItAndDoesItRight) {
  EXPECT_FALSE(patch.maps_direct());
  see(init, 2, ext, mmap, 39);
  EXPECT_FALSE(patch.maps_direct());
  see(init, 2, ext, 0, 40);
  EXPECT_FALSE(patch.maps_direct());
  see(init, 2, 0, mmap, 40);
  EXPECT_FALSE(patch.maps_direct());
  see(init, 2, ext, mmap, 40);
  EXPECT_TRUE(patch.maps_direct());
}

TEST_F(InitPatchTest, OtherAnswersStayAsTheyAre) {
  const Answer before = answer;
  see(3, 2, ext | parallel, mmap);
  change(2);
  EXPECT_EQ(answer, before);
  see(init, 2, ext | parallel, mmap);
  change(4);
  EXPECT_EQ(answer, before);
  change(2, 5);
  EXPECT_EQ(answer, before);
}

TEST_F(InitPatchTest, ShortRequestIsNoRequest) {
  const std::array<std::uint32_t, 3> request{12, init, 2};
  patch.see({reinterpret_cast<const std::byte*>(request.data()), sizeof request});
  const Answer before = answer;
  change(2);
  EXPECT_EQ(answer, before);
}

}  // namespace
}  // namespace dftp::mount
