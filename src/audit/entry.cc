// Reading lines back with the one strict reader.
#include "audit/entry.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "audit/record.h"
#include "audit/time_text.h"
#include "base/strings.h"

namespace audit {
namespace {

constexpr json::Budget budget{.bytes = max_line + 1, .depth = 160, .values = 1'000'000};
constexpr std::string_view head = R"({"v":1,"time":")";

struct TextField {
  std::string_view name;
  std::string_view Entry::* place;
};
constexpr std::array text_fields = std::to_array<TextField>({
    {"client_name", &Entry::client_name},
    {"condition", &Entry::condition},
    {"continues", &Entry::continues},
    {"decision", &Entry::decision},
    {"detail", &Entry::detail},
    {"direction", &Entry::direction},
    {"event", &Entry::event},
    {"id", &Entry::id},
    {"identity", &Entry::identity},
    {"instance", &Entry::instance},
    {"message", &Entry::message},
    {"method", &Entry::method},
    {"note", &Entry::note},
    {"outcome", &Entry::outcome},
    {"policy_digest", &Entry::policy_digest},
    {"reason", &Entry::reason},
    {"rule", &Entry::rule},
    {"server", &Entry::server},
    {"session", &Entry::session},
    {"time", &Entry::time_text},
    {"what", &Entry::what},
});
static_assert(std::ranges::is_sorted(text_fields, {}, &TextField::name));

}  // namespace

std::int64_t whole_number(json::Value value, std::int64_t otherwise) {
  const std::string_view text = value.number();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0 ? number : otherwise;
}

std::int64_t quick_time(std::string_view line) {
  if (!line.starts_with(head)) return 0;
  line.remove_prefix(head.size());
  return parse_rfc3339(line.substr(0, line.find('"'))).value_or(0);
}

std::int64_t Entry::number(std::string_view name, std::int64_t otherwise) const {
  return whole_number(field(name), otherwise);
}

Entry::Status Entry::fail(std::string why) {
  trouble_ = std::move(why);
  return Status::unreadable;
}

Entry::Status Entry::read(std::string_view text, bool cut) {
  line = time_text = event = instance = session = identity = server = {};
  id = direction = method = request_id = target_kind = target = decision = reason = rule = condition = message =
      policy_digest = client_name = continues = note = outcome = what = detail = {};
  charged = limit = shadow = arguments = {};
  time = 0;
  is_cut = cut;
  if (cut) {  // all that matters stands before the arguments, and no string before them can look like their name
    const std::size_t end = text.find(R"(,"args":)");
    if (end == std::string_view::npos) return fail("a line of more than 1 MiB");
    whole_.assign(text.substr(0, end)).append("}");
    text = whole_;
  }
  line = text;
  if (const auto read = document_.read(text, json::Profile::strict, budget); !read) {
    return fail("not JSON: " + read.error().message);
  }
  const json::Value root = document_.root();
  if (!root.is_object()) return fail("not a JSON object");
  const json::Value version = root.find("v");
  if (version.is_number() && version.number() != std::to_string(schema_version)) {
    trouble_ = "version " + base::printable(version.number(), 20) + " of the record, which this program does not know";
    return Status::other_version;
  }
  if (!version.is_number()) return fail("no \"v\": not a record");
  for (const json::Member member : root.members()) take(member);
  if (event.empty()) return fail("no \"event\": not a record");
  time = parse_rfc3339(time_text).value_or(0);
  return Status::ok;
}

void Entry::take(const json::Member& member) {
  const auto* text = std::ranges::lower_bound(text_fields, member.key, {}, &TextField::name);
  if (text != text_fields.end() && text->name == member.key) {
    this->*text->place = member.value.string();
  } else if (member.key == "tool" || member.key == "resource" || member.key == "prompt") {
    target_kind = member.key;
    target = member.value.string();
  } else if (member.key == "request_id") {
    request_id = member.value.raw();
  } else if (member.key == "charged") {
    charged = member.value;
  } else if (member.key == "limit") {
    limit = member.value;
  } else if (member.key == "shadow") {
    shadow = member.value;
  } else if (member.key == "args") {
    arguments = member.value;
  }
}

}  // namespace audit
