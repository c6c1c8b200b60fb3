// Lock files: what is written, that it comes back, and what is refused.
#include "tools/lock_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/digest.h"

namespace tools {
namespace {

using testing::HasSubstr;

LockedServer server_of(std::string name, std::string_view list) {
  json::Document d;
  EXPECT_TRUE(d.read(list, json::Profile::tolerant)) << list;
  auto tools = pin_all(d.root());
  EXPECT_TRUE(tools) << tools.error().message;
  return {std::move(name), {}, {}, std::move(*tools)};
}

constexpr std::string_view two =
    R"([{"name":"b","icons":[],"description":"B\u200b \u0007","inputSchema":{"type":"object","required":["x","y"]}},
        {"name":"a","x":1.50,"y":[{"k":1}],"z":[]}])";

TEST(LockFile, IsSortedAndSpread) {
  LockFile lock;
  lock.put(server_of("z", "[]"));
  lock.put(server_of("files", two));
  lock.servers[0].identity = {"f", "1.0", "2025-11-25", {"npx", "f"}, ""};
  lock.servers[0].instructions = "Use a.";
  const std::string a = lock.servers[0].tools[0].digest, b = lock.servers[0].tools[1].digest;
  EXPECT_EQ(write_lock(lock), R"({
  "intercept_lock": 1,
  "servers": {
    "files": {
      "server": {
        "name": "f",
        "version": "1.0",
        "protocol": "2025-11-25",
        "command": ["npx", "f"]
      },
      "instructions": "Use a.",
      "tools": {
        "a": {
          "digest": ")" + a + R"(",
          "definition": {
            "name": "a",
            "x": 1.50,
            "y": [
              {
                "k": 1
              }
            ],
            "z": []
          }
        },
        "b": {
          "digest": ")" + b + R"(",
          "definition": {
            "description": "B\u200b \u0007",
            "inputSchema": {
              "required": ["x", "y"],
              "type": "object"
            },
            "name": "b"
          }
        }
      }
    },
    "z": {
      "server": {},
      "tools": {}
    }
  }
}
)");
}

TEST(LockFile, ComesBack) {
  LockFile lock;
  lock.put(server_of("files", two));
  lock.put(server_of("other", R"([{"name":"\u202e\udb40\udc41 ⚠️","description":"\u2028"}])"));
  lock.servers[1].instructions = "";
  lock.servers[1].identity = {"", "", "", {}, "https://example.com/mcp"};
  const std::string text = write_lock(lock);
  const auto read = read_lock("x.lock", text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(write_lock(*read), text);
  ASSERT_NE(read->find("files"), nullptr);
  EXPECT_EQ(read->find("files")->find("a")->digest, lock.servers[0].tools[0].digest);
  EXPECT_EQ(read->find("files")->find("c"), nullptr);
  EXPECT_EQ(read->find("none"), nullptr);
  EXPECT_THAT(text, HasSubstr(R"("\u202e\udb40\udc41 ⚠️")"));
}

TEST(LockFile, HoldsTheToolsOfRealServers) {
  const char* root = std::getenv("INTERCEPT_SOURCE_DIR");
  const std::filesystem::path folder = std::filesystem::path(root == nullptr ? "." : root) / "tests/data/tools";
  LockFile lock;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    json::Document d;
    ASSERT_TRUE(d.read(text, json::Profile::tolerant));
    const json::Value answer = d.root().find("result");
    auto tools = pin_all((answer ? answer : d.root()).find("tools"));
    ASSERT_TRUE(tools) << entry.path() << ": " << tools.error().message;
    count += tools->size();
    lock.put({entry.path().stem(), {}, {}, std::move(*tools)});
  }
  EXPECT_GT(count, 1200U);
  const std::string text = write_lock(lock);
  const auto read = read_lock("x.lock", text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(write_lock(*read), text);
}

TEST(LockFile, RefusesWhatItCannotHold) {
  const auto wrong = [](std::string_view list) {
    json::Document d;
    EXPECT_TRUE(d.read(list, json::Profile::tolerant)) << list;
    const auto tools = pin_all(d.root());
    return tools ? std::string() : tools.error().message;
  };
  EXPECT_THAT(wrong("[1]"), HasSubstr("must be an object"));
  EXPECT_THAT(wrong(R"([{"name":1}])"), HasSubstr("has no name"));
  EXPECT_THAT(wrong(R"([{"name":"a"},{"name":"a"}])"), HasSubstr("\"a\" more than once"));
  EXPECT_THAT(wrong(R"([{"name":"a","description":"\ud800"}])"), HasSubstr("no valid Unicode"));
}

TEST(LockFile, SaysWhereItIsWrong) {
  LockFile lock;
  lock.put(server_of("s", R"([{"name":"a","description":"A"}])"));
  const std::string good = write_lock(lock);
  const auto wrong = [&](std::string_view part, std::string_view by) {
    std::string text = good;
    const std::size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    text.replace(at, part.size(), by);
    const auto read = read_lock("x.lock", text);
    return read ? std::string() : read.error().message;
  };
  EXPECT_THAT(wrong("\"A\"", "\"B\""), HasSubstr("x.lock:8: the digest of tool \"a\" does not fit its definition"));
  EXPECT_THAT(wrong("\"A\"", "\"B\""), HasSubstr("restore the file from version control, or remove it and lock"));
  EXPECT_THAT(wrong("\"name\": \"a\"", "\"name\": \"b\""), HasSubstr("x.lock:9: tool \"a\" holds the definition of"));
  EXPECT_THAT(wrong("sha256:", "md5:"), HasSubstr("x.lock:8: the digest of tool \"a\" must be"));
  EXPECT_THAT(wrong("_lock\": 1", "_lock\": 2"), HasSubstr("x.lock:2: the lock file's version is 2"));
  EXPECT_THAT(wrong("\"server\"", "\"serve\""), HasSubstr("x.lock:5: unknown member \"serve\" in a server"));
  EXPECT_THAT(wrong("\"tools\"", "\"tool\""), HasSubstr("unknown member \"tool\""));
  EXPECT_THAT(wrong("\"digest\"", "\"definition\""), HasSubstr("x.lock:9: no lock file: "));
  EXPECT_THAT(wrong("\"servers\"", "<<<<<<< ours\n"), HasSubstr("a merge was left unfinished: take either side, then"));
  EXPECT_THAT(wrong("}\n}\n", "}\n"), HasSubstr("no lock file"));
  EXPECT_THAT(wrong("\"s\"", "\"\""), HasSubstr("x.lock:4: the name of a server is empty"));
  for (const char* const text :
       {"", "[]", "{}", R"({"intercept_lock":1,"servers":[]})", R"({"intercept_lock":1,"servers":{"s":{"tools":[]}}})",
        R"({"intercept_lock":1,"servers":{"s":{"tools":{},"server":{"command":[1]}}}})"}) {
    EXPECT_FALSE(read_lock("x.lock", text)) << text;
  }
}

}  // namespace
}  // namespace tools
