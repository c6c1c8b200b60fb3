"""What a server sends (bypass classes A, B and F): noise does no harm, an unreadable answer becomes an error for its
call, and nothing of it stops the session."""

import json

import pytest

import harness

POLICY = 'version: "1"\nhide: [secret]\n'

NOISE = {
    "text": b"Server listening on port 3000",
    "json-log": b'{"level":"info","msg":"started"}',
    "json-array": b'[{"jsonrpc":"2.0","method":"x"}]',
    "json-number": b"42",
    "empty": b"",
    "spaces": b"   ",
    "ansi": b"\x1b[31mred\x1b[0m",
    "invalid-utf8": b"\xff\xfe\x00garbage",
    "nul": b"\x00\x00",
    "bom": b"\xef\xbb\xbf",
    "open-brackets": b"[" * 100_000,
    "open-braces": b'{"a":' * 100_000,
    "half": b'{"jsonrpc":"2.0","method":"notifications/mess',
    "no-version": b'{"method":"notifications/message","params":{}}',
    "null": b"null",
    "nan": b"NaN",
}


@pytest.mark.parametrize("line", NOISE.values(), ids=NOISE.keys())
def test_noise(wire_of, line):
    """No client ever sees it as a message; the session lives."""
    wire = wire_of(POLICY)
    wire.server_send(line)
    assert wire.server_fence() == []
    assert wire.passes({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}}, {"content": []})


UNREADABLE = {
    "invalid-utf8": b'{"jsonrpc":"2.0","id":1,"result":{"a":"\xff"}}',
    "nan": b'{"jsonrpc":"2.0","id":1,"result":{"a":NaN}}',
    "cut-off": b'{"jsonrpc":"2.0","id":1,"result":{"a":',
    "trailing-comma": b'{"jsonrpc":"2.0","id":1,"result":{"a":1,}}',
    "control": b'{"jsonrpc":"2.0","id":1,"result":{"a":"\x01"}}',
    "bom": b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"result":{}}',
    "result-and-error": b'{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}',
    "error-text": b'{"jsonrpc":"2.0","id":1,"error":"boom"}',
    "too-deep": b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_answer(wire_of, line):
    """An error for that call, once; never silence."""
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
    wire.server_next()
    wire.server_send(line)
    answers = [json.loads(a) for a in wire.server_fence()]
    assert len(answers) == 1
    assert answers[0]["id"] == 1
    assert answers[0]["error"]["message"]
    assert "result" not in answers[0]


def test_lone_surrogate_is_kept_as_its_escape(wire_of):
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
    wire.server_next()
    wire.server_send(b'{"jsonrpc":"2.0","id":1,"result":{"a":"x\\ud800y"}}')
    line = wire.client.next()
    assert b"\\ud800" in line.lower()
    assert json.loads(line)["result"]["a"] == "x\ud800y"


def test_last_of_duplicates_counts(wire_of):
    """As every client would read it; and it is written once."""
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
    wire.server_next()
    wire.server_send(b'{"jsonrpc":"2.0","id":1,"result":{"a":1,"b":2,"a":3}}')
    assert sorted(harness.exact(wire.client.next())[1][2][1][1]) == [("a", ("number", "3")), ("b", ("number", "2"))]


KEPT = {
    "numbers": b'{"a":1.0,"b":1e2,"c":123456789012345678901234567890,"d":-0,"e":1e400}',
    "order": b'{"z":1,"a":2,"m":{"y":1,"b":2}}',
    "unknown": b'{"resultType":"complete","_meta":{"com.example/x":{"a":[]}},"vendor":null}',
    "astral": '{"a":"\U0001f600","b":"\\ud83d\\ude00"}'.encode(),
    "separators": '{"a":"x\u2028y\u2029z\u0085w"}'.encode(),
    "escapes": b'{"a":"\\u0000\\u001f\\/\\b"}',
    "case": b'{"Content":1,"content":[],"CONTENT":2}',
    "structured": b'{"content":[],"structuredContent":[1,{"a":null}],"isError":false}',
}


@pytest.mark.parametrize("result", KEPT.values(), ids=KEPT.keys())
def test_answer_survives(wire_of, result):
    wire = wire_of(POLICY)
    line = b'{"jsonrpc":"2.0","id":1,"result":' + result + b',"x-trace":"t"}'
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
    wire.server_next()
    wire.server_send(line, end=b"\r\n")
    got = wire.client.next()
    assert harness.exact(got) == harness.exact(line)
    assert b"\r" not in got


def test_error_survives(wire_of):
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
    wire.server_next()
    line = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32042, "message": "m", "data": {"elicitations": [{"url": "u"}]}, "x": 1}}
    wire.server_send(line)
    assert wire.recv() == line


def test_error_without_id_passes(wire_of):
    wire = wire_of(POLICY)
    line = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "Parse error"}}
    wire.server_send(line)
    assert [json.loads(a) for a in wire.server_fence()] in ([line], [])


def test_unknown_request_of_the_server_passes(wire_of):
    """@twilio-alpha/mcp sends the request `log`."""
    wire = wire_of(POLICY)
    request = {"jsonrpc": "2.0", "id": 0, "method": "log", "params": {"level": "info", "x": [1]}}
    wire.server_send(request)
    assert wire.recv() == request
    answer = {"jsonrpc": "2.0", "id": 0, "error": {"code": -32601, "message": "Method not found"}}
    wire.send(answer)
    assert wire.server_recv() == answer


def test_unreadable_request_of_the_server_fails_no_call(wire_of):
    """It has the id of a call in flight, but it is the server's own request."""
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
    wire.server_next()
    wire.server_send(b'{"jsonrpc":"2.0","method":"sampling/createMessage","id":1,"params":{"a":NaN}}')
    assert wire.server_fence() == []
    wire.server_send({"jsonrpc": "2.0", "id": 1, "result": {"content": []}})
    lines = []
    while True:
        lines.append(wire.recv())
        if lines[-1].get("id") == 1:
            break
    assert lines[-1]["result"] == {"content": []}


def test_noise_before_and_between(wire_of):
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
    wire.server_next()
    wire.server_send(b'banner\n{"level":30}\n{"jsonrpc":"2.0","id":1,"result":{}}\nbye')
    assert [json.loads(a) for a in wire.server_fence()] == [{"jsonrpc": "2.0", "id": 1, "result": {}}]


def test_oversized_answer():
    """An answer over the limit: an error for its call, and the session goes on."""
    with harness.Wire(POLICY) as wire:
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
        wire.server_next()
        wire.server_send(b'{"jsonrpc":"2.0","id":1,"result":{"a":"', end=b"")
        for _ in range(100):
            wire.server_send(b"x" * (1 << 20), end=b"")
        wire.server_send(b'"}}')
        answers = [json.loads(a) for a in wire.server_fence()]
        assert [a["id"] for a in answers] == [1]
        assert "error" in answers[0]
        assert wire.fence() == ([], [])
