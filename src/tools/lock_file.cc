// Reading and writing intercept.lock.
#include "tools/lock_file.h"

#include <algorithm>

#include "base/strings.h"
#include "json/writer.h"
#include "tools/digest.h"
#include "tools/lock_text.h"

namespace tools {
namespace {

constexpr std::string_view digest_prefix = "sha256:";
constexpr std::size_t digest_size = digest_prefix.size() + 64;
// Not a flag that replaces it: what was accepted is lost with the file, and nobody would see what changed meanwhile.
constexpr std::string_view mend =
    "restore the file from version control, or remove it and lock its servers anew with `intercept lock`";

// Reads one file; the first thing that is wrong ends it.
class LockReader {
 public:
  LockReader(std::string_view file, std::string_view text) : file_(file), text_(text) {}

  base::Result<LockFile> read() {
    if (text_.size() > max_lock_bytes) return base::fail(std::string(file_) + " is larger than 64 MiB");
    if (const auto read = document_.read(text_, json::Profile::strict, {.bytes = max_lock_bytes}); !read) {
      const std::string_view rest = text_.substr(std::min(read.error().offset, text_.size()));
      const bool merging = text_.find("\n<<<<<<<") != std::string_view::npos || rest.starts_with("<<<<<<<");
      return base::fail(
          at(read.error().offset) + "no lock file: " + read.error().message + "; " +
          (merging ? "a merge was left unfinished: take either side, then run `intercept lock`" : std::string(mend)));
    }
    LockFile out;
    root(document_.root(), out);
    if (!error_.empty()) return base::fail(error_);
    return out;
  }

 private:
  std::string at(std::size_t offset) const {
    const std::string_view before = text_.substr(0, std::min(offset, text_.size()));
    return std::string(file_) + ":" + std::to_string(1 + std::ranges::count(before, '\n')) + ": ";
  }
  std::string at(json::Value v) const { return at(static_cast<std::size_t>(v.raw().data() - text_.data())); }
  void fail(json::Value where, const std::string& what) {
    if (error_.empty()) error_ = at(where) + what;
  }

  // Members are these and no others, those before `optional` all present.
  bool members(json::Value v, std::string_view what, std::span<const std::string_view> known, std::size_t needed) {
    if (!v.is_object()) return fail(v, std::string(what) + " must be an object; " + std::string(mend)), false;
    for (const json::Member m : v.members()) {
      if (std::ranges::find(known, m.key) != known.end()) continue;
      fail(m.key_value, "unknown member \"" + base::printable(m.key, 60) + "\" in " + std::string(what) +
                            "; this version knows none of that name");
      return false;
    }
    for (const std::string_view key : known.first(needed)) {
      if (v.find(key)) continue;
      return fail(v, std::string(what) + " has no \"" + std::string(key) + "\"; " + std::string(mend)), false;
    }
    return true;
  }

  bool text(json::Value v, std::string_view what, std::string& out) {
    if (!v) return true;
    if (!v.is_string()) return fail(v, std::string(what) + " must be text"), false;
    out = v.string();
    return true;
  }

  void root(json::Value v, LockFile& out) {
    constexpr std::string_view known[] = {"intercept_lock", "servers"};
    if (!members(v, "a lock file", known, 2)) return;
    if (const json::Value version = v.find("intercept_lock"); version.number() != std::to_string(lock_version)) {
      return fail(version, "the lock file's version is " + base::printable(version.raw(), 20) +
                               ", and this program reads version 1");
    }
    const json::Value servers = v.find("servers");
    if (!servers.is_object()) return fail(servers, "servers must be an object from names to servers");
    for (const json::Member m : servers.members()) {
      if (m.key.empty()) return fail(m.key_value, "the name of a server is empty");
      LockedServer server{std::string(m.key), {}, {}, {}};
      if (!this->server(m.value, server)) return;
      out.servers.push_back(std::move(server));
    }
    std::ranges::sort(out.servers, {}, &LockedServer::name);
  }

  bool server(json::Value v, LockedServer& out) {
    constexpr std::string_view known[] = {"tools", "server", "instructions"};
    if (!members(v, "a server", known, 1) || !identity(v.find("server"), out.identity)) return false;
    if (const json::Value words = v.find("instructions")) {
      if (!text(words, "instructions", out.instructions.emplace())) return false;
    }
    const json::Value tools = v.find("tools");
    if (!tools.is_object()) return fail(tools, "tools must be an object from names to tools"), false;
    for (const json::Member m : tools.members()) {
      if (!tool(m, out)) return false;
    }
    std::ranges::sort(out.tools, {}, &PinnedTool::name);
    return true;
  }

