"""`validate --tools` with the tools of real servers: a policy that names what their schemas have is clean, and each slip in
it is found. What must stay true: no schema that a server publishes makes lint speak of an argument that is there."""
import json
import os
import pathlib
import subprocess

import pytest

import harness

LISTS = sorted((pathlib.Path(__file__).resolve().parent.parent / "data" / "tools").glob("*.json"))
BESIDE = {"unknown-tool", "glob-matches-nothing", "unknown-argument", "type-mismatch", "not-in-enum"}
CONDITIONS = {
    "string": {"op": "length", "value": {"lte": 100}},
    "number": {"op": "lte", "value": 100},
    "integer": {"op": "gte", "value": 0},
    "boolean": {"op": "eq", "value": True},
    "array": {"op": "length", "value": {"lte": 5}},
    "object": {"op": "exists", "value": True},
}


def tools_of(path):
    whole = json.loads(path.read_text())
    return whole.get("result", whole)["tools"]


def condition_of(name, schema):
    path = f"args[{json.dumps(name)}]"
    if isinstance(schema, dict) and schema.get("enum"):
        return {"path": path, "op": "in", "value": [v for v in schema["enum"] if not isinstance(v, (dict, list))]}
    kind = schema.get("type") if isinstance(schema, dict) else None
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), None)
    return {"path": path, **CONDITIONS.get(kind, {"op": "exists", "value": True})}


def policy_of(tools):
    entries = {}
    for tool in tools:
        properties = tool.get("inputSchema", {}).get("properties", {})
        rules = [{"require": condition_of(k, v)} for k, v in properties.items()]
        entries[tool["name"].replace("\\", "\\\\").replace("*", "\\*")] = {"rules": rules}
    return {"default": "deny", "tools": entries}


def findings(folder, policy, tools):
    (folder / "p.json").write_text(json.dumps(policy))
    ran = subprocess.run([os.path.abspath(harness.binary()), "validate", "p.json", "--tools", str(tools), "--format", "json"],
                         cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    report = json.loads(ran.stdout)
    assert report["valid"], report["problems"][:3]
    return [p for p in report["problems"] if p["code"] in BESIDE]


@pytest.mark.parametrize("path", LISTS, ids=[p.stem for p in LISTS])
def test_what_the_schemas_have_is_not_found_fault_with(path, tmp_path):
    assert findings(tmp_path, policy_of(tools_of(path)), path) == []


@pytest.mark.parametrize("path", LISTS, ids=[p.stem for p in LISTS])
def test_misspelt_tools_are_found(path, tmp_path):
    policy = policy_of(tools_of(path))
    policy["tools"] = {name + "_x": entry for name, entry in list(policy["tools"].items())[:50]}
    found = findings(tmp_path, policy, path)
    assert {p["code"] for p in found} == {"unknown-tool"}
    assert len(found) == len(policy["tools"])


def test_misspelt_arguments_are_found_in_most_lists(tmp_path):
    lists = hit = 0
    for path in LISTS:
        tools = [t for t in tools_of(path) if t.get("inputSchema", {}).get("properties")]
        if not tools:
            continue
        name = next(iter(tools[0]["inputSchema"]["properties"]))
        policy = {"default": "deny", "tools": {tools[0]["name"]: {
            "rules": [{"require": {"path": f"args[{json.dumps(name + '_x')}]", "op": "exists", "value": True}}]}}}
        lists += 1
        hit += {p["code"] for p in findings(tmp_path, policy, path)} == {"unknown-argument"}
    assert hit > lists * 3 // 4, f"{hit} of {lists}"
