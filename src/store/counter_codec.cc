// Numbers are little-endian base 128, signed ones folded (0, -1, 1, -2, ...). An amount that is whole is written as
// such, with a mark in its lowest bit.
#include "store/counter_codec.h"

#include <cstdint>

namespace store {
namespace {

using base::Amount;
using base::BootTime;
using base::Duration;
using base::WallTime;
using limits::Step;
using Wide = unsigned __int128;

constexpr char version = 1;

void put(std::string& out, Wide n) {
  for (; n >= 128; n >>= 7) out += static_cast<char>((n & 127) | 128);
  out += static_cast<char>(n);
}

void put_signed(std::string& out, std::int64_t n) {
  put(out, (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  Wide number(int bits) {
    Wide n = 0;
    for (int shift = 0; shift < bits; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      const Wide part = byte & 127U;
      if (shift + 7 > bits && part >> (bits - shift) != 0) break;
      n |= part << shift;
      if (byte < 128) return n;
    }
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::uint64_t number() { return static_cast<std::uint64_t>(number(64)); }
  std::int64_t integer() {
    const std::uint64_t n = number();
    return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
  }
  Amount amount() {
    constexpr Wide most = static_cast<Wide>(1) << 126;
    const Wide n = number(128);
    const Wide scale = (n & 1) == 0 ? 1 : static_cast<Wide>(Amount::scale);
    if ((n >> 1) > most / scale) ok_ = false;
    return ok_ ? Amount::from_raw(static_cast<__int128>((n >> 1) * scale)) : Amount();
  }
  bool finished() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }
  void fail() { ok_ = false; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

void put_steps(std::string& out, std::span<const Step> steps) {
  put(out, steps.size());
  std::int64_t last = 0;
  for (const Step& s : steps) {
    const std::int64_t newest = s.newest.time_since_epoch().count();
    put_signed(out, newest - last);
    put(out, static_cast<std::uint64_t>((s.newest - s.oldest).count()));
    encode_amount(out, s.amount);
    last = newest;
  }
}

std::vector<Step> read_steps(Reader& in) {
  std::vector<Step> steps;
  const std::uint64_t n = in.number();
  if (n > limits::segment_steps) in.fail();
  std::int64_t last = 0;
  for (std::uint64_t i = 0; i < n && in.ok(); ++i) {
    const std::int64_t step = in.integer();
    const std::uint64_t length = in.number();
    std::int64_t newest = 0, oldest = 0;
    if (__builtin_add_overflow(last, step, &newest) || length > INT64_MAX ||
        __builtin_sub_overflow(newest, static_cast<std::int64_t>(length), &oldest) || (i > 0 && oldest <= last)) {
      in.fail();
      break;
    }
    steps.push_back({BootTime(Duration(oldest)), BootTime(Duration(newest)), in.amount()});
    last = newest;
  }
  return steps;
}

}  // namespace

void encode_amount(std::string& out, Amount amount) {
  const auto raw = static_cast<Wide>(amount.raw());
  const Wide whole = static_cast<Wide>(Amount::scale);
  put(out, raw % whole == 0 ? (raw / whole) << 1 | 1 : raw << 1);
}

void encode_steps(std::string& out, std::span<const Step> steps) { put_steps(out, steps); }

void encode(std::string& out, const CounterState& state) {
  out += version;
  out += static_cast<char>(state.window.type);
  out += state.window.calendar_month ? '\1' : '\0';
  put_signed(out, state.window.seconds);
  put_signed(out, state.reset_at.time_since_epoch().count());
  switch (state.window.type) {
    case limits::WindowType::sliding:
      encode_amount(out, state.sliding.total);
      put(out, state.sliding.count);
      put_signed(out, state.sliding.first.time_since_epoch().count());
      put_steps(out, state.sliding.tail);
      return;
    case limits::WindowType::calendar:
      put_signed(out, state.calendar.span.start.time_since_epoch().count());
      put_signed(out, state.calendar.span.end.time_since_epoch().count());
      put_signed(out, state.calendar.free_at.time_since_epoch().count());
      encode_amount(out, state.calendar.held);
      return;
    case limits::WindowType::lease:
      return;
  }
}

std::optional<CounterState> decode(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != version || bytes[1] < 0 || bytes[1] > 2 || bytes[2] < 0 || bytes[2] > 1) {
    return std::nullopt;
  }
  CounterState out;
  out.window.type = static_cast<limits::WindowType>(bytes[1]);
  out.window.calendar_month = bytes[2] == 1;
  Reader in(bytes.substr(3));
  out.window.seconds = in.integer();
  out.reset_at = BootTime(Duration(in.integer()));
  switch (out.window.type) {
    case limits::WindowType::sliding:
      out.sliding.total = in.amount();
      out.sliding.count = in.number();
      out.sliding.first = BootTime(Duration(in.integer()));
      out.sliding.tail = read_steps(in);
      if (out.sliding.count < out.sliding.tail.size() || out.sliding.count > limits::exact_steps) in.fail();
      break;
    case limits::WindowType::calendar:
      out.calendar.span.start = WallTime(Duration(in.integer()));
      out.calendar.span.end = WallTime(Duration(in.integer()));
      out.calendar.free_at = BootTime(Duration(in.integer()));
      out.calendar.held = in.amount();
      if (out.calendar.span.end < out.calendar.span.start) in.fail();
      break;
    case limits::WindowType::lease:
      break;
  }
  if (!in.finished()) return std::nullopt;
  return out;
}

std::optional<std::vector<Step>> decode_steps(std::string_view bytes) {
  Reader in(bytes);
  std::vector<Step> steps = read_steps(in);
  if (!in.finished() || steps.empty()) return std::nullopt;
  return steps;
}

std::optional<Amount> decode_amount(std::string_view bytes) {
  Reader in(bytes);
  const Amount amount = in.amount();
  if (!in.finished()) return std::nullopt;
  return amount;
}

}  // namespace store
