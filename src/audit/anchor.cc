// Writing and reading anchors.
#include "audit/anchor.h"

#include <algorithm>
#include <tuple>

#include "audit/entry.h"
#include "audit/redact.h"
#include "audit/time_text.h"
#include "base/strings.h"
#include "json/writer.h"

namespace audit {
namespace {

constexpr std::string_view before_mac = R"(,"mac":")";
constexpr json::Budget budget{.bytes = std::size_t{128} << 20, .depth = 4, .values = 16'000'000};

std::unexpected<base::Error> bad(const std::string& why) { return base::fail("not an anchor: " + why); }

// Takes the mac off the end of the text; "" if there is none.
std::string_view take_mac(std::string_view& text) {
  constexpr std::size_t length = before_mac.size() + chain_digits + 2;
  if (text.size() < length || !text.ends_with("\"}")) return {};
  const std::string_view end = text.substr(text.size() - length);
  const std::string_view mac = end.substr(before_mac.size(), chain_digits);
  if (!end.starts_with(before_mac) || !is_chain_text(mac)) return {};
  text.remove_suffix(length);
  return mac;
}

bool has_exactly(json::Value object, std::span<const std::string_view> names) {
  if (!object.is_object()) return false;
  for (const json::Member member : object.members()) {
    if (std::ranges::find(names, member.key) == names.end()) return false;
  }
  return object.size() == names.size();
}

base::Result<AnchorFile> read_file(json::Value value, std::size_t index) {
  static constexpr std::string_view members[] = {"file", "instance", "number", "bytes", "chain"};
  const std::string where = "files[" + std::to_string(index) + "]";
  if (!has_exactly(value, members)) return bad(where + " has not exactly file, instance, number, bytes and chain");
  constexpr std::int64_t none = -1;
  const std::int64_t number = whole_number(value.find("number"), none);
  const std::int64_t bytes = whole_number(value.find("bytes"), none);
  const json::Value chain = value.find("chain");
  AnchorFile file{std::string(value.find("file").string()), std::string(value.find("instance").string()),
                  static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(bytes), std::string(chain.string())};
  if (file.file.empty() || file.instance.empty()) return bad(where + " has no file or instance");
  if (number == none || bytes == none) return bad(where + ": number and bytes must be whole numbers");
  const bool empty = bytes == 0 && chain.is_string() && chain.string().empty();
  if (!empty && !is_chain_text(file.chain)) return bad(where + ": chain must be 32 hexadecimal digits");
  if (!empty && (number == 0 || bytes == 0)) return bad(where + ": a chain without number or bytes");
  return file;
}

base::Result<void> read_files(json::Value list, std::vector<AnchorFile>& out) {
  if (!list.is_array()) return bad("\"files\" is not a list");
  for (const json::Value value : list.elements()) {
    auto file = read_file(value, out.size());
    if (!file) return std::unexpected(file.error());
    out.push_back(std::move(*file));
  }
  const auto key = [](const AnchorFile& f) { return std::tie(f.instance, f.number); };
  std::ranges::sort(out, {}, key);
  const auto twice = std::ranges::adjacent_find(out, {}, key);
  if (twice != out.end()) return bad("file " + base::printable(twice->file, 60) + " stands in it twice");
  return {};
}

}  // namespace

std::string write_anchor(const Anchor& anchor, const CheckpointKey* key) {
  std::string out;
  json::Composer c(out);
  c.open()
      .member("v", 1)
      .member("time", base::rfc3339(anchor.time))
      .member("state", recordable(anchor.state))
      .key("files")
      .open_array();
  for (const AnchorFile& f : anchor.files) {
    c.open().member("file", f.file).member("instance", f.instance).member("number", f.number);
    c.member("bytes", f.bytes).member("chain", f.chain).close();
  }
  c.close_array().close();
  if (key == nullptr) return out;
  const std::string mac = key->anchor(out);
  out.pop_back();
  return out.append(before_mac).append(mac).append("\"}");
}

base::Result<Anchor> read_anchor(std::string_view text, const CheckpointKey* key) {
  text = base::trimmed(text);
  json::Document document;
  if (const auto read = document.read(text, json::Profile::strict, budget); !read) return bad(read.error().message);
  const json::Value root = document.root();
  static constexpr std::string_view bare[] = {"v", "time", "state", "files"};
  static constexpr std::string_view keyed[] = {"v", "time", "state", "files", "mac"};
  if (!has_exactly(root, bare) && !has_exactly(root, keyed))
    return bad("it has not exactly the members v, time, state, files and perhaps mac");
  if (root.find("v").number() != "1") return bad("it is of a version that this program does not know");
  Anchor anchor;
  const auto time = parse_rfc3339(root.find("time").string());
  if (!time) return bad("\"time\" is not a time");
  anchor.time = *time;
  if (!root.find("state").is_string()) return bad("\"state\" is not a text");
  anchor.state = root.find("state").string();
  if (auto files = read_files(root.find("files"), anchor.files); !files) return std::unexpected(files.error());
  if (!root.find("mac")) return anchor;
  const std::string_view mac = take_mac(text);
  if (mac.empty()) return bad("\"mac\" is not the last member, or not 32 hexadecimal digits");
  anchor.mac = key == nullptr                                      ? Anchor::Mac::unchecked
               : key->anchor(std::string(text).append("}")) == mac ? Anchor::Mac::right
                                                                   : Anchor::Mac::wrong;
  return anchor;
}

}  // namespace audit
