"""What is HTTP's own in the older era: sessions and whom they belong to, GET streams and resumption, DELETE, status codes,
the lost session; and who may ask at all: hosts, origins, tokens. 2026-07-28 has none of it but the last."""

import json
import re
import threading

import pytest

import played
from attacks import Post
from mcp_clients import ACCEPT
from raw_http import Connection, Events

INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
JSON = ("Content-Type", "application/json")
HIDE = 'version: "1"\nhide: [secret]\n'


def ask(it, method, fields=(), message=None, path=None):
    body = json.dumps(message).encode() if message is not None else b""
    with Connection(it.intercept.port) as connection:
        return connection.ask(method, path or it.intercept.path, [("Accept", ACCEPT), *([JSON] if body else []), *fields], body)


@pytest.mark.parametrize("server", ["stdio", "json"])
@pytest.mark.parametrize("fields", [[], [("MCP-Protocol-Version", played.MODERN)]], ids=["no-version", "version"])
def test_a_request_without_an_id_is_refused_and_on_record(row, server, fields):
    """Without an id and without _meta it names no revision: in front of a command it belongs to no session."""
    it = row("http", server, revision=played.MODERN)
    assert it.client.ask_tool("echo", text="x")["result"]["content"][0]["text"] == "x"
    for method, params in (("tools/call", {"name": "danger", "arguments": {}}), ("resources/read", {"uri": "x:y"})):
        named = [("Mcp-Method", method), ("Mcp-Name", params.get("name", "x:y"))] if fields else []
        response = ask(it, "POST", [*fields, *named], {"jsonrpc": "2.0", "method": method, "params": params})
        assert response.status == (400 if server == "stdio" else 202), response
        if server == "stdio":
            assert f'{method} is a request and needs an \\"id\\"' in response.body.decode()
    if server == "stdio":  # the Go SDK's client sends that
        cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 99}}
        assert ask(it, "POST", fields and [*fields, ("Mcp-Method", "notifications/cancelled")], cancelled).status == 202
    assert it.client.ask_tool("echo", text="y")["result"]["content"][0]["text"] == "y"
    assert it.toolbox.names() == ["echo", "echo"] and not any(m.get("method") == "resources/read" for m in it.toolbox.messages)
    it.client.close()
    it.intercept.finish()
    event = "http_refused" if server == "stdio" else "notice"
    assert sum('needs an "id"' in r["detail"] for r in it.intercept.records(event)) == 2


def in_session(it, *more):
    return [("Mcp-Session-Id", it.client.session), ("MCP-Protocol-Version", "2025-11-25"), *more]


def test_session_ids_are_random_and_ours(row):
    it = row("http", "json")
    ids = {ask(it, "POST", message=INITIALIZE).get("Mcp-Session-Id") for _ in range(64)}
    assert len(ids) == 64
    assert all(re.fullmatch(r"[\x21-\x7e]{22,}", i) for i in ids), ids  # 128 bits in base64 are 22 characters
    assert not ids & set(it.server.sessions), "the server's own session id is shown"
    for position in range(22):
        assert len({i[position] for i in ids}) > 4, f"character {position} hardly varies"


def test_statuses(row):
    it = row("http", "json")
    note = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}}
    accepted = ask(it, "POST", in_session(it), note)
    assert (accepted.status, accepted.body) == (202, b"")
    answer = ask(it, "POST", in_session(it), {"jsonrpc": "2.0", "id": "never-asked", "result": {}})
    assert answer.status in (202, 400)
    assert ask(it, "POST", [], PING).status == 400
    assert ask(it, "POST", [("Mcp-Session-Id", "0" * 32)], PING).status == 404
    assert ask(it, "GET", [("Mcp-Session-Id", "0" * 32)]).status == 404
    assert ask(it, "DELETE", [("Mcp-Session-Id", "0" * 32)]).status == 404
    for method in ("PUT", "PATCH", "HEAD"):
        response = ask(it, method, in_session(it))
        assert response.status == 405 and response.get("Allow"), response
    with Connection(it.intercept.port) as connection:
        fields = [("Accept", "text/html"), JSON, *in_session(it)]
        assert connection.ask("POST", "/mcp", fields, json.dumps(PING).encode()).status == 406
    with Connection(it.intercept.port) as connection:
        fields = [("Accept", ACCEPT), ("Content-Type", "text/plain"), *in_session(it)]
        assert connection.ask("POST", "/mcp", fields, json.dumps(PING).encode()).status == 415
    assert ask(it, "POST", in_session(it), PING).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert ask(it, "POST", in_session(it), PING, path="/other").status == 404


