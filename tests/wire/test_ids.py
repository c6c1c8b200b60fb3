"""Ids: kept as they came, correlated by value, each direction for itself (bypass classes A, C and F)."""

import json

import pytest

import harness

POLICY = 'version: "1"\ntools: {danger: {rules: [{action: deny}]}}\n'


def request(id_text, method="x/y"):
    return b'{"jsonrpc":"2.0","id":%s,"method":"%s"}' % (id_text.encode(), method.encode())


SPELT = {
    "one": "1",
    "text-one": '"1"',
    "zero": "0",
    "negative": "-1",
    "text-empty": '""',
    "one-point-zero": "1.0",
    "exponent": "1e2",
    "beyond-2-53": "9007199254740993",
    "30-digits": "123456789012345678901234567890",
    "text-escaped": '"\\u0031\\ud83d\\ude00"',
    "text-quote": '"a\\"b"',
    "text-long": '"' + "x" * 10_000 + '"',
}


@pytest.mark.parametrize("id_text", SPELT.values(), ids=SPELT.keys())
def test_spelling_survives(wire_of, id_text):
    """The server reads the id as it was spelt, and the client gets its own spelling back, from a denial too."""
    wire = wire_of(POLICY)
    wire.send(request(id_text))
    seen = wire.server_next()
    assert harness.exact(seen) == harness.exact(request(id_text))
    wire.server_send(b'{"jsonrpc":"2.0","id":%s,"result":{"ok":true}}' % id_text.encode())
    answer = wire.client.next()
    assert harness.exact(answer) == harness.exact(b'{"jsonrpc":"2.0","id":%s,"result":{"ok":true}}' % id_text.encode())
    wire.send(b'{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"danger"}}' % id_text.encode())
    at_server, at_client = wire.fence()
    assert at_server == []
    members = dict(harness.exact(at_client[0])[1])
    assert members["id"] == harness.exact(id_text)


@pytest.mark.parametrize("sent, answered", [("1.0", "1"), ("1e2", "100"), ("100", "1e2"), ('"\\u0041"', '"A"')])
def test_same_value_in_other_spelling(wire_of, sent, answered):
    """Servers write numbers anew: 1.0 comes back as 1. It is the same id."""
    wire = wire_of(POLICY)
    wire.send(request(sent))
    wire.server_next()
    wire.server_send(b'{"jsonrpc":"2.0","id":%s,"result":{}}' % answered.encode())
    assert wire.recv()["result"] == {}


def test_number_and_text_are_different(wire_of):
    wire = wire_of(POLICY)
    wire.send(request("1"))
    wire.send(request('"1"'))
    assert [wire.server_recv()["id"] for _ in "12"] == [1, "1"]
    wire.server_send({"jsonrpc": "2.0", "id": "1", "result": {"of": "text"}})
    wire.server_send({"jsonrpc": "2.0", "id": 1, "result": {"of": "number"}})
    assert wire.recv() == {"jsonrpc": "2.0", "id": "1", "result": {"of": "text"}}
    assert wire.recv() == {"jsonrpc": "2.0", "id": 1, "result": {"of": "number"}}


@pytest.mark.parametrize("first, second", [("5", "5"), ("5", "5.0"), ("100", "1e2"), ('"a"', '"\\u0061"')])
def test_duplicate_in_flight(wire_of, first, second):
    """Not forwarded, and never answered with that id: an answer would settle the wrong call."""
    wire = wire_of(POLICY)
    wire.send(request(first))
    wire.server_next()
    wire.send(request(second))
    wire.send(b'{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"danger"}}' % second.encode())
    at_server, at_client = wire.fence()
    assert at_server == []
    for answer in map(json.loads, at_client):
        assert answer["id"] is None and "error" in answer
    wire.server_send(b'{"jsonrpc":"2.0","id":%s,"result":{"of":"first"}}' % first.encode())
    assert wire.recv()["result"] == {"of": "first"}
    wire.send(request(second))
    assert wire.server_recv()["method"] == "x/y"
    wire.server_send(b'{"jsonrpc":"2.0","id":%s,"result":{}}' % second.encode())
    assert "result" in wire.recv()


def test_reuse_after_an_answer(wire_of):
    wire = wire_of(POLICY)
    for i in range(3):
        assert wire.passes({"jsonrpc": "2.0", "id": 9, "method": "x/y"}, {"i": i})["result"] == {"i": i}


