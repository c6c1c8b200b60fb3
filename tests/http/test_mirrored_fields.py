"""2026-07-28: header fields mirror the body (bypass class D). Towards us they are checked against it (400, -32020), towards
the server they are made from it. In the older era they mean nothing."""

import base64
import json

import pytest

import played
from attacks import Post, Stage, call, with_body
from mcp_clients import HttpClient
from raw_http import Connection


@pytest.fixture(scope="module")
def stage():
    made = Stage()
    with HttpClient(made.port, played.MODERN) as client:
        client.tools()  # so that the schemas are known
    yield made
    made.close()


def sentinel(text, encode=base64.b64encode):
    return f"=?base64?{encode(text.encode()).decode()}?="


WRONG = {
    "other-method": lambda p: p.set("Mcp-Method", "tools/list"),
    "method-case": lambda p: p.set("Mcp-Method", "Tools/Call"),
    "no-method": lambda p: p.without("Mcp-Method"),
    "empty-method": lambda p: p.set("Mcp-Method", ""),
    "other-name": lambda p: p.set("Mcp-Name", "danger"),
    "name-case": lambda p: p.set("Mcp-Name", "Echo"),
    "no-name": lambda p: p.without("Mcp-Name"),
    "empty-name": lambda p: p.set("Mcp-Name", ""),
    "encoded-other-name": lambda p: p.set("Mcp-Name", sentinel("danger")),
    "broken-encoding": lambda p: p.set("Mcp-Name", "=?base64?%%%?="),
    "encoding-that-is-not-utf-8": lambda p: p.set("Mcp-Name", "=?base64?/////w==?="),
    "marker-case": lambda p: p.set("Mcp-Name", sentinel("echo").replace("base64", "BASE64")),
    "no-version": lambda p: p.without("MCP-Protocol-Version"),
    "older-version": lambda p: p.set("MCP-Protocol-Version", "2025-11-25"),
    "oldest-version": lambda p: p.set("MCP-Protocol-Version", "2025-03-26"),
    "no-such-version": lambda p: p.set("MCP-Protocol-Version", "2031-01-01"),
    "version-list": lambda p: p.set("MCP-Protocol-Version", "2026-07-28, 2025-11-25"),
    "body-without-version": lambda p: with_body(p, json.dumps({**p.message, "params": {"name": "echo", "arguments": {}}}).encode()),
    "body-of-another-method": lambda p: with_body(p, json.dumps({**p.message, "method": "prompts/get"}).encode()),
    "lying-about-danger": lambda p: with_body(p, json.dumps(call("danger")).encode()),
}


@pytest.mark.parametrize("case", WRONG)
def test_mismatch(stage, case):
    response = stage.refuses(WRONG[case](Post(stage.port)).bytes(), [400], closes=False)
    error = response.json()
    assert error["error"]["code"] in (-32020, -32022, -32602, -32600), error
    if case in ("other-method", "no-method", "other-name", "no-name", "older-version", "lying-about-danger", "encoded-other-name"):
        assert error["error"]["code"] == -32020 and error.get("id", 1) in (1, None), error


RIGHT = {
    "plain": lambda p: p,
    "names-in-other-case": lambda p: p.without("Mcp-Method", "Mcp-Name").add(("MCP-METHOD", "tools/call"), ("mcp-name", "echo")),
    "encoded": lambda p: p.set("Mcp-Name", sentinel("echo")),
    "a-session-id-is-nothing": lambda p: p.add(("Mcp-Session-Id", "made-up")),
    "last-event-id-is-nothing": lambda p: p.add(("Last-Event-ID", "7")),
}


@pytest.mark.parametrize("case", RIGHT)
def test_match(stage, case):
    arrived = stage.passes(RIGHT[case](Post(stage.port)).bytes())
    assert [arrived.all(n) for n in ("Mcp-Method", "Mcp-Name", "MCP-Protocol-Version")] == [["tools/call"], ["echo"], [played.MODERN]]
    assert not arrived.all("Mcp-Session-Id") and not arrived.all("Last-Event-ID")


def region(port, arguments, *fields):
    return Post(port, call("region", arguments)).add(*fields).bytes()