def test_delete_ends_the_session_on_both_sides(row):
    it = row("http", "json")
    [session] = it.server.sessions
    assert it.client.delete().status in (200, 202, 204)
    it.server.wait(lambda: it.server.deleted == [session])
    assert ask(it, "POST", in_session(it), PING).status == 404


@pytest.mark.parametrize("server", ["json", "events", "stdio"])
def test_nothing_is_taken_after_delete(row, server):
    """At once, on the same connection: the session's end must not be a turn behind the answer."""
    it = row("http", server, begin=False)
    for _ in range(20):
        with Connection(it.intercept.port) as connection:
            fields = [("Accept", ACCEPT), JSON]
            session = [("Mcp-Session-Id", connection.ask("POST", "/mcp", fields, json.dumps(INITIALIZE).encode()).get("Mcp-Session-Id"))]
            assert connection.ask("DELETE", "/mcp", session).status // 100 == 2
            assert connection.ask("POST", "/mcp", fields + session, json.dumps(PING).encode()).status == 404


def test_a_server_without_delete_and_get(row):
    """Its 405 is what the client gets, or the session ends with us all the same; calls go on meanwhile."""
    it = row("http", "stateless")
    assert it.client.listen() in (200, 405)
    assert it.client.ask_tool("echo", text="x")["result"]["content"][0]["text"] == "x"
    assert it.client.delete().status in (200, 202, 204, 405)


def test_the_get_stream_is_filtered(row):
    """An answer may come on a GET stream: a list there is filtered like any other."""

    def later(message, channel):
        channel.drop({"jsonrpc": "2.0", "id": message["id"], "result": {"content": [{"type": "text", "text": "resumed"}]}}, retry=10)

    toolbox = played.Toolbox([*played.TOOLS, played.tool("later")])
    toolbox.custom["later"] = later
    it = row("http", "json", policy=HIDE, toolbox=toolbox)
    handle = toolbox.handle

    def listing(message, channel):
        if message["method"] == "tools/list":
            channel.drop({"jsonrpc": "2.0", "id": message["id"], "result": {"tools": toolbox.tools}}, retry=10)
        else:
            handle(message, channel)

    toolbox.handle = listing
    listed = it.client.call("tools/list")
    resume(it, listed)
    names = [t["name"] for t in listed.wait()["result"]["tools"]]
    assert "echo" in names and "secret" not in names


def resume(it, pending):
    """What a client does whose stream ended without the answer: GET with Last-Event-ID. Intercept may have resumed
    towards the server by itself and answered on the first stream."""
    pending.over.wait(10)
    if not pending.done.is_set():
        it.client.listen(it.client.last_event)


@pytest.mark.parametrize("client", ["stdio", "http", "sse"])
def test_a_stream_that_the_server_cut_is_resumed(row, client):
    """The server closes after a primer; the answer waits there for a GET with the last id. Every client gets it, once."""

    def later(message, channel):
        channel.drop({"jsonrpc": "2.0", "id": message["id"], "result": {"content": [{"type": "text", "text": "resumed"}]}}, retry=10)

    toolbox = played.Toolbox([*played.TOOLS, played.tool("later")])
    toolbox.custom["later"] = later
    it = row(client, "json", toolbox=toolbox)
    pending = it.client.tool("later")
    if client == "http":
        resume(it, pending)
    assert pending.wait()["result"]["content"][0]["text"] == "resumed"
    assert toolbox.names() == ["later"], "a call must not be sent again"
    assert [r.get("Last-Event-ID") for r in it.server.requests if r.method == "GET" and r.get("Last-Event-ID")], "nobody resumed"
    assert it.client.strays == []


