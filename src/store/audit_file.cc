// Blocks on their way to the file, and what is done when one does not arrive. Which file it is: audit_rotation.cc.
#include "store/audit_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/strings.h"

namespace store {
namespace {

constexpr base::Duration mac_every = std::chrono::seconds(1);
constexpr std::size_t mac_lines = 1'000;
constexpr std::size_t joined_at_most = 64 << 10;

// The last line is a shutdown: the log is at its end.
bool is_shutdown(std::string_view lines) {
  constexpr std::string_view head = R"({"v":1,"time":"2026-11-22T10:00:00.000Z)";
  constexpr std::string_view event = R"(","event":"shutdown")";
  const void* before = ::memrchr(lines.data(), '\n', lines.size() - 1);  // std's rfind goes byte by byte
  if (before != nullptr)
    lines.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(before) - lines.data()) + 1);
  return lines.size() > head.size() && lines.substr(head.size()).starts_with(event);
}

std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) ++lines;
  return lines;
}

}  // namespace

base::Result<void> AuditFile::append(std::string_view lines) {
  if (lines.empty()) return {};
  if (!lines.ends_with(audit::line_end)) return base::fail("not written to the audit log: not a line of a record");
  if (auto ready = make_ready(lines.size()); !ready) return ready;
  const bool last = is_shutdown(lines);
  if (auto written = write_block(lines, last); !written) return written;
  recorded_ = true;
  ended_ = last;
  if (std::exchange(house_is_due_, false) && !ended_) keep_house();
  return {};
}

base::Result<void> AuditFile::write_block(std::string_view lines, bool force_mac) {
  const base::BootTime now = clock_.boot();
  const Block block = make_block(lines, force_mac);
  std::size_t written = 0;
  int error = write_parts(block, written);
  if (error == 0 && options_.sync_always) {
    if (io_.sync(file_.get()) != 0 || (!directory_synced_ && io_.sync_directory(directory_) != 0)) error = errno;
    directory_synced_ |= error == 0;
  }
  if (error != 0) {
    take_back(block, written);
    return fail_errno("cannot write " + path(), error);
  }
  size_ += written;
  block_begin_ = size_;
  has_block_ = true;
  chain_->accept(block.hash);
  torn_.reset();
  if (block.has_mac) {
    last_mac_ = now;
    lines_since_mac_ = 0;
  } else {
    lines_since_mac_ += block.line_count;
  }
  return {};
}

AuditFile::Block AuditFile::make_block(std::string_view lines, bool force_mac) {
  Block block;
  head_.clear();
  if (torn_) {
    if (torn_->open_line && torn_->sealed_line) block.lead = "\n";
    if (torn_->open_line && !torn_->sealed_line) head_ += '\n';
    const std::uint64_t bytes = size_ - torn_->size + (torn_->open_line ? 1 : 0);
    append_own(head_, "torn", std::array{audit::Field::number_of("bytes", static_cast<std::int64_t>(bytes))});
  } else if (!has_block_) {
    append_own(head_, "file",
               std::array{audit::Field::number_of("file", static_cast<std::int64_t>(number_)),
                          audit::Field::word_of("previous", previous_)});
  }
  block.head = head_;
  block.lines = lines.substr(0, lines.size() - audit::line_end.size());
  block.hash = chain_->end(head_, lines);
  std::string mac;
  if (const audit::CheckpointKey* mac_key = key(); mac_key != nullptr) {
    block.line_count = count_lines(head_) + count_lines(lines);
    block.has_mac = force_mac || mac_is_due(block.line_count);
    if (block.has_mac) mac = mac_key->checkpoint(instance_.name(), number_, block_begin_, block.hash);
  }
  seal_.clear();
  chain_text_.clear();
  base::append_hex(chain_text_, block.hash, audit::chain_bytes);
  audit::append_seal(seal_, chain_text_, mac);
  seal_ += audit::line_end;
  block.seal = seal_;
  return block;
}

