"""What an agent sends and has no single reading is refused and never forwarded (bypass classes A and B), and its
legitimate neighbours pass unharmed. The tool `danger` is denied; every attack tries to have it called."""

import json

import pytest

import harness

POLICY = """
version: "1"
hide: [secret]
tools:
  danger:
    rules: [{name: never, action: deny, reason: "not this one"}]
  read:
    rules: [{name: inside, require: [{path: args.path, op: path_within, value: ["/data"]}]}]
"""

HEAD = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":'
DANGER = b'{"name":"danger","arguments":{}}'
SAFE = b'{"name":"safe","arguments":{}}'
CALL = HEAD + DANGER + b"}"
PING = b'{"jsonrpc":"2.0","id":7,"method":"ping"}'


def call(params):
    return HEAD + params + b"}"


def args(arguments):
    return call(b'{"name":"safe","arguments":' + arguments + b"}")


# name: (line, code, id of the answer as JSON text). -32602 where only the params are at fault.
REFUSED = {
    # duplicate keys, at any depth, spelt with escapes too
    "dup-method": (b'{"jsonrpc":"2.0","id":7,"method":"ping","method":"tools/call","params":' + DANGER + b"}", -32600, "7"),
    "dup-method-first": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + DANGER + b',"method":"ping"}', -32600, "7"),
    "dup-params": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + SAFE + b',"params":' + DANGER + b"}", -32600, "7"),
    "dup-id": (b'{"jsonrpc":"2.0","id":7,"id":8,"method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    "dup-id-escaped": (b'{"jsonrpc":"2.0","id":7,"\\u0069d":8,"method":"tools/call","params":' + SAFE + b"}", -32600, "null"),
    "dup-version": (b'{"jsonrpc":"2.0","jsonrpc":"1.0","id":7,"method":"tools/call","params":' + DANGER + b"}", -32600, "7"),
    "dup-name": (call(b'{"name":"safe","name":"danger","arguments":{}}'), -32600, "7"),
    "dup-name-escaped": (call(b'{"name":"safe","n\\u0061me":"danger","arguments":{}}'), -32600, "7"),
    "dup-arguments": (call(b'{"name":"safe","arguments":{"a":1},"arguments":{"a":2}}'), -32600, "7"),
    "dup-argument": (args(b'{"path":"/data/x","path":"/etc/shadow"}'), -32600, "7"),
    "dup-argument-escaped": (args(b'{"path":"/data/x","p\\u0061th":"/etc/shadow"}'), -32600, "7"),
    "dup-deep": (args(b'{"a":{"b":[{"c":{"d":1,"e":2,"d":3}}]}}'), -32600, "7"),
    "dup-empty-key": (args(b'{"":1,"":2}'), -32600, "7"),
    "dup-astral-escaped": (args('{"\U0001f600":1,"\\ud83d\\ude00":2}'.encode()), -32600, "7"),
    "dup-many-keys": (args(b"{" + b",".join(b'"k%d":1' % i for i in range(500)) + b',"k250":2}'), -32600, "7"),
    "dup-meta": (call(b'{"_meta":{},"name":"safe","_meta":{"progressToken":1}}'), -32600, "7"),
    "dup-in-meta": (call(b'{"name":"safe","_meta":{"progressToken":1,"progressToken":2}}'), -32600, "7"),
    "dup-proto": (args(b'{"__proto__":1,"__proto__":2}'), -32600, "7"),
    # keys that a reader without case would take for others; with Unicode folding too
    "case-method": (b'{"jsonrpc":"2.0","id":7,"method":"ping","Method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    "case-method-only": (b'{"jsonrpc":"2.0","id":7,"Method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    "case-params": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + SAFE + b',"PARAMS":' + DANGER + b"}", -32600, "null"),
    "case-id": (b'{"jsonrpc":"2.0","id":7,"ID":8,"method":"tools/call","params":' + SAFE + b"}", -32600, "null"),
    "case-version": (b'{"JsonRpc":"2.0","id":7,"method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    "case-result": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + SAFE + b',"Result":{}}', -32600, "null"),
    "fold-params": ('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"safe"},"param\u017f":{"name":"danger"}}'.encode(), -32600, "null"),
    "fold-params-escaped": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + SAFE + b',"param\\u017f":' + DANGER + b"}", -32600, "null"),
    "case-name": (call(b'{"name":"safe","Name":"danger","arguments":{}}'), -32602, "7"),
    "nul-name": (call(b'{"name":"safe","name\\u0000":"danger","arguments":{}}'), -32602, "7"),
    "nul-params": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + SAFE + b',"params\\u0000\\u0000":' + DANGER + b"}", -32600, "null"),
    "nul-arguments": (call(b'{"name":"read","arguments":{"path":"/data/x"},"arguments\\u0000":{"path":"/etc/shadow"}}'), -32602, "7"),
    "case-name-only": (call(b'{"NAME":"danger","arguments":{}}'), -32602, "7"),
    "case-arguments": (call(b'{"name":"read","arguments":{"path":"/data/x"},"Arguments":{"path":"/etc/shadow"}}'), -32602, "7"),
    "fold-arguments": (call('{"name":"read","arguments":{"path":"/data/x"},"argument\u017f":{"path":"/etc/shadow"}}'.encode()), -32602, "7"),
    "fold-task": (call('{"name":"safe","tas\u212a":{"ttl":1}}'.encode()), -32602, "7"),
    "case-meta": (call(b'{"name":"safe","_Meta":{"progressToken":1}}'), -32602, "7"),
    "case-request-state": (call(b'{"name":"safe","RequestState":"x"}'), -32602, "7"),
    "case-protocol": (call(b'{"name":"safe","_meta":{"io.modelcontextprotocol/ProtocolVersion":"2026-07-28","io.modelcontextprotocol/protocolVersion":"2025-11-25"}}'), -32602, "7"),
    "case-protocol-prefix": (call(b'{"name":"safe","_meta":{"IO.modelcontextprotocol/protocolVersion":"2026-07-28"}}'), -32602, "7"),
    "fold-protocol-prefix": (call('{"name":"safe","_meta":{"io.modelconte\u017ftprotocol/x":1,"io.modelcontextprotocol/x":1,"io.modelcontextprotocol/X":2}}'.encode()), -32602, "7"),
    # numbers that are none
    "nan": (args(b'{"a":NaN}'), -32700, "7"),
    "infinity": (args(b'{"a":Infinity}'), -32700, "7"),
    "minus-infinity": (args(b'{"a":-Infinity}'), -32700, "7"),
    "plus": (args(b'{"a":+1}'), -32700, "7"),
    "leading-zero": (args(b'{"a":01}'), -32700, "7"),
    "minus-leading-zero": (args(b'{"a":-01}'), -32700, "7"),
    "no-fraction": (args(b'{"a":1.}'), -32700, "7"),
    "no-integer": (args(b'{"a":.5}'), -32700, "7"),
    "no-exponent": (args(b'{"a":1e}'), -32700, "7"),
    "hexadecimal": (args(b'{"a":0x10}'), -32700, "7"),
    "underscore": (args(b'{"a":1_000}'), -32700, None),
    "full-width-digit": (args('{"a":\uff11}'.encode()), -32700, None),
    # leniencies of other readers
    "single-quotes": (call(b"{'name':'danger'}"), -32700, "null"),
    "bare-key": (call(b'{name:"danger"}'), -32700, None),
    "comment-block": (call(b'{"name":"safe"/*,"name":"danger"*/}'), -32700, "null"),
    "comment-line": (call(b'{"name":"safe"//\r,"x":1}'), -32700, "null"),
    "trailing-comma": (call(b'{"name":"danger",}'), -32700, None),
    "trailing-comma-array": (args(b'{"a":[1,]}'), -32700, None),
    "missing-comma": (call(b'{"name":"safe" "x":1}'), -32700, None),
    "python-literals": (args(b'{"a":None,"b":True}'), -32700, "7"),
    "undefined": (args(b'{"a":undefined}'), -32700, "7"),
    # strings
    "lone-high": (call(b'{"name":"danger\\ud800"}'), -32600, "7"),
    "lone-low": (args(b'{"a":"\\udc00"}'), -32600, "7"),
    "surrogates-reversed": (args(b'{"a":"\\ude00\\ud83d"}'), -32600, "7"),
    "high-then-text": (args(b'{"a":"\\ud83d x"}'), -32600, "7"),
    "lone-in-key": (args(b'{"\\ud800":1}'), -32600, "7"),
    "lone-in-method": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call\\ud800","params":' + DANGER + b"}", -32600, "7"),
    "utf8-ff": (args(b'{"a":"\xff"}'), -32700, "7"),
    "utf8-truncated": (args(b'{"a":"\xe2\x82"}'), -32700, "7"),
    "utf8-overlong": (args(b'{"a":"\xc0\xaf"}'), -32700, "7"),
    "utf8-overlong-3": (args(b'{"a":"\xe0\x80\xaf"}'), -32700, "7"),
    "utf8-surrogate": (args(b'{"a":"\xed\xa0\x80"}'), -32700, "7"),
    "utf8-beyond": (args(b'{"a":"\xf4\x90\x80\x80"}'), -32700, "7"),
    "utf8-latin1-name": (call(b'{"name":"d\xe4nger"}'), -32700, "7"),
    "utf8-outside": (b"\xa0" + CALL, -32700, "null"),
    "nul-raw": (call(b'{"name":"danger\x00"}'), -32700, "7"),
    "nul-between": (call(b'{"name":\x00"danger"}'), -32700, None),
    "tab-raw": (args(b'{"a":"x\ty"}'), -32700, "7"),
    "control-raw": (args(b'{"a":"x\x01y"}'), -32700, "7"),
    "escape-unknown": (args(b'{"a":"\\x41"}'), -32700, None),
    "escape-short": (args(b'{"a":"\\u12"}'), -32700, None),
    "escape-end": (args(b'{"a":"\\"}'), -32700, "null"),
    "vertical-tab": (CALL[:1] + b"\x0b" + CALL[1:], -32700, None),
    "form-feed": (CALL[:1] + b"\x0c" + CALL[1:], -32700, None),
    "no-break-space": (CALL[:1] + b"\xc2\xa0" + CALL[1:], -32700, None),
    "bom": (b"\xef\xbb\xbf" + CALL, -32700, None),
    "bom-inside": (CALL[:1] + b"\xef\xbb\xbf" + CALL[1:], -32700, None),
    # extents
    "two-documents": (PING + CALL, -32700, "null"),
    "two-documents-space": (PING + b" " + CALL, -32700, "null"),
    "two-documents-comma": (PING + b"," + CALL, -32700, "null"),
    "trailing-brace": (CALL + b"}", -32700, "null"),
    "trailing-garbage": (CALL + b" x", -32700, "null"),
    "trailing-nul": (CALL + b"\x00", -32700, None),
    "leading-garbage": (b"x" + CALL, -32700, "null"),
    "record-separator": (b"\x1e" + CALL, -32700, "null"),
    "cut-off": (CALL[:-1], -32700, "null"),
    "content-length": (b"Content-Length: 77", -32700, "null"),
    "depth-arguments": (args(b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}"), -32600, "7"),
    "depth-open": (b"[" * 1_000_000, None, "null"),
    "depth-objects": (args(b'{"a":' * 5_000 + b"1" + b"}" * 5_000), -32600, "7"),
    "values": (args(b'{"a":[' + b"1," * 4_000_001 + b"1]}"), -32600, "7"),
    # batches
    "batch": (b"[" + CALL + b"]", -32600, "null"),
    "batch-mixed": (b"[" + PING + b"," + CALL + b"]", -32600, "null"),
    "batch-empty": (b"[]", -32600, "null"),
    "batch-numbers": (b"[1,2]", -32600, "null"),
    # not messages
    "string": (b'"tools/call"', -32600, "null"),
    "number": (b"7", -32600, "null"),
    "null": (b"null", -32600, "null"),
    "empty-object": (b"{}", -32600, "null"),
    "no-version": (b'{"id":7,"method":"tools/call","params":' + DANGER + b"}", -32600, "7"),
    "version-1": (b'{"jsonrpc":"1.0","id":7,"method":"tools/call","params":' + DANGER + b"}", -32600, "7"),
    "version-number": (b'{"jsonrpc":2.0,"id":7,"method":"tools/call","params":' + DANGER + b"}", -32600, "7"),
    "method-empty": (b'{"jsonrpc":"2.0","id":7,"method":"","params":' + DANGER + b"}", -32600, "7"),
    "method-null": (b'{"jsonrpc":"2.0","id":7,"method":null,"params":' + DANGER + b"}", -32600, "7"),
    "method-number": (b'{"jsonrpc":"2.0","id":7,"method":1,"params":' + DANGER + b"}", -32600, "7"),
    "method-array": (b'{"jsonrpc":"2.0","id":7,"method":["tools/call"],"params":' + DANGER + b"}", -32600, "7"),
    "method-and-result": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","result":{},"params":' + DANGER + b"}", -32600, "7"),
    "method-and-error": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","error":{"code":1,"message":""},"params":' + DANGER + b"}", -32600, "7"),
    # ids
    "id-null": (b'{"jsonrpc":"2.0","id":null,"method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    "id-float": (b'{"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    "id-true": (b'{"jsonrpc":"2.0","id":true,"method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    "id-array": (b'{"jsonrpc":"2.0","id":[7],"method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    "id-object": (b'{"jsonrpc":"2.0","id":{"a":7},"method":"tools/call","params":' + DANGER + b"}", -32600, "null"),
    # params and names of the wrong type
    "params-array": (call(b'["danger",{}]'), -32602, "7"),
    "params-string": (call(b'"danger"'), -32602, "7"),
    "params-null": (call(b"null"), -32602, "7"),
    "no-params": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call"}', -32602, "7"),
    "no-name": (call(b"{}"), -32602, "7"),
    "name-null": (call(b'{"name":null}'), -32602, "7"),
    "name-number": (call(b'{"name":7}'), -32602, "7"),
    "name-array": (call(b'{"name":["danger"]}'), -32602, "7"),
    "name-object": (call(b'{"name":{"name":"danger"}}'), -32602, "7"),
    "name-in-proto": (call(b'{"__proto__":{"name":"danger"}}'), -32602, "7"),
    "arguments-array": (call(b'{"name":"read","arguments":["/etc/shadow"]}'), -32602, "7"),
    "arguments-string": (call(b'{"name":"read","arguments":"{\\"path\\":\\"/etc/shadow\\"}"}'), -32602, "7"),
    "arguments-null": (call(b'{"name":"read","arguments":null}'), -32602, "7"),
    "meta-array": (call(b'{"name":"safe","_meta":[]}'), -32602, "7"),
    "uri-array": (b'{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":["file:///etc/shadow"]}}', -32602, "7"),
    "prompt-arguments": (b'{"jsonrpc":"2.0","id":7,"method":"prompts/get","params":{"name":"p","arguments":[]}}', -32602, "7"),
    "completion-no-ref": (b'{"jsonrpc":"2.0","id":7,"method":"completion/complete","params":{"argument":{"name":"a","value":"b"}}}', -32602, "7"),
    "listen-uris": (b'{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":"file:///x"}}}', -32602, "7"),
}


@pytest.mark.parametrize("line, code, id", REFUSED.values(), ids=REFUSED.keys())
def test_refused(wire_of, line, code, id):
    wire = wire_of(POLICY)
    wire.send(line)
    at_server, at_client = wire.fence()
    assert at_server == []
    assert len(at_client) == 1, at_client
    answer = json.loads(at_client[0])
    assert answer["jsonrpc"] == "2.0"
    assert "result" not in answer
    wanted = (-32700, -32600) if code is None else (code,)
    assert answer["error"]["code"] in wanted, answer
    assert answer["error"]["message"], answer
    if id is None:
        assert answer["id"] in (7, None)
    else:
        assert answer["id"] == json.loads(id)


# Messages that come in parts or as notifications: nothing reaches the server; what is said is of no matter.
SWALLOWED = {
    "multi-line": CALL.replace(b",", b",\n"),
    "utf16-le": CALL.decode().encode("utf-16-le"),
    "utf16-be": CALL.decode().encode("utf-16-be"),
    "utf16-bom": CALL.decode().encode("utf-16"),
    "utf32": CALL.decode().encode("utf-32"),
    "gzip": b"\x1f\x8b\x08\x00" + CALL,
    "notification-call": b'{"jsonrpc":"2.0","method":"tools/call","params":' + DANGER + b"}",
    "notification-dup": b'{"jsonrpc":"2.0","method":"notifications/initialized","method":"tools/call","params":' + DANGER + b"}",
    "notification-array-params": b'{"jsonrpc":"2.0","method":"notifications/initialized","params":["danger"]}',
    "answer-and-method": b'{"jsonrpc":"2.0","id":7,"result":{},"Method":"tools/call","params":' + DANGER + b"}",
    "answer-unasked": b'{"jsonrpc":"2.0","id":7,"result":{"name":"danger"}}',
    "answer-error-unasked": b'{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}}',
    "answer-both": b'{"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":"x"}}',
    "answer-no-id": b'{"jsonrpc":"2.0","result":{}}',
}


@pytest.mark.parametrize("line", SWALLOWED.values(), ids=SWALLOWED.keys())
def test_swallowed(wire_of, line):
    wire = wire_of(POLICY)
    wire.send(line)
    at_server, at_client = wire.fence()
    assert at_server == []
    for answer in map(json.loads, at_client):
        assert "error" in answer


def test_unfinished_last_line():
    with harness.Wire(POLICY) as wire:
        wire.send(CALL, end=b"")
        assert wire.close() == 0
        assert wire.server.rest() == []


def test_carriage_returns_never_reach_the_server(wire_of):
    """One message for JSON, three lines for a reader with universal newlines."""
    wire = wire_of(POLICY)
    wire.send(b'{"jsonrpc":"2.0","id":7,"method":"x/y","params":{"x":\r' + CALL + b"\r}}")
    seen = wire.server_next()
    assert b"\r" not in seen
    assert json.loads(seen)["method"] == "x/y"
    wire.server_send({"jsonrpc": "2.0", "id": 7, "result": {}})
    assert wire.recv() == {"jsonrpc": "2.0", "id": 7, "result": {}}


# Legitimate neighbours: all reach the server with the same meaning, as one line.
NEIGHBOURS = {
    "plain": args(b'{"a":1}'),
    "carriage-return-end": args(b'{"a":1}') + b"\r",
    "spaces": b" \t " + args(b' { "a" : [ 1 , 2 ] } ') + b" \t\r",
    "numbers": args(b'{"a":1.0,"b":1e2,"c":1E+2,"d":-0,"e":-0.0,"f":0.1000,"g":100000000000000000000}'),
    "number-2-53": args(b'{"a":9007199254740993,"b":-9223372036854775809,"c":18446744073709551616}'),
    "number-30-digits": args(b'{"a":123456789012345678901234567890,"b":0.123456789012345678901234567890}'),
    "number-huge": args(b'{"a":1e400,"b":-1e-400,"c":1e999999999999}'),
    "astral": args('{"a":"\U0001f600\U0010ffff","\U0001d11e":1}'.encode()),
    "astral-escaped": args(b'{"a":"\\ud83d\\ude00","\\uD834\\uDD1E":1}'),
    "escapes": args(b'{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f","b\\u0062":"\\u00e9"}'),
    "method-escaped": b'{"jsonrpc":"2.0","id":7,"method":"tools\\/c\\u0061ll","params":' + SAFE + b"}",
    "line-separators": args('{"a":"x\u2028y\u2029z\u0085w"}'.encode()),
    "path-and-Path": args(b'{"Path":"a","path":"b","PATH":"c"}'),
    "free-map-case": args(b'{"map":{"Key":1,"key":2,"KEY":3}}'),
    "free-map-deep-names": args(b'{"map":{"Name":1,"name":2,"Method":3,"method":4,"id":5,"ID":6}}'),
    "nfc-nfd": args('{"\u00e9":1,"e\u0301":2}'.encode()),
    "empty-key": args(b'{"":{"":[]}}'),
    "proto": args(b'{"__proto__":{"name":"danger"},"constructor":{"prototype":1}}'),
    "unknown-envelope-key": b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + SAFE + b',"x-trace":{"a":1}}',
    "unknown-param": call(b'{"name":"safe","arguments":{},"vendor":{"Name":"x"}}'),
    "meta": call(b'{"name":"safe","_meta":{"progressToken":"t","com.example/X":1,"com.example/x":2,"traceparent":"00-1"}}'),
    "no-arguments": call(b'{"name":"safe"}'),
    "order": b'{"params":' + SAFE + b',"method":"tools/call","id":7,"jsonrpc":"2.0"}',
    "depth-100": args(b'{"a":' + b"[" * 100 + b"]" * 100 + b"}"),
    "keys-1000": args(b"{" + b",".join(b'"k%d":%d' % (i, i) for i in range(1000)) + b"}"),
    "key-1-MiB": args(b'{"' + b"k" * (1 << 20) + b'":1}'),
    "values-100000": args(b'{"a":[' + b",".join(b"%d" % i for i in range(100_000)) + b"]}"),
    "bidi-and-zero-width": args('{"a":"\u202etxt.exe\u200b\ufeff"}'.encode()),
    "ruled-path": call(b'{"name":"read","arguments":{"path":"/data/./x"}}'),
    "dots-in-name": call(b'{"name":"a.b/c:d","arguments":{}}'),
}


@pytest.mark.parametrize("line", NEIGHBOURS.values(), ids=NEIGHBOURS.keys())
def test_neighbour_passes(wire_of, line):
    wire = wire_of(POLICY)
    wire.send(line)
    seen = wire.server_next()
    assert harness.exact(seen) == harness.exact(line)
    text = seen.decode()
    assert not any(c < " " or c in "\u0085\u2028\u2029" for c in text)
    wire.server_send({"jsonrpc": "2.0", "id": 7, "result": {"content": []}})
    assert wire.recv()["id"] == 7


def test_blank_lines_are_white_space(wire_of):
    wire = wire_of(POLICY)
    wire.send(b"\n\r\n  \t\r\n")
    assert wire.fence() == ([], [])


def test_two_lines_in_one_write(wire_of):
    wire = wire_of(POLICY)
    wire.send(b'{"jsonrpc":"2.0","method":"notifications/a"}\r\n{"jsonrpc":"2.0","method":"notifications/b"}')
    at_server, _ = wire.fence()
    assert [json.loads(line)["method"] for line in at_server] == ["notifications/a", "notifications/b"]


def test_a_line_in_many_writes(wire_of):
    wire = wire_of(POLICY)
    line = args(b'{"a":"\xf0\x9f\x98\x80"}')
    for i in range(len(line)):
        wire.send(line[i : i + 1], end=b"")
    wire.send(b"")
    assert harness.exact(wire.server_next()) == harness.exact(line)
    wire.server_send({"jsonrpc": "2.0", "id": 7, "result": {}})
    assert wire.recv()["id"] == 7


def test_blob_of_8_MiB_both_ways(wire_of):
    wire = wire_of(POLICY)
    blob = b"QUJD" * (2 << 20)
    wire.send(args(b'{"blob":"' + blob + b'"}'))
    assert json.loads(wire.server_next())["params"]["arguments"]["blob"].encode() == blob
    wire.server_send(b'{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"' + blob + b'"}]}}')
    assert wire.recv()["result"]["content"][0]["text"].encode() == blob


def test_line_of_64_MiB_both_ways():
    with harness.Wire(POLICY) as wire:
        blob = b"x" * ((64 << 20) - 200)
        wire.send(args(b'{"blob":"' + blob + b'"}'))
        assert wire.server_next().count(b"x") >= len(blob)
        wire.server_send(b'{"jsonrpc":"2.0","id":7,"result":{"blob":"' + blob + b'"}}')
        assert len(wire.client.next()) > len(blob)
        assert wire.fence() == ([], [])


def test_line_without_end_is_refused():
    """Over the limit: an error names it, nothing of the line is forwarded, and the session goes on."""
    with harness.Wire(POLICY) as wire:
        head = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"safe","arguments":{"a":"'
        wire.send(head, end=b"")
        for _ in range(100):
            wire.send(b"x" * (1 << 20), end=b"")
        wire.send(b'"}}}')
        at_server, at_client = wire.fence()
        assert at_server == []
        assert [json.loads(line)["error"]["code"] for line in at_client] == [-32600]


def test_wire_errors_are_recorded():
    with harness.Wire(POLICY) as wire:
        wire.ask(REFUSED["dup-name"][0])
        wire.ask(CALL)
        assert wire.close() == 0
        text = json.dumps(wire.records())
        assert "never" in text and "danger" in text
        assert any(r.get("decision") in ("error", "deny") and r.get("reason") == "wire" for r in wire.records()) or any(
            "duplicate" in json.dumps(r) for r in wire.records()
        )


LOOK_ALIKES = {
    "case": b'{"name":"read","arguments":{"path":"/data/x","Path":"/etc/shadow"}}',
    "case-first": b'{"name":"read","arguments":{"PATH":"/etc/shadow","path":"/data/x"}}',
    "case-only": b'{"name":"read","arguments":{"Path":"/etc/shadow"}}',
    "escaped": b'{"name":"read","arguments":{"path":"/data/x","P\\u0061th":"/etc/shadow"}}',
}


@pytest.mark.parametrize("params", LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_argument_that_looks_like_a_ruled_one(wire_of, params):
    """The rule reads args.path; a server without case would read the other."""
    answer = wire_of(POLICY).ask(call(params))
    assert "error" in answer or answer["result"]["isError"] is True


def test_argument_that_looks_like_one_of_the_schema():
    """The tool's schema names `confirm`, and required_args rules by it; `Confirm` beside it has two readings."""
    tools = [{"name": "act", "inputSchema": {"type": "object", "properties": {"confirm": {"type": "boolean"}}, "required": ["confirm"]}}]

    def answer(message):
        if message.get("method") == "tools/list":
            return [{"jsonrpc": "2.0", "id": message["id"], "result": {"tools": tools}}]
        return None

    policy = 'version: "1"\ntools: {act: {rules: [{validate: {required_args: true}}]}}\n'
    with harness.Wire(policy, answer=answer) as wire:
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert wire.recv()["result"]["tools"] == tools
        for arguments in ('{"confirm":false,"Confirm":true}', '{"CONFIRM":true}', '{"con\\u0066irm":true,"confIrm":1}', '{"con\ufb01rm":1}'):
            refused = wire.ask(call(b'{"name":"act","arguments":' + arguments.encode() + b"}"))
            assert "error" in refused or refused["result"]["isError"] is True
        wire.passes(call(b'{"name":"act","arguments":{"confirm":true,"other":1,"Other":2}}'), {"content": []})
