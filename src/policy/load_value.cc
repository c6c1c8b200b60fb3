// Values of conditions: what each operator can compare with is checked here, so that a condition that could never be
// decided is an error of the file and not a surprise at the first call.
#include <re2/re2.h>

#include <algorithm>

#include "base/decimal.h"
#include "base/strings.h"
#include "policy/cidr.h"
#include "policy/loading.h"
#include "policy/path_within.h"
#include "policy/url.h"

namespace policy {
namespace {

constexpr std::string_view type_words[] = {"null", "boolean", "number", "string", "array", "object"};
constexpr std::string_view weekday_words[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::string_view length_words[] = {"eq", "neq", "lt", "lte", "gt", "gte"};

using Kind = Constant::Kind;

// The value as a constant; reports bare words that mean different things to different readers.
std::optional<Constant> constant(Loading& l, const Node& node) {
  Constant c;
  c.position = node.position;
  c.text = node.text;
  switch (node.kind) {
    case Node::Kind::null:
      if (!node.written) {
        l.error("missing-value", node.position, "value is empty", "write null, or \"\" for empty text");
        return std::nullopt;
      }
      c.text.clear();
      return c;
    case Node::Kind::boolean:
      c.kind = Kind::boolean;
      c.boolean = node.boolean;
      c.text.clear();
      return c;
    case Node::Kind::number:
      c.kind = Kind::number;
      return c;
    case Node::Kind::string:
      c.kind = Kind::string;
      return c;
    case Node::Kind::ambiguous:
      ambiguous_value(l, node);
      return std::nullopt;
    case Node::Kind::list: {
      c.kind = Kind::list;
      bool good = true;
      for (const Node* item : node.items) {
        auto element = constant(l, *item);
        good = good && element.has_value();
        if (element) c.items.push_back(std::move(*element));
      }
      return good ? std::optional(std::move(c)) : std::nullopt;
    }
    case Node::Kind::map: {
      c.kind = Kind::map;
      bool good = true;
      for (const NodeMember& m : node.members) {
        auto value = constant(l, *m.value);
        good = good && value.has_value();
        if (value) c.members.push_back({std::string(m.key), std::move(*value)});
      }
      return good ? std::optional(std::move(c)) : std::nullopt;
    }
  }
  return std::nullopt;
}

bool is_scalar(const Constant& c) { return c.kind != Kind::list && c.kind != Kind::map; }

class Check {
 public:
  Check(Loading& l, const Node& node, const Condition& condition)
      : l_(l), node_(node), path_(condition.path), op_(condition.op), name_(op_name(condition.op)) {}

  void value(Constant& c) {
    switch (op_) {
      case Op::eq:
      case Op::neq:
        if (!is_scalar(c))
          return needs("one value", op_ == Op::eq ? "for a list of values use in" : "for a list of values use not_in");
        break;
      case Op::lt:
      case Op::lte:
      case Op::gt:
      case Op::gte:
        number(c);
        break;
      case Op::between:
        between(c);
        break;
      case Op::in:
      case Op::not_in:
        scalars(c);
        break;
      case Op::contains:
        if (!is_scalar(c)) needs("one value", "for several values use any: with one contains each");
        break;
      case Op::starts_with:
      case Op::ends_with:
      case Op::glob:
        text(c);
        break;
      case Op::regex:
      case Op::matches:
        regex(c);
        break;
      case Op::exists:
        if (c.kind != Kind::boolean) needs("true or false");
        break;
      case Op::type:
        type(c);
        break;
      case Op::length:
        length(c);
        break;
      case Op::path_within:
        each_text(c, "directory", [this](const Constant& d) { directory(d); });
        break;
      case Op::url_host_in:
        each_text(c, "host", [this](const Constant& h) { host(h); });
        break;
      case Op::url_scheme_in:
        each_text(c, "scheme", [this](const Constant& s) { scheme(s); });
        break;
      case Op::cidr_in:
        each_text(c, "block", [this](const Constant& b) { block(b); });
        break;
    }
    if (path_.root == "time") time(c);
  }

 private:
  void needs(std::string_view what, std::string hint = "") {
    l_.error("wrong-type", node_.position,
             std::string("op ") + name_ + " needs " + std::string(what) + ", not " + kind_word(node_), std::move(hint));
  }
  void bad(Position at, std::string message, std::string hint = "") {
    l_.error("bad-value", at, std::move(message), std::move(hint));
  }

  bool is_date() const { return path_.root == "time" && path_.steps[0].key == "date"; }

  void number(const Constant& c) {
    if (c.kind == Kind::number || is_date()) return;
    const bool numeric = c.kind == Kind::string && base::Decimal::parse(c.text);
    needs("a number", numeric ? "take the quotes off: " + c.text : "");
  }

  void text(const Constant& c) {
    if (c.kind != Kind::string) return needs("a string");
    if (c.text.empty()) bad(c.position, std::string("op ") + name_ + " with empty text always holds");
  }

  void between(const Constant& c) {
    const bool two = c.kind == Kind::list && c.items.size() == 2;
    if (two && is_date()) {
      if (c.items[1].text < c.items[0].text) bad(c.position, "between: the first date is the later one");
      return;
    }
    if (!two || c.items[0].kind != Kind::number || c.items[1].kind != Kind::number)
      return needs("a list of two numbers, [least, most]");
    const auto low = base::Decimal::parse(c.items[0].text), high = base::Decimal::parse(c.items[1].text);
    if (low && high && *high < *low)
      bad(c.position,
          "between " + c.items[0].text + " and " + c.items[1].text + ": the first number is the larger one");
  }

  void scalars(const Constant& c) {
    if (c.kind != Kind::list) return needs("a list", is_scalar(c) ? "write [" + std::string(node_.text) + "]" : "");
    for (const Constant& item : c.items)
      if (!is_scalar(item))
        bad(item.position, std::string("op ") + name_ + " compares with plain values, not with lists or maps");
  }

  void regex(const Constant& c) {
    if (c.kind != Kind::string) return needs("a string");
    const Pattern compiled = l_.patterns.compile(c.text);
    if (!compiled->ok())
      l_.error("bad-regex", c.position, "not a regular expression: " + base::printable(compiled->error(), 200),
               "RE2 syntax: no look-around and no back-references; in YAML write patterns in single quotes");
  }

  void type(const Constant& c) {
    if (c.kind == Kind::string &&
        std::find(std::begin(type_words), std::end(type_words), c.text) != std::end(type_words))
      return;
    if (c.kind == Kind::null) return needs("a type's name", "write \"null\" in quotes");
    if (c.kind != Kind::string) return needs(choices(type_words));
    const std::string_view near = base::nearest(c.text, type_words);
    bad(c.position, "type must be " + choices(type_words) + ", not " + quoted(c.text),
        c.text == "integer" ? "JSON has one number type; write number"
        : near.empty()      ? ""
                            : "did you mean " + std::string(near) + "?");
  }

  void length(const Constant& c) {
    if (c.kind == Kind::map && !c.members.empty()) {
      for (const auto& [key, value] : c.members) {
        if (std::find(std::begin(length_words), std::end(length_words), key) == std::end(length_words))
          bad(c.position, "length compares with " + choices(length_words) + ", not " + quoted(key));
        size(value);
      }
      return;
    }
    if (c.kind != Kind::number) return needs("a number, or a map such as {lte: 10}");
    size(c);
  }

  void size(const Constant& c) {
    const auto n = c.kind == Kind::number ? base::Decimal::parse(c.text) : std::nullopt;
    if (!n || !n->is_integer() || n->is_negative()) bad(c.position, "a length is a whole number that is not negative");
  }

  // One string or a list of them; one becomes a list, so that a policy has one form of it.
  template <class F>
  void each_text(Constant& c, std::string_view what, F check) {
    if (c.kind == Kind::string) {
      Constant list;
      list.kind = Kind::list;
      list.position = c.position;
      list.items.push_back(std::move(c));
      c = std::move(list);
    }
    if (c.kind != Kind::list) return needs("a string or a list of strings");
    if (c.items.empty()) return bad(c.position, std::string("op ") + name_ + " with an empty list never holds");
    for (const Constant& item : c.items) {
      if (item.kind == Kind::string && !item.text.empty())
        check(item);
      else
        bad(item.position, "a " + std::string(what) + " is text that is not empty");
    }
  }

  void directory(const Constant& d) {
    if (!normal_path(d.text)) bad(d.position, quoted(d.text) + " is not an absolute directory", "begin it with /");
  }
  void host(const Constant& h) {
    if (!parse_host_pattern(h.text))
      bad(h.position, quoted(h.text) + " is not a host",
          "write example.com, *.example.com or example.com:8443, without scheme and path");
  }
  void scheme(const Constant& s) {
    const auto fits = [](char ch) {
      return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '+' || ch == '-' || ch == '.';
    };
    if (!std::all_of(s.text.begin(), s.text.end(), fits) || s.text[0] < 'a' || s.text[0] > 'z')
      bad(s.position, quoted(s.text) + " is not a URL scheme", "write it in lower case and without the colon: https");
  }
  void block(const Constant& b) {
    if (!parse_cidr(b.text))
      bad(b.position, quoted(b.text) + " is not an address or a block",
          "write 10.0.0.0/8, ::1/128 or one address; no bits may be set beyond the prefix");
  }

  // time.hour, time.weekday, time.date hold few values; anything else is a mistake.
  void time(const Constant& c) {
    const std::string& part = path_.steps[0].key;
    const bool equality = op_ == Op::eq || op_ == Op::neq || op_ == Op::in || op_ == Op::not_in;
    const bool ordered = op_ == Op::lt || op_ == Op::lte || op_ == Op::gt || op_ == Op::gte || op_ == Op::between;
    if (!equality && !(ordered && part != "weekday"))
      return bad(node_.position, "time." + part + " is compared with eq, neq, in, not_in" +
                                     (part == "weekday" ? "" : ", lt, lte, gt, gte or between"));
    if (c.kind == Kind::list) {
      for (const Constant& item : c.items) moment(item, part);
    } else {
      moment(c, part);
    }
  }

  void moment(const Constant& c, const std::string& part) {
    if (part == "hour") {
      const auto n = c.kind == Kind::number ? base::Decimal::parse(c.text) : std::nullopt;
      const auto least = base::Decimal::parse("0"), most = base::Decimal::parse("24");
      if (!n || !n->is_integer() || *n < *least || *n > *most)
        bad(c.position, "time.hour is a whole number from 0 to 23 (24 as an upper bound)");
    } else if (part == "weekday") {
      if (c.kind == Kind::string &&
          std::find(std::begin(weekday_words), std::end(weekday_words), c.text) != std::end(weekday_words))
        return;
      bad(c.position, "time.weekday is " + choices(weekday_words));
    } else {
      static constexpr std::string_view shape = "dddd-dd-dd";
      bool good = c.kind == Kind::string && c.text.size() == shape.size();
      for (std::size_t i = 0; good && i < shape.size(); ++i)
        good = shape[i] == '-' ? c.text[i] == '-' : c.text[i] >= '0' && c.text[i] <= '9';
      if (!good) bad(c.position, "time.date is text such as \"2026-11-22\"");
    }
  }

  Loading& l_;
  const Node& node_;
  const json::Path& path_;
  Op op_;
  const char* name_;
};

}  // namespace

void ambiguous_value(Loading& l, const Node& node) {
  l.error(
      "ambiguous-value", node.position, "the bare word " + quoted(node.text) + " is read differently by YAML readers",
      "quote it if it is text: \"" + std::string(node.text) + "\"; else write true, false or a plain decimal number");
}

void read_value(Loading& l, const Node& node, Condition& condition) {
  auto c = constant(l, node);
  if (!c) return;
  Check(l, node, condition).value(*c);
  condition.value = std::move(*c);
}

}  // namespace policy
