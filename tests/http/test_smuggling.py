"""Request smuggling and framing over HTTP, on raw sockets (bypass class B): whatever a case sends, the server behind
Intercept sees no request that was not judged. Each group has legitimate neighbours that pass."""

import pytest

from attacks import Post, Stage, call, hidden, with_body, with_method, with_target, with_version
from raw_http import Connection, chunked


@pytest.fixture(scope="module")
def stage():
    made = Stage()
    yield made
    made.close()


def split(post, prefix=b""):
    """The body is cut short by one framing and goes on as a second request by the other."""
    post.body = prefix + hidden(post.host.split(":")[1])
    return post.headless()


FRAMINGS = {
    "length-then-chunked": lambda p: split(p, b"0\r\n\r\n").add(("Content-Length", 5000), ("Transfer-Encoding", "chunked")),
    "chunked-then-length": lambda p: split(p, b"0\r\n\r\n").add(("Transfer-Encoding", "chunked"), ("Content-Length", 5)),
    "length-0-and-chunked": lambda p: split(p).add(("Content-Length", 0), ("Transfer-Encoding", "chunked")),
    "two-lengths": lambda p: split(p).add(("Content-Length", 0), ("Content-Length", 700)),
    "two-equal-lengths": lambda p: split(p).add(("Content-Length", 0), ("Content-Length", 0)),
    "length-list": lambda p: split(p).add(("Content-Length", "0, 0")),
    "length-underscored": lambda p: split(p).add(("Content_Length", 700), ("Content-Length", 0)),
    "coding-underscored": lambda p: split(p, b"0\r\n\r\n").add(("Transfer_Encoding", "chunked"), ("Content-Length", 5)),
    "two-codings": lambda p: split(p, b"0\r\n\r\n").add(("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity")),
    "two-equal-codings": lambda p: split(p, b"0\r\n\r\n").add(("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")),
    "blank-before-colon": lambda p: split(p, b"0\r\n\r\n").add(("Transfer-Encoding ", "chunked"), ("Content-Length", 5)),
    "length-blank-before-colon": lambda p: split(p).add(("Content-Length ", 700), ("Content-Length", 0)),
    "folded-coding": lambda p: split(p, b"0\r\n\r\n").add(("Transfer-Encoding", "\r\n chunked"), ("Content-Length", 5)),
    "folded-other": lambda p: split(p).add(("X-Fold", "a\r\n\tTransfer-Encoding: chunked"), ("Content-Length", 0)),
    "coding-in-1.0": lambda p: with_version(split(p, b"0\r\n\r\n").add(("Transfer-Encoding", "chunked")), "HTTP/1.0"),
    "line-feed-in-value": lambda p: split(p).add(("X-A", "b\nContent-Length: 700"), ("Content-Length", 0)),
    "carriage-return-in-value": lambda p: split(p).add(("X-A", "b\rContent-Length: 700"), ("Content-Length", 0)),
    "nul-in-value": lambda p: split(p).add(("X-A", "b\0c"), ("Content-Length", 0)),
    "nul-in-name": lambda p: split(p).add(("X\0A", "b"), ("Content-Length", 0)),
    "line-without-colon": lambda p: split(p).add((b"X-A\r\nContent-Length", "0")),
    "name-is-empty": lambda p: split(p).add(("", "x"), ("Content-Length", 0)),
    "name-with-blank": lambda p: split(p).add(("Content Length", "7"), ("Content-Length", 0)),
}

FRAMINGS |= {
    f"coding-{value!r}": lambda p, value=value: split(p, b"0\r\n\r\n").add(("Transfer-Encoding", value))
    for value in ("xchunked", "chunked, identity", "identity", "gzip, chunked", "chunked;q=1", '"chunked"', "chunked\x0b", "\x0bchunked", "chunked,", ", chunked", "", "chunked chunked")
}
FRAMINGS |= {
    f"length-{value!r}": lambda p, value=value: split(p).add(("Content-Length", value))
    for value in ("+0", "-0", "-1", "0x0", "0 0", "0,0", "0;", "", "00_0", "0\x0b", "99999999999999999999999", "18446744073709551616", "1e1", "\xb2")
}


@pytest.mark.parametrize("case", FRAMINGS)
def test_framing(stage, case):
    stage.refuses(FRAMINGS[case](Post(stage.port)).bytes())


def chunks(post, text):
    post.body = text
    return post.headless().add(("Transfer-Encoding", "chunked"))


def body_of(name="echo"):
    return Post(1, call(name)).body


