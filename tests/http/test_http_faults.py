"""A server that breaks in every way: the call that met it gets one error that says so, the record has its outcome, it is
never sent twice, and the next call works."""

import json
import threading

import pytest

import faults
import played
from attacks import Post, call
from certificates import authority, stranger
from listener import Listener
from mcp_clients import HttpClient
from mcp_servers import StreamableServer
from raw_http import Connection

CLIENTS = [(c, r) for c in ("stdio", "http") for r in ("2025-11-25", played.MODERN)]
clients = pytest.mark.parametrize("client, revision", CLIENTS, ids=[f"{c}-{'modern' if r == played.MODERN else 'legacy'}" for c, r in CLIENTS])
FAILED = ("lost", "error", "undelivered")


def broken(fault):
    toolbox = played.Toolbox([*played.TOOLS, played.tool("broken")])
    toolbox.custom["broken"] = fault
    return toolbox


def is_error(answer, id):
    """A JSON-RPC error that names the id and says something."""
    assert answer["id"] == id and "result" not in answer, answer
    assert isinstance(answer["error"]["code"], int) and len(answer["error"]["message"]) > 10, answer
    return answer["error"]["message"]


def works(it, text="x"):
    assert it.client.ask_tool("echo", text=text)["result"]["content"][0]["text"] == text


@clients
@pytest.mark.parametrize("fault", faults.BREAKS)
def test_break(row, client, revision, fault):
    it = row(client, "json", revision=revision, toolbox=broken(faults.BREAKS[fault]))
    pending = it.client.tool("broken")
    is_error(pending.wait(), pending.id)
    works(it)
    assert it.toolbox.names() == ["broken", "echo"], "the call was sent again"
    outcomes = it.intercept.outcomes(2)
    assert [o["outcome"] for o in outcomes] == [outcomes[0]["outcome"], "result"] and outcomes[0]["outcome"] in FAILED


@clients
@pytest.mark.parametrize("case", faults.PASSES)
def test_odd_answers_that_are_answers(row, client, revision, case):
    it = row(client, "json", revision=revision, toolbox=broken(faults.PASSES[case]))
    answer = it.client.tool("broken").wait()
    if "error" in answer:
        assert case == "error-status-with-an-answer" and answer["error"]["message"] == "its own", answer
    else:
        assert answer["result"]["content"] == []
    works(it)


@clients
def test_two_answers(row, client, revision):
    """The first is the answer. What else comes is noted and is the answer of no other call."""

    def twice(message, channel):
        exchange, other = channel.exchange, {**message, "id": 99}
        channel.answered = True
        exchange.send(faults.EVENTS + faults.chunk(faults.event(message) * 2 + faults.event(other)) + b"0\r\n\r\n")

    it = row(client, "json", revision=revision, toolbox=broken(twice))
    for id in (98, 99):
        assert it.client.call("tools/call", {"name": "broken"}, id=id).wait()["result"]["content"] == []
    works(it)
    assert {stray["id"] for stray in it.client.strays} <= {98, 99}
    it.client.close()
    it.intercept.finish()
    assert [n["what"] for n in it.intercept.records("notice")].count("unknown_answer") >= 3
    assert [o["outcome"] for o in it.intercept.records("outcome")] == ["result"] * 3


@clients
def test_a_second_response_is_not_the_next_calls(row, client, revision):
    """Response splitting: what a server sends unasked on a kept connection belongs to nobody."""
    planted = {"jsonrpc": "2.0", "id": 7, "result": {"resultType": "complete", "content": [{"type": "text", "text": "planted"}]}}

    def split(message, channel):
        channel.answered = True
        body = json.dumps(planted).encode()
        channel.exchange.send(faults.ok(faults.result(message)) + faults.ok(body) + faults.ok(body))

    it = row(client, "json", revision=revision, toolbox=broken(split))
    assert "result" in it.client.tool("broken").wait()
    for id in (7, 8):
        answer = it.client.call("tools/call", {"name": "echo", "arguments": {"text": "mine"}}, id=id).wait()
        assert answer["result"]["content"][0]["text"] == "mine"


