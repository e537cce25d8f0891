#include "server/auth/authenticator.h"

#include <unistd.h>

#include "proto/digest/login_signature.h"
#include "proto/wire/encoding.h"
#include "server/auth/peer.h"

namespace dftp::server {
namespace {

// What a login is decided by. `users` outlives it.
struct LoginAttempt {
  const Login& login;
  const LoginContext& context;
  const LoginPolicy& policy;
  const Users& users;
};

// nullopt: refused.
using LoginVerdict = std::optional<Principal>;

Principal principal_of(const User& user, const LoginPolicy& policy) {
  const bool write = !user.read_only && !policy.read_only;
  return {user.name,
          user.home,
          write,
          user.act_as,
          user.limit_rate,
          user.talk && policy.talk,
          std::make_shared<const User>(user)};
}

LoginVerdict by_password(const LoginAttempt& attempt) {
  const User* user = find_user(attempt.users, attempt.login.user);
  const bool known = user && user->password;
  // A name that is nobody's costs as much as one that is somebody's.
  const bool matches = (known ? *user->password : PasswordHash::nobody()).matches(attempt.login.password);
  if (!known || !matches) return std::nullopt;
  return principal_of(*user, attempt.policy);
}

// The signature is verified first, whosever key it is, so that the time does not tell which users and keys there are.
LoginVerdict by_key(const LoginAttempt& attempt) {
  const auto key = PublicKey::parse(attempt.login.key);
  const auto signature = from_base64(attempt.login.signature);
  if (!key || !signature || !attempt.context.exporter) return std::nullopt;
  if (!key->verifies(login_message(attempt.login.user, *attempt.context.exporter), *signature)) return std::nullopt;
  const User* user = find_user(attempt.users, attempt.login.user);
  if (!user) return std::nullopt;
  const bool listed = std::ranges::any_of(user->keys, [&](const PublicKey& own) { return own.same_as(*key); });
  return listed ? LoginVerdict(principal_of(*user, attempt.policy)) : std::nullopt;
}

LoginVerdict by_nothing(const LoginAttempt&) {
  return Principal{.user = std::string(anonymous_user), .home = {}};
}

// Only a uid that was given to a user says who a process is: a system user of the same name may be anybody. Whoever
// runs the server may do with the directory what he likes already.
LoginVerdict by_process(const LoginAttempt& attempt) {
  if (!attempt.context.peer_uid) return std::nullopt;
  const std::uint32_t uid = *attempt.context.peer_uid;
  const auto user = std::ranges::find(attempt.users, uid, &User::uid);
  if (user != attempt.users.end()) return principal_of(*user, attempt.policy);
  if (uid != ::geteuid()) return std::nullopt;
  const std::string name = login_name(uid);
  // Who is nobody has that name to himself.
  return Principal{.user = name.empty() || name == anonymous_user ? "owner" : name,
                   .home = {},
                   .write = !attempt.policy.read_only,
                   .talk = attempt.policy.talk};
}

enum class Where { anywhere, tls, unix_socket };

constexpr struct Method {
  std::string_view name;
  Where where;
  LoginVerdict (*decide)(const LoginAttempt& attempt);
  bool LoginPolicy::* allowed = nullptr;  // by what; nullptr: always
} methods_known[] = {
    {"password", Where::anywhere, by_password},
    {"key", Where::tls, by_key},  // what it signs comes from TLS
    {"anonymous", Where::anywhere, by_nothing, &LoginPolicy::anonymous},
    {"peer", Where::unix_socket, by_process},
};

bool allowed(const Method& method, const LoginPolicy& policy) {
  return !method.allowed || policy.*method.allowed;
}

}  // namespace

Authenticator::Authenticator(std::filesystem::path state, LoginPolicy policy)
    : policy_(policy), users_(std::make_shared<UserCache>(std::move(state))) {}

std::vector<std::string> Authenticator::methods(bool unix_socket) const {
  std::vector<std::string> names;
  const LoginPolicy now = policy();
  for (const Method& method : methods_known) {
    const bool possible = method.where != (unix_socket ? Where::tls : Where::unix_socket);
    if (possible && allowed(method, now)) names.emplace_back(method.name);
  }
  return names;
}

Result<Principal> Authenticator::login(const Login& login, const LoginContext& context) const {
  const auto refused = [] { return fail(Code::login_failed, "", "wrong user, password or key"); };
  const auto method = std::ranges::find(methods_known, login.method, &Method::name);
  const auto users = users_->get();
  const LoginPolicy now = policy();
  if (!users || method == std::end(methods_known) || !allowed(*method, now)) return refused();
  LoginVerdict verdict = method->decide({login, context, now, **users});
  if (!verdict) return refused();
  return std::move(*verdict);
}

void Authenticator::change(LoginPolicy policy) {
  const std::lock_guard lock(mutex_);
  if (policy_ == policy) return;
  policy_ = policy;
  ++changes_;
}

LoginPolicy Authenticator::policy() const {
  const std::lock_guard lock(mutex_);
  return policy_;
}

bool Authenticator::permits(const std::string& user, bool write) const {
  const LoginPolicy now = policy();
  return (now.anonymous || user != anonymous_user) && (!now.read_only || !write);
}

Result<void> Authenticator::check() const {
  if (auto users = users_->get(); !users) return std::unexpected(std::move(users.error()));
  return {};
}

Result<void> Authenticator::read_anew() const {
  if (auto users = users_->read_anew(); !users) return std::unexpected(std::move(users.error()));
  return {};
}

}  // namespace dftp::server
