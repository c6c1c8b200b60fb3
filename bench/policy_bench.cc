// The decision alone: what evaluate() costs on one call, for policies of different sizes, and what a policy costs to
// load and lower. Goals: 100 rules on a tool within 300 ns, no slower among 10,000 tools; such a policy within 200 ms;
// the schema of a typical call within 2 us.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "limits/memory_store.h"
#include "policy/evaluate.h"
#include "policy/load.h"

namespace {

using policy::Snapshot;

std::shared_ptr<const Snapshot> lowered(const std::string& yaml) {
  const auto loaded = policy::load("bench.yaml", yaml);
  if (!loaded.policy) {
    for (const auto& p : loaded.problems) std::cerr << p.message << "\n";
    std::exit(1);
  }
  auto snapshot = policy::lower(*loaded.policy, {});
  if (!snapshot) {
    std::cerr << snapshot.error().message << "\n";
    std::exit(1);
  }
  return *snapshot;
}

std::string other_tools(std::int64_t count) {
  std::string yaml;
  for (std::int64_t i = 0; i < count; ++i) {
    yaml += "  other_tool_" + std::to_string(i) +
            ":\n    rules:\n      - require: [{path: args.amount, op: lte, value: 100}]\n      - rate_limit: 30/hour\n";
  }
  return yaml;
}

// 100 rules of one condition on one tool, over four arguments.
std::string hundred_rules(std::int64_t others) {
  std::string yaml = "tools:\n  target:\n    rules:\n";
  for (int i = 0; i < 25; ++i) {
    const std::string n = std::to_string(1000 + i);
    yaml += "      - require: [{path: args.amount, op: lte, value: " + n + "}]\n";
    yaml += "      - require: [{path: args.currency, op: in, value: [USD, EUR, C" + n + "]}]\n";
    yaml += "      - action: deny\n        when: [{path: args.path, op: starts_with, value: /etc/" + n + "}]\n";
    yaml += "      - require: [{path: args.count, op: gte, value: " + std::to_string(i - 100) + "}]\n";
  }
  return yaml + other_tools(others);
}

// What the end-to-end harness uses: 50 tools of three conditions, one a pattern.
std::string three_conditions() {
  std::string yaml = "tools:\n";
  for (int i = 0; i < 50; ++i) {
    yaml +=
        "  " + (i == 25 ? std::string("target") : "tool_" + std::to_string(i)) + ":\n    rules:\n      - require:\n";
    yaml += "          - {path: args.path, op: regex, value: '^/srv/[a-z0-9/]+$'}\n";
    yaml += "          - {path: args.currency, op: in, value: [USD, EUR, GBP]}\n";
    yaml += "          - {path: args.amount, op: lte, value: 1000}\n";
  }
  return yaml;
}

struct Message {
  Message() {
    static constexpr const char* text =
        R"({"path":"/srv/data/reports/q3","currency":"EUR","amount":250,"count":3,"note":"quarterly"})";
    if (!document.read(text, json::Profile::strict)) std::exit(1);
    facts.method = "tools/call";
    facts.known = mcp::find_method("tools/call");
    facts.subjects = {&subject, 1};
    facts.arguments = document.root();
    facts.session = "5f1c7f0a";
    facts.identity = "local";
    facts.now = clock.wall();
    facts.counters = &store;
  }
  json::Document document;
  base::FakeClock clock;
  limits::MemoryStore store{clock};
  policy::Subject subject{policy::SubjectKind::tool, "target"};
  policy::Facts facts;
};

// What a typical tool says of its arguments.
constexpr const char* schema_text = R"({"type":"object","required":["path","amount"],"additionalProperties":false,
  "properties":{"path":{"type":"string","minLength":1,"maxLength":4096},"currency":{"type":"string","enum":["USD","EUR","GBP"]},
  "amount":{"type":"number","exclusiveMinimum":0,"maximum":1000},"count":{"type":"integer","default":1},
  "note":{"type":["string","null"],"maxLength":200}},"$schema":"http://json-schema.org/draft-07/schema#"})";

void decide(benchmark::State& state, const std::string& yaml, const tools::Definition* tool = nullptr) {
  const auto snapshot = lowered(yaml);
  Message message;
  message.facts.tool = tool;
  message.facts.tools_known = tool != nullptr;
  policy::Verdict verdict;
  for (auto _ : state) {
    snapshot->evaluate(message.facts, verdict);
    benchmark::DoNotOptimize(verdict);
  }
  if (verdict.denied()) state.SkipWithError("denied");
}

