// See the header. Each operator has its list; what all have in common (types, missing) is added at the end.
#include "trial/examples.h"

#include <algorithm>

#include "audit/time_text.h"
#include "base/decimal.h"
#include "base/strings.h"
#include "json/writer.h"
#include "policy/cidr.h"
#include "trial/regex_example.h"

namespace trial {
namespace {

using policy::Condition;
using policy::Constant;
using policy::Op;

constexpr std::size_t most_of_a_list = 12;
constexpr std::size_t longest_made = 4'096;  // of texts and arrays for `length`

using Values = std::vector<Made>;

Made text(std::string_view t) { return Made::text(t); }

Made constant(const Constant& c) {
  switch (c.kind) {
    case Constant::Kind::null:
      return Made::raw("null");
    case Constant::Kind::boolean:
      return Made::raw(c.boolean ? "true" : "false");
    case Constant::Kind::number:
      return Made::raw(c.text);
    case Constant::Kind::string:
      return text(c.text);
    case Constant::Kind::list: {
      std::vector<Made> items;
      items.reserve(c.items.size());
      for (const Constant& item : c.items) items.push_back(constant(item));
      return Made::array(std::move(items));
    }
    case Constant::Kind::map:
      return Made::object();
  }
  return Made::raw("null");
}

// The number and a little more or less: by its last digit's place, and by one.
void add_near_number(Values& out, const std::string& number, bool above_first) {
  const auto amount = base::Amount::parse(number);
  if (!amount) return;
  const std::size_t dot = number.find('.');
  std::int64_t step = base::Amount::scale;
  if (dot != std::string::npos) {
    for (std::size_t i = dot + 1; i < number.size() && number[i] >= '0' && number[i] <= '9' && step > 1; ++i)
      step /= 10;
  }
  const auto moved = [&](std::int64_t by) { return Made::raw(base::Amount::from_raw(amount->raw() + by).text()); };
  out.push_back(moved(above_first ? step : -step));
  out.push_back(moved(above_first ? -step : step));
  if (step == base::Amount::scale) out.push_back(moved(step / 2));
}

std::string without_last(std::string_view t) {
  while (!t.empty() && (static_cast<unsigned char>(t.back()) & 0xC0U) == 0x80U) t.remove_suffix(1);
  if (!t.empty()) t.remove_suffix(1);
  return std::string(t);
}

std::string other_case(std::string t) {
  for (char& c : t) {
    if (c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    } else if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return t;
}

void add_near_text(Values& out, const std::string& t) {
  for (const std::string& one : {t + "x", without_last(t), "x" + t, other_case(t), t + "\n"}) out.push_back(text(one));
}

void add_near(Values& out, const Constant& c) {
  if (c.kind == Constant::Kind::number) {
    add_near_number(out, c.text, true);
    out.push_back(text(c.text));
  } else if (c.kind == Constant::Kind::string) {
    add_near_text(out, c.text);
    if (base::Decimal::parse(c.text)) out.push_back(Made::raw(c.text));
  } else if (c.kind == Constant::Kind::boolean) {
    out.push_back(Made::raw(c.boolean ? "false" : "true"));
    out.push_back(text(c.boolean ? "true" : "false"));
  }
}

// A list's elements, or the value itself.
std::vector<const Constant*> items_of(const Constant& c) {
  if (c.kind != Constant::Kind::list) return {&c};
  std::vector<const Constant*> out;
  for (const Constant& item : c.items) {
    if (out.size() == most_of_a_list) break;
    out.push_back(&item);
  }
  if (c.items.size() > most_of_a_list) out.push_back(&c.items.back());
  return out;
}

void equality(Values& out, const Condition& c, bool negative) {
  const auto items = items_of(c.value);
  if (items.empty()) return;
  Values hits, misses;
  for (const Constant* item : items) hits.push_back(constant(*item));
  add_near(misses, *items[0]);
  if (misses.empty()) misses.push_back(text("other"));
  misses.push_back(text("none-of-these"));
  Values& first = negative ? misses : hits;
  Values& then = negative ? hits : misses;
  out.push_back(first[0]);
  out.push_back(then[0]);
  out.insert(out.end(), first.begin() + 1, first.end());
  out.insert(out.end(), then.begin() + 1, then.end());
}

void order(Values& out, const Condition& c) {
  const bool upwards = c.op == Op::gt || c.op == Op::gte;
  const bool ends_in = c.op == Op::lte || c.op == Op::gte;
  Values near;
  if (c.value.kind == Constant::Kind::number) add_near_number(near, c.value.text, upwards != ends_in);
  const Made at = constant(c.value);
  if (near.size() < 2) {
    out.push_back(at);
    return;
  }
  // near[0] is inside for lt and gt, outside for lte and gte
  out.push_back(ends_in ? at : near[0]);
  out.push_back(ends_in ? near[0] : at);
  out.insert(out.end(), near.begin() + 1, near.end());
  for (const char* far : {"0", "-1", "1e30", "-1e30"}) out.push_back(Made::raw(far));
}

void between(Values& out, const Condition& c) {
  if (c.value.items.size() != 2) return;
  Values low, high;
  add_near_number(low, c.value.items[0].text, false);
  add_near_number(high, c.value.items[1].text, true);
  out.push_back(constant(c.value.items[1]));
  if (!high.empty()) out.push_back(high[0]);
  out.push_back(constant(c.value.items[0]));
  out.insert(out.end(), low.begin(), low.end());
  if (high.size() > 1) out.insert(out.end(), high.begin() + 1, high.end());
}

std::string star_replaced(const std::string& glob, std::string_view by) {
  std::string out;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '\\' && i + 1 < glob.size()) {
      out += glob[++i];
    } else if (glob[i] == '*') {
      out += by;
    } else {
      out += glob[i];
    }
  }
  return out;
}

void texts(Values& out, const Condition& c) {
  const std::string& t = c.value.text;
  const auto add = [&](std::initializer_list<std::string> all) {
    for (const std::string& one : all) out.push_back(text(one));
  };
  switch (c.op) {
    case Op::contains:
      out.push_back(c.value.kind == Constant::Kind::string ? text("a " + t + " b") : Made::array({constant(c.value)}));
      add({"none", t, without_last(t), other_case(t)});
      out.push_back(Made::array({constant(c.value)}));
      out.push_back(Made::array({text("x" + t)}));
      return;
    case Op::starts_with:
      return add({t + "x", "x" + t, t, without_last(t), other_case(t), " " + t});
    case Op::ends_with:
      return add({"x" + t, t + "x", t, t.empty() ? t : t.substr(1), other_case(t), t + "\n"});
    case Op::glob:
      return add({star_replaced(t, "x"), "x" + star_replaced(t, "x") + "x", star_replaced(t, ""),
                  star_replaced(t, "/../"), star_replaced(t, "x") + "\n", other_case(star_replaced(t, "x"))});
    default: {
      const std::string hit = regex_example(t);
      return add({hit, "-", hit + "x", "x" + hit, hit + "; x", hit + "\n", without_last(hit), other_case(hit), ""});
    }
  }
}

Made of_length(std::size_t n, bool as_array) {
  if (!as_array) return text(std::string(n, 'x'));
  return Made::array(std::vector<Made>(n, Made::raw("1")));
}

void lengths(Values& out, const Condition& c) {
  std::vector<const Constant*> numbers;
  if (c.value.kind == Constant::Kind::number) numbers.push_back(&c.value);
  for (const Constant::Member& m : c.value.members) numbers.push_back(&m.value);
  for (const Constant* number : numbers) {
    const auto amount = base::Amount::parse(number->text);
    if (!amount || amount->is_negative() || *amount > base::Amount::of(longest_made)) continue;
    const auto n = static_cast<std::size_t>(amount->raw() / base::Amount::scale);
    for (const std::size_t length : {n, n + 1, n > 0 ? n - 1 : n}) out.push_back(of_length(length, false));
    for (const std::size_t length : {n, n + 1, n > 0 ? n - 1 : n}) out.push_back(of_length(length, true));
  }
}

void places(Values& out, const Condition& c) {
  for (const Constant* item : items_of(c.value)) {
    const std::string& d = item->text;
    std::vector<std::string> all;
    if (c.op == Op::path_within) {
      all = {d + "/x", "/elsewhere/x", d, d + "x", d + "/../x", d + "/./a//b", d + "/%2e%2e/x", "x", "../x", "~/x", ""};
    } else if (c.op == Op::url_host_in) {
      const std::string host = d.starts_with("*.") ? "a" + d.substr(1) : d;
      all = {"https://" + host + "/x",
             "https://elsewhere.example/",
             "https://" + host + ".elsewhere.example/",
             "https://x" + host + "/",
             "https://a." + host + "/",
             "https://a@" + host + "/",
             "https://" + host + ":8080/",
             "http://" + other_case(host),
             host,
             "https://elsewhere.example/?" + host};
    } else if (c.op == Op::url_scheme_in) {
      all = {d + "://example.com/", "x-other://example.com/", other_case(d) + "://example.com/", d + ":x", d};
    } else if (const auto block = policy::parse_cidr(d)) {
      policy::Address first = block->address, last = block->address;
      const unsigned bits = first.v6 ? 128 : 32;
      for (unsigned bit = block->bits; bit < bits; ++bit) {
        last.bytes[bit / 8] = static_cast<std::uint8_t>(last.bytes[bit / 8] | (0x80U >> bit % 8));
      }
      const auto next = [bits](policy::Address a, int by) {
        for (unsigned i = bits / 8; i-- > 0;) {
          a.bytes[i] = static_cast<std::uint8_t>(a.bytes[i] + by);
          if (a.bytes[i] != (by > 0 ? 0 : 255)) break;
        }
        return policy::address_text(a);
      };
      all = {policy::address_text(first), next(last, 1), policy::address_text(last), next(first, -1), "elsewhere"};
    }
    for (const std::string& one : all) out.push_back(text(one));
  }
}

Values values_for(const Condition& c) {
  Values out;
  switch (c.op) {
    case Op::eq:
    case Op::in:
      equality(out, c, false);
      break;
    case Op::neq:
    case Op::not_in:
      equality(out, c, true);
      break;
    case Op::lt:
    case Op::lte:
    case Op::gt:
    case Op::gte:
      order(out, c);
      break;
    case Op::between:
      between(out, c);
      break;
    case Op::contains:
    case Op::starts_with:
    case Op::ends_with:
    case Op::glob:
    case Op::regex:
    case Op::matches:
      texts(out, c);
      break;
    case Op::length:
      lengths(out, c);
      break;
    case Op::exists:
    case Op::type:
      if (c.value.text == "array") out.push_back(Made::array());
      if (c.value.text == "object") out.push_back(Made::object());
      for (const char* one : {"\"x\"", "1", "true"}) out.push_back(Made::raw(one));
      if (c.value.text == "number") std::swap(out[0], out[1]);
      if (c.value.text == "boolean") std::swap(out[0], out[2]);
      break;
    case Op::path_within:
    case Op::url_host_in:
    case Op::url_scheme_in:
    case Op::cidr_in:
      places(out, c);
      break;
  }
  return out;
}

Change at_time(std::int64_t time) {
  Change change;
  change.where = Change::Where::time;
  change.time = time;
  change.what = "at " + base::rfc3339(time);
  return change;
}

constexpr std::int64_t ms = 1'000'000, hour = 3'600'000 * ms, day = 24 * hour;

// Times about what the condition names, by its own zone.
std::vector<Change> times_for(const Condition& c) {
  std::vector<Change> out;
  const std::int64_t offset = c.utc_offset_minutes * (hour / 60);
  const std::int64_t midnight = usual_time - usual_time % day - offset;
  const std::string& word = c.path.steps[0].key;
  if (word == "weekday") {
    for (int i = 0; i < 7; ++i) out.push_back(at_time(midnight + i * day + day / 2));
    for (int i = 0; i < 7; ++i)
      out.push_back(at_time(midnight + i * day)), out.push_back(at_time(midnight + i * day - ms));
    return out;
  }
  for (const Constant* item : items_of(c.value)) {
    if (word == "hour") {
      const auto h = base::Amount::parse(item->text);
      if (!h || h->is_negative() || *h > base::Amount::of(24)) continue;
      const std::int64_t at = midnight + static_cast<std::int64_t>(h->raw() / base::Amount::scale) * hour;
      for (const std::int64_t t : {at, at - ms, at + hour - ms, at + hour}) out.push_back(at_time(t));
      continue;
    }
    const auto date = audit::parse_rfc3339(item->text + "T00:00:00Z");
    if (!date || *date < day) continue;
    const std::int64_t at = *date - offset;
    for (const std::int64_t t : {at + day / 2, at - ms, at, at + day - ms, at + day}) out.push_back(at_time(t));
  }
  return out;
}

std::string shown(const std::string& json) { return base::printable(json, 60); }

void add(std::vector<Change>& out, const json::Path& path, std::optional<Made> value) {
  if (out.size() >= most_changes) return;
  Change change;
  change.where = path.root == "args" ? Change::Where::args : Change::Where::params;
  change.steps = path.steps;
  change.what = path.text() + (value ? " = " + shown(value->json()) : " missing");
  change.value = std::move(value);
  out.push_back(std::move(change));
}

std::vector<Change> text_changes(Change::Where where, const char* what, const Condition& c) {
  std::vector<Change> out;
  std::vector<std::string> all;
  for (const Constant* item : items_of(c.value)) {
    const std::string t = c.op == Op::regex || c.op == Op::matches ? regex_example(item->text)
                          : c.op == Op::glob                       ? star_replaced(item->text, "x")
                                                                   : item->text;
    if (!t.empty()) all.push_back(t);
  }
  all.emplace_back("somebody-else");
  for (const std::string& t : all) {
    Change change;
    change.where = where;
    change.text = t;
    change.what = std::string(what) + " " + shown(t);
    out.push_back(std::move(change));
  }
  return out;
}

}  // namespace

