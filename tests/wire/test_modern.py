"""2026-07-28 on stdio: _meta on every request, input_required and continuations, subscriptions/listen (class C)."""

import json

import pytest

import harness

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {"sampling": {}, "elicitation": {}},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
POLICY = """
version: "1"
methods:
  sampling/createMessage: {rules: [{action: deny, reason: "no sampling"}]}
tools:
  danger: {rules: [{action: deny, reason: "not this one"}]}
  twice:
    rules: [{name: two, rate_limit: {max: 2, window: 3600}}]
"""
ELICIT = {"method": "elicitation/create", "params": {"message": "?", "requestedSchema": {"type": "object", "properties": {}}}}
SAMPLE = {"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 1}}


def call(name, id=1, arguments=None, **more):
    params = {"_meta": META, "name": name, "arguments": arguments or {}, **more}
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}


def required(wire, message, state="s-1", requests=None):
    """Sends a call that the server answers with input_required; gives what the client gets."""
    result = {"resultType": "input_required", "inputRequests": requests or {"q": ELICIT}}
    if state is not None:
        result["requestState"] = state
    return wire.passes(message, result)


def refused(answer):
    return answer["result"]["isError"] is True and answer["result"]["content"][0]["text"]


def test_denial_is_a_complete_result(wire_of):
    answer = wire_of(POLICY).ask(call("danger"))
    assert answer["result"]["resultType"] == "complete"
    assert "not this one" in refused(answer)


def test_denied_before_discovery(wire_of):
    with harness.Wire(POLICY) as wire:
        assert "not this one" in refused(wire.ask(call("danger")))


def test_discover_is_the_servers_to_answer(wire_of):
    wire = wire_of(POLICY)
    request = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": META}}
    error = {"code": -32601, "message": "Method not found"}
    wire.send(request)
    assert wire.server_recv() == request
    wire.server_send({"jsonrpc": "2.0", "id": 1, "error": error})
    assert wire.recv() == {"jsonrpc": "2.0", "id": 1, "error": error}


def test_input_required_passes_untouched(wire_of):
    wire = wire_of(POLICY)
    state = "opaque \u00e9 \U0001f600 \\ \" \x7f" + "x" * 10_000
    answer = required(wire, call("ask"), state, {"q": ELICIT, "r": {"method": "roots/list"}})
    assert answer["result"] == {"resultType": "input_required", "inputRequests": {"q": ELICIT, "r": {"method": "roots/list"}}, "requestState": state}
    again = call("ask", 2, inputResponses={"q": {"action": "accept", "content": {}}, "r": {"roots": []}}, requestState=state)
    wire.send(again)
    assert wire.server_recv() == again
    wire.server_send({"jsonrpc": "2.0", "id": 2, "result": {"resultType": "complete", "content": []}})
    assert wire.recv()["result"] == {"resultType": "complete", "content": []}


def test_denied_method_inside_input_required(wire_of):
    """The client's model is not asked: the call ends with a denial."""
    wire = wire_of(POLICY)
    answer = required(wire, call("ask"), "s", {"ok": ELICIT, "bad": SAMPLE})
    text = json.dumps(answer)
    assert "no sampling" in text
    assert "inputRequests" not in text
    assert "createMessage" not in json.dumps(answer.get("result", {}).get("inputRequests", {}))


@pytest.mark.parametrize("method", ["resources/read", "prompts/get"])
def test_denied_method_inside_other_results(wire_of, method):
    wire = wire_of(POLICY)
    params = {"_meta": META, **({"uri": "x:y"} if method == "resources/read" else {"name": "p"})}
    answer = required(wire, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, "s", {"bad": SAMPLE})
    assert answer["error"]["code"] == 40301
    assert "no sampling" in answer["error"]["message"]


def fresh():
    return harness.Wire(POLICY)


def test_continuations_are_not_charged_again():
    with fresh() as wire:
        for call_number in range(2):
            state = f"state-{call_number}"
            required(wire, call("twice", 10), state)
            for step in range(5):
                required(wire, call("twice", 11 + step, inputResponses={"q": {}}, requestState=state), state + f".{step}")
                state += f".{step}"
            wire.passes(call("twice", 30, inputResponses={"q": {}}, requestState=state), {"resultType": "complete", "content": []})
        assert "Rate limit" in refused(wire.ask(call("twice", 40)))


CHARGED = {
    "other-arguments": dict(arguments={"a": 2}, inputResponses={"q": {}}, requestState="s"),
    "made-up-state": dict(arguments={"a": 1}, inputResponses={"q": {}}, requestState="made up"),
    "no-state": dict(arguments={"a": 1}, inputResponses={"other": {}}),
    "plain-repeat": dict(arguments={"a": 1}),
}