@pytest.mark.parametrize("client", ["stdio", "http", "sse"])
def test_an_id_that_is_used_again_before_its_stream_ends(row, client):
    """From its answer on the id is free. That the first call's stream ends later says nothing of the second call."""
    end = threading.Event()

    def early(message, channel):
        channel.begin()
        channel.exchange.event({"jsonrpc": "2.0", "id": message["id"], "result": played.said("early")})
        channel.answered = True
        end.wait(30)
        channel.exchange.end_events()

    toolbox = played.Toolbox([*played.TOOLS, played.tool("early")])
    toolbox.custom["early"] = early
    it = row(client, "events", toolbox=toolbox)
    assert it.client.call("tools/call", {"name": "early"}, id="again").wait()["result"] == played.said("early")
    second = it.client.call("tools/call", {"name": "slow", "arguments": {"gate": "g"}}, id="again")
    assert toolbox.began.acquire(timeout=30)
    end.set()
    for _ in range(5):
        assert it.client.ask_tool("echo", text="x")["result"]
    assert not second.done.is_set()
    toolbox.gate("g").set()
    assert second.wait()["result"] == played.said("slow done")


@pytest.mark.parametrize("client", ["stdio", "sse"])
def test_a_server_that_does_not_end_the_stream_of_initialize(row, client):
    """Its answer is enough: the session is made, and nothing waits for the end of a stream."""
    end = threading.Event()
    toolbox = played.Toolbox()
    handle = toolbox.handle

    def open_end(message, channel):
        if message["method"] != "initialize":
            return handle(message, channel)
        channel.begin()
        channel.exchange.event({"jsonrpc": "2.0", "id": message["id"], "result": toolbox._plumbing("initialize", message["params"], channel)})
        channel.answered = True
        end.wait(30)
        channel.exchange.end_events()

    toolbox.handle = open_end
    it = row(client, "events", toolbox=toolbox)
    assert it.client.ask_tool("echo", text="x")["result"] == played.said("x")
    end.set()
    assert it.client.ask_tool("echo", text="x")["result"] == played.said("x")


