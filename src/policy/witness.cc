// One function an operator's family.
#include "policy/witness.h"

#include <algorithm>

#include "base/strings.h"
#include "base/unicode.h"
#include "json/writer.h"

namespace policy {
namespace {

using Kind = Constant::Kind;

constexpr std::size_t most = 8;

std::string json_of(const std::string& text) {
  std::string out;
  json::write_string(out, text);
  return out;
}

std::string json_of(const Constant& c) {
  switch (c.kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return c.boolean ? "true" : "false";
    case Kind::number:
      return c.text;
    case Kind::string:
      return json_of(c.text);
    default:
      return {};
  }
}

std::string shown(const std::string& json) { return base::printable(json, 60); }

// The number one away, if it fits an amount.
std::optional<std::string> neighbour(const std::string& number, std::int64_t delta) {
  const auto amount = base::Amount::parse(number);
  if (!amount) return std::nullopt;
  return (*amount + base::Amount::of(delta)).text();
}

class Witnesses {
 public:
  Witnesses(const Condition& c, bool wanted, json::Value value) : c_(c), wanted_(wanted), value_(value) {}

  std::vector<Witness> run() {
    switch (c_.op) {
      case Op::eq:
        wanted_ ? same(c_.value) : other(c_.value);
        break;
      case Op::neq:
        wanted_ ? other(c_.value) : same(c_.value);
        break;
      case Op::in:
        wanted_ ? one_of() : none_of();
        break;
      case Op::not_in:
        wanted_ ? none_of() : one_of();
        break;
      case Op::lt:
      case Op::lte:
      case Op::gt:
      case Op::gte:
        ordered();
        break;
      case Op::between:
        between();
        break;
      case Op::exists:
        exists();
        break;
      case Op::type:
        type();
        break;
      case Op::length:
        length();
        break;
      default:
        texts();
    }
    if (!wanted_ && c_.op != Op::exists) add(std::nullopt, "left out");
    return std::move(out_);
  }

 private:
  void add(std::optional<std::string> json, std::string words) {
    if (out_.size() < most && (!json || !json->empty())) out_.push_back({std::move(json), std::move(words)});
  }

  void same(const Constant& c) { add(json_of(c), ""); }

  void other(const Constant& c) {
    const std::string words = "anything but " + shown(json_of(c));
    if (c.kind == Kind::boolean) return add(c.boolean ? "false" : "true", "");
    if (c.kind == Kind::number) {
      if (auto next = neighbour(c.text, 1)) add(std::move(next), words);
      return;
    }
    add(c.kind == Kind::string ? json_of("not " + c.text) : json_of("something"), words);
  }

  std::string list_words() const {
    std::string words;
    for (std::size_t i = 0; i < std::min<std::size_t>(c_.value.items.size(), 5); ++i) {
      words += (i == 0 ? "" : ", ") + shown(json_of(c_.value.items[i]));
    }
    return words + (c_.value.items.size() > 5 ? ", …" : "");
  }

  void one_of() {
    const std::string words = c_.value.items.size() > 1 ? "one of " + list_words() : "";
    for (const Constant& item : c_.value.items) add(json_of(item), words);
  }

  void none_of() {
    const std::string words = "none of " + list_words();
    const auto texts = std::ranges::all_of(c_.value.items, [](const Constant& i) { return i.kind == Kind::string; });
    if (value_.is_string() || texts) add(json_of("something else"), words);
    std::optional<std::string> largest;
    for (const Constant& item : c_.value.items) {
      if (item.kind != Kind::number) continue;
      auto next = neighbour(item.text, 1);
      if (next && (!largest || *base::Decimal::parse(*largest) < *base::Decimal::parse(*next))) largest = next;
    }
    if (largest) add(std::move(largest), words);
    add(json_of("something else"), words);
  }

  // The bound itself, or one beyond it.
  void ordered() {
    const Constant& v = c_.value;
    const bool below = (c_.op == Op::lt || c_.op == Op::lte) == wanted_;
    const bool inclusive = (c_.op == Op::lte || c_.op == Op::gte) == wanted_;
    const std::string words =
        std::string(inclusive ? (below ? "at most " : "at least ") : (below ? "below " : "above "));
    if (inclusive) return add(json_of(v), words + v.text);
    if (v.kind != Kind::number) return;
    if (auto next = neighbour(v.text, below ? -1 : 1)) add(std::move(next), words + v.text);
  }

  void between() {
    if (c_.value.items.size() != 2) return;
    const Constant& low = c_.value.items[0];
    const Constant& high = c_.value.items[1];
    if (!wanted_) {
      if (auto next = neighbour(high.text, 1)) add(std::move(next), "above " + high.text);
      if (auto next = neighbour(low.text, -1)) add(std::move(next), "below " + low.text);
      return;
    }
    const std::string words = "from " + low.text + " to " + high.text;
    const auto number = base::Decimal::parse(value_.number()), bound = base::Decimal::parse(high.text);
    const bool above = number && bound && *number > *bound;
    add(json_of(above ? high : low), words);
  }