def flood(kind):
    """A gigabyte of it, or as much as is taken."""
    block = b"x" * (1 << 20)

    def run(message, channel):
        channel.answered = True
        exchange, counted = channel.exchange, channel.server.flooded
        try:
            if kind == "length":
                exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n{\"a\":\"")
            elif kind == "chunks":
                exchange.send(faults.EVENTS.replace(b"text/event-stream", b"application/json"))
            elif kind == "head":
                exchange.send(b"HTTP/1.1 200 OK\r\nX: ")
            else:
                exchange.send(faults.EVENTS + faults.chunk(b"data: "))
            for _ in range(1024):
                if kind in ("length", "head"):
                    exchange.send(block)
                elif kind == "lines":
                    exchange.chunk(b"data: " + block + b"\n")
                else:
                    exchange.chunk(block)
                counted.append(1)
        except OSError:
            pass
        exchange.keep = False

    return run


@clients
@pytest.mark.parametrize("kind", ["length", "chunks", "head", "event", "lines"])
def test_a_gigabyte(row, client, revision, kind):
    """Refused once it is larger than a message may be, and not held in memory."""
    it = row(client, "json", revision=revision, toolbox=broken(flood(kind)))
    it.server.flooded = []
    works(it)
    before = it.intercept.resident()
    pending = it.client.tool("broken")
    is_error(pending.wait(60), pending.id)
    assert len(it.server.flooded) < 200, "it was read on and on"
    if not it.intercept.sanitized():
        assert it.intercept.resident() - before < 150_000
    works(it)
    assert it.intercept.outcomes(3)[1]["outcome"] in FAILED


@clients
def test_never_answers_and_the_client_cancels(row, client, revision):
    it = row(client, "json", revision=revision)
    pending = it.client.tool("hang")
    assert it.toolbox.began.acquire(timeout=30)
    works(it)
    if client == "http" and revision == played.MODERN:
        it.client.leave(pending)
    else:
        it.client.cancel(pending)
    assert it.toolbox.ended_early.acquire(timeout=30)
    works(it)


@clients
def test_nobody_listens(row, client, revision):
    it = row(client, "json", revision=revision)
    works(it)
    it.server.close()
    pending = it.client.tool("echo", {"text": "never"})
    assert "127.0.0.1" in is_error(pending.wait(), pending.id)
    assert [o["outcome"] for o in it.intercept.outcomes(2)] == ["result", "undelivered"]


@clients
def test_the_server_ends_with_calls_pending(row, client, revision):
    """Every pending call is answered with an error, at once."""
    it = row(client, "json", revision=revision)
    pending = [it.client.tool("slow") for _ in range(20)]
    for _ in pending:
        assert it.toolbox.began.acquire(timeout=30)
    it.server.close()
    for p in pending:
        is_error(p.wait(), p.id)
    assert {o["outcome"] for o in it.intercept.outcomes(20)} == {"lost"}


@clients
def test_an_idle_connection_that_died_is_not_used(row, client, revision):
    """A kept connection is looked at before a call goes out on it: no call is lost to one that the server has closed."""
    it = row(client, "json", revision=revision)
    for round in range(5):
        works(it, str(round))
        it.server.drop_connections()
        it.server.wait(lambda: it.server.open == 0)
    works(it)
    assert it.toolbox.names() == ["echo"] * 6


TLS_FAULTS = ["expired", "not-yet", "other-name", "stranger", "handshake-cut", "plain-text", "silent"]


def tls_server(fault):
    """A server that cannot be trusted, or does not speak TLS properly."""
    contexts = {
        "expired": lambda: authority().server(begin=-10, end=-1, stem="expired"),
        "not-yet": lambda: authority().server(begin=1, end=10, stem="early"),
        "other-name": lambda: authority().server(names=("example.test",), stem="other"),
        "stranger": lambda: stranger().server(),
    }

    def take(sock):
        if fault == "handshake-cut":
            sock.recv(100)
            sock.close()
            return True
        if fault == "plain-text":
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            sock.close()
            return True
        held.append(sock)
        return fault == "silent"

    held = []
    return StreamableServer(broken(None), tls=contexts.get(fault, lambda: None)(), on_accept=None if fault in contexts else take)