void decide_nothing(benchmark::State& state) { decide(state, "tools: {}\n"); }
void decide_three_conditions(benchmark::State& state) { decide(state, three_conditions()); }
void decide_hundred_rules(benchmark::State& state) { decide(state, hundred_rules(state.range(0))); }
void decide_rate_limit(benchmark::State& state) {
  decide(state, "tools:\n  target:\n    rules:\n      - rate_limit: {max: 10, window: 60}\n");
}
void decide_globs(benchmark::State& state) {
  std::string yaml = "tools:\n";
  for (int i = 0; i < 100; ++i) yaml += "  'prefix_" + std::to_string(i) + "_*': {rules: [{action: deny}]}\n";
  decide(state, yaml);
}

void decide_schema_of_server(benchmark::State& state) {
  const auto tool =
      tools::Definition::read("target", std::string(R"({"name":"target","inputSchema":)") + schema_text + "}");
  decide(state, "tools:\n  target:\n    rules:\n      - validate: {schema: true}\n", tool.get());
}
void decide_schema_of_policy(benchmark::State& state) {
  decide(state, std::string("tools:\n  target:\n    rules:\n      - validate: {schema: ") + schema_text + "}\n");
}
void decide_schema_of_one_argument(benchmark::State& state) {
  decide(state, "tools:\n  target:\n    rules:\n      - validate: {args: {amount: {type: number, maximum: 1000}}}\n");
}
void decide_schema_refused(benchmark::State& state) {
  const auto snapshot = lowered("tools:\n  target:\n    rules:\n      - validate: {args: {amount: {type: string}}}\n");
  const Message message;
  policy::Verdict verdict;
  for (auto _ : state) {
    snapshot->evaluate(message.facts, verdict);
    benchmark::DoNotOptimize(verdict);
  }
  if (!verdict.denied()) state.SkipWithError("not denied");
}
void compile_schema_of_server(benchmark::State& state) {
  const std::string text = std::string(R"({"name":"target","inputSchema":)") + schema_text + "}";
  for (auto _ : state) benchmark::DoNotOptimize(tools::Definition::read("target", text)->compiled().schema.get());
}

void lower_ten_thousand(benchmark::State& state) {
  const auto loaded = policy::load("bench.yaml", hundred_rules(10'000));
  for (auto _ : state) benchmark::DoNotOptimize(policy::lower(*loaded.policy, {}));
}
void load_ten_thousand(benchmark::State& state) {
  const std::string yaml = hundred_rules(10'000);
  for (auto _ : state) benchmark::DoNotOptimize(policy::load("bench.yaml", yaml));
}

// What `intercept validate` does: load with lint, and lower. `tools` tools with three rules and three conditions each;
// ten times the tools must take ten times as long.
std::string many_tools(std::int64_t tools) {
  std::string yaml = "default: deny\ntools:\n  '*': {rules: [{rate_limit: 600/minute}]}\n";
  for (std::int64_t i = 0; i < tools; ++i) {
    const std::string n = std::to_string(i);
    yaml += "  service_action_" + n + ":\n    rules:\n      - require:\n";
    yaml += "          - {path: args.amount, op: lte, value: " + n + "}\n";
    yaml += "          - {path: args.name, op: matches, value: '[a-z0-9-]{1," + std::to_string(20 + i % 40) + "}'}\n";
    yaml += "      - {action: deny, when: {path: args.note, op: regex, value: '(?i)secret" + std::to_string(i % 50) +
            "'}}\n";
    yaml += "      - rate_limit: " + std::to_string(10 + i % 30) + "/minute\n";
  }
  return yaml;
}
void validate_tools(benchmark::State& state) {
  const std::string yaml = many_tools(state.range(0));
  for (auto _ : state) {
    const auto loaded = policy::load("bench.yaml", yaml);
    if (!loaded.policy || !loaded.problems.empty()) return state.SkipWithError("problems");
    benchmark::DoNotOptimize(policy::lower(*loaded.policy, {}));
  }
}

BENCHMARK(validate_tools)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(decide_nothing);
BENCHMARK(decide_three_conditions);
BENCHMARK(decide_hundred_rules)->Arg(0)->Arg(10'000);
BENCHMARK(decide_rate_limit);
BENCHMARK(decide_globs);
BENCHMARK(decide_schema_of_server);
BENCHMARK(decide_schema_of_policy);
BENCHMARK(decide_schema_of_one_argument);
BENCHMARK(decide_schema_refused);
BENCHMARK(compile_schema_of_server);
BENCHMARK(lower_ten_thousand)->Unit(benchmark::kMillisecond);
BENCHMARK(load_ten_thousand)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
