"""Bodies that have more than one reading, over HTTP (bypass classes A, B, C): codings, media types, character sets, JSON
that parsers differ about. Whatever is sent, no call that the policy refuses arrives at the server."""

import gzip
import json
import zlib

import pytest

import played
from attacks import Post, Stage, call, with_body
from raw_http import Connection


@pytest.fixture(scope="module")
def stage():
    made = Stage()
    yield made
    made.close()


CODED = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda b: b,
    "zstd": lambda b: b,
    "gzip, identity": gzip.compress,
    "aes128gcm": lambda b: b,
    "": gzip.compress,
}


@pytest.mark.parametrize("coding", CODED, ids=repr)
def test_coded_bodies(stage, coding):
    """Refused with 415 whatever they hold: nobody could say what a server would make of them."""
    post = with_body(Post(stage.port, call("danger")), CODED[coding](json.dumps(call("danger")).encode()))
    response = stage.refuses(post.add(("Content-Encoding", coding)).bytes(), closes=False)
    assert response.status == 415 or not coding


def test_a_body_that_is_compressed_and_does_not_say_so(stage):
    stage.refuses(with_body(Post(stage.port), gzip.compress(json.dumps(call("danger")).encode())).bytes(), closes=False)


TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json-rpc", "text/json", "application/json, text/plain", "application/jsonx", "application/octet-stream", "application/vnd.api+json", "", "application/json; charset=utf-16", "application/json; charset=utf-7", "application/json;charset=\"utf-16le\"", "application/json; charset=utf-8; charset=utf-16", None]


@pytest.mark.parametrize("media", TYPES, ids=repr)
def test_content_types(stage, media):
    """The body is judged under every one of them; what is passed on is called JSON in UTF-8."""
    post = Post(stage.port, call("danger"))
    stage.judged((post.without("Content-Type") if media is None else post.set("Content-Type", media)).bytes())
    before = len(stage.server.requests)
    post = Post(stage.port)
    with Connection(stage.port) as connection:
        connection.send((post.without("Content-Type") if media is None else post.set("Content-Type", media)).bytes())
        connection.response()
    stage.fence()
    for request in stage.server.requests[before:]:
        assert request.get("Content-Type").lower().replace(" ", "") in ("application/json", "application/json;charset=utf-8")


def danger(text):
    """JSON text with NAME for the tool's name."""
    meta = json.dumps(played.META)
    return text.replace("META", meta).encode("utf-8", "surrogatepass")


CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"danger","arguments":{},"_meta":META}}'
ECHO = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x"},"_meta":META}}'
BODIES = {
    "batch": danger(f"[{CALL}]"),
    "batch-of-two": danger(f"[{ECHO},{CALL}]"),
    "batch-nested": danger(f"[[{ECHO}],{CALL}]"),
    "empty-batch": b"[]",
    "two-documents": danger(ECHO + CALL),
    "two-lines": danger(ECHO + "\n" + CALL),
    "two-lines-cr": danger(ECHO + "\r" + CALL),
    "duplicate-name": danger(ECHO.replace('"name":"echo"', '"name":"echo","name":"danger"')),
    "duplicate-escaped": danger(ECHO.replace('"name":"echo"', '"name":"echo","n\\u0061me":"danger"')),
    "duplicate-method": danger(CALL.replace('"method":"tools/call"', '"method":"tools/call","method":"ping"')),
    "duplicate-params": danger(ECHO[:-1] + ',"params":{"name":"danger","_meta":META}}'),
    "case-name": danger(ECHO.replace('"name":"echo"', '"name":"echo","Name":"danger"')),
    "case-params": danger(ECHO[:-1] + ',"Params":{"name":"danger"}}'),
    "long-s": danger(ECHO[:-1] + ',"param\u017f":{"name":"danger"}}'),
    "nan": danger(CALL.replace('"arguments":{}', '"arguments":{"a":NaN}')),
    "infinity": danger(CALL.replace('"arguments":{}', '"arguments":{"a":-Infinity}')),
    "comment": danger(CALL.replace('"id"', '/*x*/"id"')),
    "trailing-comma": danger(CALL[:-1] + ",}"),
    "single-quotes": danger(CALL.replace('"danger"', "'danger'")),
    "bom": b"\xef\xbb\xbf" + danger(CALL),
    "utf-16": danger(CALL).decode().encode("utf-16"),
    "utf-16-le": danger(CALL).decode().encode("utf-16-le"),
    "utf-32": danger(CALL).decode().encode("utf-32"),
    "overlong": danger(CALL).replace(b"danger", b"d\xc1\xa1nger"),
    "bad-utf-8": danger(ECHO).replace(b'"x"', b'"\xff"'),
    "lone-surrogate": danger(ECHO).replace(b'"x"', b'"\\ud800"'),
    "raw-surrogate": danger(ECHO).replace(b'"x"', b'"\xed\xa0\x80"'),
    "nul": danger(CALL) + b"\0",
    "control-in-string": danger(ECHO).replace(b'"x"', b'"a\nb"'),
    "deep": danger(ECHO).replace(b'"x"', b"[" * 100_000 + b"]" * 100_000),
    "empty": b"",
    "null": b"null",
    "string": b'"tools/call"',
    "form": b"jsonrpc=2.0&method=tools/call&name=danger",
    "event": b"data: " + danger(CALL) + b"\n\n",
    "multipart": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + danger(CALL) + b"\r\n--x--\r\n",
    "id-null": danger(CALL.replace('"id":1', '"id":null')),
    "id-object": danger(CALL.replace('"id":1', '"id":{}')),
    "params-array": danger(CALL.replace('"params":{', '"params":[{').replace("META}}", "META}]}")),
    "version-1": danger(CALL.replace('"jsonrpc":"2.0"', '"jsonrpc":"1.0"')),
}


@pytest.mark.parametrize("case", BODIES)
def test_bodies(stage, case):
    post = Post(stage.port, call("danger" if case not in ("bad-utf-8", "lone-surrogate", "raw-surrogate", "control-in-string", "deep") else "echo"))
    response = stage.refuses(with_body(post, BODIES[case]).bytes(), closes=False)
    assert response.status in (400, 413), response
    assert "error" in response.json(), response


@pytest.mark.parametrize("case", BODIES)
def test_bodies_of_a_session(stage, case):
    """The same in the older era, where header fields say nothing about the body."""
    with_session = session(stage)
    post = Post(stage.port).without("Mcp-Method", "Mcp-Name").set("MCP-Protocol-Version", "2025-11-25").add(("Mcp-Session-Id", with_session))
    body = BODIES[case].replace(json.dumps(played.META).encode(), b"{}")
    before = len(stage.server.raw)
    with Connection(stage.port) as connection:
        connection.send(with_body(post, body).bytes())
        response = connection.response()
    assert response.status in (400, 413), response
    stage.fence()
    assert b"danger" not in stage.server.raw[before:]


SESSIONS = {}


def session(stage):
    """A session of the older era, made once."""
    if stage.port not in SESSIONS:
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}).encode()
        post = with_body(Post(stage.port).without("Mcp-Method", "Mcp-Name", "MCP-Protocol-Version"), body)
        with Connection(stage.port) as connection:
            connection.send(post.bytes())
            SESSIONS[stage.port] = connection.response().get("Mcp-Session-Id")
    return SESSIONS[stage.port]