void add_types(std::vector<Change>& out, const json::Path& path) {
  add(out, path, std::nullopt);
  for (const char* json : {"null", "\"\"", "0", "true", "[]", "{}", "\"x\"", "[1]"}) add(out, path, Made::raw(json));
}

std::vector<Change> changes_for(const Condition& c) {
  const std::string& root = c.path.root;
  if (root == "time") return times_for(c);
  if (root == "identity") return text_changes(Change::Where::identity, "identity", c);
  if (root == "session") return text_changes(Change::Where::session, "session", c);
  if (root == "client") return text_changes(Change::Where::client, "client", c);
  std::vector<Change> out;
  if (root != "args" && root != "params") return out;
  const bool absent = c.op == Op::exists && !c.value.boolean;
  if (absent) add(out, c.path, std::nullopt);
  const Values values = values_for(c);
  for (const Made& value : values) {
    if (out.size() + 10 >= most_changes) break;
    add(out, c.path, value);
  }
  if (!values.empty()) add(out, c.path, Made::array({values[0]}));
  add_types(out, c.path);
  return out;
}

std::vector<Change> changes_for(const policy::Limit& limit) {
  std::vector<Change> out;
  if (limit.amount_from && limit.amount_from->root == "args") {
    const std::string max = limit.max ? limit.max->text() : "1";
    Values values = {Made::raw("1"), Made::raw(max)};
    add_near_number(values, max, true);
    for (const char* one : {"-1", "0", "0.5", "1e-12", "1e30", "\"1\""}) values.push_back(Made::raw(one));
    for (Made& value : values) add(out, *limit.amount_from, std::move(value));
    add_types(out, *limit.amount_from);
  }
  if (limit.currency_from && limit.currency_from->root == "args") {
    std::vector<Change> currency;
    for (const std::string& one : {limit.currency, std::string("XXX"), other_case(limit.currency)}) {
      add(currency, *limit.currency_from, text(one));
    }
    add_types(currency, *limit.currency_from);
    out.insert(out.end(), currency.begin(), currency.end());
  }
  return out;
}

}  // namespace trial