  void exists() {
    if (c_.value.boolean != wanted_) return add(std::nullopt, "left out");
    for (const char* some : {"\"something\"", "1", "true"}) add(some, "given");
  }

  void type() {
    struct Sample {
      std::string_view type;
      const char* json;
    };
    static constexpr Sample samples[] = {{"string", "\"something\""},
                                         {"number", "1"},
                                         {"boolean", "true"},
                                         {"array", "[]"},
                                         {"object", "{}"},
                                         {"null", "null"}};
    for (const Sample& s : samples) {
      if ((s.type == c_.value.text) == wanted_) add(s.json, (wanted_ ? "of type " : "not of type ") + c_.value.text);
    }
  }

  // Of the same kind of value, shorter or longer.
  void add_length(std::uint64_t n, const std::string& words) {
    if (n > 200) return;
    const std::string text(value_.string());
    std::string out;
    std::size_t at = 0;
    std::uint64_t count = 0;
    for (; count < n && at < text.size(); ++count) {
      const std::size_t begin = at;
      base::decode_utf8(text, at);
      out.append(text, begin, at - begin);
    }
    for (; count < n; ++count) out += 'x';
    add(json_of(out), words);
  }

  void length() {
    struct Bound {
      Op op;
      std::string text;
    };
    std::vector<Bound> bounds;
    if (c_.value.kind == Kind::number) bounds.push_back({Op::eq, c_.value.text});
    for (const Constant::Member& m : c_.value.members) {
      if (const auto op = find_op(m.key)) bounds.push_back({*op, m.value.text});
    }
    for (const Bound& b : bounds) {
      const auto n = base::Amount::parse(b.text);
      if (!n || *n > base::Amount::of(200)) continue;
      const std::int64_t exact = static_cast<std::int64_t>(n->raw() / base::Amount::scale);
      for (const std::int64_t offset : {0, -1, 1}) {
        if (exact + offset >= 0) add_length(static_cast<std::uint64_t>(exact + offset), "of another length");
      }
    }
  }

  static std::vector<std::string> texts_of(const Constant& c) {
    std::vector<std::string> out;
    if (c.kind == Kind::string) out.push_back(c.text);
    for (const Constant& item : c.items) {
      if (item.kind == Kind::string && out.size() < most) out.push_back(item.text);
    }
    return out;
  }

  void texts() {
    if (!wanted_) return add(json_of("something else"), words_of());
    if (c_.op == Op::contains && value_.is_array()) return add('[' + json_of(c_.value) + ']', words_of());
    for (const std::string& text : texts_of(c_.value)) add(json_of(sample(text)), words_of());
    if (c_.op == Op::contains && c_.value.kind != Kind::string) add('[' + json_of(c_.value) + ']', words_of());
  }

  std::string sample(const std::string& text) const {
    switch (c_.op) {
      case Op::glob:
        return without(text, '*');
      case Op::regex:
      case Op::matches: {
        std::string plain = text;
        if (plain.starts_with('^')) plain.erase(0, 1);
        if (plain.ends_with('$')) plain.pop_back();
        return plain;
      }
      case Op::path_within:
        return text + (text.ends_with('/') ? "file" : "/file");
      case Op::url_host_in:
        return "https://" + (text.starts_with("*.") ? "www" + text.substr(1) : text) + '/';
      case Op::url_scheme_in:
        return text + "://example.com/";
      case Op::cidr_in:
        return text.substr(0, text.find('/'));
      default:
        return text;
    }
  }

  static std::string without(const std::string& text, char c) {
    std::string out = text;
    std::erase(out, c);
    return out;
  }

  std::string words_of() const {
    std::string list;
    for (const std::string& text : texts_of(c_.value)) list += (list.empty() ? "" : ", ") + shown(json_of(text));
    if (list.empty()) list = shown(json_of(c_.value));
    return (wanted_ ? "" : "not ") + relation() + ' ' + list;
  }

  std::string relation() const {
    switch (c_.op) {
      case Op::contains:
        return "containing";
      case Op::starts_with:
        return "starting with";
      case Op::ends_with:
        return "ending with";
      case Op::glob:
      case Op::regex:
      case Op::matches:
        return "matching";
      case Op::path_within:
        return "inside";
      case Op::url_host_in:
        return "a URL of";
      case Op::url_scheme_in:
        return "a URL with the scheme";
      default:
        return "an address in";
    }
  }

  const Condition& c_;
  const bool wanted_;
  const json::Value value_;
  std::vector<Witness> out_;
};

}  // namespace

std::vector<Witness> witnesses(const Condition& condition, bool wanted, json::Value value) {
  return Witnesses(condition, wanted, value).run();
}

}  // namespace policy