def test_directions_are_apart(wire_of):
    """Both sides number their requests from the same start."""
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "x/y"})
    wire.server_next()
    wire.server_send({"jsonrpc": "2.0", "id": 1, "method": "roots/list"})
    assert wire.recv()["method"] == "roots/list"
    wire.send({"jsonrpc": "2.0", "id": 1, "result": {"roots": []}})
    assert wire.server_recv() == {"jsonrpc": "2.0", "id": 1, "result": {"roots": []}}
    wire.server_send({"jsonrpc": "2.0", "id": 1, "result": {"mine": 1}})
    assert wire.recv()["result"] == {"mine": 1}


def test_answer_to_the_server_only_once(wire_of):
    wire = wire_of(POLICY)
    wire.server_send({"jsonrpc": "2.0", "id": "s", "method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 1}})
    assert wire.recv()["id"] == "s"
    wire.send({"jsonrpc": "2.0", "id": "other", "result": {}})
    wire.send({"jsonrpc": "2.0", "id": "s", "result": {"model": "m"}})
    wire.send({"jsonrpc": "2.0", "id": "s", "result": {"model": "again"}})
    at_server, at_client = wire.fence()
    assert [json.loads(line) for line in at_server] == [{"jsonrpc": "2.0", "id": "s", "result": {"model": "m"}}]
    assert at_client == []


def test_unasked_answers_are_recorded():
    with harness.Wire(POLICY) as wire:
        wire.send({"jsonrpc": "2.0", "id": 77, "result": {}})
        assert wire.fence() == ([], [])
        assert wire.close() == 0
        assert any(r.get("what") == "unknown_answer" and r.get("direction") == "client" for r in wire.records()), wire.records()


def test_answer_twice_and_unknown_from_the_server(wire_of):
    """Late, double and unknown answers of a server never answer something else, and do no harm."""
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 3, "method": "x/y"})
    wire.server_next()
    wire.server_send({"jsonrpc": "2.0", "id": 4, "result": {"wrong": 1}})
    wire.server_send({"jsonrpc": "2.0", "id": "3", "result": {"wrong": 2}})
    wire.server_send({"jsonrpc": "2.0", "id": 3, "result": {"right": 1}})
    wire.server_send({"jsonrpc": "2.0", "id": 3, "result": {"wrong": 3}})
    answers = [json.loads(line) for line in wire.server_fence()]
    mine = [a for a in answers if a["id"] == 3 and not isinstance(a["id"], str)]
    assert mine[0]["result"] == {"right": 1}
    wire.send({"jsonrpc": "2.0", "id": 3, "method": "x/y"})
    wire.server_next()
    wire.server_send({"jsonrpc": "2.0", "id": 3, "result": {"right": 2}})
    assert {"jsonrpc": "2.0", "id": 3, "result": {"right": 2}} in [json.loads(line) for line in wire.server_fence()]


def test_own_ids_do_not_collide(wire_of):
    """The prefix of Intercept's own requests is nothing that a client may not use."""
    wire = wire_of(POLICY)
    assert wire.passes({"jsonrpc": "2.0", "id": "intercept:1:1", "method": "x/y"}, {"a": 1})["result"] == {"a": 1}


def test_cancellation(wire_of):
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": "long", "method": "tools/call", "params": {"name": "long", "_meta": {"progressToken": 5}}})
    wire.server_next()
    wire.server_send({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 5, "progress": 0.5}})
    assert wire.recv()["params"] == {"progressToken": 5, "progress": 0.5}
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "long", "reason": "enough"}}
    wire.send(cancelled)
    assert wire.server_recv() == cancelled
    assert wire.fence() == ([], [])


@pytest.mark.parametrize("answer", ['"result":{"late":1}', '"error":{"code":-32800,"message":"cancelled"}'], ids=["result", "error"])
def test_late_answer_to_a_cancelled_call(wire_of, answer):
    """It frees the id, and settles nothing that came after."""
    wire = wire_of(POLICY)
    wire.send(request("6"))
    wire.server_next()
    wire.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 6}})
    wire.server_next()
    wire.server_send(b'{"jsonrpc":"2.0","id":6,%s}' % answer.encode())
    wire.server_fence()
    assert wire.passes({"jsonrpc": "2.0", "id": 6, "method": "x/y"}, {"new": 1})["result"] == {"new": 1}


def test_cancellation_by_the_server(wire_of):
    wire = wire_of(POLICY)
    wire.server_send({"jsonrpc": "2.0", "id": 8, "method": "elicitation/create", "params": {"message": "?", "requestedSchema": {"type": "object", "properties": {}}}})
    assert wire.recv()["id"] == 8
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 8}}
    wire.server_send(cancelled)
    assert wire.recv() == cancelled
