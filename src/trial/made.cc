// See the header.
#include "trial/made.h"

#include <algorithm>

#include "json/writer.h"

namespace trial {
namespace {

constexpr std::size_t most_items = 64;

}  // namespace

Made Made::raw(std::string json) {
  Made made(Kind::raw);
  made.raw_ = std::move(json);
  return made;
}

Made Made::text(std::string_view text) {
  std::string json;
  json::write_string(json, text);
  return raw(std::move(json));
}

Made Made::array(std::vector<Made> items) {
  Made made(Kind::array);
  made.items_ = std::move(items);
  return made;
}

// The places that a step leads to; made if there are none and `make`.
std::vector<Made*> Made::at(const json::Step& step, bool make) {
  const Kind needed = step.kind == json::Step::Kind::key ? Kind::object : Kind::array;
  if (kind_ != needed) {
    if (!make) return {};
    *this = Made(needed);
  }
  if (step.kind == json::Step::Kind::key) {
    const auto found = std::ranges::find(members_, step.key, &std::pair<std::string, Made>::first);
    if (found != members_.end()) return {&found->second};
    if (!make) return {};
    members_.emplace_back(step.key, raw("null"));
    return {&members_.back().second};
  }
  if (step.kind == json::Step::Kind::index) {
    if (step.index >= most_items || (step.index >= items_.size() && !make)) return {};
    while (items_.size() <= step.index) items_.push_back(raw("null"));
    return {&items_[step.index]};
  }
  if (items_.empty() && make) items_.push_back(raw("null"));
  std::vector<Made*> all;
  all.reserve(items_.size());
  for (Made& item : items_) all.push_back(&item);
  return all;
}

void Made::set(std::span<const json::Step> steps, const Made& value) {
  if (steps.empty()) {
    *this = value;
    return;
  }
  for (Made* place : at(steps[0], true)) place->set(steps.subspan(1), value);
}

void Made::erase(std::span<const json::Step> steps) {
  if (steps.empty()) return;
  if (steps.size() > 1) {
    for (Made* place : at(steps[0], false)) place->erase(steps.subspan(1));
  } else if (steps[0].kind == json::Step::Kind::key && kind_ == Kind::object) {
    std::erase_if(members_, [&](const auto& member) { return member.first == steps[0].key; });
  } else if (steps[0].kind != json::Step::Kind::key && kind_ == Kind::array) {
    items_.clear();
  }
}

void Made::write(std::string& out) const {
  if (kind_ == Kind::raw) {
    out += raw_;
    return;
  }
  out += kind_ == Kind::object ? '{' : '[';
  bool first = true;
  for (const auto& [key, value] : members_) {
    if (!std::exchange(first, false)) out += ',';
    json::write_string(out, key);
    out += ':';
    value.write(out);
  }
  for (const Made& item : items_) {
    if (!std::exchange(first, false)) out += ',';
    item.write(out);
  }
  out += kind_ == Kind::object ? '}' : ']';
}

std::string Made::json() const {
  std::string out;
  write(out);
  return out;
}

}  // namespace trial
