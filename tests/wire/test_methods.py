"""Every method is ruled, in both directions, in whatever envelope it comes (bypass class C)."""

import json

import pytest

import harness

DENY = """
version: "1"
default: deny
tools: {safe: {}}
resources: {"file:///open/*": {}}
prompts: {open: {}}
"""
RULED = """
version: "1"
methods:
  sampling/createMessage: {rules: [{action: deny, reason: "no sampling"}]}
  elicitation/create: {rules: [{action: deny, reason: "no questions"}]}
  roots/list: {rules: [{action: deny, direction: server}]}
  logging/setLevel: {rules: [{action: deny}]}
  "tasks/*": {rules: [{action: deny}]}
  "vendor/*": {rules: [{action: deny, reason: "no vendors"}]}
  subscriptions/listen: {rules: [{action: deny}]}
  completion/complete: {rules: [{action: deny}]}
resources:
  "file:///etc/*": {rules: [{action: deny, reason: "not /etc"}]}
prompts:
  evil: {rules: [{action: deny}]}
tools:
  danger: {rules: [{action: deny, reason: "not this one"}]}
  asks: {rules: [{action: require_approval, reason: "ask first"}]}
"""


def request(method, params=None, id=7):
    return {"jsonrpc": "2.0", "id": id, "method": method, **({} if params is None else {"params": params})}


DENIED_BY_DEFAULT = {
    "tool": ("tools/call", {"name": "other"}),
    "read": ("resources/read", {"uri": "file:///closed"}),
    "read-dots": ("resources/read", {"uri": "file:///open/../closed"}),
    "read-encoded": ("resources/read", {"uri": "file:///open/%2e%2e/closed"}),
    "subscribe": ("resources/subscribe", {"uri": "file:///closed"}),
    "listen": ("subscriptions/listen", {"notifications": {"resourceSubscriptions": ["file:///open/a", "file:///closed"]}}),
    "prompt": ("prompts/get", {"name": "closed"}),
    "complete-prompt": ("completion/complete", {"ref": {"type": "ref/prompt", "name": "closed"}, "argument": {"name": "a", "value": "b"}}),
    "complete-resource": ("completion/complete", {"ref": {"type": "ref/resource", "uri": "file:///closed"}, "argument": {"name": "a", "value": "b"}}),
    "unknown": ("vendor/anything", {}),
    "unknown-no-params": ("tools/invoke", None),
    "case": ("Tools/Call", {"name": "safe"}),
    "space": ("tools/call ", {"name": "safe"}),
    "nul": ("tools/call\0", {"name": "safe"}),
    "homoglyph": ("tools/c\u0430ll", {"name": "safe"}),
}


@pytest.mark.parametrize("method, params", DENIED_BY_DEFAULT.values(), ids=DENIED_BY_DEFAULT.keys())
def test_denied_by_default(wire_of, method, params):
    wire = wire_of(DENY)
    answer = wire.ask(request(method, params))
    if method == "tools/call":
        assert answer["result"]["isError"] is True
        assert "not permitted by policy" in answer["result"]["content"][0]["text"]
    else:
        assert answer["error"]["code"] == 40301
    assert answer["id"] == 7


