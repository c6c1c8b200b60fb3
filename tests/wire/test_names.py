"""Names are compared exactly, after JSON's unescaping (bypass class E)."""

import pytest

ALLOWED = """
version: "1"
default: deny
tools: {safe: {}, "caf\u00e9": {}, "a_b": {}, "ns.*": {}}
"""
STAR = """
version: "1"
default: deny
tools:
  "*": {rules: [{name: all, require: [{path: args.ok, op: eq, value: true}]}]}
  named: {}
"""
LITERAL = """
version: "1"
default: deny
tools: {"\\\\*": {}}
"""

OTHERS = {
    "prefix": "saf",
    "longer": "safe2",
    "case": "Safe",
    "upper": "SAFE",
    "leading-space": " safe",
    "trailing-space": "safe ",
    "newline": "safe\n",
    "nul": "safe\0",
    "zero-width": "sa\u200bfe",
    "bom": "\ufeffsafe",
    "homoglyph": "s\u0430fe",
    "full-width": "\uff53afe",
    "long-s": "\u017fafe",
    "nfd": "cafe\u0301",
    "percent": "s%61fe",
    "html": "s&#97;fe",
    "double-escaped": "s\\u0061fe",
    "slash": "safe/",
    "server-prefix": "server__safe",
    "joined": "a_b_c",
    "star": "*",
    "glob-without-dot": "ns",
    "empty": "",
    "rtl": "\u202esafe",
}


def call(name, arguments=None):
    return {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": name, "arguments": arguments or {}}}


@pytest.mark.parametrize("name", OTHERS.values(), ids=OTHERS.keys())
def test_looks_like_an_allowed_one(wire_of, name):
    answer = wire_of(ALLOWED).ask(call(name))
    assert answer["result"]["isError"] is True
    assert "not permitted by policy" in answer["result"]["content"][0]["text"]


@pytest.mark.parametrize("name", ["safe", "caf\u00e9", "a_b", "ns.", "ns.x/y:z"])
def test_allowed(wire_of, name):
    assert "result" in wire_of(ALLOWED).passes(call(name))


def test_escaped_spelling_is_the_same_name(wire_of):
    wire = wire_of(ALLOWED)
    wire.send(b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"s\\u0061fe"}}')
    assert wire.server_recv()["params"]["name"] == "safe"
    wire.server_send({"jsonrpc": "2.0", "id": 7, "result": {}})
    wire.recv()


def test_tool_that_is_called_star(wire_of):
    """The entry "*" is a glob: it names no tool, so the default still holds for one that has this very name."""
    wire = wire_of(STAR)
    assert "not permitted" in wire.ask(call("*", {"ok": True}))["result"]["content"][0]["text"]
    assert "not permitted" in wire.ask(call("other", {"ok": True}))["result"]["content"][0]["text"]
    assert wire.ask(call("named"))["result"]["isError"] is True
    assert "result" in wire.passes(call("named", {"ok": True}))


def test_literal_star(wire_of):
    wire = wire_of(LITERAL)
    assert "result" in wire.passes(call("*"))
    assert wire.ask(call("x"))["result"]["isError"] is True