  bool identity(json::Value v, ServerIdentity& out) {
    constexpr std::string_view known[] = {"name", "version", "protocol", "command", "url"};
    if (!v) return true;
    if (!members(v, "server", known, 0) || !text(v.find("name"), "the server's name", out.name) ||
        !text(v.find("version"), "the server's version", out.version) ||
        !text(v.find("protocol"), "protocol", out.protocol) || !text(v.find("url"), "url", out.url)) {
      return false;
    }
    const json::Value command = v.find("command");
    if (command && !command.is_array()) return fail(command, "command must be a list of words"), false;
    for (const json::Value word : command.elements()) {
      if (!text(word, "a word of command", out.command.emplace_back())) return false;
    }
    return true;
  }

  bool tool(const json::Member& m, LockedServer& out) {
    constexpr std::string_view known[] = {"digest", "definition"};
    const std::string name = "tool \"" + base::printable(m.key, 80) + '"';
    if (!members(m.value, name, known, 2)) return false;
    const json::Value digest = m.value.find("digest"), definition = m.value.find("definition");
    if (!digest.string().starts_with(digest_prefix) || digest.string().size() != digest_size) {
      return fail(digest, "the digest of " + name + " must be \"sha256:\" and 64 hexadecimal digits"), false;
    }
    auto pinned = pin(definition);
    if (!pinned) return fail(definition, name + ": " + pinned.error().message), false;
    if (pinned->name != m.key) {
      fail(definition,
           name + " holds the definition of \"" + base::printable(pinned->name, 80) + "\"; " + std::string(mend));
      return false;
    }
    if (pinned->digest != digest.string()) {
      fail(digest, "the digest of " + name + " does not fit its definition (" + pinned->digest +
                       "): one of the two was edited; " + std::string(mend));
      return false;
    }
    out.tools.push_back(std::move(*pinned));
    return true;
  }

  std::string_view file_, text_;
  json::Document document_;
  std::string error_;
};

}  // namespace

const PinnedTool* LockedServer::find(std::string_view tool) const {
  const auto found =
      std::ranges::lower_bound(tools, tool, {}, [](const PinnedTool& t) { return std::string_view(t.name); });
  return found != tools.end() && found->name == tool ? &*found : nullptr;
}

const LockedServer* LockFile::find(std::string_view server) const {
  const auto found = std::ranges::find(servers, server, &LockedServer::name);
  return found == servers.end() ? nullptr : &*found;
}

void LockFile::put(LockedServer server) {
  const auto at = std::ranges::lower_bound(servers, server.name, {}, &LockedServer::name);
  if (at != servers.end() && at->name == server.name) {
    *at = std::move(server);
  } else {
    servers.insert(at, std::move(server));
  }
}

base::Result<PinnedTool> pin(json::Value tool) {
  if (!tool.is_object()) return base::fail("a tool must be an object");
  const json::Value name = tool.find("name");
  if (!name.is_string() || name.string().empty()) return base::fail("a tool has no name");
  PinnedTool out{std::string(name.string()), digest_of(tool), {}};
  append_definition(out.definition, tool);
  json::Document again;
  if (!again.read(out.definition, json::Profile::strict)) {
    return base::fail("the tool \"" + base::printable(out.name, 80) +
                      "\" holds text that is no valid Unicode (half a surrogate pair); it cannot be locked");
  }
  return out;
}

base::Result<std::vector<PinnedTool>> pin_all(json::Value list) {
  std::vector<PinnedTool> out;
  for (const json::Value tool : list.elements()) {
    auto pinned = pin(tool);
    if (!pinned) return std::unexpected(pinned.error());
    out.push_back(std::move(*pinned));
  }
  std::ranges::sort(out, {}, &PinnedTool::name);
  const auto twice = std::ranges::adjacent_find(out, {}, &PinnedTool::name);
  if (twice != out.end()) {
    return base::fail("the server lists the tool \"" + base::printable(twice->name, 80) +
                      "\" more than once; which of them is meant cannot be locked");
  }
  return out;
}

base::Result<LockFile> read_lock(std::string_view file, std::string_view text) { return LockReader(file, text).read(); }

std::string write_lock(const LockFile& lock) {
  std::string line;
  json::Composer c(line);
  c.open().member("intercept_lock", lock_version).key("servers").open();
  for (const LockedServer& server : lock.servers) {
    c.key(server.name).open();
    c.key("server").open();
    const ServerIdentity& id = server.identity;
    if (!id.name.empty()) c.member("name", id.name);
    if (!id.version.empty()) c.member("version", id.version);
    if (!id.protocol.empty()) c.member("protocol", id.protocol);
    if (!id.url.empty()) c.member("url", id.url);
    if (!id.command.empty()) {
      c.key("command").open_array();
      for (const std::string& word : id.command) c.string(word);
      c.close_array();
    }
    c.close();
    if (server.instructions) c.member("instructions", *server.instructions);
    c.key("tools").open();
    for (const PinnedTool& tool : server.tools) {
      c.key(tool.name).open().member("digest", tool.digest).key("definition").raw(tool.definition).close();
    }
    c.close().close();
  }
  c.close().close();
  return spread(line);
}

}  // namespace tools