CHUNKS = {
    "prefix": lambda b, h: b"0x%x\r\n%s\r\n0\r\n\r\n" % (len(b), b),
    "plus": lambda b, h: b"+%x\r\n%s\r\n0\r\n\r\n" % (len(b), b),
    "minus": lambda b, h: b"-%x\r\n%s\r\n0\r\n\r\n" % (len(b), b),
    "blank-before": lambda b, h: b" %x\r\n%s\r\n0\r\n\r\n" % (len(b), b),
    "underscore": lambda b, h: b"_%x\r\n%s\r\n0\r\n\r\n" % (len(b), b),
    "overflow": lambda b, h: b"1%016x\r\n%s\r\n0\r\n\r\n" % (len(b), b),
    "huge": lambda b, h: b"ffffffffffffffff\r\n%s\r\n0\r\n\r\n" % b,
    "empty-size": lambda b, h: b"\r\n%s\r\n0\r\n\r\n" % b,
    "size-ends-with-line-feed": lambda b, h: b"%x\n%s\r\n0\r\n\r\n" % (len(b), b),
    "extension-with-line-feed": lambda b, h: b"%x;a\nb\r\n%s\r\n0\r\n\r\n" % (len(b), b),
    "extension-with-carriage-return": lambda b, h: b"%x;a\rb\r\n%s\r\n0\r\n\r\n" % (len(b), b),
    "data-ends-with-line-feed": lambda b, h: b"%x\r\n%s\n0\r\n\r\n" % (len(b), b),
    "data-too-long": lambda b, h: b"%x\r\n%sXX\r\n0\r\n\r\n" % (len(b), b),
    "end-with-line-feed": lambda b, h: b"%x\r\n%s\r\n0\n\n" % (len(b), b) + h,
    "request-in-extension": lambda b, h: b"%x;%s\r\n%s\r\n0\r\n\r\n" % (len(b), h, b),
}


@pytest.mark.parametrize("case", CHUNKS)
def test_chunks(stage, case):
    stage.refuses(chunks(Post(stage.port), CHUNKS[case](body_of(), hidden(stage.port))).bytes())


