"""A scan of official servers, over every transport that they have."""

import pytest

import peers
from sdk_servers import command, serving

OURS = {"echo", "add", "secret", "error", "long", "elicit", "ask"}
STDIO = ["everything", "filesystem", "dual", "python", "go", "rust"]
HTTP = [("everything", "http"), ("everything", "sse"), ("dual", "http"), ("go", "http"), ("go", "sse")]


def check(report, server):
    names = {tool["name"] for tool in report["tools"]}
    if server == "everything":
        assert {"echo", "get-env"} <= names
        assert any(i["kind"] == "resource template" for i in report["items"])
    elif server == "filesystem":
        classes = {tool["name"]: tool["class"] for tool in report["tools"]}
        assert classes["read_text_file"] == "Read" and classes["write_file"] != "Read"
    else:
        assert OURS <= names


@pytest.mark.parametrize("server", STDIO)
def test_stdio(scan, tmp_path, server):
    peers.need(server)
    words = [word.replace("{work}", str(tmp_path)) for word in command(server)]
    report = scan("--format", "json", "--", *words).report()
    check(report, server)
    assert report["server"]["protocolVersion"] == ("2026-07-28" if server in ("dual", "python", "go") else report["server"]["protocolVersion"])


@pytest.mark.parametrize("server, transport", HTTP)
def test_http(scan, stack, server, transport):
    peers.need(server)
    url = stack.enter_context(serving(server, transport))
    report = scan("--format", "json", "--upstream", url).report()
    check(report, server)
    assert report["server"]["transport"] == ("HTTP+SSE" if transport == "sse" else "Streamable HTTP")