PARAMS = {  # arguments, fields, whether it passes
    "equal": ({"region": "eu"}, [("Mcp-Param-Region", "eu")], True),
    "case-of-the-name": ({"region": "eu"}, [("mcp-param-REGION", "eu")], True),
    "encoded": ({"region": "\u00e9"}, [("Mcp-Param-Region", sentinel("\u00e9"))], True),
    "number": ({"n": 42}, [("Mcp-Param-N", "42")], True),
    "number-spelt-otherwise": ({"n": 42}, [("Mcp-Param-N", "42.0")], True),
    "unknown-is-passed-on": ({"region": "eu"}, [("Mcp-Param-Region", "eu"), ("Mcp-Param-Other", "x")], True),
    "absent-on-both-sides": ({}, [], True),
    "other-value": ({"region": "us"}, [("Mcp-Param-Region", "eu")], False),
    "missing": ({"region": "us"}, [], False),
    "not-in-the-body": ({}, [("Mcp-Param-Region", "eu")], True),  # as official servers do; it is not sent on
    "other-number": ({"n": 42}, [("Mcp-Param-N", "43")], False),
    "twice": ({"region": "eu"}, [("Mcp-Param-Region", "eu"), ("Mcp-Param-Region", "eu")], False),
    "encoded-not-canonical": ({"region": "a"}, [("Mcp-Param-Region", "=?base64?YR==?=")], False),
}


@pytest.mark.parametrize("case", PARAMS)
def test_mirrored_arguments(stage, case):
    arguments, fields, passes = PARAMS[case]
    if not passes:
        response = stage.refuses(region(stage.port, arguments, *fields), [400], closes=False)
        assert case == "twice" or response.json()["error"]["code"] == -32020, response
        return
    arrived = stage.passes(region(stage.port, arguments, *fields), "region done")
    if case == "not-in-the-body":
        assert not arrived.all("Mcp-Param-Region")
    if case == "unknown-is-passed-on":
        assert arrived.all("Mcp-Param-Other") == ["x"]


@pytest.mark.parametrize("name", ["echo", "a b", "t\u00e9l", " x ", "=?base64?eA==?=", "x\ty", "\U0001f600"], ids=repr)
@pytest.mark.parametrize("client", ["stdio", "http"])
def test_fields_are_made_from_the_body(row, client, name):
    """Whatever the client is: the played server refuses what does not mirror its body."""
    it = row(client, "json", revision=played.MODERN, toolbox=played.Toolbox([*played.TOOLS, played.tool(name)]))
    assert "result" in it.client.tool(name).wait(), it.server.refusals
    assert "result" in it.client.call("resources/read", {"uri": f"test://{name}"}).wait(), it.server.refusals
    assert it.server.refusals == []


def test_arguments_are_mirrored_for_a_stdio_client(row):
    it = row("stdio", "json", revision=played.MODERN)
    it.client.tools()
    assert "result" in it.client.ask_tool("region", region="\u00e9 x", n=7), it.server.refusals
    last = it.server.posts()[-1]
    assert last.all("Mcp-Param-Region") == [sentinel("\u00e9 x")] and last.all("Mcp-Param-N") == ["7"]


def test_the_older_era_ignores_them(row):
    """The body decides: fields that lie change nothing, neither way, and are not passed on to mislead."""
    it = row("http", "json", policy="tools: {danger: {rules: [{action: deny}]}}\n", fields=[("Mcp-Method", "tools/list"), ("Mcp-Name", "echo")])
    assert it.client.ask_tool("danger")["result"]["isError"] is True
    assert it.client.ask_tool("echo", text="x")["result"]["content"][0]["text"] == "x"
    assert it.toolbox.names() == ["echo"]


def test_an_older_version_in_the_field_of_a_session(row):
    """MCP-Protocol-Version that is not a version is refused; an older one of the session's era passes."""
    it = row("http", "json")
    message = json.dumps(it.client.message("ping")).encode()

    def status(version):
        fields = [(n, v) for n, v in it.client.fields({}) if n != "MCP-Protocol-Version"]
        with Connection(it.intercept.port) as connection:
            return connection.ask("POST", it.client.path, fields + ([("MCP-Protocol-Version", version)] if version else []), message).status

    assert status("2025-11-25") == 200
    assert status(None) == 200
    assert status("1.0") == 400
    assert status("2026-07-28") == 400  # the body is not of that era
