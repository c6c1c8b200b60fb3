// What explain() says, and where.
#include "schema/schema_testing.h"

namespace schema {
namespace {

struct Said {
  const char* schema;
  const char* instance;
  const char* said;
};

TEST(Explain, EachFailingPathWithLimitAndValue) {
  const std::vector<Said> all = {
      {R"({"type":"integer"})", "1.5", " (/type): must be a whole number, is 1.5\n"},
      {R"({"type":["null","string","array"]})", "{}", " (/type): must be null, a string or an array, is {}\n"},
      {R"({"properties":{"price":{"maximum":10}}})", R"({"price":12})",
       "price (/properties/price/maximum): must be at most 10, is 12\n"},
      {R"({"exclusiveMinimum":0,"multipleOf":0.5})", "-0.3",
       " (/exclusiveMinimum): must be greater than 0, is -0.3\n (/multipleOf): must be a multiple of 0.5, is -0.3\n"},
      {R"({"properties":{"items":{"items":{"properties":{"price":{"minimum":1},"odd key":{"type":"string"}}}}}})",
       R"({"items":[{"price":0},{"price":2,"odd key":3}]})",
       "items[0].price (/properties/items/items/properties/price/minimum): must be at least 1, is 0\n"
       "items[1][\"odd key\"] (/properties/items/items/properties/odd key/type): must be a string, is 3\n"},
      {R"({"required":["a","b"],"properties":{"c":{}},"additionalProperties":false})", R"({"d":1})",
       "d (/additionalProperties): is not a property that the schema knows\na (/required): is required\nb (/required): "
       "is required\n"},
      {R"({"enum":["a","b"]})", R"("c")",
       R"( (/enum): must be one of ["a","b"], is "c")"
       "\n"},
      {R"({"const":{"a":1}})", "3", " (/const): must be {\"a\":1}, is 3\n"},
      {R"({"minLength":3})", R"("é")", " (/minLength): must have at least 3 characters, is 1\n"},
      {R"({"pattern":"^a"})", R"("b\u202e")", " (/pattern): must match the pattern ^a, is \"b\\u202e\"\n"},
      {R"({"uniqueItems":true})", "[1,2,1.0]",
       " (/uniqueItems): must have no equal elements: those at 0 and 2 are equal\n"},
      {R"({"contains":{"const":1},"maxContains":1})", "[1,1]",
       " (/maxContains): must have at most 1 elements of the kind that contains describes, is 2\n"},
      {R"({"prefixItems":[{}],"items":false})", "[1,2]", "[1] (/items): is an element too many\n"},
      {R"({"not":{"type":"null"}})", "null", " (/not): must not be what the schema in not describes\n"},
      {R"({"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]})", "{}",
       " (/anyOf): is none of the 2 alternatives in anyOf\na (/anyOf/1/required): is required\n"},
      {R"({"oneOf":[{"minimum":1},{"maximum":3}]})", "2",
       " (/oneOf): must be exactly one of the 2 alternatives in oneOf, is 2\n"},
      {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})",
       "b (/dependentRequired/a): is required beside another property\n"},
      {R"({"$ref":"#/$defs/x","$defs":{"x":{"type":"null"}}})", "1", " (/$defs/x/type): must be null, is 1\n"},
      {R"({"properties":{"a":false}})", R"({"a":1})", "a (/properties/a): is not allowed here\n"},
      {R"({"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}})", R"({"a":1})",
       "b (/then/required): is required\n"},
      {R"({"properties":{"a":{}},"unevaluatedProperties":false})", R"({"a":1,"b":2})",
       "b (/unevaluatedProperties): is not a property that the schema knows\n"},
      {R"({"propertyNames":{"maxLength":1}})", R"({"ab":1})",
       "ab (/propertyNames/maxLength): must have at most 1 characters, is 2\n"},
  };
  for (const Said& one : all) EXPECT_EQ(explained(*compiled(one.schema), one.instance), one.said) << one.schema;
}

TEST(Explain, ListsNoMoreThanAskedAndCutsLongValues) {
  const auto schema = compiled(R"({"items":{"type":"string"}})");
  const std::string many = "[1,2,3,4,5]";
  EXPECT_EQ(explained(*schema, many, 2),
            "[0] (/items/type): must be a string, is 1\n[1] (/items/type): must be a string, is 2\n");
  const std::string said = explained(*compiled(R"({"type":"null"})"), "\"" + std::string(100'000, 'x') + "\"");
  EXPECT_LT(said.size(), 200U);
}

TEST(Explain, NothingOfAValidValue) {
  EXPECT_EQ(explained(*compiled(R"({"not":{"not":{"type":"object"}}})"), "{}"), "");
  EXPECT_EQ(explained(*compiled(R"({"anyOf":[{"required":["a"]},{"required":["b"]}]})"), R"({"b":1})"), "");
}

}  // namespace
}  // namespace schema
