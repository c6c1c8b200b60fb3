// A catalogue page that was copied without its indentation, written again with it. Works line by line, from the words
// of the language alone; what it gives is only a suggestion, and only if it loads.
#include <algorithm>

#include "base/strings.h"
#include "policy/loading.h"

namespace policy {
namespace {

constexpr std::size_t max_bytes = 16'384;  // a page; not a book

constexpr std::string_view limit_keys[] = {"max",    "window",   "scope",         "window_type",
                                           "refund", "counter",  "increment",     "increment_from",
                                           "from",   "currency", "currency_from", "required_args"};

bool is_one_of(std::string_view key, Keys keys) { return std::find(keys.begin(), keys.end(), key) != keys.end(); }

class Mender {
 public:
  std::string run(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      line(base::trimmed(text.substr(0, end)));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (!has_tools_) out_ = "tools:\n" + out_;
    return std::move(out_);
  }

 private:
  void put(std::size_t indent, std::string_view text) { out_.append(indent, ' ').append(text) += '\n'; }

  void line(std::string_view s) {
    if (s.empty() || s[0] == '#') {
      if (!s.empty()) put(last_, s);
      return;
    }
    const bool dash = s[0] == '-';
    const std::string_view body = dash ? base::trimmed(s.substr(1)) : s;
    const std::size_t colon = body.find(':');
    std::string_view key = body.substr(0, colon);
    const bool opens = colon != std::string_view::npos && base::trimmed(body.substr(colon + 1)).empty();
    last_ = dash ? dashed(key, opens) : keyed(key, opens);
    put(last_, s);
  }

  std::size_t dashed(std::string_view key, bool opens) {
    if (in_list_ && (is_one_of(key, condition_keys) || key.starts_with('{'))) {
      in_condition_ = true;
      return 10;
    }
    in_list_ = opens && is_list_key(key);
    in_condition_ = in_map_ = false;
    return in_rules_ ? 6 : 2;
  }

  std::size_t keyed(std::string_view key, bool opens) {
    if (in_rules_ && in_condition_ && is_one_of(key, condition_keys)) return 12;
    if (in_rules_ && in_map_ && is_one_of(key, limit_keys)) return 10;
    if (in_rules_ && is_one_of(key, rule_keys)) {
      in_list_ = opens && is_list_key(key);
      in_map_ = opens && !in_list_;
      in_condition_ = false;
      return 8;
    }
    in_list_ = in_condition_ = in_map_ = false;
    if (key == "rules") {
      in_rules_ = true;
      return 4;
    }
    in_rules_ = false;
    if (is_one_of(key, policy_keys)) {
      has_tools_ = has_tools_ || key == "tools";
      return 0;
    }
    return 2;  // a tool
  }

  static bool is_list_key(std::string_view key) { return key == "conditions" || key == "when" || key == "require"; }

  std::string out_;
  std::size_t last_ = 0;
  bool in_rules_ = false, in_list_ = false, in_condition_ = false, in_map_ = false, has_tools_ = false;
};

}  // namespace

std::string mend_indentation(std::string_view text) {
  if (text.size() > max_bytes || text.find('\0') != std::string_view::npos) return "";
  std::string mended = Mender().run(text);
  const Loaded tried = load_plainly("", mended, {.lint = false});
  return tried.policy && !tried.policy->rules.tools.empty() ? mended : "";
}

}  // namespace policy
