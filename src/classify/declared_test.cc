// Tools whose authors declare what they do (annotations), assessed without the declaration: how often both agree, and
// where they do not. Authors err as well ("describe" declared destructive), so the disagreements are printed.
// INTERCEPT_TOOLS=FOLDER judges other lists; INTERCEPT_TOOLS_ALL=1 prints every tool.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "classify/classify.h"
#include "tools/signs.h"

namespace classify {
namespace {

enum class Declared : std::uint8_t { nothing, read_only, not_read_only, destructive };

struct Judged {
  std::string server, name, why;
  Declared declared;
  bool told;  // readOnlyHint itself was given
  Assessment assessment;
};

Declared declared_of(json::Value tool) {
  const json::Value hints = tool.find("annotations");
  const json::Value read_only = hints.find("readOnlyHint");
  if (read_only.boolean()) return Declared::read_only;
  if (hints.find("destructiveHint").boolean()) return Declared::destructive;
  return read_only.is_boolean() ? Declared::not_read_only : Declared::nothing;
}

std::string why_of(const Assessment& a) {
  std::string out;
  for (const Evidence& e : a.evidence) out += e.where + ": " + e.words + " (" + std::string(text(e.towards)) + "), ";
  return out.substr(0, 160);
}

std::vector<std::filesystem::path> lists() {
  const char* const folder = std::getenv("INTERCEPT_TOOLS");
  const char* const root = std::getenv("INTERCEPT_SOURCE_DIR");
  const std::filesystem::path from =
      folder != nullptr ? folder : std::filesystem::path(root == nullptr ? "." : root) / "tests/data/tools";
  std::vector<std::filesystem::path> out;
  for (const auto& file : std::filesystem::directory_iterator(from)) {
    if (file.path().extension() == ".json") out.push_back(file.path());
  }
  std::ranges::sort(out);
  return out;
}

std::vector<Judged> judge(double& microseconds) {
  std::vector<Judged> out;
  for (const std::filesystem::path& file : lists()) {
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    json::Document document;
    EXPECT_TRUE(document.read(text, json::Profile::tolerant)) << file;
    const json::Value root = document.root();
    const json::Value tools = root.find("tools") ? root.find("tools") : root.find("result").find("tools");
    std::vector<std::string_view> names;
    for (const json::Value tool : tools.elements()) names.push_back(tool.find("name").string());
    const auto start = std::chrono::steady_clock::now();
    const tools::SignContext signs(names);
    for (const json::Value tool : tools.elements()) {
      Assessment a = assess(tool, {.tool_names = names, .annotations = false, .signs = &signs});
      out.push_back({file.stem().string(), std::string(tool.find("name").string()), why_of(a), declared_of(tool),
                     tool.find("annotations").find("readOnlyHint").is_boolean(), std::move(a)});
    }
    microseconds += std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  }
  return out;
}

bool has_deleting_word(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::ranges::any_of(
      std::array<std::string_view, 8>{"delete", "remove", "destroy", "prune", "purge", "drop_", "erase", "uninstall"},
      [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

TEST(Declared, ReadOnlyOrNot) {
  double microseconds = 0;
  const std::vector<Judged> all = judge(microseconds);
  ASSERT_FALSE(all.empty()) << "set INTERCEPT_SOURCE_DIR";
  int declared = 0, agree = 0, not_read_only = 0, taken_for_read = 0;
  std::map<Declared, std::array<int, 5>> table;
  for (const Judged& j : all) {
    ++table[j.declared][static_cast<std::size_t>(j.assessment.of)];
    if (std::getenv("INTERCEPT_TOOLS_ALL") != nullptr) {
      std::string flags;
      for (const Flag& flag : j.assessment.flags) flags += text(flag) + "; ";
      std::string conflicts;
      for (const std::string& one : j.assessment.conflicts) conflicts += one + "; ";
      std::printf("ROW\t%s\t%s\t%c\t%s\t%d\t%s\t%s\t%s\n", j.server.c_str(), j.name.c_str(),
                  "?R-D"[static_cast<int>(j.declared)], std::string(text(j.assessment.of)).c_str(),
                  j.assessment.confidence, j.why.c_str(), flags.c_str(), conflicts.c_str());
    }
    if (!j.told) continue;
    const bool is_read = j.declared == Declared::read_only, called_read = j.assessment.of == Class::read;
    ++declared;
    not_read_only += is_read ? 0 : 1;
    taken_for_read += !is_read && called_read ? 1 : 0;
    if (is_read == called_read) {
      ++agree;
    } else {
      std::printf("%s %s: declared %s, assessed %s: %s\n", j.server.c_str(), j.name.c_str(),
                  is_read ? "read-only" : "not read-only", std::string(text(j.assessment.of)).c_str(), j.why.c_str());
    }
    if (j.declared == Declared::destructive && has_deleting_word(j.name)) {
      EXPECT_EQ(text(j.assessment.of), "Destructive") << j.server << ' ' << j.name;
    }
  }
  std::printf("%-14s %6s %6s %8s %12s %10s\n", "declared", "Read", "Write", "Execute", "Destructive", "Financial");
  for (const auto& [what, row] : table) {
    static constexpr const char* names[] = {"nothing", "read-only", "not read-only", "destructive"};
    std::printf("%-14s %6d %6d %8d %12d %10d\n", names[static_cast<int>(what)], row[0], row[1], row[2], row[3], row[4]);
  }
  std::printf(
      "%zu tools, %d declared; agreement %.2f %%; of %d declared not read-only %d called Read (%.2f %%); %.1f us a "
      "tool\n",
      all.size(), declared, 100.0 * agree / declared, not_read_only, taken_for_read,
      100.0 * taken_for_read / not_read_only, microseconds / static_cast<double>(all.size()));
  if (std::getenv("INTERCEPT_TOOLS") != nullptr) return;
  EXPECT_GE(agree, declared * 0.97);
  EXPECT_LE(taken_for_read, not_read_only * 0.02);
}

TEST(Declared, Arcane) {
  double microseconds = 0;
  std::map<std::string, Assessment> tools;
  for (Judged& j : judge(microseconds)) {
    if (j.server == "arcane") tools[j.name] = std::move(j.assessment);
  }
  if (std::getenv("INTERCEPT_TOOLS") != nullptr) GTEST_SKIP();
  ASSERT_EQ(tools.size(), 180U);
  const auto has = [&](const std::string& name, Risk risk) {
    return std::ranges::any_of(tools[name].flags, [&](const Flag& flag) { return flag.risk == risk; });
  };
  for (const auto& [name, a] : tools) {
    if (name.ends_with("_delete") || name.ends_with("_destroy") || name.ends_with("_prune")) {
      EXPECT_EQ(a.of, Class::destructive) << name;
    }
    if (name.ends_with("_list") || name.ends_with("_get")) {
      EXPECT_EQ(a.of, Class::read) << name;
    }
  }
  for (const char* name :
       {"arcane_job_run", "arcane_updater_run", "arcane_build_image", "arcane_system_containers_stop_all"}) {
    EXPECT_GE(tools[name].of, Class::execute) << name;
    EXPECT_FALSE(tools[name].flags.empty()) << name;
  }
  EXPECT_TRUE(has("arcane_system_containers_stop_all", Risk::bulk));
  EXPECT_TRUE(has("arcane_system_containers_stop_all", Risk::admin));
  EXPECT_TRUE(has("arcane_updater_run", Risk::admin));
  EXPECT_TRUE(has("arcane_build_image", Risk::url_fetch));
  EXPECT_TRUE(has("arcane_container_delete", Risk::force));
  EXPECT_TRUE(has("arcane_auth_login", Risk::credentials));
}

}  // namespace
}  // namespace classify
