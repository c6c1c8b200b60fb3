// Arguments are held against each schema without a word first, and once more for the reasons if they fail. What
// check_each() says is made of the same findings as a refusal.
#include "policy/validation.h"

#include <vector>

#include "base/strings.h"
#include "policy/required_args.h"

namespace policy {
namespace {

constexpr std::size_t most_listed = 10;    // failing paths
constexpr std::size_t longest_path = 120;  // code points
constexpr std::size_t longest_why = 200;
constexpr std::size_t most_values = 10'000;  // that [all] leads to, each checked within `element_budget`
constexpr schema::CheckBudget element_budget{.steps = 20'000};

// What is wrong with the arguments, as far as one refusal tells it.
struct Findings {
  std::string list;       // "args.a must be ...; args.b ..."
  std::string undecided;  // why nothing can be said, or ""
  std::string condition;
  std::size_t count = 0;
  std::vector<CheckedPart::Miss> misses;

  void add(const std::string& path, std::string_view why, const std::string& schema_path = {}) {
    if (++count > most_listed) return;
    misses.push_back({path, schema_path, base::printable(why, longest_why)});
    if (!list.empty()) list += "; ";
    list += base::printable(path, longest_path) + ' ' + base::printable(why, longest_why);
  }
  void cannot(std::string why) {
    if (undecided.empty()) undecided = std::move(why);
  }
};

std::string condition_text(std::string_view part, std::string_view schema_path) {
  std::string text = "validate " + base::printable(part, longest_path);
  if (!schema_path.empty()) text += ": " + base::printable(schema_path, longest_path);
  return text;
}

// "args.items[0]" and "price" or "[1]" as one path.
std::string joined(const std::string& where, const std::string& below) {
  if (below.empty()) return where;
  return where + (below[0] == '[' ? "" : ".") + below;
}

void explain(const schema::Schema& schema, json::Value value, const std::string& where, std::string_view part,
             const schema::CheckBudget& budget, Findings& out) {
  std::vector<schema::Failure> failures;
  std::string undecided;
  const schema::Result result = schema.explain(value, failures, undecided, most_listed + 1, budget);
  if (result == schema::Result::valid) return;
  if (out.condition.empty())
    out.condition = condition_text(part, failures.empty() ? std::string_view() : failures[0].schema_path);
  if (result == schema::Result::undecided) return out.cannot(where + ": " + base::printable(undecided, longest_why));
  for (const schema::Failure& f : failures) out.add(joined(where, f.path), f.message, f.schema_path);
}

// The values at the end of a path. A path that ends early, or in null, leads to none: nothing is asked of what is not
// there. One that meets a value which cannot have the step does not pass.
class Walk {
 public:
  Walk(const Validate::Part& part, schema::Scratch& scratch, Findings* out)
      : steps_(part.path.steps), schema_(*part.schema.compiled), part_(part), scratch_(scratch), out_(out) {
    if (part.path.quantified()) budget_ = element_budget;
    if (out_ != nullptr) where_.root = part.path.root;
  }

  // Whether all of them pass. With somewhere to say it, goes on after the first that fails. Recursion is bounded by the
  // policy's path.
  bool from(json::Value value, std::size_t step) {  // NOLINT(misc-no-recursion)
    if (step == steps_.size()) return passes(value);
    if (!value || value.is_null()) return true;
    const json::Step& s = steps_[step];
    if (s.kind == json::Step::Kind::key) {
      if (!value.is_object()) return wrong_kind(value, "an object");
      const json::Value next = value.find(s.key);
      return !next || below(s, next, step);
    }
    if (!value.is_array()) return wrong_kind(value, "an array");
    if (s.kind == json::Step::Kind::index) {
      const json::Value next = value.at(s.index);
      return !next || below(s, next, step);
    }
    bool good = true;
    json::Step place{json::Step::Kind::index, {}, 0};
    for (const json::Value element : value.elements()) {
      good = below(place, element, step) && good;
      if (!good && (out_ == nullptr || out_->count > most_listed || values_ > most_values)) return false;
      ++place.index;
    }
    return good;
  }

 private:
  bool below(const json::Step& place, json::Value value, std::size_t step) {  // NOLINT(misc-no-recursion)
    if (out_ == nullptr) return from(value, step + 1);
    where_.steps.push_back(place);
    const bool good = from(value, step + 1);
    where_.steps.pop_back();
    return good;
  }

  bool passes(json::Value value) {
    if (++values_ > most_values) return too_many();
    if (schema_.check(value, scratch_, budget_) == schema::Result::valid) return true;
    if (out_ != nullptr) explain(schema_, value, where_.text(), part_.path.text(), budget_, *out_);
    return false;
  }

  bool too_many() {
    if (out_ == nullptr) return false;
    if (out_->condition.empty()) out_->condition = condition_text(part_.path.text(), "");
    out_->cannot("more than " + std::to_string(most_values) + " values at " + part_.path.text());
    return false;
  }

  bool wrong_kind(json::Value value, const std::string& needs) {
    if (out_ == nullptr) return false;
    if (out_->condition.empty()) out_->condition = condition_text(part_.path.text(), "");
    out_->add(where_.text(), "must be " + needs + ", is of type " + json::type_name(value.type()));
    return false;
  }

  const std::vector<json::Step>& steps_;
  const schema::Schema& schema_;
  const Validate::Part& part_;
  schema::Scratch& scratch_;
  schema::CheckBudget budget_;
  std::size_t values_ = 0;
  Findings* out_;
  json::Path where_;  // kept only for `out_`
};

// Why the server's schema of a tool says nothing.
std::string unusable(const tools::Definition& tool) {
  return "its schema cannot be used: " + base::printable(tool.compiled().problem, longest_why) +
         ". The policy can give a schema of its own instead (validate: {schema: {...}})";
}

std::string name_of(const tools::Definition& tool) { return "tool \"" + base::printable(tool.name) + '"'; }

std::optional<Unmet> unmet(Findings&& found) {
  std::string message;
  if (found.count > 0) {
    message = "Arguments do not match the schema: " + found.list;
    if (found.count > most_listed) message += "; and more";
    if (!found.undecided.empty()) message += ". ";
  }
  if (!found.undecided.empty()) message += "Arguments cannot be checked: " + found.undecided;
  return Unmet{std::move(message), std::move(found.condition)};
}

}  // namespace

std::optional<Unmet> check_arguments(const Validate& validate, const tools::Definition* tool, json::Value arguments,
                                     schema::Scratch& scratch) {
  if (validate.required_args && tool != nullptr) {
    if (auto missing = missing_arguments(*tool, arguments))
      return Unmet{std::move(*missing), condition_text("required_args", "")};
  }
  const schema::Schema* whole = validate.schema.compiled.get();
  if (validate.whole == Validate::Whole::servers && tool != nullptr) {
    whole = tool->compiled().schema.get();
    if (whole == nullptr)
      return Unmet{"The arguments of " + name_of(*tool) + " cannot be checked, because " + unusable(*tool),
                   condition_text("schema", "")};
  }
  bool good = whole == nullptr || whole->check(arguments, scratch) == schema::Result::valid;
  for (const Validate::Part& part : validate.args) {
    good = good && Walk(part, scratch, nullptr).from(arguments, 0);
  }
  if (good) return std::nullopt;
  Findings found;
  if (whole != nullptr) explain(*whole, arguments, "args", "schema", {}, found);
  for (const Validate::Part& part : validate.args) Walk(part, scratch, &found).from(arguments, 0);
  return unmet(std::move(found));
}

namespace {

CheckedPart checked(std::string part, const WrittenSchema* written, Findings&& found) {
  return {std::move(part), std::move(found.condition), std::move(found.undecided), std::move(found.misses), written};
}

CheckedPart check_required(const tools::Definition& tool, json::Value arguments) {
  CheckedPart out{"required_args", {}, {}, {}, nullptr};
  if (!missing_arguments(tool, arguments)) return out;
  out.condition = condition_text("required_args", "");
  if (!tool.schema_readable) out.undecided = "the schema of " + name_of(tool) + " cannot be read";
  for (const auto& required : tool.required) {
    const json::Value value = arguments.find(required.name);
    if (value && (!value.is_null() || required.admits_null)) continue;
    if (out.misses.size() == most_listed) break;
    const json::Path path{"args", {{json::Step::Kind::key, required.name, 0}}};
    out.misses.push_back({path.text(), "", value ? "must not be null" : "is required"});
  }
  return out;
}

CheckedPart check_whole(const Validate& validate, const tools::Definition* tool, json::Value arguments) {
  const bool servers = validate.whole == Validate::Whole::servers;
  const schema::Schema* whole = servers ? tool->compiled().schema.get() : validate.schema.compiled.get();
  Findings found;
  if (whole != nullptr) {
    explain(*whole, arguments, "args", "schema", {}, found);
  } else if (tool != nullptr) {
    found.condition = condition_text("schema", "");
    found.cannot(unusable(*tool));
  }
  return checked("schema", servers ? nullptr : &validate.schema, std::move(found));
}

}  // namespace

std::vector<CheckedPart> check_each(const Validate& validate, const tools::Definition* tool, json::Value arguments,
                                    schema::Scratch& scratch) {
  std::vector<CheckedPart> out;
  if (validate.required_args && tool != nullptr) out.push_back(check_required(*tool, arguments));
  const bool servers = validate.whole == Validate::Whole::servers;
  if (validate.whole == Validate::Whole::written || (servers && tool != nullptr))
    out.push_back(check_whole(validate, tool, arguments));
  for (const Validate::Part& part : validate.args) {
    Findings found;
    Walk(part, scratch, &found).from(arguments, 0);
    out.push_back(checked(part.path.text(), &part.schema, std::move(found)));
  }
  return out;
}

}  // namespace policy
