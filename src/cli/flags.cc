// CLI11's only translation unit.
#include "cli/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>

#include "base/strings.h"

namespace cli {

std::string_view FlagInfo::name() const { return names.substr(names.find("--")); }

struct Flags::Impl {
  explicit Impl(std::span<const FlagInfo> k) : known(k) { app.set_help_flag(); }

  std::span<const FlagInfo> known;
  CLI::App app;
  std::vector<std::string_view> bound;
  bool takes_words = false;

  std::string names(std::string_view name, [[maybe_unused]] bool is_switch) {
    const auto at = std::ranges::find(known, name, &FlagInfo::name);
    assert(at != known.end() && at->value.empty() == is_switch);
    bound.push_back(at->name());
    return at->also.empty() ? std::string(at->names) : std::string(at->names) + "," + std::string(at->also);
  }

  // What was not expected: a flag that there is not, or a plain word too many.
  std::string unexpected(const std::string& word) const {
    if (!word.starts_with('-') || word == "-") return "unexpected " + quoted(word);
    std::vector<std::string_view> names;
    for (const FlagInfo& f : known) {
      if (f.shown) names.push_back(f.name());
    }
    const std::string_view near = base::nearest(word.substr(0, word.find('=')), names);
    return "unknown flag " + quoted(word) + (near.empty() ? "" : "; did you mean " + std::string(near) + "?");
  }

 private:
  static std::string quoted(const std::string& word) { return '"' + base::printable(word) + '"'; }
};

Flags::Flags(std::span<const FlagInfo> known) : impl_(std::make_unique<Impl>(known)) {}
Flags::~Flags() = default;

Flags& Flags::text(std::string_view name, std::string& into) {
  impl_->app.add_option(impl_->names(name, false), into)->take_last();
  return *this;
}

Flags& Flags::on(std::string_view name, bool& into) {
  impl_->app.add_flag(impl_->names(name, true), into);
  return *this;
}

Flags& Flags::list(std::string_view name, std::vector<std::string>& into) {
  impl_->app.add_option(impl_->names(name, false), into)->allow_extra_args(false);
  return *this;
}

Flags& Flags::rest(std::string_view what, std::vector<std::string>& into) {
  impl_->app.add_option(std::string(what), into);
  impl_->takes_words = true;
  return *this;
}

std::string Flags::read(const std::vector<std::string>& words) {
  assert(impl_->bound.size() == impl_->known.size());
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // CLI11 wants them so
  try {
    impl_->app.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> extra = impl_->app.remaining();
    return extra.empty() ? "unexpected words" : impl_->unexpected(extra.front());
  } catch (const CLI::ArgumentMismatch& e) {
    const std::string_view what = e.what();  // "--limit: 1 required TEXT missing"
    return std::string(what.substr(0, what.find(':'))) + " needs a value";
  } catch (const CLI::ParseError& e) {
    return e.what();
  }
  return {};
}

std::string wrong_word(std::string_view flag, std::string_view choices, std::string_view got) {
  return std::string(flag) + " must be " + std::string(choices) + ", got \"" + base::printable(got) + '"';
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (read.ec != std::errc() || n == 0) return std::nullopt;
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  static constexpr Unit units[] = {{"", 1},           {"B", 1},          {"kB", 1'000},         {"KiB", 1U << 10},
                                   {"MB", 1'000'000}, {"MiB", 1U << 20}, {"GB", 1'000'000'000}, {"GiB", 1U << 30}};
  const std::string_view unit(read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr));
  const auto* const found = std::ranges::find(units, unit, &Unit::name);
  std::uint64_t bytes = 0;
  if (found == std::end(units) || __builtin_mul_overflow(n, found->bytes, &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace cli
