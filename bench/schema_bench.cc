// What holding a call's arguments against a schema costs, and compiling one. Goal: a typical call within 1 µs.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "schema/schema.h"

namespace {

using schema::Result;
using schema::Schema;

constexpr const char* typical_schema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "path": {"type": "string", "pattern": "^/srv/[a-z0-9/]+$", "minLength": 1, "maxLength": 200},
    "currency": {"type": "string", "enum": ["USD", "EUR", "GBP"]},
    "amount": {"type": "number", "minimum": 0, "maximum": 1000},
    "count": {"type": "integer", "exclusiveMinimum": 0},
    "note": {"type": "string", "maxLength": 200},
    "items": {"type": "array", "maxItems": 20, "items": {
      "type": "object",
      "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer", "minimum": 1},
                     "kind": {"enum": ["part", "service"]}},
      "required": ["sku", "quantity"], "additionalProperties": false}}
  },
  "required": ["path", "amount"],
  "additionalProperties": false
})";
constexpr const char* typical_call =
    R"({"path":"/srv/data/reports/q3","currency":"EUR","amount":250,"count":3,"note":"quarterly",)"
    R"("items":[{"sku":"A-1","quantity":2,"kind":"part"},{"sku":"B-2","quantity":1,"kind":"service"}]})";
// One of: a reference, an alternative, unevaluated properties.
constexpr const char* combined_schema = R"({
  "$defs": {"id": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+$"}]},
            "paged": {"properties": {"limit": {"type": "integer", "maximum": 100}, "cursor": {"type": "string"}}}},
  "type": "object",
  "allOf": [{"$ref": "#/$defs/paged"}],
  "properties": {"id": {"$ref": "#/$defs/id"}, "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true}},
  "if": {"required": ["cursor"]}, "then": {"required": ["limit"]},
  "unevaluatedProperties": false
})";
constexpr const char* combined_call = R"({"id":"4711","tags":["a","b","c"],"limit":50,"cursor":"abc"})";

std::shared_ptr<const Schema> compiled(const std::string& text) {
  json::Document document;
  if (!document.read(text, json::Profile::tolerant)) std::exit(1);
  auto schema = Schema::compile(document.root());
  if (!schema) {
    std::cerr << schema.error().text() << "\n";
    std::exit(1);
  }
  return *schema;
}

void check(benchmark::State& state, const char* schema_text, const char* call) {
  const auto one = compiled(schema_text);
  json::Document document;
  if (!document.read(call, json::Profile::strict)) std::exit(1);
  schema::Scratch scratch;
  for (auto _ : state) {
    const Result result = one->check(document.root(), scratch);
    benchmark::DoNotOptimize(result);
    if (result != Result::valid) state.SkipWithError("not valid");
  }
}

void check_typical(benchmark::State& state) { check(state, typical_schema, typical_call); }
void check_combined(benchmark::State& state) { check(state, combined_schema, combined_call); }
void check_any(benchmark::State& state) { check(state, R"({"type":"object"})", typical_call); }
void check_pattern(benchmark::State& state) {
  check(state, R"({"properties":{"path":{"pattern":"^/srv/[a-z0-9/]+$"}}})", R"({"path":"/srv/data/reports/q3"})");
}

void read_typical(benchmark::State& state) {  // for comparison
  json::Document document;
  for (auto _ : state) benchmark::DoNotOptimize(document.read(typical_call, json::Profile::strict));
}

void compile_typical(benchmark::State& state) {
  json::Document document;
  if (!document.read(typical_schema, json::Profile::strict)) std::exit(1);
  for (auto _ : state) benchmark::DoNotOptimize(Schema::compile(document.root()));
}

BENCHMARK(check_typical);
BENCHMARK(check_combined);
BENCHMARK(check_any);
BENCHMARK(check_pattern);
BENCHMARK(read_typical);
BENCHMARK(compile_typical)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
