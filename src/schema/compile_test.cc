// What compile() refuses, and how it says so; dialects; levels.
#include "schema/schema_testing.h"

namespace schema {
namespace {

using Kind = CompileError::Kind;

struct Refused {
  const char* schema;
  Kind kind;
  const char* pointer;
  const char* message;  // a part of it
};

TEST(Compile, WhatIsNoSchemaIsNamedByPlaceAndKind) {
  const std::vector<Refused> all = {
      {"[]", Kind::malformed, "", "must be an object"},
      {R"({"type":"strin"})", Kind::malformed, "/type", R"(is "strin")"},
      {R"({"type":[]})", Kind::malformed, "/type", "at least one"},
      {R"({"type":["string",1]})", Kind::malformed, "/type", "is 1"},
      {R"({"properties":{"a/b":{"minimum":"1"}}})", Kind::malformed, "/properties/a~1b/minimum", "must be a number"},
      {R"({"properties":[]})", Kind::malformed, "/properties", "object of schemas"},
      {R"({"properties":{"a":3}})", Kind::malformed, "/properties/a", "must be a schema"},
      {R"({"required":"x"})", Kind::malformed, "/required", "list of property names"},
      {R"({"required":[1]})", Kind::malformed, "/required", "list of property names"},
      {R"({"minLength":-1})", Kind::malformed, "/minLength", "0 or more, is -1"},
      {R"({"maxItems":1.5})", Kind::malformed, "/maxItems", "whole number"},
      {R"({"enum":"a"})", Kind::malformed, "/enum", "must be a list"},
      {R"({"multipleOf":0})", Kind::malformed, "/multipleOf", "greater than 0"},
      {R"({"multipleOf":-1})", Kind::malformed, "/multipleOf", "greater than 0"},
      {R"({"multipleOf":1.2345678901234567891})", Kind::unsupported, "/multipleOf", "18 significant digits"},
      {R"({"maximum":1e4000000000})", Kind::unsupported, "/maximum", "exponent"},
      {R"({"pattern":1})", Kind::malformed, "/pattern", "must be a string"},
      {R"-({"pattern":"a(?!b)"})-", Kind::unsupported, "/pattern", "look-around"},
      {R"({"pattern":"("})", Kind::unsupported, "/pattern", "RE2 says"},
      {R"-({"patternProperties":{"(a)\\1":true}})-", Kind::unsupported, R"-(/patternProperties/(a)\1)-",
       "back-references"},
      {R"({"allOf":[]})", Kind::malformed, "/allOf", "one or more schemas"},
      {R"({"anyOf":[true,{"type":0}]})", Kind::malformed, "/anyOf/1/type", "must be null, boolean"},
      {R"({"items":3})", Kind::malformed, "/items", "must be a schema"},
      {R"({"items":[true],"prefixItems":[true]})", Kind::malformed, "/items", "prefixItems"},
      {R"({"uniqueItems":"yes"})", Kind::malformed, "/uniqueItems", "true or false"},
      {R"({"dependentRequired":{"a":{}}})", Kind::malformed, "/dependentRequired/a", "list of property names"},
      {R"({"dependencies":{"a":1}})", Kind::malformed, "/dependencies/a", "must be a schema"},
      {R"({"$ref":1})", Kind::malformed, "/$ref", "must be a string"},
      {R"({"$ref":"#/$defs/a"})", Kind::malformed, "/$ref", "leads to nothing"},
      {R"({"$ref":"#/%zz"})", Kind::malformed, "/$ref", "percent"},
      {R"({"$ref":"#name"})", Kind::malformed, "/$ref", "no anchor name"},
      {R"({"title":"t","$ref":"#/title"})", Kind::malformed, "/$ref", "no schema"},
      {R"({"$ref":"http://example.com/s.json"})", Kind::unsupported, "/$ref", "nothing is fetched"},
      {R"({"$ref":"other.json#/a"})", Kind::unsupported, "/$ref", "nothing is fetched"},
      {R"({"$ref":"#"})", Kind::unsupported, "", "refers to itself"},
      {R"({"properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"not":{"$ref":"#/$defs/y"}},"y":{"$ref":"#/$defs/x"}}})",
       Kind::unsupported, "/$defs/", "refers to itself"},
      {R"({"$recursiveRef":"#"})", Kind::unsupported, "/$recursiveRef", "not implemented"},
      {R"({"$schema":"http://json-schema.org/draft-03/schema#"})", Kind::unsupported, "/$schema", "not known"},
      {R"({"$schema":7})", Kind::malformed, "/$schema", "string"},
      {R"({"$id":7})", Kind::malformed, "/$id", "string"},
      {R"({"$anchor":"a b"})", Kind::malformed, "/$anchor", "name"},
      {R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})", Kind::malformed, "/$defs/", "twice"},
      {R"({"$defs":{"a":{"$id":"x"},"b":{"$id":"x"}}})", Kind::malformed, "/$defs/", "twice"},
      {R"({"$defs":{"a":{"$id":"http://x/y","$ref":"#"}}})", Kind::unsupported, "/$defs/a/$id", "beside $ref"},
      {R"({"$schema":"https://json-schema.org/draft/2020-12/schema","minimum":1,"exclusiveMinimum":true})",
       Kind::malformed, "/exclusiveMinimum", "must be a number"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#","exclusiveMinimum":1})", Kind::malformed,
       "/exclusiveMinimum", "true or false in draft-04"},
      {R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"#a"})", Kind::malformed, "/$id", "$anchor"},
  };
  for (const Refused& one : all) {
    const auto schema = compile_text(one.schema);
    ASSERT_FALSE(schema) << one.schema;
    EXPECT_EQ(static_cast<int>(schema.error().kind), static_cast<int>(one.kind)) << one.schema;
    EXPECT_TRUE(schema.error().pointer.starts_with(one.pointer)) << one.schema << " " << schema.error().pointer;
    EXPECT_NE(schema.error().message.find(one.message), std::string::npos) << schema.error().message;
  }
  EXPECT_FALSE(Schema::compile(json::Value()));
}

TEST(Compile, RefusalsArePrintable) {
  for (const char* pattern : {"\\\\p{Let\x7f}", "\\\\\xc2\x9b", "(?\x7f", "(\xe2\x80\xae", "a\xe2\x80\xae{2"}) {
    const auto schema = compile_text("{\"pattern\":\"" + std::string(pattern) + "(\"}");
    ASSERT_FALSE(schema);
    for (const char* bad : {"\x7f", "\xc2\x9b", "\xe2\x80\xae"}) {
      EXPECT_EQ(schema.error().message.find(bad), std::string::npos) << schema.error().message;
    }
  }
}

TEST(Compile, WhatTheRootCannotReachIsNotRead) {
  EXPECT_EQ(checked(*compiled(R"-({"$defs":{"a":{"pattern":"(?<=a)b"},"b":{"type":"strin"}}})-"), "1"), Result::valid);
}

TEST(Compile, UnknownKeywordsAndFormatAreAnnotations) {
  const auto schema =
      compiled(R"({"format":"email","nullable":true,"x-any":{"type":"strin"},"contentEncoding":"base64"})");
  EXPECT_EQ(checked(*schema, R"("not an address")"), Result::valid);
}

TEST(Compile, TheSchemaOutlivesItsDocument) {
  std::shared_ptr<const Schema> schema;
  {
    auto text =
        std::make_unique<std::string>(R"({"properties":{"a":{"enum":["x","\u00e9",{"k":[1]}]}},"required":["a"]})");
    json::Document document;
    ASSERT_TRUE(document.read(*text, json::Profile::strict));
    schema = *Schema::compile(document.root());
    std::fill(text->begin(), text->end(), '!');
  }
  EXPECT_EQ(checked(*schema, R"({"a":"é"})"), Result::valid);
  EXPECT_EQ(checked(*schema, R"({"a":{"k":[1.0]}})"), Result::valid);
  EXPECT_EQ(checked(*schema, R"({"a":"y"})"), Result::invalid);
}

struct InDialect {
  const char* schema;  // without $schema
  const char* instance;
  Result open, draft04, draft07, draft2020;
};

TEST(Dialects, DifferWhereTheDraftsDo) {
  constexpr Result yes = Result::valid, no = Result::invalid;
  const std::vector<InDialect> all = {
      {R"({"$ref":"#/$defs/a","type":"string","$defs":{"a":true}})", "1", no, yes, yes, no},
      {R"({"items":[{"type":"string"}],"additionalItems":false})", "[1]", no, no, no, no},
      {R"({"items":[{"type":"string"}],"additionalItems":false})", R"(["a",1])", no, no, no, no},
      {R"({"prefixItems":[{"type":"string"}],"additionalItems":false})", R"(["a",1])", no, no, no, no},
      {R"({"dependencies":{"a":["b"]}})", R"({"a":1})", no, no, no, no},
      {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", no, no, no, no},
      {R"({"type":"integer"})", "1.0", yes, yes, yes, yes},
  };
  for (const InDialect& one : all) {
    const auto with = [&](Dialect dialect) {
      return static_cast<int>(checked(*compiled(one.schema, {.dialect = dialect}), one.instance));
    };
    EXPECT_EQ(with(Dialect::open), static_cast<int>(one.open)) << one.schema;
    EXPECT_EQ(with(Dialect::draft04), static_cast<int>(one.draft04)) << one.schema;
    EXPECT_EQ(with(Dialect::draft07), static_cast<int>(one.draft07)) << one.schema;
    EXPECT_EQ(with(Dialect::draft2020), static_cast<int>(one.draft2020)) << one.schema;
  }
}

TEST(Dialects, BooleanBoundsOfDraft04) {
  for (const char* name : {"", R"("$schema":"http://json-schema.org/draft-04/schema",)"}) {
    const auto schema = compiled("{" + std::string(name) +
                                 R"("minimum":1,"exclusiveMinimum":true,"maximum":3,"exclusiveMaximum":false})");
    EXPECT_EQ(checked(*schema, "1"), Result::invalid);
    EXPECT_EQ(checked(*schema, "2"), Result::valid);
    EXPECT_EQ(checked(*schema, "3"), Result::valid);
    EXPECT_EQ(checked(*schema, "4"), Result::invalid);
  }
}

TEST(Dialects, IdOfDraft04) {
  const auto schema = compiled(R"({"$schema":"http://json-schema.org/draft-04/schema#","id":"http://x/root",
    "properties":{"a":{"$ref":"item"}},"definitions":{"i":{"id":"item","type":"string"}}})");
  EXPECT_EQ(checked(*schema, R"({"a":"s"})"), Result::valid);
  EXPECT_EQ(checked(*schema, R"({"a":1})"), Result::invalid);
}

std::string levels_of(const Schema& schema) {
  std::string out;
  for (const Schema::Level& level : schema.levels()) {
    out += (level.path.empty() ? "." : level.path) + (level.closed ? "!" : "") + ":";
    for (const std::string& name : level.names) out += " " + name;
    out += "; ";
  }
  return out;
}

TEST(Levels, FollowPropertiesItemsReferencesAndAllOf) {
  const auto schema = compiled(R"({"allOf":[{"$ref":"#/$defs/base"},{"properties":{"b":{}}}],
    "properties":{"list":{"items":{"$ref":"#/$defs/line"}},"odd name":{"properties":{"x":{}}}},
    "unevaluatedProperties":false,
    "$defs":{"base":{"properties":{"a":{}},"required":["a","c"]},
             "line":{"properties":{"sku":{},"sub":{"prefixItems":[{"properties":{"deep":true}}]}},"additionalProperties":false}}})");
  EXPECT_EQ(levels_of(*schema),
            ".!: a b c list odd name; [\"odd name\"]: x; list[*]!: sku sub; list[*].sub[*]: deep; ");
  EXPECT_TRUE(schema->levels_complete());
  EXPECT_TRUE(schema->refuses_unknown_properties());
  EXPECT_EQ(schema->property_names().size(), 5U);
}

TEST(Levels, EndWhereASchemaContainsItself) {
  const auto schema = compiled(R"({"properties":{"child":{"$ref":"#"},"value":{}}})");
  EXPECT_EQ(schema->levels().size(), 17U);
  EXPECT_FALSE(schema->levels_complete());
  EXPECT_FALSE(schema->refuses_unknown_properties());
  EXPECT_TRUE(compiled("true")->property_names().empty());
}

}  // namespace
}  // namespace schema