PLUMBING = {
    "initialize": ("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}),
    "discover": ("server/discover", {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}),
    "ping": ("ping", None),
    "tools/list": ("tools/list", {}),
    "resources/list": ("resources/list", {"cursor": "x"}),
    "templates": ("resources/templates/list", {}),
    "prompts/list": ("prompts/list", {}),
    "setLevel": ("logging/setLevel", {"level": "debug"}),
    "tool": ("tools/call", {"name": "safe"}),
    "read": ("resources/read", {"uri": "file:///open/a"}),
    "prompt": ("prompts/get", {"name": "open"}),
    "complete": ("completion/complete", {"ref": {"type": "ref/prompt", "name": "open"}, "argument": {"name": "a", "value": "b"}}),
    "listen": ("subscriptions/listen", {"notifications": {"toolsListChanged": True, "resourceSubscriptions": ["file:///open/a"]}}),
}


@pytest.mark.parametrize("method, params", PLUMBING.values(), ids=PLUMBING.keys())
def test_plumbing_and_named_pass_under_deny(wire_of, method, params):
    wire = wire_of(DENY)
    wire.send(request(method, params))
    assert wire.server_recv() == request(method, params)
    wire.server_send({"jsonrpc": "2.0", "id": 7, "result": {}})
    assert wire.recv()["id"] == 7


NOTIFICATIONS = {
    "initialized": ("notifications/initialized", True),
    "cancelled": ("notifications/cancelled", True),
    "progress": ("notifications/progress", True),
    "unknown": ("notifications/vendor", False),
    "unknown-bare": ("vendor", False),
}


@pytest.mark.parametrize("method, passes", NOTIFICATIONS.values(), ids=NOTIFICATIONS.keys())
def test_notifications_under_deny(wire_of, method, passes):
    wire = wire_of(DENY)
    note = {"jsonrpc": "2.0", "method": method, "params": {"requestId": 99, "progressToken": 1, "progress": 1}}
    wire.send(note)
    at_server, at_client = wire.fence()
    assert [json.loads(line) for line in at_server] == ([note] if passes else [])
    assert at_client == []


DENIED_BY_NAME = {
    "setLevel": ("logging/setLevel", {"level": "debug"}, None),
    "tasks/get": ("tasks/get", {"taskId": "t"}, None),
    "tasks/result": ("tasks/result", {"taskId": "t"}, None),
    "tasks/list": ("tasks/list", {}, None),
    "tasks/cancel": ("tasks/cancel", {"taskId": "t"}, None),
    "tasks/update": ("tasks/update", {"taskId": "t", "inputResponses": {}}, None),
    "vendor": ("vendor/x", {}, "no vendors"),
    "listen": ("subscriptions/listen", {"notifications": {}}, None),
    "complete": ("completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "a", "value": "b"}}, None),
    "read": ("resources/read", {"uri": "file:///etc/shadow"}, "not /etc"),
    "read-upper": ("resources/read", {"uri": "FILE:///etc/shadow"}, "not /etc"),
    "read-encoded": ("resources/read", {"uri": "file:///%65tc/shadow"}, "not /etc"),
    "read-dots": ("resources/read", {"uri": "file:///x/../etc/shadow"}, "not /etc"),
    "subscribe": ("resources/subscribe", {"uri": "file:///etc/shadow"}, "not /etc"),
    "prompt": ("prompts/get", {"name": "evil"}, None),
    "task-augmented": ("tools/call", {"name": "danger", "task": {"ttl": 1000}}, "not this one"),
    "approval": ("tools/call", {"name": "asks", "task": {"ttl": 1000}}, "ask first"),
}


@pytest.mark.parametrize("method, params, reason", DENIED_BY_NAME.values(), ids=DENIED_BY_NAME.keys())
def test_denied_by_name(wire_of, method, params, reason):
    """Also what a caller wraps as a task: a JSON-RPC error with our own code, and the decision's data."""
    wire = wire_of(RULED)
    answer = wire.ask(request(method, params))
    assert answer["error"]["code"] == 40301
    assert answer["error"]["data"]["decision"] == "deny"
    assert answer["error"]["data"]["id"] and answer["error"]["data"]["rule"]
    assert reason is None or reason in answer["error"]["message"]


def test_denied_notification_is_dropped(wire_of):
    wire = wire_of(RULED)
    wire.send({"jsonrpc": "2.0", "method": "vendor/x", "params": {}})
    wire.send({"jsonrpc": "2.0", "method": "notifications/x", "params": {"name": "danger"}})
    at_server, at_client = wire.fence()
    assert [json.loads(line)["method"] for line in at_server] == ["notifications/x"]
    assert at_client == []


ASKED = {
    "sampling": ("sampling/createMessage", {"messages": [], "maxTokens": 5}, "no sampling"),
    "sampling-task": ("sampling/createMessage", {"messages": [], "maxTokens": 5, "task": {"ttl": 1}}, "no sampling"),
    "elicitation": ("elicitation/create", {"message": "?", "requestedSchema": {"type": "object", "properties": {}}}, "no questions"),
    "elicitation-url": ("elicitation/create", {"mode": "url", "message": "?", "url": "https://example.com", "elicitationId": "e"}, "no questions"),
    "roots": ("roots/list", None, None),
    "vendor": ("vendor/ask", {}, "no vendors"),
    "tasks": ("tasks/get", {"taskId": "t"}, None),
}


@pytest.mark.parametrize("method, params, reason", ASKED.values(), ids=ASKED.keys())
def test_denied_request_of_the_server(wire_of, method, params, reason):
    """The server is answered, so that it does not hang; the client sees nothing."""
    wire = wire_of(RULED)
    wire.server_send(request(method, params, id="s1"))
    assert wire.server_fence() == []
    answer = wire.server_recv()
    assert answer["id"] == "s1"
    assert answer.get("error") or answer.get("result", {}).get("action") in ("decline", "cancel")
    assert reason is None or reason in json.dumps(answer)


def test_denied_request_of_the_server_is_recorded():
    with harness.Wire(RULED) as wire:
        wire.server_send(request("sampling/createMessage", {"messages": [], "maxTokens": 5}, id=1))
        wire.server_recv()
        assert wire.close() == 0
        decisions = [r for r in wire.records() if r.get("method") == "sampling/createMessage"]
        assert [(d["decision"], d["direction"]) for d in decisions if "decision" in d] == [("deny", "server")]


def test_server_may_ask_by_default(wire_of):
    """`default: deny` is about tools, resources, prompts and unknown methods of the client's side."""
    wire = wire_of('version: "1"\n')
    for method in ("sampling/createMessage", "elicitation/create", "roots/list", "ping", "log"):
        wire.server_send(request(method, {}, id=1))
        assert wire.recv() == request(method, {}, id=1)
        wire.send({"jsonrpc": "2.0", "id": 1, "result": {"x": method}})
        assert wire.server_recv()["result"] == {"x": method}


def test_unknown_method_is_recorded_as_such():
    with harness.Wire('version: "1"\n') as wire:
        wire.passes(request("vendor/new", {"a": 1}))
        assert wire.close() == 0
        assert any(r.get("method") == "vendor/new" and "no published revision" in r.get("note", "") for r in wire.records()), wire.records()


def test_call_before_any_handshake(wire_of):
    wire = wire_of(RULED)
    answer = wire.ask(request("tools/call", {"name": "danger"}))
    assert answer["result"]["isError"] is True
    text = answer["result"]["content"][0]["text"]
    assert text.startswith("[INTERCEPT POLICY DENIED] not this one")
    decision = answer["result"]["_meta"]["dev.intercept/decision"]
    assert decision["decision"] == "deny"
    assert decision["id"] in text
    assert decision["rule"].startswith("tools/danger/rules/")
    assert "resultType" not in answer["result"]


def test_batch_is_refused_in_2025_03_26_too():
    with harness.Wire(RULED) as wire:
        params = {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        wire.passes(request("initialize", params, id=0), {"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}})
        wire.send(json.dumps([request("tools/call", {"name": "danger"}), request("ping", id=8)]))
        at_server, at_client = wire.fence()
        assert at_server == []
        assert [json.loads(line)["error"]["code"] for line in at_client] == [-32600]
