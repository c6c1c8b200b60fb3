// A failure names its keyword by a pointer into the schema, and from the keyword comes what would do. Whether it does
// is for the trial to say.
#include "policy/validation_fixes.h"

#include <algorithm>

#include "base/decimal.h"
#include "base/strings.h"
#include "json/writer.h"
#include "policy/schema_sample.h"

namespace policy {
namespace {

constexpr std::size_t most_ways = 4;
constexpr std::size_t most_value = 4096;  // bytes of a value that is made of the one that was given

std::string shown(std::string_view json) { return base::printable(json, 60); }

std::string quoted_json(std::string_view text) {
  std::string out;
  json::write_string(out, text);
  return out;
}

// What may stand at one failing path.
struct Way {
  std::optional<std::string> json;  // nullopt: left out
  std::string words;
};

// The first `most` code points, or with x up to `least`.
std::string resized(std::string_view text, std::size_t least, std::optional<std::size_t> most) {
  std::size_t count = 0, at = 0;
  while (at < text.size() && (!most || count < *most)) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    ++count;
  }
  std::string out(text.substr(0, at));
  if (count < least) out.append(least - count, 'x');
  return out;
}

// Ways to mend one failure.
class Mender {
 public:
  Mender(json::Value schema, json::Value arguments) : schema_(schema), arguments_(arguments) {}

  std::vector<Fix> run(const CheckedPart::Miss& miss) {
    auto path = json::Path::parse(miss.path);
    if (!path || path->quantified()) return {};
    const std::size_t slash = miss.schema_path.rfind('/');
    keyword_ = slash == std::string::npos ? "" : miss.schema_path.substr(slash + 1);
    holder_ =
        at_pointer(schema_, std::string_view(miss.schema_path).substr(0, std::min(slash, miss.schema_path.size())));
    limit_ = holder_.find(keyword_);
    now_ = json::follow(arguments_, *path);
    ways_.clear();
    collect(*path, miss);
    std::vector<json::Step> steps = {{json::Step::Kind::key, "arguments", 0}};
    steps.insert(steps.end(), path->steps.begin(), path->steps.end());
    std::vector<Fix> out;
    for (const Way& way : ways_) {
      if (path->steps.empty() && !way.json) continue;
      out.push_back({{{steps, way.json}, path->text() + way.words}});
      if (out.size() == most_ways) break;
    }
    return out;
  }

 private:
  void offer(std::string json, const std::string& words = {}) {
    const std::string value = shown(json);
    ways_.push_back({std::move(json), ": " + value + (words.empty() ? "" : " (" + words + ")")});
  }
  void leave_out() { ways_.push_back({std::nullopt, " left out"}); }

  void collect(const json::Path& path, const CheckedPart::Miss& miss) {
    if (!now_ || miss.schema_path.empty()) return missing(path);
    if (keyword_ == "enum") return listed();
    if (keyword_ == "const") return offer(written(limit_));
    if (keyword_.ends_with("imum")) return bound();
    if (keyword_ == "minLength" || keyword_ == "maxLength") return length();
    if (keyword_ == "minItems" || keyword_ == "maxItems") return elements();
    if (keyword_ == "type") return typed();
    if (keyword_ == "additionalProperties" || keyword_ == "unevaluatedProperties" || keyword_ == "propertyNames")
      return leave_out();
    if (holder_.is_object() && limit_) another(holder_);
  }

  static std::string written(json::Value value) {
    std::string out;
    json::write(out, value);
    return out;
  }

  // Something that is required: what its property's schema admits.
  void missing(const json::Path& path) {
    if (path.steps.empty() || path.steps.back().kind != json::Step::Kind::key) return;
    const json::Value parent = keyword_.empty() ? schema_ : holder_;
    another(parent.find("properties").find(path.steps.back().key));
  }

  void another(json::Value schema) { offer(sample_value(schema, schema_), "or another value"); }

  void listed() {
    std::string all = "one of ";
    bool first = true;
    for (const json::Value value : limit_.elements()) {
      all.append(first ? "" : ", ").append(written(value));
      first = false;
      if (all.size() > 200) break;
    }
    for (const json::Value value : limit_.elements()) {
      offer(written(value), shown(all));
      if (ways_.size() == most_ways) return;
    }
  }

  void bound() {
    const bool upper = keyword_ == "maximum" || keyword_ == "exclusiveMaximum";
    // Draft-04 has the limit beside the keyword.
    const json::Value limit = limit_.is_boolean() ? holder_.find(upper ? "maximum" : "minimum") : limit_;
    if (!limit.is_number()) return;
    const std::string number = written(limit);
    if (!keyword_.starts_with("exclusive") && !limit_.is_boolean())
      offer(number, (upper ? "at most " : "at least ") + number);
    offer(one_away(number, upper ? -1 : 1), (upper ? "below " : "above ") + number);
  }

  void length() {
    if (now_.string().size() > most_value) return;
    const bool upper = keyword_ == "maxLength";
    const std::size_t limit = small_size(limit_, most_value);
    const std::string text = resized(now_.string(), upper ? 0 : limit, upper ? std::optional(limit) : std::nullopt);
    offer(quoted_json(text), (upper ? "at most " : "at least ") + written(limit_) + " characters");
  }

  void elements() {
    const std::size_t limit = small_size(limit_, 100);
    const bool upper = keyword_ == "maxItems";
    std::string out = "[";
    std::size_t count = 0;
    for (const json::Value element : now_.elements()) {
      if ((upper && count == limit) || out.size() > most_value) break;
      out.append(count++ == 0 ? "" : ",").append(written(element));
    }
    const std::string one = upper ? "" : sample_value(holder_.find("items"), schema_);
    for (; !upper && count < limit && out.size() < most_value; ++count) out.append(count == 0 ? "" : ",").append(one);
    offer(out + "]", (upper ? "at most " : "at least ") + written(limit_) + " elements");
  }

  void typed() {
    // "5" for 5 and 5 for "5" is what is meant as a rule.
    if (now_.is_string() && base::Decimal::parse(now_.string())) offer(std::string(now_.string()));
    if (now_.is_string() && (now_.string() == "true" || now_.string() == "false")) offer(std::string(now_.string()));
    if (now_.is_number()) offer(quoted_json(now_.number()));
    another(holder_);
  }

  json::Value schema_, arguments_;
  json::Value holder_, limit_, now_;
  std::string keyword_;
  std::vector<Way> ways_;
};

}  // namespace

std::vector<Fix> validation_fixes(const std::vector<CheckedPart>& checked, const Facts& facts) {
  Fix together;
  std::vector<Fix> ways;
  std::size_t failures = 0;
  for (const CheckedPart& part : checked) {
    if (part.passes()) continue;
    if (!part.undecided.empty()) return {};
    json::Document document;
    json::Value schema = facts.tool == nullptr ? json::Value() : facts.tool->input_schema();
    if (part.written != nullptr) {
      if (!document.read(part.written->json, json::Profile::tolerant)) return {};
      schema = document.root();
    }
    Mender mender(schema, facts.arguments);
    for (const CheckedPart::Miss& miss : part.misses) {
      ways = mender.run(miss);
      if (ways.empty()) return {};
      together = joined(together, ways.front());
      ++failures;
    }
  }
  if (failures == 1) return ways;
  return failures == 0 ? std::vector<Fix>() : std::vector<Fix>{std::move(together)};
}

}  // namespace policy
