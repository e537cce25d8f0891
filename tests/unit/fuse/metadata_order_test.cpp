// Replies and events that are late and overtake each other, beside a model of the server.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "fuse/metadata_cache.h"

namespace dftp::mount {
namespace {

struct Deaf final : KernelInvalidations {
  void attributes(Node) override {}
  void data(Node) override {}
  void pages(Node) override {}
  void name(Node, const std::string&) override {}
  void listing(Node) override {}
  void all_names() override {}
  void release_entry(Node, const std::string&) override {}
};

// One file. Its size is the number of its state, so that it is seen which one is believed.
class Server {
 public:
  struct Reply {
    enum class Kind { look, change, write, event } kind;
    std::uint64_t at;
    fs::Attr attr;
    std::uint64_t least;  // the state that is known once it has come, or a later one
  };

  explicit Server(unsigned seed) : random_(seed) {}

  Reply look() {
    const std::uint64_t at = last_;
    maybe_foreign();
    return {Reply::Kind::look, at, sample(), 0};
  }
  Reply change(Reply::Kind kind) {
    const std::uint64_t least = ++state_, at = ++last_;
    maybe_foreign();
    return {kind, at, sample(), least};
  }
  // Those that are to be told.
  std::vector<Reply> take_events() { return std::exchange(events_, {}); }
  unsigned pick(unsigned max) { return std::uniform_int_distribution<unsigned>(0, max - 1)(random_); }

 private:
  // Between the number and the look others may change the file.
  void maybe_foreign() {
    if (pick(4) == 0) events_.push_back({Reply::Kind::event, ++last_, {}, ++state_});
  }
  fs::Attr sample() const {
    const auto time = static_cast<std::int64_t>(state_ / 4);  // clocks of file systems are coarse
    return {.inode = 5, .mode = 0100644, .size = state_, .mtime = time, .ctime = time};
  }

  std::mt19937 random_;
  std::uint64_t state_ = 0, last_ = 0;
  std::vector<Reply> events_;
};

TEST(MetadataOrder, NothingIsBelievedThatIsOlderThanAChangeThatWasAnswered) {
  using Kind = Server::Reply::Kind;
  for (unsigned seed = 0; seed < 300; ++seed) {
    Deaf deaf;
    MetadataCache known(Lifetimes(MountOptions{}), deaf, 1000);
    Server server(seed);
    std::vector<Server::Reply> under_way;
    std::uint64_t least = 0;
    for (int step = 0; step < 400; ++step) {
      const unsigned what = server.pick(6);
      if (what < 2) under_way.push_back(server.look());
      if (what == 2) under_way.push_back(server.change(Kind::change));
      if (what == 3) under_way.push_back(server.change(Kind::write));
      // Events come in order and before the replies that have seen them; those come as they like.
      for (const Server::Reply& event : server.take_events()) {
        known.changed({5, {fs::What::attr, fs::What::data}, {}}, event.at, 0);
        least = std::max(least, event.least);
      }
      if (what >= 4 && !under_way.empty()) {
        const auto at = under_way.begin() + server.pick(static_cast<unsigned>(under_way.size()));
        const Server::Reply reply = *at;
        under_way.erase(at);
        if (reply.kind == Kind::write) {
          known.store_written(5, reply.attr.size, 8, reply.attr.mtime, reply.attr.ctime, 0100644, reply.at);
        } else {
          known.store(5, reply.attr, reply.at, true, reply.kind == Kind::change);
        }
        least = std::max(least, reply.least);
      }
      if (const auto believed = known.attributes(5, false)) {
        ASSERT_GE(believed->attr.size, least) << "seed " << seed << " step " << step;
      }
    }
  }
}

TEST(MetadataOrder, SizeFromBeforeACutIsNotTakenAfterIt) {
  Deaf deaf;
  MetadataCache known(Lifetimes(MountOptions{}), deaf, 1000);
  known.store(5, {.inode = 5, .size = 5000, .mtime = 7, .ctime = 7}, 3, true);
  known.store(5, {.inode = 5, .size = 0, .mtime = 7, .ctime = 7}, 4, true, true);
  const fs::Attr late{.inode = 5, .size = 5000, .mtime = 7, .ctime = 7};
  EXPECT_EQ(known.store(5, late, 3, true), Clock::duration::zero());
  EXPECT_EQ(known.newest(5, late, 3, true).attr.size, 0u);
}

TEST(MetadataOrder, NothingFromBeforeALockIsKept) {
  Deaf deaf;
  MetadataCache known(Lifetimes(MountOptions{}), deaf, 1000);
  const fs::Attr attr{.inode = 5, .size = 10, .mtime = 7, .ctime = 7};
  known.store(5, attr, 3, true);
  known.granted(5, 4);
  EXPECT_FALSE(known.attributes(5, true));
  EXPECT_EQ(known.store(5, attr, 3, true), Clock::duration::zero());
  EXPECT_GT(known.store(5, attr, 4, true), Clock::duration::zero());
}

}  // namespace
}  // namespace dftp::mount