NEIGHBOURS = {
    "plain": lambda p: p,
    "chunked": lambda p: chunks(p, chunked(p.body)),
    "chunked-bytes": lambda p: chunks(p, chunked(p.body, 1)),
    "chunked-case": lambda p: with_body(p.headless().add(("tRaNsFeR-eNcOdInG", "Chunked")), chunked(p.body)),
    "chunk-upper-case": lambda p: chunks(p, b"%X\r\n%s\r\n0\r\n\r\n" % (len(p.body), p.body)),
    "chunk-zeros": lambda p: chunks(p, b"000%x\r\n%s\r\n000\r\n\r\n" % (len(p.body), p.body)),
    "chunk-extension": lambda p: chunks(p, b'%x;a=b;c="d"\r\n%s\r\n0\r\n\r\n' % (len(p.body), p.body)),
    "trailer": lambda p: chunks(p, b"%x\r\n%s\r\n0\r\nX-T: 1\r\n\r\n" % (len(p.body), p.body)),
    "length-blanks": lambda p: p.headless().add(("content-length", f" \t{len(p.body)}\t ")),
    "empty-line-before": lambda p: p,
    "media-type-case": lambda p: p.set("Content-Type", "Application/JSON; charset=UTF-8"),
    "accept-anything-else": lambda p: p.set("Accept", "text/event-stream;q=0.5,application/json, */*"),
    "absolute-target": lambda p: with_target(p, f"http://{p.host}/mcp"),
    "upgrade-as-a-wish": lambda p: p.add(("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA")),
    "unknown-fields": lambda p: p.add(("X-Anything", "a b"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
    "named-hop": lambda p: p.add(("Connection", "X-Hop"), ("X-Hop", "1")),
    "latin-1-value": lambda p: p.add(("X-L", b"\xe9")),
}


@pytest.mark.parametrize("case", NEIGHBOURS)
def test_neighbour(stage, case):
    data = NEIGHBOURS[case](Post(stage.port)).bytes()
    arrived = stage.passes((b"\r\n" if case == "empty-line-before" else b"") + data)
    assert len(arrived.all("Host")) == 1 and arrived.get("Host") == stage.server.authority
    assert arrived.get("Content-Type").lower().replace(" ", "") in ("application/json", "application/json;charset=utf-8")
    for name in ("Transfer-Encoding", "Upgrade", "HTTP2-Settings", "X-Hop", "X-T", "TE", "Trailer"):
        assert not arrived.all(name), (name, arrived)
    assert arrived.all("Content-Length") == [str(len(arrived.body))]


def test_continue(stage):
    post = Post(stage.port).add(("Expect", "100-continue"))
    with Connection(stage.port) as connection:
        data = post.bytes()
        connection.send(data[: -len(post.body)])
        assert connection.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.send(post.body)
        assert connection.response().status == 200


def test_pipelined_requests_are_judged_one_by_one(stage):
    before = len(stage.server.raw)
    with Connection(stage.port) as connection:
        echo = Post(stage.port, call("echo", {"text": "fence"})).bytes()
        connection.send(echo + hidden(stage.port) + echo)
        texts = [connection.response().json()["result"]["content"][0]["text"] for _ in range(3)]
    assert texts[0] == texts[2] == "fence" and "not this one" in texts[1]
    assert b"danger" not in stage.server.raw[before:]


@pytest.mark.parametrize("body", [b"", b"x", b"{}"], ids=["none", "x", "object"])
def test_a_get_with_a_request_behind_it(stage, body):
    """A GET may have content. It is not a second request, and what is behind it is judged."""
    post = Post(stage.port, body=body).without("Content-Type", "Mcp-Method", "Mcp-Name", "MCP-Protocol-Version")
    post = with_method(with_target(post, "/nowhere"), "GET")
    before = len(stage.server.raw)
    with Connection(stage.port) as connection:
        connection.send(post.bytes() + hidden(stage.port))
        assert connection.response().status in (400, 404, 405, 413)
        second = connection.response()
        assert second is None or "not this one" in second.body.decode()
    stage.fence()
    assert b"danger" not in stage.server.raw[before:]


TARGETS = ["/mcp/", "//mcp", "/%6dcp", "/%6Dcp", "/mcp%2f", "/mcp%00", "/./mcp", "/x/../mcp", "/mcp/.", "/mcp;a=b", "/MCP", "/mcp%20", "/mcp.", "/mcp\\", "\\mcp", "mcp", "*", "", "/mcp#f", "/mcp%", "/mcp%zz", "/mc\xfep", "/", "/sse", "/message", "/mcp/x", "/.well-known/oauth-protected-resource/../../mcp", "/.well-known/oauth-protected-resource"]


@pytest.mark.parametrize("target", TARGETS, ids=repr)
def test_other_targets(stage, target):
    stage.refuses(with_target(Post(stage.port), target).bytes(), closes=False)


AUTHORITIES = {
    "two-hosts": lambda p: p.add(("Host", p.host)),
    "two-different-hosts": lambda p: p.add(("Host", "evil.example")),
    "no-host": lambda p: p.without("Host"),
    "empty-host": lambda p: p.set("Host", ""),
    "other-host": lambda p: p.set("Host", "evil.example"),
    "other-host-same-port": lambda p: p.set("Host", "evil.example:" + p.host.split(":")[1]),
    "rebound-name": lambda p: p.set("Host", "127.0.0.1.evil.example:" + p.host.split(":")[1]),
    "user-info": lambda p: p.set("Host", "evil@" + p.host),
    "host-list": lambda p: p.set("Host", f"{p.host}, evil.example"),
    "host-blank": lambda p: p.set("Host", f"{p.host} evil.example"),
    "host-path": lambda p: p.set("Host", f"{p.host}/mcp"),
    "host-trailing-dot": lambda p: p.set("Host", "localhost.:" + p.host.split(":")[1]),
    "absolute-elsewhere": lambda p: with_target(p, "http://evil.example/mcp"),
    "absolute-user-info": lambda p: with_target(p, f"http://evil@{p.host}/mcp"),
    "absolute-other-scheme": lambda p: with_target(p, f"ftp://{p.host}/mcp"),
    "absolute-of-an-evil-host": lambda p: with_target(p.set("Host", "evil.example"), "http://evil.example/mcp"),
    "absolute-right-host-wrong": lambda p: with_target(p.set("Host", "evil.example"), f"http://{p.host}/mcp"),
    "host-underscored": lambda p: p.without("Host").add(("Ho_st", p.host)),
    "evil-origin": lambda p: p.add(("Origin", "http://evil.example")),
    "null-origin": lambda p: p.add(("Origin", "null")),
    "two-origins": lambda p: p.add(("Origin", f"http://{p.host}"), ("Origin", "http://evil.example")),
    "origin-that-begins-right": lambda p: p.add(("Origin", "http://127.0.0.1.evil.example")),
}


@pytest.mark.parametrize("case", AUTHORITIES)
def test_authority_and_origin(stage, case):
    stage.refuses(AUTHORITIES[case](Post(stage.port)).bytes(), closes=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_own_names_pass(stage, host):
    stage.passes(Post(stage.port).set("Host", f"{host}:{stage.port}").bytes())


METHODS = ["PUT", "PATCH", "TRACE", "CONNECT", "HEAD", "OPTIONS", "post", "Post", "DELETE", "GET", "PROPFIND", "PRI", "XPOST", "P\0ST"]


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_other_methods_with_a_call_in_the_body(stage, method):
    """Some are served (OPTIONS may say what is allowed), but the body goes nowhere."""
    before = len(stage.server.raw)
    with Connection(stage.port) as connection:
        connection.send(with_method(Post(stage.port, call("danger")), method).bytes())
        response = connection.response(method)
    assert response is None or response.status >= 400 or method == "OPTIONS" and response.status in (200, 204)
    stage.fence()
    assert b"danger" not in stage.server.raw[before:]


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_method_override_is_not_passed_on(stage, name):
    """A framework that honours it would take a judged POST for something else."""
    with Connection(stage.port) as connection:
        before = len(stage.server.requests)
        connection.send(Post(stage.port).add((name, "DELETE")).bytes())
        response = connection.response()
    assert response.status == 200 or response.status >= 400
    for request in stage.server.requests[before:]:
        assert not request.all(name)
    before = len(stage.server.raw)
    with Connection(stage.port) as connection:
        connection.send(with_method(Post(stage.port, call("danger")), "GET").add((name, "POST")).bytes())
        assert connection.response().status >= 400
    stage.fence()
    assert b"danger" not in stage.server.raw[before:]


VERSIONS = ["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/1", "HTTP/1.1x", "http/1.1", "HTTP/01.1", "ICAP/1.0", ""]


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
def test_other_versions(stage, version):
    stage.refuses(with_version(Post(stage.port), version).bytes(), closes=False)


STARTS = {
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls": bytes.fromhex("16030100a5010000a10303") + b"\0" * 160,
    "http09": b"GET /mcp\r\n",
    "two-blanks": b"POST  /mcp HTTP/1.1\r\n\r\n",
    "tab": b"POST\t/mcp\tHTTP/1.1\r\n\r\n",
    "blank-first": b" POST /mcp HTTP/1.1\r\n\r\n",
    "long-line": b"POST /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    "websocket": b"GET /mcp HTTP/1.1\r\nHost: {h}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
}


@pytest.mark.parametrize("case", STARTS)
def test_starts(stage, case):
    stage.refuses(STARTS[case].replace(b"{h}", b"127.0.0.1:%d" % stage.port), closes=case != "websocket")


LIMITS = {
    "many-fields": lambda p: p.add(*((f"X-{i}", "y") for i in range(5000))),
    "a-large-field": lambda p: p.add(("X-Large", "y" * 300_000)),
    "expectation": lambda p: p.add(("Expect", "a-miracle")),
}


@pytest.mark.parametrize("case", LIMITS)
def test_limits(stage, case):
    stage.refuses(LIMITS[case](Post(stage.port)).bytes(), closes=False)


ONCE = ["Content-Type", "Mcp-Method", "Mcp-Name", "MCP-Protocol-Version", "Mcp-Session-Id", "Authorization", "Last-Event-ID"]


@pytest.mark.parametrize("name", ONCE)
@pytest.mark.parametrize("spelt", [str, str.lower, lambda n: n.replace("-", "_")], ids=["same", "lower", "underscores"])
def test_fields_that_are_there_twice(stage, name, spelt):
    post = Post(stage.port)
    [value] = [v for n, v in post.fields if n == name] or ["Bearer x" if name == "Authorization" else "x"]
    if spelt(name) == name.replace("-", "_") and "-" not in name:
        pytest.skip("it has no hyphen")
    post.set(name, value).add((spelt(name), value))
    stage.refuses(post.bytes(), closes=False)


@pytest.mark.parametrize("name", ["Mcp-Session-Id", "Authorization", "Content-Type", "Host", "Content-Length", "Mcp-Method", "Origin"])
def test_connection_must_not_name_what_matters(stage, name):
    stage.refuses(Post(stage.port).add(("Connection", f"close, {name}")).bytes(), closes=False)


def test_the_judge_notices():
    """Without Intercept, the played server does fall for it."""
    direct = Stage(direct=True)
    try:
        direct.passes(Post(direct.port).bytes())
        for case in ("length-0-and-chunked", "two-lengths", "line-feed-in-value"):
            with pytest.raises((AssertionError, ValueError)):
                direct.refuses(FRAMINGS[case](Post(direct.port)).bytes())
    finally:
        direct.close()