def secure(url):
    return url.replace("http://", "https://")


@pytest.mark.parametrize("client", ["stdio", "http"])
@pytest.mark.parametrize("fault", [f for f in TLS_FAULTS if f != "silent"])
def test_tls_that_fails(stack, bridge, client, fault):
    """Nothing is sent to a server that does not prove who it is; the error says why."""
    server = stack.enter_context(tls_server(fault))
    flags = ["--tls-ca", authority().file]
    if client == "stdio":
        made = bridge(upstream=secure(server.url), flags=flags, revision=played.MODERN)
        process = made.intercept
    else:
        process = stack.enter_context(Listener(upstream=secure(server.url), flags=flags))
        made = stack.enter_context(HttpClient(process.port, played.MODERN))
    pending = made.tool("echo", {"text": "secret words"})
    message = is_error(pending.wait(), pending.id)
    if fault in ("expired", "not-yet", "other-name", "stranger"):
        assert "certificate" in message.lower() or "verif" in message.lower(), message
    assert server.toolbox.executed == [] and server.raw == b""
    assert process.outcomes(1)[0]["outcome"] == "undelivered"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_tls_neighbour(stack, bridge, host):
    """The same with a certificate that is right."""
    server = stack.enter_context(StreamableServer(tls=authority().server(), host="::1" if host == "[::1]" else "127.0.0.1"))
    client = bridge(upstream=f"https://{host}:{server.port}/mcp", flags=["--tls-ca", authority().file]).begin()
    assert client.ask_tool("echo", text="x")["result"]["content"][0]["text"] == "x"
    assert server.requests[0].get("Host") == f"{host}:{server.port}"


@pytest.mark.parametrize("fault", ["expired", "stranger"])
def test_tls_insecure_says_so(stack, bridge, fault):
    server = stack.enter_context(tls_server(fault))
    client = bridge(upstream=server.url, flags=["--tls-insecure"]).begin()
    assert client.ask_tool("echo", text="x")["result"]["content"][0]["text"] == "x"
    assert "insecure" in client.intercept.stderr()
    assert "insecure" in str(client.intercept.records())


@clients
@pytest.mark.parametrize("fault", faults.TLS_BREAKS)
def test_tls_that_breaks(stack, bridge, client, revision, fault):
    server = stack.enter_context(StreamableServer(broken(faults.TLS_BREAKS[fault]), tls=authority().server()))
    flags = ["--tls-ca", authority().file]
    if client == "stdio":
        made = bridge(upstream=server.url, flags=flags, revision=revision).begin()
        process = made.intercept
    else:
        process = stack.enter_context(Listener(upstream=server.url, flags=flags))
        made = stack.enter_context(HttpClient(process.port, revision)).begin()
    pending = made.tool("broken")
    is_error(pending.wait(), pending.id)
    assert made.ask_tool("echo", text="x")["result"]["content"][0]["text"] == "x"
    assert process.outcomes(2)[0]["outcome"] in FAILED
    assert server.toolbox.names() == ["broken", "echo"]


LEAVING = {
    "in-the-request-line": lambda data: data[:8],
    "in-the-head": lambda data: data[:60],
    "before-the-body": lambda data: data[: data.index(b"\r\n\r\n") + 4],
    "in-the-body": lambda data: data[:-10],
    "after-it": lambda data: data,
    "after-two": lambda data: data + data,
}


@pytest.mark.parametrize("way", ["reset", "close"])
@pytest.mark.parametrize("where", LEAVING)
def test_the_client_vanishes(row, where, way):
    """A request that did not come whole goes nowhere; one that did is carried out and recorded."""
    it = row("http", "json", revision=played.MODERN)
    data = Post(it.intercept.port, call("echo", {"text": "gone"})).bytes()
    threads = []

    def go():
        connection = Connection(it.intercept.port)
        connection.send(LEAVING[where](data))
        getattr(connection, way)()

    for _ in range(5):
        threads.append(threading.Thread(target=go))
        threads[-1].start()
    for t in threads:
        t.join()
    works(it)
    if where not in ("after-it", "after-two"):
        assert [a.get("text") for _, a in it.toolbox.executed] == ["x"]
    assert it.intercept.alive()
