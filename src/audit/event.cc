// Lines of general events.
#include "audit/event.h"

#include "audit/line.h"
#include "audit/record.h"
#include "base/strings.h"
#include "json/writer.h"

namespace audit {

void Line::add(const Field& field) {
  switch (field.kind) {
    case Field::Kind::text:
      return text(field.name, field.value);
    case Field::Kind::name:
      return name(field.name, field.value);
    case Field::Kind::word:
      return word(field.name, field.value);
    case Field::Kind::number:
      return number(field.name, field.integer);
    case Field::Kind::json:
      if (!field.value.empty()) raw(field.name, field.value);
      return;
  }
}

std::string json_list(std::span<const std::string> texts) {
  std::string out;
  json::Composer c(out);
  c.open_array();
  for (const std::string& text : texts) c.string(text);
  c.close_array();
  return out;
}

void append_event(std::string& out, base::WallTime now, std::string_view event, std::string_view instance,
                  std::span<const Field> fields) {
  static_assert(schema_version == 1);
  out += R"({"v":1,"time":")";
  base::append_rfc3339(out, now.time_since_epoch().count());
  out += R"(","event":")";
  out += event;
  out += '"';
  Line line(out, nullptr);
  line.word("instance", instance);
  for (const Field& field : fields) line.add(field);
}

}  // namespace audit
