// A tool as its server defines it, with what rules need of it.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "json/named_keys.h"
#include "schema/schema.h"
#include "tools/param_headers.h"

namespace tools {

// A tool's inputSchema, made ready to validate.
struct InputSchema {
  std::shared_ptr<const schema::Schema> schema;  // null: nothing can be validated by it
  std::string problem;                           // why: "at /properties/a/type: must be ...", printable
  json::NamedKeys names;                         // the keys that it names, at every level
};

struct Definition {
  std::string name;
  std::string text;                          // the tool's JSON, canonical writer's form
  std::unique_ptr<json::Document> document;  // of `text`
  json::NamedKeys names;                     // in inputSchema.properties and inputSchema.required
  struct Required {
    std::string name;
    bool admits_null =
        false;  // the property's schema admits null (type null, nullable, enum/const/anyOf with null, or no type)
  };
  std::vector<Required> required;   // inputSchema.required
  bool schema_readable = true;      // inputSchema is an object and required is an array of strings
  json::Value annotations() const;  // of the document, or absent
  json::Value input_schema() const;

  // The whole inputSchema, compiled when it is first asked for and kept: most tools are never validated. What a
  // server's schema may cost is bounded (schema::CompileOptions). Not synchronised: a definition belongs to one
  // session.
  const InputSchema& compiled() const;

  // The arguments that the server wants mirrored into header fields, read when they are first asked for and kept. Not
  // synchronised either.
  const ParamHeaders& param_headers() const;

  // Of a tool's JSON text; null if it is none.
  static std::unique_ptr<Definition> read(std::string_view name, std::string text);

 private:
  mutable std::unique_ptr<const InputSchema> compiled_;
  mutable std::unique_ptr<const ParamHeaders> param_headers_;
};

// Adds the keys that a schema names, for a value that stands at `steps`.
void add_names(json::NamedKeys& into, std::span<const json::Step> steps, const schema::Schema& schema);

}  // namespace tools
