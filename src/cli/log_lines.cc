// See the header.
#include "cli/log_lines.h"

#include <ostream>

#include "store/local_time.h"

namespace cli {

FilterWords::FilterWords() : values_(filter_flags.size()) {}

void FilterWords::bind(Flags& reader) {
  for (std::size_t i = 0; i < filter_flags.size(); ++i) {
    if (filter_flags[i].value.empty()) {
      reader.on(filter_flags[i].name(), shadow_);
    } else {
      reader.list(filter_flags[i].name(), values_[i]);
    }
  }
}

std::string FilterWords::fill(audit::Filter& filter, base::WallTime now) const {
  for (std::size_t i = 0; i < filter_flags.size(); ++i) {
    const std::string_view key = filter_flags[i].name().substr(2);
    for (const std::string& value : values_[i]) {
      if (auto added = filter.add(key, value, now); !added) return "--" + added.error().message;
    }
  }
  if (!shadow_) return {};
  const auto added = filter.add("shadow", "true", now);
  return added ? std::string() : "--" + added.error().message;
}

audit::Style terminal_style(bool colour, bool utc) {
  audit::Style style;
  style.colour = colour;
  if (utc) return style;
  style.time.offset = store::local_offset;
  return style;
}

base::Result<void> read_entries(const std::string& directory, const audit::Filter& filter,
                                const store::ReadOptions& options, const std::function<bool(const Seen&)>& each,
                                const std::function<void(std::string_view line, const std::string& why)>& unreadable,
                                std::ostream& err) {
  auto reader = store::LogReader::open(directory, options);
  if (!reader) return std::unexpected(reader.error());
  audit::Entry entry;
  audit::Calls calls;
  audit::Merge::Line line;
  while (reader->next(line)) {
    if (entry.read(line.text, line.cut) != audit::Entry::Status::ok) {
      if (unreadable && filter.is_empty()) unreadable(line.text, reader->file(line.source) + ": " + entry.trouble());
      continue;
    }
    const audit::Call* call = calls.see(entry);
    if (filter.matches(entry, call) && !each({entry, call, line.text})) break;
  }
  for (const std::string& trouble : reader->troubles()) err << "intercept: " << trouble << '\n';
  return {};
}

}  // namespace cli
