// Amounts from arguments; see amount.h.
#include "policy/amount.h"

#include "base/strings.h"
#include "policy/operand.h"

namespace policy {
namespace {

std::string quoted_argument(const json::Path& path) { return "Argument \"" + argument_name(path) + '"'; }

base::Result<json::Value> scalar_at(const json::Path& path, json::Value arguments, json::Value params) {
  const json::Value from = path.root == "params" ? params : arguments;
  std::size_t step = 0;
  const Operand operand = walk(from, path.steps, step);
  if (operand.kind == Operand::Kind::undecided || step != path.steps.size())
    return base::fail(quoted_argument(path) + " cannot be read: a list stands where one value is expected");
  if (operand.kind == Operand::Kind::absent) return base::fail(quoted_argument(path) + " is missing");
  return operand.value;
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool same_currency(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (upper(a[i]) != upper(b[i])) return false;
  }
  return true;
}

base::Result<void> check_currency(const Limit& limit, json::Value arguments, json::Value params) {
  const auto value = scalar_at(*limit.currency_from, arguments, params);
  if (!value) return base::fail(value.error().message + "; it must name the currency " + limit.currency);
  const json::Path& path = *limit.currency_from;
  if (!value->is_string())
    return base::fail(quoted_argument(path) + " must be the currency " + limit.currency + ", not " +
                      json::type_name(value->type()));
  if (!same_currency(value->string(), limit.currency))
    return base::fail(quoted_argument(path) + " is \"" + base::printable(value->string(), 40) +
                      "\": the limit counts " + limit.currency + " only");
  return {};
}

}  // namespace

std::string argument_name(const json::Path& path) {
  std::string text = path.text();
  const std::size_t root = path.root.size();
  if (text.size() <= root) return text;
  return text.substr(text[root] == '.' ? root + 1 : root);
}

base::Result<base::Amount> charge_amount(const Limit& limit, json::Value arguments, json::Value params) {
  if (limit.currency_from) {
    if (auto checked = check_currency(limit, arguments, params); !checked) return base::fail(checked.error().message);
  }
  if (!limit.amount_from) return limit.increment;
  const auto value = scalar_at(*limit.amount_from, arguments, params);
  if (!value) return base::fail(value.error().message + "; a limit counts it");
  const json::Path& path = *limit.amount_from;
  if (!value->is_number())
    return base::fail(quoted_argument(path) + " must be a number, not " + json::type_name(value->type()) +
                      "; a limit counts it");
  const auto number = base::Decimal::parse(value->number());
  if (!number) return base::fail(quoted_argument(path) + " is not a number; a limit counts it");
  if (number->is_negative()) return base::fail(quoted_argument(path) + " must not be negative; a limit counts it");
  auto amount = base::Amount::from(*number);
  if (!amount) return base::fail(quoted_argument(path) + " cannot be counted exactly: " + amount.error().message);
  return *amount;
}

}  // namespace policy