def test_the_client_resumes_its_own_stream(row):
    """The client's connection dies in a call, with events seen; what it missed comes with a GET, and nothing twice."""
    go_on = threading.Event()

    def two_parts(message, channel):
        channel.send({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": "t", "progress": 1}})
        go_on.wait(30)
        channel.answer({"jsonrpc": "2.0", "id": message["id"], "result": {"content": [{"type": "text", "text": "slow done"}]}})

    it = row("http", "events", toolbox=played.Toolbox([*played.TOOLS, played.tool("two")]))
    it.toolbox.custom["two"] = two_parts
    it.client.last_event = None
    pending = it.client.tool("two", _meta={"progressToken": "t"})
    it.client.notification("notifications/progress")
    deaf = it.client.last_event
    it.client.leave(pending)
    go_on.set()
    assert [r["outcome"] for r in it.intercept.outcomes(1)] == ["result"]
    if deaf is not None:
        connection = Connection(it.intercept.port)
        connection.request("GET", it.intercept.path, [("Accept", "text/event-stream"), *in_session(it, ("Last-Event-ID", deaf))])
        response = connection.response_head()
        assert response.status == 200
        message = Events(connection, response).message()
        assert message["id"] == pending.id and message["result"]["content"][0]["text"] == "slow done"
        connection.close()


@pytest.mark.parametrize("client", ["stdio", "http", "sse"])
def test_a_lost_session_is_made_again(row, client):
    """The server forgot it (404): the call that met it says so, then initialize, level and subscriptions are replayed."""
    it = row(client, "json")
    it.client.ask("logging/setLevel", level="error")
    it.client.ask("resources/subscribe", uri="test://a")
    it.server.forget_sessions()
    met = it.client.ask_tool("echo", text="met it")
    assert "session" in met["error"]["message"].lower()
    assert it.client.ask_tool("echo", text="on")["result"]["content"][0]["text"] == "on"
    assert it.toolbox.initialized == 2
    assert it.toolbox.levels == ["error", "error"] and it.toolbox.subscriptions == ["test://a", "test://a"]
    assert it.toolbox.executed == [("echo", {"text": "on"})]


@pytest.mark.parametrize("client", ["stdio", "http"])
def test_a_lost_session_ends_all_if_told_so(row, client):
    it = row(client, "json", flags=["--on-session-loss", "fail"])
    it.server.forget_sessions()
    assert "session" in it.client.ask_tool("echo", text="x")["error"]["message"].lower()
    if client == "http":
        assert ask(it, "POST", in_session(it), PING).status == 404
    assert it.toolbox.initialized == 1


@pytest.mark.parametrize("revision", ["2025-11-25", played.MODERN], ids=["legacy", "modern"])
@pytest.mark.parametrize("server", ["json", "events", "stdio"])
def test_leaving(row, server, revision):
    """Closing the stream of a call cancels it in 2026-07-28, and must not in the older era."""
    it = row("http", server, revision=revision)
    pending = it.client.tool("slow", {"gate": "g"})
    assert it.toolbox.began.acquire(timeout=30)
    it.client.leave(pending)
    if revision == played.MODERN:
        assert it.toolbox.ended_early.acquire(timeout=30), "the server was not told"
    else:
        assert it.client.ask_tool("echo", text="x")["result"]
        it.toolbox.gate("g").set()
        it.intercept.outcomes(2)
        assert not it.toolbox.ended_early.acquire(timeout=0)
    assert len(it.toolbox.cancelled) == (server == "stdio" and revision == played.MODERN)


def test_subscriptions_end_with_their_stream(row):
    it = row("http", "events", revision=played.MODERN)
    pending = it.client.call("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, id="sub")
    it.client.notification("notifications/subscriptions/acknowledged")
    it.server.wait(lambda: it.toolbox.listens)
    [(id, channel)] = it.toolbox.listens
    assert id == "sub"
    channel.send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {"_meta": {"io.modelcontextprotocol/subscriptionId": "sub"}}})
    it.client.notification("notifications/tools/list_changed")
    it.client.leave(pending)
    assert channel.ended.wait(30), "the server's stream was not closed"


TOKEN = "a-token-of-the-listener-0123456789abcdef"


def test_a_session_is_bound_to_its_credential(row):
    """The same id with another Authorization is nobody's."""
    it = row("http", "json", fields=[("Authorization", "Bearer alice")])
    assert ask(it, "POST", in_session(it, ("Authorization", "Bearer alice")), PING).status == 200
    for other in ([("Authorization", "Bearer mallory")], [], [("Authorization", "bearer alicE")]):
        assert ask(it, "POST", in_session(it, *other), PING).status in (401, 403, 404)
        assert ask(it, "DELETE", in_session(it, *other)).status in (401, 403, 404)
        assert ask(it, "GET", in_session(it, *other)).status in (401, 403, 404)
    assert ask(it, "POST", in_session(it, ("Authorization", "Bearer alice")), PING).status == 200
    assert {r.get("Authorization") for r in it.server.requests} == {"Bearer alice"}


def test_a_listeners_token(row, tmp_path):
    """Asked of everybody; never shown to the server."""
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    it = row("http", "json", fields=[("Authorization", f"Bearer {TOKEN}")], flags=["--listen-token-file", file])
    assert it.client.ask_tool("echo", text="x")["result"]
    for wrong in ([], [("Authorization", f"Bearer {TOKEN}x")], [("Authorization", f"Basic {TOKEN}")], [("Authorization", TOKEN)]):
        refused = ask(it, "POST", wrong, INITIALIZE)
        assert refused.status == 401 and refused.get("WWW-Authenticate"), refused
    assert not any(r.all("Authorization") for r in it.server.requests)
    assert TOKEN.encode() not in it.server.raw


def test_our_own_credential_replaces_the_callers(row, monkeypatch):
    """--header from the environment, for the server alone; the caller's Authorization is not passed on."""
    monkeypatch.setenv("UPSTREAM_KEY", "hush-hush-1234")
    it = row("http", "json", fields=[("Authorization", "Bearer callers-own")], flags=["--header", "Authorization: Bearer ${UPSTREAM_KEY}"])
    assert it.client.ask_tool("echo", text="x")["result"]
    assert {r.get("Authorization") for r in it.server.requests} == {"Bearer hush-hush-1234"}
    assert b"callers-own" not in it.server.raw
    commands = open(f"/proc/{it.intercept.pid}/cmdline").read()
    assert "hush-hush" not in commands + it.intercept.stderr() + json.dumps(it.intercept.records())


def test_allowed_hosts_and_origins(row):
    it = row("http", "json", revision=played.MODERN, flags=["--allow-host", "mcp.example.test", "--allow-origin", "https://app.example.test"])
    for fields, status in (
        ([("Host", "mcp.example.test")], 200),
        ([("Host", "other.example.test")], 403),
        ([("Origin", "https://app.example.test")], 200),
        ([("Origin", "https://evil.example.test")], 403),
        ([("Origin", "http://app.example.test")], 403),
    ):
        post = Post(it.intercept.port)
        for name, value in fields:
            post.set(name, value)
        with Connection(it.intercept.port) as connection:
            connection.send(post.bytes())
            response = connection.response()
        assert response.status == status or status == 403 and response.status in (400, 403, 421), (fields, response)
    assert {r.get("Host") for r in it.server.requests} == {it.server.authority}
    assert not any("evil" in str(r.fields) for r in it.server.requests)


def test_cookies_and_hops_do_not_cross(row):
    """Neither side's cookies are the other origin's; what concerns one connection stays there."""
    it = row("http", "json", revision=played.MODERN, fields=[("Cookie", "a=1"), ("Keep-Alive", "timeout=5"), ("Content-Digest", "sha-256=:AAAA:"), ("Accept-Encoding", "gzip, br")])
    it.toolbox.custom["echo"] = lambda m, c: (setattr(c, "answered", True), c.exchange.respond(200, [("Set-Cookie", "b=2"), ("Keep-Alive", "timeout=9")], {"jsonrpc": "2.0", "id": m["id"], "result": {"content": []}}))
    pending = it.client.tool("echo")
    pending.wait()
    assert not pending.response.all("Set-Cookie") and "timeout=9" not in str(pending.response.fields)
    [post] = it.server.posts()
    for name in ("Cookie", "Keep-Alive", "Content-Digest"):
        assert not post.all(name), name
    assert post.get("Accept-Encoding") in (None, "identity")


def test_a_child_a_session(row):
    """In front of a command every session has a process of its own, and DELETE ends it."""
    it = row("http", "stdio")
    assert it.server.started == 1
    first = it.client.session
    second = ask(it, "POST", message=INITIALIZE).get("Mcp-Session-Id")
    assert second != first and it.server.started == 2
    assert it.client.delete().status // 100 == 2
    it.client.wait(lambda: len(it.server.children) == 1)
    assert ask(it, "POST", [("Mcp-Session-Id", first)], PING).status == 404
    assert ask(it, "POST", [("Mcp-Session-Id", second)], PING).status == 200


def test_a_notification_of_the_newer_era_needs_no_session(row):
    """The Go SDK's client cancels by closing the stream and by a message, which has no _meta: the field says its era."""
    it = row("http", "stdio", revision=played.MODERN)
    pending = it.client.tool("hang")
    assert it.toolbox.began.acquire(timeout=30)
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": pending.id}}
    fields = [("MCP-Protocol-Version", played.MODERN), ("Mcp-Method", "notifications/cancelled")]
    assert ask(it, "POST", fields, note).status == 202
    it.client.leave(pending)
    assert it.toolbox.ended_early.acquire(timeout=30)
    assert it.client.ask_tool("echo", text="x")["result"]


def test_as_many_sessions_as_allowed(row):
    it = row("http", "stdio", flags=["--max-sessions", "3"])
    statuses = [ask(it, "POST", message=INITIALIZE).status for _ in range(5)]
    assert statuses[:2] == [200, 200] and set(statuses[2:]) <= {429, 503}
    assert it.client.ask_tool("echo", text="x")["result"]


def test_no_command_comes_over_http(row):
    """Nothing in a request starts a program but the one that was named."""
    it = row("http", "stdio", revision=played.MODERN)
    assert it.client.ask_tool("echo", text="x")["result"]
    assert it.server.started == 1, "one child for an identity"
    with Connection(it.intercept.port) as connection:
        fields = [("X-Command", "/bin/false"), ("mcp-init-host", "evil"), ("router-key", "x")]
        assert connection.ask("POST", "/mcp?command=/bin/false", fields, b"{}").status in (400, 404, 406, 415)
    assert it.server.started == 1
