// Whole policies, judged by our own validator with the schema and by load(): what the schema refuses does not load, and
// what the loader refuses for its shape the schema refuses. Policies are those of the documentation and of the tests,
// and thousands of them with random damage.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "json/document.h"
#include "json/writer.h"
#include "policy/load_testing.h"
#include "policy/policy_schema.h"
#include "schema/schema.h"
#include "yaml/tree.h"

namespace policy {
namespace {

namespace fs = std::filesystem;

class Agreement : public testing::Test {
 protected:
  void SetUp() override {
    json::Document document;
    ASSERT_TRUE(document.read(policy_schema(), json::Profile::strict));
    auto compiled = schema::Schema::compile(document.root());
    ASSERT_TRUE(compiled) << compiled.error().text();
    schema_ = *compiled;
  }
  // What the schema refuses of a policy as JSON; "" if nothing.
  std::string refused(const std::string& text) {
    json::Document document;
    EXPECT_TRUE(document.read(text, json::Profile::strict)) << text;
    if (schema_->check(document.root(), scratch_) == schema::Result::valid) return "";
    std::vector<schema::Failure> failures;
    std::string undecided, out;
    schema_->explain(document.root(), failures, undecided);
    EXPECT_EQ(undecided, "") << text;
    for (const schema::Failure& f : failures) out += f.path + ": " + f.message + "\n";
    EXPECT_NE(out, "");
    return out;
  }
  std::shared_ptr<const schema::Schema> schema_;
  schema::Scratch scratch_;
};

std::string read(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Values as JSON, or "".
std::string json_of(const std::string& text) {
  yaml::Problems problems;
  const yaml::Tree tree = yaml::read_tree(text, problems);
  std::string out;
  if (tree.root != nullptr && !problems.has_errors()) yaml::write_json(out, *tree.root);
  return out;
}

std::vector<std::string> policies() {
  const char* set = std::getenv("INTERCEPT_SOURCE_DIR");
  const fs::path root(set == nullptr ? "." : set);
  std::vector<std::string> out;
  const std::string docs = read(root / "docs/policy.md"), open = "\n```yaml\n";
  for (std::size_t at = docs.find(open); at != std::string::npos; at = docs.find(open, at + 1)) {
    const std::size_t begin = at + open.size();
    out.push_back(docs.substr(begin, docs.find("\n```\n", begin) + 1 - begin));
  }
  for (const char* folder : {"examples", "tests/data/policies"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.path().extension() == ".yaml" || entry.path().extension() == ".json") out.push_back(read(entry.path()));
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests/policy")) {
    if (entry.path().extension() != ".test") continue;
    yaml::Problems problems;
    const yaml::Tree tree = yaml::read_tree(read(entry.path()), problems);
    if (tree.root == nullptr) continue;
    const yaml::Node* policy = tree.root->find("policy");
    if (policy != nullptr && policy->is_text() && policy->text.find(':') != std::string::npos)
      out.emplace_back(policy->text);
  }
  return out;
}

std::set<std::string> errors_of(const std::string& text) {
  std::set<std::string> out;
  for (const Problem& p : load("p", text).problems)
    if (p.severity == Severity::error) out.insert(p.code);
  return out;
}

// What a schema must see.
bool of_shape(const std::set<std::string>& codes) {
  for (const char* code : {"unknown-key", "missing-key", "unknown-operator", "bad-rate"})
    if (codes.contains(code)) return true;
  return false;
}

std::string said(const std::set<std::string>& codes) {
  std::string out;
  for (const std::string& code : codes) out += code + " ";
  return out;
}

TEST_F(Agreement, OnThePoliciesOfTheRepository) {
  unsigned seen = 0;
  for (const std::string& text : policies()) {
    const std::string json = json_of(text);
    if (json.empty()) continue;
    ++seen;
    const auto errors = errors_of(text);
    const std::string why = refused(json);
    EXPECT_FALSE(errors.empty() && !why.empty()) << text << why;
    EXPECT_FALSE(of_shape(errors) && why.empty()) << text << said(errors);
  }
  EXPECT_GT(seen, 60U) << "set INTERCEPT_SOURCE_DIR";
}

// A tree that can be changed: a scalar's JSON text, a list or a map.
struct NamedPart;
struct Part {
  std::string scalar;
  bool map = false, list = false;
  std::vector<NamedPart> parts;  // a list's have no keys
};
struct NamedPart {
  std::string key;
  Part part;
};

Part part_of(json::Value v) {
  Part out;
  out.map = v.is_object();
  out.list = v.is_array();
  if (!out.map && !out.list) json::write(out.scalar, v);
  for (const json::Member& m : v.members()) out.parts.push_back({std::string(m.key), part_of(m.value)});
  for (const json::Value e : v.elements()) out.parts.push_back({"", part_of(e)});
  return out;
}

Part part_of(const std::string& text) {
  json::Document document;
  EXPECT_TRUE(document.read(text, json::Profile::strict)) << text;
  return part_of(document.root());
}

void write(std::string& out, const Part& p) {
  if (!p.map && !p.list) {
    out += p.scalar;
    return;
  }
  out += p.map ? '{' : '[';
  std::set<std::string> used;  // of equal keys the first stays
  bool first = true;
  for (const auto& [key, inner] : p.parts) {
    if (p.map && !used.insert(key).second) continue;
    if (!std::exchange(first, false)) out += ',';
    if (p.map) {
      json::write_string(out, key);
      out += ':';
    }
    write(out, inner);
  }
  out += p.map ? '}' : ']';
}

class Damage {
 public:
  explicit Damage(unsigned seed) : random_(seed) {}
  void collect(const Part& p) {
    for (const auto& [key, inner] : p.parts) {
      if (p.map) keys_.push_back(key);
      collect(inner);
    }
  }
  void operator()(Part& root) {
    std::vector<std::pair<Part*, std::size_t>> places;
    list(root, places);
    if (places.empty()) return;
    const auto [holder, index] = places[random_() % places.size()];
    auto& [key, value] = holder->parts[index];
    const std::string other = keys_[random_() % keys_.size()];
    switch (random_() % 6) {
      case 0:
        holder->parts.erase(holder->parts.begin() + static_cast<std::ptrdiff_t>(index));
        return;
      case 1:
        key = random_() % 3 == 0 ? key + "s" : other;
        return;
      case 2: {
        Part list;
        list.list = true;
        list.parts.push_back({"", value});
        value = std::move(list);
        return;
      }
      case 3:
        holder->parts.push_back({other, odd()});
        return;
      case 4: {
        Part copy = value;
        holder->parts.push_back({other, std::move(copy)});
        return;
      }
      default:
        value = odd();
    }
  }

 private:
  static void list(Part& p, std::vector<std::pair<Part*, std::size_t>>& out) {
    for (std::size_t i = 0; i < p.parts.size(); ++i) {
      out.emplace_back(&p, i);
      list(p.parts[i].part, out);
    }
  }
  Part odd() {
    static constexpr const char* odds[] = {"null",
                                           "true",
                                           "false",
                                           "0",
                                           "1",
                                           "-1",
                                           "1.5",
                                           "1e3",
                                           "-0",
                                           "1e400",
                                           "\"\"",
                                           "\"x\"",
                                           "\"1\"",
                                           "\"5/hour\"",
                                           "\"90s\"",
                                           "\"day\"",
                                           "\"deny\"",
                                           "\"args.a\"",
                                           "\"eq\"",
                                           "[]",
                                           "{}",
                                           "[1,2]",
                                           "[\"x\"]",
                                           "{\"a\":1}",
                                           "\"2026-01-02\"",
                                           "{\"path\":\"args.a\",\"op\":\"eq\",\"value\":1}",
                                           "\"state.x.y\"",
                                           "\"time.hour\"",
                                           "\"\\u0000\"",
                                           "{\"lte\":3}",
                                           "{\"conditions\":[]}",
                                           "1000000000000001",
                                           "\"1000ms\"",
                                           "\"1d1w\"",
                                           "[null]"};
    return part_of(std::string(odds[random_() % std::size(odds)]));
  }
  std::mt19937 random_;
  std::vector<std::string> keys_;
};

TEST_F(Agreement, OnDamagedPolicies) {
  std::vector<Part> good;
  for (const std::string& text : policies()) {
    const std::string json = json_of(text);
    if (!json.empty() && json[0] == '{' && errors_of(text).empty()) good.push_back(part_of(json));
  }
  ASSERT_GT(good.size(), 40U);
  Damage damage(1);
  for (const Part& p : good) damage.collect(p);
  std::mt19937 random(2);
  unsigned both = 0, only_load = 0;
  for (int round = 0; round < 20'000 && !HasFailure(); ++round) {
    Part policy = good[random() % good.size()];
    for (unsigned n = 1 + random() % 2; n > 0; --n) damage(policy);
    if (!policy.map) continue;
    std::string json;
    write(json, policy);
    const auto errors = errors_of(json);
    const std::string why = refused(json);
    EXPECT_FALSE(errors.empty() && !why.empty()) << "a false alarm: " << json << "\n" << why;
    EXPECT_FALSE(of_shape(errors) && why.empty()) << "not seen: " << json << "\n" << said(errors);
    both += !errors.empty() && !why.empty() ? 1 : 0;
    only_load += !errors.empty() && why.empty() ? 1 : 0;
  }
  EXPECT_GT(both, 10 * only_load);
}

TEST_F(Agreement, ALargePolicyIsDecided) {
  std::string text = "{\"tools\":{";
  for (int i = 0; i < 10'000; ++i)
    text += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) +
            "\":{\"rules\":[{\"name\":\"r\",\"conditions\":[{\"path\":\"args.a\",\"op\":\"lte\",\"value\":5}]},"
            "{\"rate_limit\":{\"max\":5,\"window\":60}}]}";
  text += "}}";
  json::Document document;
  ASSERT_TRUE(document.read(text, json::Profile::strict, {.bytes = 8U << 20, .values = 1'000'000}));
  EXPECT_EQ(schema_->check(document.root(), scratch_, {.steps = 100'000'000}), schema::Result::valid);
}

}  // namespace
}  // namespace policy