bool AuditFile::mac_is_due(std::size_t lines) const {
  return !has_block_ || clock_.boot() - last_mac_ >= mac_every || lines_since_mac_ + lines >= mac_lines;
}

const audit::CheckpointKey* AuditFile::key() {
  if (key_source_) {
    if (const auto installation_key = std::exchange(key_source_, nullptr)()) {
      checkpoint_key_.emplace(*installation_key);
    } else {
      tell_once(told_key_, "audit: the log has no checkpoints: " + installation_key.error().message);
    }
  }
  return checkpoint_key_ ? &*checkpoint_key_ : nullptr;
}

// Returns 0 or errno; `written`: how far it came. Small blocks are put together first: copying them costs less than the
// kernel takes for several parts.
int AuditFile::write_parts(const Block& block, std::size_t& written) {
  std::array<std::string_view, 4> parts = block.parts();
  const std::size_t size = block.size();
  if (size <= joined_at_most) {
    joined_.clear();
    for (const std::string_view part : parts) joined_ += part;
    parts = {joined_};
  }
  for (written = 0; written < size;) {
    std::array<iovec, 4> left;
    std::size_t count = 0;
    std::size_t skip = written;
    for (const std::string_view part : parts) {
      if (skip >= part.size()) {
        skip -= part.size();
        continue;
      }
      left[count++] = {const_cast<char*>(part.data()) + skip, part.size() - skip};
      skip = 0;
    }
    const ssize_t n = io_.write(file_.get(), std::span(left).first(count));
    if (n < 0) return errno;
    if (n == 0) return ENOSPC;
    written += static_cast<std::size_t>(n);
  }
  return 0;
}

// Only this process writes to the file: what it just wrote is the end. If somebody else did, it is not cut.
void AuditFile::take_back(const Block& block, std::size_t written) {
  if (written == 0) return;
  struct stat info{};
  const bool is_end = ::fstat(file_.get(), &info) == 0 && static_cast<std::uint64_t>(info.st_size) == size_ + written;
  if (!is_end || io_.truncate(file_.get(), size_) != 0) leave(block, written);
}

// What stands in the file and cannot be taken back belongs to the block that comes next; or, if it is the whole block
// but for its line feed, it is sealed and stays what it is.
void AuditFile::leave(const Block& block, std::size_t written) {
  if (!torn_) torn_.emplace(Torn{*chain_, size_, block_begin_, has_block_});
  size_ += written;
  if (!block.lead.empty()) {
    --written;
    torn_->open_line = false;
  }
  if (written == 0) return;
  const std::size_t whole = block.size() - block.lead.size();
  torn_->sealed_line = written + 1 == whole;
  if (written + 1 >= whole) {
    chain_->accept(block.hash);
    has_block_ = true;
    torn_->open_line = torn_->sealed_line;
    block_begin_ = size_ + (torn_->open_line ? 1 : 0);
    return;
  }
  for (const std::string_view part : {block.head, block.lines, block.seal}) {
    const std::string_view left = part.substr(0, written);
    if (left.empty()) continue;
    chain_->add(left);
    torn_->open_line = left.back() != '\n';
    written -= left.size();
  }
}

// Tries once more to take back what was left.
void AuditFile::mend() {
  if (!torn_) return;
  struct stat info{};
  if (::fstat(file_.get(), &info) != 0 || static_cast<std::uint64_t>(info.st_size) != size_) return;
  if (io_.truncate(file_.get(), torn_->size) != 0) return;
  chain_ = torn_->chain;
  size_ = torn_->size;
  block_begin_ = torn_->block_begin;
  has_block_ = torn_->has_block;
  torn_.reset();
}

void AuditFile::append_own(std::string& out, std::string_view event, std::span<const audit::Field> fields) const {
  audit::append_event(out, clock_.wall(), event, instance_.name(), fields);
}

}  // namespace store
