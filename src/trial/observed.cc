// See the header.
#include "trial/observed.h"

#include <algorithm>

#include "audit/redact.h"
#include "base/decimal.h"
#include "base/unicode.h"
#include "json/writer.h"

namespace trial {
namespace {

constexpr std::size_t deepest = 40;   // of values that are kept; a policy may nest 64 levels
constexpr std::size_t exact = 1'024;  // charges that a limit remembers one by one
constexpr std::size_t longest_key = 500;

bool is_deep(json::Value value, std::size_t left) {  // NOLINT(misc-no-recursion)
  if (left == 0) return true;
  for (const json::Value item : value.elements()) {
    if (is_deep(item, left - 1)) return true;
  }
  for (const json::Member member : value.members()) {
    if (member.key.size() > longest_key || is_deep(member.value, left - 1)) return true;
  }
  return false;
}

bool looks_secret(std::string_view key, json::Value value) {
  if (audit::is_secret_key(key)) return true;
  std::string plain, redacted;
  json::write(plain, value);
  audit::write_redacted(redacted, value, ~std::size_t{0} >> 1U);
  return plain != redacted;
}

std::string type_of(json::Value value) {
  if (!value.is_number()) return json::type_name(value.type());
  const auto number = base::Decimal::parse(value.number());
  return number && number->is_integer() ? "integer" : "number";
}

void see_number(ObservedKey& key, std::string_view text) {
  const auto number = base::Decimal::parse(text);
  const auto least = key.least ? base::Decimal::parse(*key.least) : std::nullopt;
  const auto most = key.most ? base::Decimal::parse(*key.most) : std::nullopt;
  if (!number) return;
  if (!least || *number < *least) key.least = std::string(text);
  if (!most || *number > *most) key.most = std::string(text);
}

// A path that every program reads alike: absolute, without empty, "." and ".." parts, and nothing that is special.
bool is_plain_path(std::string_view text) {
  if (!text.starts_with('/') || text.find_first_of("\\$~%") != std::string_view::npos) return false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('/', at + 1), text.size());
    const std::string_view part = text.substr(at + 1, end - at - 1);
    if (part == "." || part == ".." || (part.empty() && end < text.size())) return false;
    at = end;
  }
  return true;
}

void see_text(ObservedKey& key, std::string_view text) {
  const std::size_t length = base::code_points(text);
  key.shortest = std::min(key.shortest, length);
  key.longest = std::max(key.longest, length);
  key.all_paths = key.all_paths && is_plain_path(text);
  if (!key.all_paths) return;
  std::string directory(text.substr(0, text.rfind('/')));
  if (!key.directory) {
    key.directory = directory;
    return;
  }
  // The longest start that both share, in whole parts.
  while (!key.directory->empty() && directory != *key.directory && !directory.starts_with(*key.directory + '/')) {
    key.directory->resize(key.directory->rfind('/'));
  }
}

void see_value(ObservedKey& key, std::string_view name, json::Value value, std::size_t most_values) {
  ++key.count;
  key.types.insert(type_of(value));
  if (value.is_number()) see_number(key, value.number());
  if (value.is_string()) {
    see_text(key, value.string());
  } else {
    key.all_paths = false;
  }
  key.secret = key.secret || looks_secret(name, value);
  if (key.secret) return;
  std::string canonical, text;
  json::write_canonical(canonical, value);
  json::write(text, value);
  key.values.add(canonical, text, is_deep(value, deepest) ? 0 : most_values);
}

}  // namespace

void Distinct::add(std::string_view key, std::string_view text, std::size_t most) {
  if (too_many_) return;
  const auto found = seen_.find(key);
  if (found != seen_.end()) {
    ++found->second.count;
    return;
  }
  bytes_ += key.size() + text.size();
  if (seen_.size() >= most || bytes_ > most_bytes) {
    too_many_ = true;
    seen_.clear();
    return;
  }
  seen_.emplace(key, Seen{std::string(text), 1});
}

void ObservedArguments::see(json::Value arguments, std::size_t most_values) {
  ++full;
  std::string canonical = "{}", text = "{}";
  if (arguments) {
    canonical.clear();
    text.clear();
    json::write_canonical(canonical, arguments);
    json::write(text, arguments);
  }
  const bool kept = !arguments || (arguments.is_object() && !is_deep(arguments, deepest));
  whole.add(canonical, text, kept ? most_values : 0);
  for (const json::Member member : arguments.members()) {
    if (keys.size() >= most_keys && !keys.contains(member.key)) {
      too_many_keys = true;
      continue;
    }
    if (member.key.size() > longest_key) {
      too_many_keys = true;
      continue;
    }
    see_value(keys[std::string(member.key)], member.key, member.value, most_values);
  }
}

void ObservedArguments::see_keys(json::Value names) {
  ++keys_only;
  const auto see = [this](std::string_view name) {
    if (name.size() > longest_key || (keys.size() >= most_keys && !keys.contains(name))) {
      too_many_keys = true;
      return;
    }
    ++keys[std::string(name)].count;
  };
  for (const json::Value name : names.elements()) see(name.string());
  for (const json::Member member : names.members()) see(member.key);
}

void Rates::add(std::int64_t time) {
  if (!times_.empty()) time = std::max(time, times_.back());
  times_.push_back(time);
  if (times_.size() > most_times) {
    times_.pop_front();
    ++dropped_;
  }
  const std::uint64_t end = dropped_ + times_.size();
  for (std::size_t i = 0; i < first_.size(); ++i) {
    std::int64_t window = windows[i / 2] * 1'000'000'000;
    if (i % 2 == 1) window += window / 64;
    if (first_[i] < dropped_) {  // what it would have to count was dropped
      lost_[i] = true;
      first_[i] = dropped_;
    }
    while (times_[first_[i] - dropped_] <= time - window) ++first_[i];
    peaks_[i] = std::max(peaks_[i], end - first_[i]);
  }
}

std::optional<std::uint64_t> Rates::peak(std::size_t window) const {
  const std::size_t i = 2 * window;
  if (peaks_[i] < exact) return peaks_[i];
  if (lost_[i + 1]) return std::nullopt;
  return peaks_[i + 1];
}

}  // namespace trial
