// Tokens of results that ask for input.
#include "mediator/continuations.h"

#include <algorithm>
#include <vector>

#include "json/writer.h"

namespace mediator {
namespace {

std::string hashed(char kind, std::string_view text) { return kind + base::to_hex(base::sha256(text)); }

// Order does not matter: a client may answer in any.
std::string token_of_keys(json::Value object) {
  std::vector<std::string_view> keys;
  for (const json::Member m : object.members()) keys.push_back(m.key);
  std::ranges::sort(keys);
  std::string text;
  for (std::string_view k : keys) json::write_string(text, k);
  return hashed('k', text);
}

// Two calls may be asked for the same names at once.
std::string of_call(const base::Digest& call) { return base::to_hex(call, 8); }

}  // namespace

base::Digest Continuations::digest(std::string_view method, std::string_view name, json::Value arguments) {
  std::string text;
  json::write_string(text, method);
  json::write_string(text, name);
  if (arguments) {
    json::write_canonical(text, arguments);
  } else {
    text += "{}";
  }
  return base::sha256(text);
}

std::string Continuations::token_of_result(json::Value result) {
  const json::Value state = result.find("requestState");
  if (state.is_string()) return hashed('s', state.string());
  return token_of_keys(result.find("inputRequests"));
}

std::string Continuations::token_of_request(json::Value params) {
  const json::Value state = params.find("requestState");
  if (state.is_string()) return hashed('s', state.string());
  return token_of_keys(params.find("inputResponses"));
}

bool Continuations::claims(json::Value params) { return params.find("requestState") || params.find("inputResponses"); }

void Continuations::issue(json::Value result, const base::Digest& call, std::string first_decision,
                          std::string replay_key, std::uint32_t count, base::BootTime now) {
  std::string token = token_of_result(result) + of_call(call);
  forget(token);  // the same state handed out again: the newer one counts
  while (open_.size() >= max_open) forget(std::string(order_.front()));
  order_.push_back(token);
  open_.insert_or_assign(std::move(token),
                         Continuation{call, std::move(first_decision), std::move(replay_key), count, now + lifetime});
}

void Continuations::forget(std::string_view token) {
  const auto it = open_.find(token);
  if (it == open_.end()) return;
  open_.erase(it);
  std::erase(order_, token);
}

std::optional<Continuation> Continuations::find(json::Value params, const base::Digest& call, base::BootTime now) {
  const auto it = open_.find(token_of_request(params) + of_call(call));
  if (it == open_.end() || it->second.call != call) return std::nullopt;
  if (now >= it->second.expires || it->second.count >= max_per_charge) return std::nullopt;
  return it->second;
}

void Continuations::use(json::Value params, const base::Digest& call) {
  forget(token_of_request(params) + of_call(call));
}

}  // namespace mediator
