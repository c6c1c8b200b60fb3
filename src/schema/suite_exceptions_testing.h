// Tests of the official suite that we leave undecided, with the reason. docs/json-schema.md has the same table.
#pragma once
#include <array>
#include <string_view>

namespace schema {

struct SuiteException {
  std::string_view file, group;
  std::string_view test;  // "*": all of the group
  std::string_view reason;
};

inline constexpr std::array<SuiteException, 39> suite_exceptions{{
    {"draft7/definitions.json", "validate definition against metaschema", "*",
     "refers to the meta-schema; nothing is fetched"},
    {"draft7/optional/cross-draft.json", "refs to future drafts are processed as future drafts", "*",
     "refers to another document; nothing is fetched"},
    {"draft7/ref.json", "remote ref, containing refs itself", "*", "refers to the meta-schema; nothing is fetched"},
    {"draft7/refRemote.json", "remote ref", "*", "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "fragment within remote ref", "*", "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "ref within remote ref", "*", "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "base URI change", "*", "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "base URI change - change folder", "*", "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "base URI change - change folder in subschema", "*",
     "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "root ref in remote ref", "*", "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "remote ref with ref to definitions", "*",
     "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "Location-independent identifier in remote ref", "*",
     "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "retrieved nested refs resolve relative to their URI not $id", "*",
     "refers to another document; nothing is fetched"},
    {"draft7/refRemote.json", "$ref to $ref finds location-independent $id", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/defs.json", "validate definition against metaschema", "*",
     "refers to the meta-schema; nothing is fetched"},
    {"draft2020-12/dynamicRef.json", "strict-tree schema, guards against misspelled properties", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/dynamicRef.json", "tests for implementation dynamic anchor and reference link", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/dynamicRef.json", "$ref and $dynamicAnchor are independent of order - $defs first", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/dynamicRef.json", "$ref and $dynamicAnchor are independent of order - $ref first", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/dynamicRef.json", "$ref to $dynamicRef finds detached $dynamicAnchor", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/optional/cross-draft.json", "refs to historic drafts are processed as historic drafts", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/ref.json", "remote ref, containing refs itself", "*",
     "refers to the meta-schema; nothing is fetched"},
    {"draft2020-12/refRemote.json", "remote ref", "*", "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "fragment within remote ref", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "anchor within remote ref", "*", "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "ref within remote ref", "*", "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "base URI change", "*", "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "base URI change - change folder", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "base URI change - change folder in subschema", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "root ref in remote ref", "*", "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "remote ref with ref to defs", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "Location-independent identifier in remote ref", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "retrieved nested refs resolve relative to their URI not $id", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "remote HTTP ref with different $id", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "remote HTTP ref with different URN $id", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "remote HTTP ref with nested absolute ref", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/refRemote.json", "$ref to $ref finds detached $anchor", "*",
     "refers to another document; nothing is fetched"},
    {"draft2020-12/vocabulary.json", "schema that uses custom metaschema with with no validation vocabulary", "*",
     "`$schema` names a dialect that is not known"},
    {"draft2020-12/vocabulary.json", "ignore unrecognized optional vocabulary", "*",
     "`$schema` names a dialect that is not known"},
}};

}  // namespace schema
