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
  while (open_.size() >= max_open) forget_oldest();
  std::string token = token_of_result(result);
  token += base::to_hex(call, 8);  // two calls may be asked for the same names at once
  order_.push_back(token);
  open_.insert_or_assign(std::move(token),
                         Continuation{call, std::move(first_decision), std::move(replay_key), count, now + lifetime});
}

void Continuations::forget_oldest() {
  open_.erase(order_.front());
  order_.pop_front();
}

std::optional<Continuation> Continuations::take(json::Value params, const base::Digest& call, base::BootTime now) {
  std::string token = token_of_request(params);
  token += base::to_hex(call, 8);
  const auto it = open_.find(token);
  if (it == open_.end() || it->second.call != call) return std::nullopt;
  Continuation found = std::move(it->second);
  open_.erase(it);  // used: once only
  std::erase(order_, token);
  if (now >= found.expires || found.count >= max_per_charge) return std::nullopt;
  return found;
}

}  // namespace mediator
