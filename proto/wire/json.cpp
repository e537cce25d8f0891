#include "proto/wire/json.h"

#include <simdjson.h>
#include <string.h>

#include <algorithm>
#include <new>

#include "proto/wire/limits.h"

namespace dftp::json {
namespace {

namespace dom = simdjson::dom;

dom::parser make_parser() {
  dom::parser parser;
  // simdjson counts the place within the innermost container as a level of its own.
  if (parser.allocate(4096, limits::json_depth + 1) != simdjson::SUCCESS) throw std::bad_alloc();
  return parser;
}

// Objects of more members are sorted.
constexpr std::size_t few_members = 16;

// Of two members of one name each reader could take another.
bool has_twice(const Object& object) {
  if (object.size() <= few_members) {
    for (auto one = object.begin(); one != object.end(); ++one) {
      if (std::any_of(object.begin(), one, [&](const Member& before) { return before.first == one->first; }))
        return true;
    }
    return false;
  }
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const Member& member : object) keys.push_back(member.first);
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

// What simdjson has parsed, as values of ours.
struct Copy {
  bool twice = false;  // some object has a member twice

  Value of(dom::array elements) {
    Array array;
    array.reserve(elements.size());
    for (const dom::element element : elements) array.push_back(of(element));
    return array;
  }
  Value of(dom::object members) {
    Object object;
    object.reserve(members.size());
    for (const auto [key, value] : members) object.emplace_back(key, of(value));
    twice = twice || has_twice(object);
    return object;
  }
  Value of(dom::element element);
};

Value Copy::of(dom::element element) {
  switch (element.type()) {
    case dom::element_type::ARRAY: return of(element.get_array().value_unsafe());
    case dom::element_type::OBJECT: return of(element.get_object().value_unsafe());
    case dom::element_type::INT64: return element.get_int64().value_unsafe();
    case dom::element_type::UINT64: return element.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE: return element.get_double().value_unsafe();
    case dom::element_type::STRING: return std::string(element.get_string().value_unsafe());
    case dom::element_type::BOOL: return element.get_bool().value_unsafe();
    case dom::element_type::NULL_VALUE: break;
  }
  return {};
}

// A parser, and what it reads from. Both grow with their texts and stay, but hold nothing of them: a text may hold a
// password.
class Parser {
 public:
  Result<Value> parse(std::string_view text) {
    room_.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    room_ = text;
    auto value = parse_room();
    ::explicit_bzero(room_.data(), room_.size());
    // Each text in it, behind its length and before a NUL; simdjson sizes it so.
    if (parser_.doc.string_buf) ::explicit_bzero(parser_.doc.string_buf.get(), 5 * room_.size() / 3);
    return value;
  }

 private:
  Result<Value> parse_room() {
    const auto parsed = parser_.parse(room_.data(), room_.size(), false);
    if (parsed.error() != simdjson::SUCCESS) {
      return fail(Code::protocol, "", std::string("not JSON: ") + simdjson::error_message(parsed.error()));
    }
    Copy copy;
    Value value = copy.of(parsed.value_unsafe());
    if (copy.twice) return fail(Code::protocol, "", "not JSON as it is used here: an object has a member twice");
    return value;
  }

  dom::parser parser_ = make_parser();
  std::string room_;
};

}  // namespace

Result<Value> parse(std::string_view text) {
  // One is kept a thread, but only for texts of common size.
  if (text.size() > limits::frame_before_login) return Parser().parse(text);
  thread_local Parser kept;
  return kept.parse(text);
}

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

const Value* Value::find(std::string_view key) const {
  const auto* object = as<Object>();
  if (!object) return nullptr;
  const auto found = std::ranges::find(*object, key, &Member::first);
  return found == object->end() ? nullptr : &found->second;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

bool operator==(const Value& a, const Value& b) {
  return a.storage_ == b.storage_;
}

}  // namespace dftp::json
