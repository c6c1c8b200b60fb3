// Logs in memory, as the store writes them, and a directory of them to verify. For tests, fuzzing and benchmarks.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "audit/anchor.h"
#include "audit/chain.h"
#include "audit/event.h"
#include "audit/verify.h"
#include "base/clock.h"

namespace audit {

// What a state directory holds, as far as verification looks at it.
struct TestDirectory {
  std::map<std::string, std::string> files;  // name -> bytes
  std::set<std::string> alive, run;          // instances that live; that left a run file

  static LogFile file_of(const std::string& name) {
    LogFile file;
    file.name = name;
    file.instance = name.substr(0, name.find('.'));
    const std::string rest = name.substr(file.instance.size() + 1);
    if (rest != "jsonl") file.number = std::stoull(rest);
    return file;
  }

  // Feeds `piece` bytes at a time.
  Report verify(const CheckpointKey* key, const Anchor* anchor = nullptr, std::size_t piece = 1 << 16) const {
    std::vector<LogFile> order;
    order.reserve(files.size());
    for (const auto& [name, bytes] : files) order.push_back(file_of(name));
    std::ranges::sort(order, {}, [](const LogFile& f) { return std::tuple(f.instance, f.number - 1); });
    Verification verification(key, anchor);
    for (LogFile& file : order) {
      file.alive = alive.contains(file.instance);
      file.has_run_file = file.alive || run.contains(file.instance);
      verification.begin_file(file);
      std::string_view bytes = files.at(file.name);
      while (!bytes.empty()) {
        verification.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
      }
      verification.end_file();
    }
    return verification.finish();
  }

  Anchor anchor(std::int64_t time) const {
    Anchor made;
    made.time = time;
    made.state = "/state";
    for (const auto& [name, bytes] : files) {
      const LogFile file = file_of(name);
      std::size_t end = bytes.size();
      while (end > 0) {
        const std::size_t before = end < 2 ? std::string::npos : bytes.rfind('\n', end - 2);
        const std::size_t begin = before == std::string::npos ? 0 : before + 1;
        const auto seal = find_seal(std::string_view(bytes).substr(begin, end - begin - 1));
        if (seal) {
          const std::size_t at = bytes.find("\"file\":") + 7;
          made.files.push_back({name, file.instance, std::stoull(bytes.substr(at)), end, std::string(seal->chain)});
          break;
        }
        end = begin;
      }
    }
    return made;
  }
};

// One instance that writes its logs into a directory.
class LogWriter {
 public:
  LogWriter(TestDirectory& directory, const base::Clock& clock, std::string instance, const CheckpointKey* key)
      : directory_(directory), clock_(clock), instance_(std::move(instance)), key_(key), chain_(instance_, 1, "") {
    text();  // the file is there from the start
  }

  std::string name() const { return instance_ + ".jsonl"; }
  std::string& text() { return directory_.files[name()]; }
  std::string numbered(std::uint64_t number) const {
    std::string digits = std::to_string(number);
    digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, '0');
    return instance_ + "." + digits + ".jsonl";
  }
  std::string line(std::string_view event, std::vector<Field> fields) const {
    std::string out;
    append_event(out, clock_.wall(), event, instance_, fields);
    return out;
  }
  // The next decision's line.
  std::string decision() {
    const std::string id = instance_ + "-" + std::to_string(++decisions_ % 10);
    return line("decision", {Field::word_of("id", decisions_ < 10 ? id : instance_ + "-z" + std::to_string(decisions_)),
                             Field::text_of("tool", "read_file"), Field::word_of("decision", "allow")});
  }
  void block(std::string lines, bool force_mac = false) {
    if (!begun_) {
      std::string head = line("file", {Field::number_of("file", static_cast<std::int64_t>(number_)),
                                       Field::word_of("previous", previous_)});
      lines.insert(0, head);
    }
    const base::Digest hash = chain_.end(lines);
    const auto count = static_cast<std::size_t>(std::ranges::count(lines, '\n'));
    const bool due =
        force_mac || !begun_ || clock_.boot() - last_mac_ >= std::chrono::seconds(1) || unmarked_ + count >= 1'000;
    std::string mac;
    if (key_ != nullptr && due) mac = key_->checkpoint(instance_, number_, text().size(), hash);
    unmarked_ = due ? 0 : unmarked_ + count;
    if (due) last_mac_ = clock_.boot();
    lines.resize(lines.size() - line_end.size());
    append_seal(lines, base::to_hex(hash, chain_bytes), mac);
    text() += lines.append(line_end);
    chain_.accept(hash);
    begun_ = true;
  }
  void decide() { block(decision()); }
  void rotate() {
    block(line("file_end", {Field::number_of("file", static_cast<std::int64_t>(number_))}), true);
    previous_ = chain_.text();
    directory_.files[numbered(number_)] = std::move(text());
    text().clear();
    chain_ = Chain(instance_, ++number_, previous_);
    begun_ = false;
  }
  void shutdown() { block(line("shutdown", {Field::text_of("reason", "client closed")}), true); }
  // The claim of another log that this one is dead, as it is now.
  void found_dead(const LogWriter& dead) {
    const std::string& bytes = directory_.files.at(dead.name());
    const std::string log = dead.name();
    const std::string chain = dead.chain_.text();
    const std::size_t complete = bytes.rfind('\n') + 1;
    block(line("found_dead",
               {Field::word_of("dead", dead.instance_), Field::word_of("log", log),
                Field::number_of("number", static_cast<std::int64_t>(dead.number_)),
                Field::number_of("bytes", static_cast<std::int64_t>(complete)), Field::word_of("end_chain", chain)}),
          true);
  }
  // Records that the file goes, and removes it.
  void remove(const LogWriter& log, std::uint64_t number, const std::string& last_time) {
    const std::string file = number == log.number_ ? log.name() : log.numbered(number);
    const std::string& bytes = directory_.files.at(file);
    const auto seal = find_seal(std::string_view(bytes).substr(0, bytes.size() - 1));
    const std::string list = R"([{"file":")" + file + R"(","instance":")" + log.instance_ + R"(","number":)" +
                             std::to_string(number) + R"(,"bytes":)" + std::to_string(bytes.size()) + R"(,"chain":")" +
                             std::string(seal->chain) + R"(","last_time":")" + last_time + "\"}]";
    block(line("retention", {Field::word_of("why", "age"), Field::json_of("removed", list)}), true);
    directory_.files.erase(file);
  }
  const std::string& instance() const { return instance_; }

 private:
  TestDirectory& directory_;
  const base::Clock& clock_;
  std::string instance_, previous_;
  const CheckpointKey* key_;
  std::uint64_t number_ = 1;
  Chain chain_;
  bool begun_ = false;
  base::BootTime last_mac_{};
  std::size_t unmarked_ = 0;
  std::uint64_t decisions_ = 0;
};

}  // namespace audit
