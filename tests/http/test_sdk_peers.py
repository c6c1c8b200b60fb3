"""Official clients in front of official servers over every row see what they see without Intercept, field for field.

A row is (client's transport, server's transport). The direct run is the client's on the server's transport: what a
bridge changes is the wire, not what either side says."""

import copy

import pytest

import compare
import harness
import peers
from listener import Listener
from sdk_servers import EMPTY, command, observe, serving

NORMAL = [
    ("ts1", "everything", None, "http", "http"),
    ("ts2", "dual", "2026-07-28", "http", "http"),
    ("ts2", "dual", "2026-07-28", "stdio", "http"),
    ("ts2", "dual", "2026-07-28", "http", "stdio"),
    ("python", "python", "2026-07-28", "http", "http"),
    ("go", "go", "2025-11-25", "http", "http"),
    ("go", "go", "2026-07-28", "http", "http"),
    ("go", "go", "2025-11-25", "stdio", "http"),
    ("go", "go", "2026-07-28", "stdio", "http"),
    ("go", "go", "2025-11-25", "http", "stdio"),
    ("go", "go", "2025-11-25", "sse", "sse"),
    ("go", "go", "2025-11-25", "sse", "http"),
    ("go", "go", "2025-11-25", "sse", "stdio"),
    ("go", "go", "2025-11-25", "http", "sse"),
    ("go", "go", "2025-11-25", "stdio", "sse"),
    ("inspector", "everything", "legacy", "http", "http"),
]
MORE = [
    ("ts1", "everything", None, "stdio", "http"),
    ("ts1", "everything", None, "http", "stdio"),
    ("ts1", "everything", None, "sse", "sse"),
    ("ts1", "everything", None, "stdio", "sse"),
    ("ts1", "everything", None, "http", "sse"),
    ("ts1", "everything", None, "sse", "http"),
    ("ts2", "everything", "auto", "http", "http"),
    ("ts2", "everything", "legacy", "sse", "sse"),
    ("ts2", "dual", "auto", "http", "http"),
    ("ts2", "dual", "legacy", "http", "http"),
    ("ts2", "dual", "legacy", "stdio", "http"),
    ("ts2", "dual", "legacy", "http", "stdio"),
    ("ts1", "dual", None, "http", "http"),
    ("ts1", "python", None, "http", "http"),
    ("ts1", "python", None, "sse", "sse"),
    ("ts1", "go", None, "http", "http"),
    ("ts1", "go", None, "sse", "http"),
    ("ts2", "python", "2026-07-28", "http", "http"),
    ("ts2", "python", "2026-07-28", "stdio", "http"),
    ("ts2", "go", "2026-07-28", "http", "http"),
    ("ts2", "go", "auto", "stdio", "http"),
    ("python", "everything", "legacy", "http", "http"),
    ("python", "python", "legacy", "http", "http"),
    ("python", "python", "legacy", "sse", "sse"),
    ("python", "python", "legacy", "stdio", "http"),
    ("python", "python", "2026-07-28", "stdio", "http"),
    ("python", "python", "2026-07-28", "http", "stdio"),
    ("python", "dual", "2026-07-28", "http", "http"),
    ("python", "dual", "legacy", "http", "http"),
    ("python", "go", "2026-07-28", "http", "http"),
    ("go", "python", "2025-11-25", "http", "http"),
    ("go", "python", "2025-11-25", "sse", "sse"),
    ("go", "dual", "2025-11-25", "http", "http"),
    ("go", "everything", "2025-11-25", "sse", "sse"),
    ("go", "go", "2026-07-28", "http", "stdio"),
    ("inspector", "dual", "modern", "http", "http"),
    ("inspector", "dual", "legacy", "http", "http"),
    ("inspector", "python", "legacy", "sse", "sse"),
    ("inspector", "go", "modern", "stdio", "http"),
    ("inspector", "everything", "legacy", "stdio", "http"),
    ("inspector", "everything", "legacy", "http", "stdio"),
]
CASES = [*NORMAL, *(pytest.param(*case, marks=pytest.mark.all_only) for case in MORE)]


def name_of(case):
    return "-".join(str(part) for part in case if part)


def direct(tmp_path, client, server, mode, transport):
    if transport == "stdio":
        arguments = command(server)
        return observe(tmp_path, client, server, mode, "stdio", {"command": arguments[0], "args": arguments[1:]})
    with serving(server, transport) as url:
        return observe(tmp_path, client, server, mode, transport, {"url": url})


def place(intercept, near):
    return intercept.url if near == "http" else f"http://127.0.0.1:{intercept.port}{intercept.sse_path}"


def through(tmp_path, client, server, mode, near, far, policy):
    """The same with Intercept between: a listener, or a child of the client."""
    if far == "stdio":
        with Listener(policy, command=command(server)) as intercept:
            return observe(tmp_path, client, server, mode, near, {"url": place(intercept, near)})
    with serving(server, far) as url:
        if near == "stdio":
            (tmp_path / "policy.yaml").write_text(policy)
            where = {"command": harness.binary(), "args": ["-c", str(tmp_path / "policy.yaml"), "--upstream", url]}
            return observe(tmp_path, client, server, mode, near, where)
        with Listener(policy, upstream=url) as intercept:
            return observe(tmp_path, client, server, mode, near, {"url": place(intercept, near)})


def comparable(document, near, far):
    """Where the client's transport is not the one of the direct run: without what that decides (whether the answer to a
    cancelled call still comes, ids, where a notification went)."""
    if near != far and "wire" in document:
        document["wire"] = {"requests": [(r["method"], r.get("params")) for r in document["wire"]["requests"]]}
    return document


@pytest.mark.timeout(600)
@pytest.mark.parametrize("client, server, mode, near, far", CASES, ids=[name_of(c) for c in [*NORMAL, *MORE]])
def test_same_as_direct(tmp_path, client, server, mode, near, far):
    peers.need(client, server)

    def seen_through(policy):
        return comparable(through(tmp_path, client, server, mode, near, far, policy), near, far)

    first = comparable(direct(tmp_path, client, server, mode, far), near, far)
    mask = compare.mask_of(first, comparable(direct(tmp_path, client, server, mode, far), near, far))
    assert any(step["step"] == "tools" and step["result"] for step in first["steps"]), first["steps"]

    compare.assert_equal(first, seen_through(EMPTY), mask)

    hidden = peers.SERVERS[server]["hidden"]
    seen = seen_through(f'version: "1"\ndefault: allow\nhide: ["{hidden}"]\n')
    expected = compare.without_tool(copy.deepcopy(first), hidden)
    assert expected != first, f"the server does not have the tool {hidden}"
    compare.assert_equal(expected, compare.collapse_denials(seen, hidden), mask)