@pytest.mark.parametrize("retry", CHARGED.values(), ids=CHARGED.keys())
def test_what_is_no_continuation_is_a_new_call(retry):
    with fresh() as wire:
        required(wire, call("twice", 1, {"a": 1}), "s")
        wire.passes(call("twice", 2, **retry), {"resultType": "complete", "content": []})
        assert "Rate limit" in refused(wire.ask(call("twice", 3, {"a": 1})))


def test_state_is_used_once():
    with fresh() as wire:
        required(wire, call("twice", 1), "s")
        for id in (2, 3):  # the first continues, the second is charged
            wire.passes(call("twice", id, inputResponses={"q": {}}, requestState="s"), {"resultType": "complete", "content": []})
        assert "Rate limit" in refused(wire.ask(call("twice", 4, inputResponses={"q": {}}, requestState="s")))


def test_state_of_another_tool():
    with fresh() as wire:
        required(wire, call("other", 1), "s")
        for id in (2, 3):
            wire.passes(call("twice", id, inputResponses={"q": {}}, requestState="s"), {"resultType": "complete", "content": []})
        assert "Rate limit" in refused(wire.ask(call("twice", 4)))


def test_without_state_the_keys_count():
    with fresh() as wire:
        required(wire, call("twice", 1), None)
        wire.passes(call("twice", 2, inputResponses={"q": {}}), {"resultType": "complete", "content": []})
        wire.passes(call("twice", 3), {"resultType": "complete", "content": []})
        assert "Rate limit" in refused(wire.ask(call("twice", 4)))


def test_at_most_16_continuations_a_charge():
    with fresh() as wire:
        required(wire, call("twice", 1), "s0")
        for step in range(16):
            required(wire, call("twice", 2 + step, inputResponses={"q": {}}, requestState=f"s{step}"), f"s{step + 1}")
        required(wire, call("twice", 18, inputResponses={"q": {}}, requestState="s16"), "t0")  # the 17th: a new call
        assert "Rate limit" in refused(wire.ask(call("twice", 20)))


def test_continuation_of_a_denied_tool_is_ruled_again():
    with fresh() as wire:
        assert "not this one" in refused(wire.ask(call("danger", 1, inputResponses={"q": {}}, requestState="s")))


def test_listen(wire_of):
    """The subscription's id is the listen request's: type and value survive."""
    wire = wire_of(POLICY)
    for id in (101, "101"):
        listen = {"jsonrpc": "2.0", "id": id, "method": "subscriptions/listen", "params": {"_meta": META, "notifications": {"toolsListChanged": True}}}
        wire.send(listen)
        assert wire.server_recv() == listen
        about = {"io.modelcontextprotocol/subscriptionId": id}
        for method in ("notifications/subscriptions/acknowledged", "notifications/tools/list_changed"):
            note = {"jsonrpc": "2.0", "method": method, "params": {"_meta": about}}
            wire.server_send(note)
            assert wire.recv() == note
        assert wire.passes({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {"_meta": META}}, {"tools": []})["result"] == {"tools": []}
        cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}
        wire.send(cancelled)
        assert wire.server_recv() == cancelled


def test_listen_ends_with_a_result(wire_of):
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {"_meta": META, "notifications": {}}})
    wire.server_next()
    end = {"jsonrpc": "2.0", "id": 1, "result": {"resultType": "complete", "_meta": {"io.modelcontextprotocol/subscriptionId": 1}}}
    wire.server_send(end)
    assert wire.recv() == end


def test_task_result_passes(wire_of):
    wire = wire_of(POLICY)
    result = {"resultType": "task", "taskId": "t1", "status": "working", "ttlMs": 1000, "pollIntervalMs": 10}
    assert wire.passes(call("slow"), result)["result"] == result
    wire.send({"jsonrpc": "2.0", "id": 2, "method": "tasks/get", "params": {"_meta": META, "taskId": "t1"}})
    wire.server_next()
    done = {"resultType": "complete", "taskId": "t1", "status": "completed", "result": {"content": []}}
    wire.server_send({"jsonrpc": "2.0", "id": 2, "result": done})
    assert wire.recv()["result"] == done


def test_version_downgrade_changes_no_rule(wire_of):
    """Whatever revision a message claims, the same rules hold."""
    wire = wire_of(POLICY)
    for version in ("2024-11-05", "2025-03-26", "2026-07-28", "2099-01-01", "", "nonsense"):
        message = call("danger")
        message["params"]["_meta"] = {"io.modelcontextprotocol/protocolVersion": version}
        assert "not this one" in refused(wire.ask(message))
