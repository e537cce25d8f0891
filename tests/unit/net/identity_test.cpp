// How a client tells its server from another.
#include <sys/stat.h>
#include <fstream>

#include "tests/unit/net/authority.h"
#include "tests/unit/net/support.h"

namespace dftp::net::test {

namespace {

class IdentityTest : public testing::Test {
 protected:
  Result<std::string> meet(const TlsServer& server, const ServerCheck& check) {
    auto client = TlsClient::make(check);
    if (!client) return std::unexpected(client.error());
    Result<std::string> fingerprint;
    in_loop([&]() -> Task<void> {
      auto plain = co_await tcp_pair();
      auto [at_client, at_server] =
          co_await both(client->secure(std::move(plain.client), 5s), server.secure(std::move(plain.server), 5s));
      fingerprint = at_client ? Result<std::string>(at_client->fingerprint) : std::unexpected(at_client.error());
    });
    return fingerprint;
  }
  TlsServer issued(const Names& names) {
    auto files = authority_.issue(names);
    return must(TlsServer::load(files.certificate, files.key));
  }

  TemporaryDirectory directory_;
  Authority authority_{directory_.path()};
};

TEST_F(IdentityTest, WithoutAnyCheckTheFingerprintIsReported) {
  EXPECT_EQ(must(meet(test_server(), {.host = "localhost", .fingerprint = {}, .authorities = {}})),
            test_server().fingerprint());
}

TEST_F(IdentityTest, FingerprintLooksLikeThatOfSsh) {
  EXPECT_TRUE(test_server().fingerprint().starts_with("SHA256:"));
  EXPECT_EQ(test_server().fingerprint().size(), 7u + 43u);
  EXPECT_EQ(fingerprint_of_key(as_bytes("")), "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
}

TEST_F(IdentityTest, MatchingPinIsLetThrough) {
  auto pin = test_server().fingerprint();
  EXPECT_EQ(must(meet(test_server(), {.host = {}, .fingerprint = pin, .authorities = {}})), pin);
}

TEST_F(IdentityTest, OtherPinIsRefusedAndBothAreNamed) {
  std::string pin = fingerprint_of_key(as_bytes("another"));
  auto error = error_of(meet(test_server(), {.host = {}, .fingerprint = pin, .authorities = {}}));
  EXPECT_EQ(error.code, Code::identity);
  EXPECT_NE(error.detail.find(pin), std::string::npos);
  EXPECT_NE(error.detail.find(test_server().fingerprint()), std::string::npos);
}

TEST_F(IdentityTest, CertificateOfTheAuthorityForTheHostIsLetThrough) {
  auto server = issued({});
  EXPECT_TRUE(meet(server, {.host = "files.example", .fingerprint = {}, .authorities = authority_.certificate()}));
  EXPECT_TRUE(meet(server, {.host = "192.0.2.1", .fingerprint = {}, .authorities = authority_.certificate()}));
}

TEST_F(IdentityTest, CertificateForAnotherHostIsRefused) {
  auto server = issued({});
  for (std::string host : {"other.example", "192.0.2.2", "example"}) {
    auto error = error_of(meet(server, {.host = host, .fingerprint = {}, .authorities = authority_.certificate()}));
    EXPECT_EQ(error.code, Code::identity);
    EXPECT_EQ(error.detail, "the certificate is for another host");
  }
}

TEST_F(IdentityTest, CertificateOfAnotherAuthorityIsRefused) {
  TemporaryDirectory elsewhere;
  Authority other(elsewhere.path());
  auto error =
      error_of(meet(issued({}), {.host = "files.example", .fingerprint = {}, .authorities = other.certificate()}));
  EXPECT_EQ(error.code, Code::identity);
  EXPECT_TRUE(error.detail.starts_with("no authority in ")) << error.detail;
}

TEST_F(IdentityTest, ExpiredCertificateIsRefusedWhateverTheCheck) {
  auto server = issued({.begins = -7200, .ends = -3600});
  for (const ServerCheck& check : {
           ServerCheck{.host = "files.example", .fingerprint = {}, .authorities = {}},
           ServerCheck{.host = "files.example", .fingerprint = server.fingerprint(), .authorities = {}},
           ServerCheck{.host = "files.example", .fingerprint = {}, .authorities = authority_.certificate()},
       }) {
    auto error = error_of(meet(server, check));
    EXPECT_EQ(error.code, Code::identity);
    EXPECT_NE(error.detail.find("expired"), std::string::npos) << error.detail;
  }
}

TEST_F(IdentityTest, CertificateOfTheFutureIsRefused) {
  auto server = issued({.begins = 3600, .ends = 7200});
  auto error = error_of(meet(server, {.host = {}, .fingerprint = server.fingerprint(), .authorities = {}}));
  EXPECT_EQ(error.code, Code::identity);
  EXPECT_NE(error.detail.find("not valid before"), std::string::npos) << error.detail;
}

TEST_F(IdentityTest, AuthoritiesThatCannotBeReadAreNamed) {
  auto missing = directory_.path() / "missing.pem";
  auto error = error_of(TlsClient::make({.host = "files.example", .fingerprint = {}, .authorities = missing}));
  EXPECT_EQ(error.code, Code::identity);
  EXPECT_EQ(error.where, missing);
}

TEST_F(IdentityTest, MadeIdentityIsKeptAndItsKeyIsPrivate) {
  auto certificate = directory_.path() / "c.pem", key = directory_.path() / "k.pem";
  must(make_server_identity(certificate, key));
  auto first = must(TlsServer::load(certificate, key)).fingerprint();
  must(make_server_identity(certificate, key));
  EXPECT_EQ(must(TlsServer::load(certificate, key)).fingerprint(), first);
  struct stat found;
  ASSERT_EQ(::stat(key.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
}

TEST_F(IdentityTest, KeyWithoutCertificateGetsOne) {
  auto certificate = directory_.path() / "c.pem", key = directory_.path() / "k.pem";
  must(make_server_identity(certificate, key));
  std::filesystem::remove(certificate);
  must(make_server_identity(certificate, key));
  EXPECT_TRUE(TlsServer::load(certificate, key));
}

TEST_F(IdentityTest, CertificateWithoutKeyIsAnErrorAndStays) {
  auto certificate = directory_.path() / "c.pem", key = directory_.path() / "k.pem";
  must(make_server_identity(certificate, key));
  std::filesystem::remove(key);
  EXPECT_EQ(error_of(make_server_identity(certificate, key)).code, Code::identity);
  EXPECT_TRUE(std::filesystem::exists(certificate));
  EXPECT_FALSE(std::filesystem::exists(key));
}

TEST_F(IdentityTest, KeyOfAnotherCertificateIsRefused) {
  auto certificate = directory_.path() / "c.pem", key = directory_.path() / "k.pem";
  must(make_server_identity(certificate, key));
  auto other = authority_.issue({});
  EXPECT_EQ(error_of(TlsServer::load(certificate, other.key)).code, Code::identity);
}

TEST_F(IdentityTest, MissingFilesAreNamedWithTheReason) {
  auto certificate = directory_.path() / "c.pem", key = directory_.path() / "k.pem";
  must(make_server_identity(certificate, key));
  auto missing = directory_.path() / "missing.pem";
  for (const Error& error : {error_of(TlsServer::load(missing, key)), error_of(TlsServer::load(certificate, missing)),
                             error_of(TlsClient::make({.host = "x", .fingerprint = {}, .authorities = missing}))}) {
    EXPECT_EQ(error.where, missing);
    EXPECT_TRUE(error.detail.ends_with(": No such file or directory")) << error.detail;
  }
}

TEST_F(IdentityTest, PemFilesAreTextsAsPeopleStoreThem) {
  const std::string mark = "\xef\xbb\xbf";
  const auto read = [](const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto stored_anew = [&](const std::filesystem::path& path, bool wide) {
    const std::filesystem::path stored = path.string() + (wide ? ".wide" : ".marked");
    std::string text = wide ? "\xff\xfe" : mark;
    for (const char byte : read(path))
      text += wide ? std::string{byte, '\0'} : byte == '\n' ? "\r\n" : std::string{byte};
    std::ofstream(stored, std::ios::binary) << text;
    return stored;
  };
  const auto issued = authority_.issue({"DNS:files.example"});
  const auto server = must(TlsServer::load(stored_anew(issued.certificate, false), stored_anew(issued.key, false)));
  const ServerCheck check{
      .host = "files.example", .fingerprint = {}, .authorities = stored_anew(authority_.certificate(), false)};
  EXPECT_EQ(must(meet(server, check)), server.fingerprint());
  // Two that were joined: the mark of the second stands in the middle.
  const auto joined = directory_.path() / "joined.pem";
  std::ofstream(joined, std::ios::binary) << mark << read(issued.certificate) << mark << read(authority_.certificate());
  EXPECT_TRUE(meet(server, {.host = "files.example", .fingerprint = {}, .authorities = joined}));
  for (const Error& error :
       {error_of(TlsServer::load(stored_anew(issued.certificate, true), issued.key)),
        error_of(TlsServer::load(issued.certificate, stored_anew(issued.key, true))),
        error_of(TlsClient::make(
            {.host = "x", .fingerprint = {}, .authorities = stored_anew(authority_.certificate(), true)}))}) {
    EXPECT_TRUE(error.where.ends_with(".wide:1")) << error.where;
    EXPECT_NE(error.detail.find("UTF-16"), std::string::npos) << error.detail;
  }
}

TEST_F(IdentityTest, FilesOfAnotherKindAreNamedWithTheReason) {
  auto certificate = directory_.path() / "c.pem", key = directory_.path() / "k.pem";
  must(make_server_identity(certificate, key));
  auto other = directory_.path() / "other";
  std::ofstream(other) << "hello\n";
  for (const Error& error : {error_of(TlsServer::load(other, key)), error_of(TlsServer::load(certificate, other)),
                             error_of(make_server_identity(directory_.path() / "none", other)),
                             error_of(TlsClient::make({.host = "x", .fingerprint = {}, .authorities = other}))}) {
    EXPECT_EQ(error.where, other);
    EXPECT_TRUE(error.detail.ends_with(": it is not PEM, or holds something else")) << error.detail;
  }
}

}  // namespace

}  // namespace dftp::net::test
