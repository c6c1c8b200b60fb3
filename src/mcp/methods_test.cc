// The table against the official schema files: every method, each direction, request or notification, each parameter.
#include "mcp/methods.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "json/document.h"

namespace mcp {
namespace {

struct Schema {
  std::string text;
  json::Document document;
  json::Value definitions;
};

void load(Schema& s, const std::string& revision) {
  const char* root = std::getenv("INTERCEPT_SOURCE_DIR");
  ASSERT_NE(root, nullptr) << "INTERCEPT_SOURCE_DIR names the source tree";
  std::ifstream file(std::string(root) + "/tests/data/mcp-schema/schema-" + revision + ".json");
  ASSERT_TRUE(file) << revision;
  std::stringstream buffer;
  buffer << file.rdbuf();
  s.text = buffer.str();
  ASSERT_TRUE(s.document.read(s.text, json::Profile::strict));
  s.definitions = s.document.root().find("definitions");
  if (!s.definitions) s.definitions = s.document.root().find("$defs");
  ASSERT_TRUE(s.definitions.is_object());
}

// Definitions that a union names, and itself if it is no union.
std::set<std::string> union_of(const Schema& s, std::string_view name) {
  std::set<std::string> out;
  const json::Value union_type = s.definitions.find(name);
  for (const json::Value option : union_type.find("anyOf").elements()) {
    const std::string_view ref = option.find("$ref").string();
    out.emplace(ref.substr(ref.rfind('/') + 1));
  }
  const std::string_view ref = union_type.find("$ref").string();
  if (!ref.empty()) out.emplace(ref.substr(ref.rfind('/') + 1));
  if (union_type.find("properties")) out.emplace(name);
  return out;
}

json::Value resolve(const Schema& s, json::Value v) {
  const std::string_view ref = v.find("$ref").string();
  return ref.empty() ? v : s.definitions.find(ref.substr(ref.rfind('/') + 1));
}

// Names of a params type, through allOf, anyOf and references.
void collect_params(const Schema& s, json::Value type, std::set<std::string>& out) {
  type = resolve(s, type);
  for (const json::Member m : type.find("properties").members()) out.emplace(m.key);
  for (const char* combiner : {"allOf", "anyOf", "oneOf"}) {
    for (const json::Value part : type.find(combiner).elements()) collect_params(s, part, out);
  }
}

const std::map<std::string, Revision> revisions = {{"2024-11-05", r2024_11_05},
                                                   {"2025-03-26", r2025_03_26},
                                                   {"2025-06-18", r2025_06_18},
                                                   {"2025-11-25", r2025_11_25},
                                                   {"2026-07-28", r2026_07_28}};

TEST(Methods, AreSortedByName) {
  EXPECT_TRUE(std::ranges::is_sorted(all_methods(), {}, &Method::name));
  for (const Method& m : all_methods()) EXPECT_EQ(find_method(m.name), &m);
  EXPECT_EQ(find_method("tools/call "), nullptr);
  EXPECT_EQ(find_method("Tools/call"), nullptr);
  EXPECT_EQ(find_method(""), nullptr);
}

TEST(Methods, CoverEverySchema) {
  for (const auto& [revision, bit] : revisions) {
    Schema s;
    ASSERT_NO_FATAL_FAILURE(load(s, revision));
    int seen = 0;
    for (const json::Member definition : s.definitions.members()) {
      const std::string_view name = definition.value.find("properties").find("method").find("const").string();
      if (name.empty()) continue;
      ++seen;
      const Method* m = find_method(name);
      ASSERT_NE(m, nullptr) << revision << " " << name << " is not in the method table";
      EXPECT_TRUE(m->revisions & bit) << revision << " " << name;
      std::set<std::string> params;
      collect_params(s, definition.value.find("properties").find("params"), params);
      for (const std::string& p : params) {
        EXPECT_NE(std::ranges::find(m->params, p), m->params.end()) << revision << " " << name << " params." << p;
      }
    }
    EXPECT_GT(seen, 15) << revision;
  }
}

TEST(Methods, HaveTheSchemasDirections) {
  for (const auto& [revision, bit] : revisions) {
    Schema s;
    ASSERT_NO_FATAL_FAILURE(load(s, revision));
    const struct {
      const char* name;
      bool client, notification;
    } unions[] = {{"ClientRequest", true, false},
                  {"ServerRequest", false, false},
                  {"ClientNotification", true, true},
                  {"ServerNotification", false, true}};
    for (const auto& u : unions) {
      for (const std::string& definition : union_of(s, u.name)) {
        const json::Value method = s.definitions.find(definition).find("properties").find("method").find("const");
        if (!method) continue;
        const Method* m = find_method(method.string());
        ASSERT_NE(m, nullptr) << method.string();
        EXPECT_TRUE(u.client ? m->from_client : m->from_server) << revision << " " << method.string() << " " << u.name;
        EXPECT_EQ(m->notification, u.notification) << method.string();
      }
    }
  }
}

TEST(Methods, NoneIsClaimedForARevisionThatLacksIt) {
  for (const auto& [revision, bit] : revisions) {
    Schema s;
    ASSERT_NO_FATAL_FAILURE(load(s, revision));
    std::set<std::string> names;
    for (const json::Member d : s.definitions.members()) {
      names.emplace(d.value.find("properties").find("method").find("const").string());
    }
    for (const Method& m : all_methods()) {
      EXPECT_EQ(names.contains(std::string(m.name)), (m.revisions & bit) != 0) << revision << " " << m.name;
    }
  }
}

}  // namespace
}  // namespace mcp
