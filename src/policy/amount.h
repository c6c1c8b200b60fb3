// How much a call adds to a limit. Taken from an argument it is exact or refused, never rounded and never zero for want
// of a number: a call whose amount cannot be read would otherwise be free.
#pragma once
#include "base/decimal.h"
#include "base/result.h"
#include "json/document.h"
#include "policy/model.h"

namespace policy {

// The limit's increment, or the amount that its path names in `arguments` (root args) or `params`. Errors name the
// argument and say what is wrong with it: missing, not a number (a string never is), negative, over-precise, out of
// range, in another currency than the limit counts.
base::Result<base::Amount> charge_amount(const Limit& limit, json::Value arguments, json::Value params);

// "amount" of args.amount, "items[0].price" of args.items[0].price.
std::string argument_name(const json::Path& path);

}  // namespace policy
