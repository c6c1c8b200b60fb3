"""How a server breaks, byte by byte. Each is what the tool `broken` does with its call: f(message, channel), where
`channel.exchange` is the connection."""

import json
import os
import ssl


def ok(body, media="application/json", more=b"", length=None):
    length = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (media.encode(), length, more, body)


def result(message):
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"resultType": "complete", "content": []}}).encode()


def then_close(text):
    """Sends bytes (or what `text(message)` gives), then FIN."""

    def run(message, channel):
        channel.exchange.send(text(message) if callable(text) else text)
        channel.exchange.close()

    return run


def then_reset(text):
    def run(message, channel):
        channel.exchange.send(text(message) if callable(text) else text)
        channel.exchange.reset()

    return run


def whole(text):
    """An answer that comes to its end, and is wrong."""

    def run(message, channel):
        channel.answered = True
        channel.exchange.send(text(message) if callable(text) else text)

    return run


EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(message):
    return b"data: " + result(message) + b"\n\n"


def close_at_once(message, channel):
    channel.exchange.close()


def reset_at_once(message, channel):
    channel.exchange.reset()


def status(code, body=b"<html>no</html>", media=b"text/html", more=b""):
    return b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (code, media, len(body), more, body)


BREAKS = {
    "closes-at-once": close_at_once,
    "resets-at-once": reset_at_once,
    "in-the-status-line": then_close(b"HTTP/1."),
    "in-the-head": then_close(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "in-a-json-body": then_close(lambda m: ok(result(m)[:-10], length=len(result(m)))),
    "in-a-json-body-reset": then_reset(lambda m: ok(result(m)[:-10], length=len(result(m)))),
    "in-a-chunk": then_close(lambda m: EVENTS.replace(b"text/event-stream", b"application/json") + b"ff\r\n" + result(m)),
    "before-the-last-chunk": then_close(lambda m: EVENTS.replace(b"text/event-stream", b"application/json") + chunk(result(m))),
    "in-an-event": then_close(lambda m: EVENTS + chunk(event(m)[:-20])),
    "in-an-event-reset": then_reset(lambda m: EVENTS + chunk(event(m)[:-20])),
    "in-an-event-in-order": whole(lambda m: EVENTS + chunk(event(m)[:-20]) + b"0\r\n\r\n"),
    "before-an-events-blank-line": whole(lambda m: EVENTS + chunk(event(m)[:-1]) + b"0\r\n\r\n"),
    "stream-without-answer": whole(EVENTS + chunk(b": nothing\n\n") + b"0\r\n\r\n"),
    "stream-of-nothing": whole(EVENTS + b"0\r\n\r\n"),
    "empty-json": whole(ok(b"")),
    "no-json": whole(ok(b"sorry")),
    "a-list": whole(lambda m: ok(b"[" + result(m) + b"]")),
    "no-answer-in-json": whole(ok(b'{"jsonrpc":"2.0","method":"notifications/message","params":{}}')),
    "answer-to-another": whole(ok(b'{"jsonrpc":"2.0","id":"never-asked","result":{}}')),
    "neither-result-nor-error": whole(lambda m: ok(b'{"jsonrpc":"2.0","id":%s}' % json.dumps(m["id"]).encode())),
    "html": whole(ok(b"<html></html>", "text/html")),
    "no-content": whole(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "accepted": whole(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
    "500": whole(status(500)),
    "502": whole(status(502)),
    "503": whole(status(503, more=b"Retry-After: 1\r\n")),
    "403": whole(status(403)),
    "307": whole(status(307, more=b"Location: http://127.0.0.1:1/elsewhere\r\n")),
    "not-http": then_close(b"SSH-2.0-OpenSSH\r\n"),
    "length-and-chunked": then_close(lambda m: ok(result(m), more=b"Transfer-Encoding: chunked\r\n")),
    "two-lengths": then_close(lambda m: ok(result(m), more=b"Content-Length: 5\r\n")),
    "unknown-coding": whole(lambda m: ok(result(m), more=b"Content-Encoding: br\r\n")),
    "folded": then_close(lambda m: ok(result(m), more=b"X: a\r\n b\r\n")),
    "head-without-end": then_close(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(20_000))),
}
# What is whole and odd, and must reach the client as an answer.
PASSES = {
    "json": whole(lambda m: ok(result(m))),
    "until-the-end": then_close(lambda m: b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + result(m)),
    "http-1.0": then_close(lambda m: b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + result(m)),
    "media-case": whole(lambda m: ok(result(m), "Application/JSON; charset=utf-8")),
    "early-hints": whole(lambda m: b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok(result(m))),
    "events-cr": whole(lambda m: EVENTS + chunk(b"event: message\rdata: " + result(m) + b"\r\r") + b"0\r\n\r\n"),
    "events-bom-comments": whole(lambda m: EVENTS + chunk(b"\xef\xbb\xbf: hi\n\nid: 1\nretry: 50\ndata:\n\n" + event(m)) + b"0\r\n\r\n"),
    "events-in-lines": whole(lambda m: EVENTS + chunk(b"data: " + result(m).replace(b', "', b',\ndata: "') + b"\n\n") + b"0\r\n\r\n"),
    "events-byte-by-byte": whole(lambda m: EVENTS + b"".join(chunk(b"%c" % b) for b in event(m)) + b"0\r\n\r\n"),
    "event-without-blank-first": whole(lambda m: EVENTS + chunk(b"data:" + result(m) + b"\n\n") + b"0\r\n\r\n"),
    "events-cut-after-the-answer": then_close(lambda m: EVENTS + chunk(event(m))),
    "error-status-with-an-answer": whole(lambda m: status(400, json.dumps({"jsonrpc": "2.0", "id": m["id"], "error": {"code": -32602, "message": "its own"}}).encode(), b"application/json")),
}


def tls_cut(message, channel):
    """The TLS connection dies in the middle of a record: the bytes of one are cut below TLS."""
    exchange = channel.exchange
    socket = exchange.socket
    assert isinstance(socket, ssl.SSLSocket)
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")
    plain = socket.detach()  # the descriptor, without a close_notify
    os.write(plain, b"\x17\x03\x03\x10\x00half of a record")
    os.close(plain)
    exchange.keep = False


def tls_truncated(message, channel):
    """A body that ends with the connection, cut without close_notify: it must not be taken for whole."""
    exchange = channel.exchange
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + result(message))
    os.close(exchange.socket.detach())
    exchange.keep = False


TLS_BREAKS = {"in-a-record": tls_cut, "without-close-notify": tls_truncated}
