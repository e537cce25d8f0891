#include "proto/wire/wipe.h"

#include <string.h>

namespace dftp {
namespace {

struct Wiper {
  void operator()(std::string& text) const { wipe(text); }
  void operator()(json::Array& items) const {
    for (json::Value& item : items) wipe(item);
  }
  void operator()(json::Object& members) const {
    for (json::Member& member : members) wipe(member.second);
  }
  void operator()(auto&) const {}
};

}  // namespace

void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

void wipe(json::Value& value) {
  std::visit(Wiper{}, const_cast<json::Value::Storage&>(value.storage()));  // of a value that is not const itself
  value = {};
}

}  // namespace dftp
