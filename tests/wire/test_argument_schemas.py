"""validate: schema and args. What does not fit never reaches the server, and its neighbour that fits arrives unchanged.

The judge of what fits is another implementation of JSON Schema."""

import copy
import json
import random

import jsonschema
import pytest

import harness

ITEM = {
    "type": "object",
    "required": ["price"],
    "additionalProperties": False,
    "properties": {"price": {"type": "number", "minimum": 0, "maximum": 10}, "unit": {"enum": ["kg", "lb"]}, "count": {"type": "integer"}},
}
SCHEMA = {
    "type": "object",
    "required": ["items", "mode"],
    "properties": {
        "mode": {"const": "fast"},
        "items": {"type": "array", "minItems": 1, "maxItems": 4, "items": {"$ref": "#/$defs/item"}},
        "note": {"type": ["string", "null"], "pattern": "^[a-z]*$", "maxLength": 5},
        "tags": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
        "depth": {"anyOf": [{"type": "boolean"}, {"type": "integer", "multipleOf": 3}]},
    },
    "additionalProperties": {"type": "integer"},
    "$defs": {"item": ITEM},
}
TOOLS = [{"name": "act", "inputSchema": SCHEMA}]

SERVERS = 'version: "1"\ntools: {act: {rules: [{validate: {schema: true}}]}}\n'
WRITTEN = json.dumps({"tools": {"act": {"rules": [{"validate": {"schema": SCHEMA}}]}}})
PARTS = json.dumps({"tools": {"act": {"rules": [{"validate": {"args": {"items[all]": ITEM, "mode": {"const": "fast"}}}}]}}})

FITS = [
    {"mode": "fast", "items": [{"price": 1}]},
    {"mode": "fast", "items": [{"price": 0, "unit": "kg", "count": 2}, {"price": 10.0}], "note": None, "tags": ["a", "b"], "depth": 9},
    {"mode": "fast", "items": [{"price": 2.5}], "note": "abc", "depth": True, "other": 7},
]
VALUES = [None, True, False, 0, 1, -1, 3, 10, 10.5, 11, "", "kg", "fast", "ABC", "abcdef", [], {}, ["a", "a"], [1], {"price": 1}, {"price": "1"}]


def answers(message):
    if message.get("method") == "tools/list":
        return [{"jsonrpc": "2.0", "id": message["id"], "result": {"tools": TOOLS}}]
    return None


def call(arguments, id=7):
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "act", "arguments": arguments}}


def places(value, path=()):
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in members:
        yield from places(child, (*path, key))


def changed(dice, arguments):
    """One place of the arguments has another value, is gone, or has something more."""
    arguments = copy.deepcopy(arguments)
    path = dice.choice([p for p in places(arguments) if p])
    parent = arguments
    for key in path[:-1]:
        parent = parent[key]
    match dice.randrange(4):
        case 0:
            del parent[path[-1]]
        case 1 if isinstance(parent, dict):
            parent[dice.choice(["more", "other", "unit", "note"])] = dice.choice(VALUES)
        case _:
            parent[path[-1]] = dice.choice(VALUES)
    return arguments


@pytest.fixture(params=[SERVERS, WRITTEN], ids=["servers", "written"])
def wire(request):
    with harness.Wire(request.param, answer=answers) as wire:
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert wire.recv()["result"]["tools"] == TOOLS
        yield wire


def test_only_what_fits_arrives(wire):
    dice = random.Random(20261125)
    judge = jsonschema.Draft202012Validator(SCHEMA)
    passed = refused = 0
    for round in range(300):
        arguments = FITS[round % len(FITS)]
        for _ in range(dice.randrange(3)):
            arguments = changed(dice, arguments)
        if judge.is_valid(arguments):
            wire.send(call(arguments))
            seen = wire.server_recv()
            assert seen["params"]["arguments"] == arguments
            wire.server_send({"jsonrpc": "2.0", "id": seen["id"], "result": {"content": []}})
            assert wire.recv()["result"] == {"content": []}
            passed += 1
        else:
            result = wire.ask(call(arguments))["result"]
            assert result["isError"] is True
            assert "Arguments do not match the schema: args" in result["content"][0]["text"], arguments
            refused += 1
    assert passed > 80 and refused > 80


def test_each_failing_path_is_told_and_recorded(wire):
    result = wire.ask(call({"mode": "slow", "items": [{"price": 1}, {"price": "x"}]}))["result"]
    said = result["content"][0]["text"]
    assert "args.mode" in said and "args.items[1].price" in said and "args.items[0]" not in said
    record = wire.records("decision")[-1]
    assert record["decision"] == "deny" and record["reason"] == "validation"
    assert record["condition"].startswith("validate schema: /")
    wire.passes(call(FITS[0]), {"content": []})


def test_parts():
    with harness.Wire(PARTS) as wire:
        for arguments in [{"mode": "slow"}, {"items": [{}]}, {"items": [{"price": 11}]}, {"items": {"price": 1}}, {"mode": None}]:
            assert wire.ask(call(arguments))["result"]["isError"] is True
        for arguments in [{}, {"items": []}, {"mode": "fast", "items": [{"price": 1}], "free": [1]}, {"items": None}]:
            wire.passes(call(arguments), {"content": []})


UNUSABLE = {
    "no-schema": None,
    "not-one": 7,
    "malformed": {"properties": {"a": {"type": "strin"}}},
    "pattern": {"properties": {"a": {"pattern": "(?<=x)y"}}},
    "network": {"$ref": "https://example.com/schema.json"},
    "cycle": {"$ref": "#"},
    "huge": {"properties": {f"p{i}": {} for i in range(60_000)}},
    "deep": {"anyOf": [[{}]]},
}


@pytest.mark.parametrize("schema", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_schema_that_cannot_be_used_refuses(schema):
    tool = {"name": "act"} | ({} if schema is None else {"inputSchema": schema})

    def answers(message):
        if message.get("method") == "tools/list":
            return [{"jsonrpc": "2.0", "id": message["id"], "result": {"tools": [tool, {"name": "free", "inputSchema": {}}]}}]
        return None

    policy = 'version: "1"\ntools: {"*": {rules: [{validate: {schema: true}}]}}\n'
    with harness.Wire(policy, answer=answers) as wire:
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        wire.recv()
        result = wire.ask(call({}))["result"]
        assert result["isError"] is True
        assert "cannot be used: " in result["content"][0]["text"]
        assert "not be used" in wire.ask(call({"a": 1}))["result"]["content"][0]["text"]
        wire.passes({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "free", "arguments": {"a": 1}}})
