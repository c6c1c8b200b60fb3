"""The listener itself: where it listens and whom it refuses to serve at all, TLS, limits, time-outs, how it stops; and
what it does with what a server says about credentials and other places."""

import json
import signal
import ssl
import subprocess
import threading
import time

import pytest

import harness
import played
from attacks import Post, call
from certificates import authority
from listener import EMPTY, Listener
from mcp_clients import HttpClient
from mcp_servers import StreamableServer
from raw_http import Connection


def fails(tmp_path, *flags):
    """Runs it where it must not start; gives what it says."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(EMPTY)
    command = [harness.binary(), "-c", str(policy), "--transport", "http", "--upstream", "http://127.0.0.1:1/mcp", *map(str, flags)]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=harness.TIMEOUT, env=harness.environment(tmp_path / "state"))
    assert done.returncode != 0 and done.stdout == b"" and b"listening on" not in done.stderr
    return done.stderr.decode()


@pytest.fixture
def token(tmp_path):
    file = tmp_path / "token"
    file.write_text("0123456789abcdef0123456789abcdef")
    file.chmod(0o600)
    return file


def test_one_line_says_where(row):
    it = row("http", "json")
    assert it.intercept.stderr().count("listening on") == 1
    assert it.intercept.url == f"http://127.0.0.1:{it.intercept.port}/mcp"
    it.client.ask_tool("echo", text="x")
    assert it.intercept.stop() in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
    assert it.intercept.process.stdout.read() == b""


def test_the_path_is_the_servers(stack, listener):
    server = stack.enter_context(StreamableServer(path="/a/b"))
    intercept = listener(upstream=server.url)
    assert intercept.path == "/a/b"
    with HttpClient(intercept.port, path="/a/b") as client:
        assert client.begin().ask_tool("echo", text="x")["result"]
    with Connection(intercept.port) as connection:
        connection.send(Post(intercept.port).bytes())
        assert connection.response().status == 404


def test_what_is_refused_is_on_record_although_nothing_was_called(stack, listener):
    """Whoever tries the door leaves a trace, also where no call has begun the log (or none has on this loop)."""
    server = stack.enter_context(StreamableServer())
    intercept = listener(upstream=server.url)
    for _ in range(3):  # dealt out to as many loops, if there are that many
        with Connection(intercept.port) as connection:
            assert connection.ask("POST", intercept.path, [("Host", "evil.example")], b"{}").status == 403
    intercept.finish()
    refused = intercept.records("http_refused")
    assert len(refused) == 3 and all("403" in r["detail"] for r in refused)
    assert len(intercept.records("start")) == len(intercept.records("shutdown")) > 0


def test_public_addresses_need_tls_and_a_token(tmp_path, token):
    certificate, key = authority().files(stem="public")
    tls, guard = ["--tls-cert", certificate, "--tls-key", key], ["--listen-token-file", token]
    for flags in ([], tls, guard):
        said = fails(tmp_path, "--bind", "0.0.0.0", *flags)
        assert "token" in said or "TLS" in said or "tls" in said, said
    for flags in ([*tls, *guard], ["--insecure-public"]):
        with Listener(upstream="http://127.0.0.1:1/mcp", flags=["--bind", "0.0.0.0", *flags]) as intercept:
            assert intercept.scheme == ("https" if tls[0] in flags else "http")


def test_a_token_file_that_others_may_read(tmp_path, token):
    token.chmod(0o644)
    said = fails(tmp_path, "--listen-token-file", token)
    assert str(token) in said


def test_a_port_that_is_taken(tmp_path):
    with Listener(upstream="http://127.0.0.1:1/mcp") as first:
        assert str(first.port) in fails(tmp_path, "--port", first.port)


def test_ipv6(stack, listener):
    server = stack.enter_context(StreamableServer(host="::1"))
    intercept = listener(upstream=server.url, flags=["--bind", "::1"])
    assert intercept.url == f"http://[::1]:{intercept.port}/mcp"
    post = Post(intercept.port).set("Host", f"[::1]:{intercept.port}")
    with Connection(intercept.port, host="::1") as connection:
        connection.send(post.bytes())
        assert connection.response().status == 200


def secure(port, **how):
    return Connection(port, tls=authority().client(), **how)


def test_tls_and_a_certificate_that_changes(stack, listener):
    server = stack.enter_context(StreamableServer())
    certificate, key = authority().files(stem="changing")
    intercept = listener(upstream=server.url, flags=["--tls-cert", certificate, "--tls-key", key])
    assert intercept.scheme == "https"

    def serial():
        with secure(intercept.port) as connection:
            connection.send(Post(intercept.port).bytes())
            assert connection.response().status == 200
            assert connection.socket.selected_alpn_protocol() in (None, "http/1.1")
            return connection.socket.getpeercert()["serialNumber"]

    first = serial()
    old = secure(intercept.port)
    authority().files(stem="changing")
    deadline = time.monotonic() + harness.TIMEOUT
    while serial() == first:
        assert time.monotonic() < deadline, "the new certificate is not used"
        time.sleep(0.05)
    second = serial()
    old.send(Post(intercept.port).bytes())
    assert old.response().status == 200, "a connection that was open goes on"
    key.write_text("no key")
    certificate.write_text("no certificate")
    time.sleep(0.3)
    assert serial() == second, "what cannot be used changes nothing"


def test_tls_listeners_speak_nothing_else(stack, listener):
    server = stack.enter_context(StreamableServer())
    certificate, key = authority().files(stem="strict")
    intercept = listener(upstream=server.url, flags=["--tls-cert", certificate, "--tls-key", key])
    with Connection(intercept.port) as plain:
        plain.send(Post(intercept.port).bytes())
        plain.ends()
        assert b"200 OK" not in plain.buffer
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(str(authority().file))
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, OSError)):
        Connection(intercept.port, tls=old)
    assert server.requests == []


def test_large_bodies(row):
    it = row("http", "json", revision=played.MODERN, flags=["--max-body", "1MiB"])
    limit = 1 << 20
    assert it.client.ask_tool("echo", text="x" * (limit - 4096))["result"]
    for headless in (False, True):
        post = Post(it.intercept.port, call("echo", {"text": "y" * limit}))
        if headless:
            post.headless().add(("Transfer-Encoding", "chunked"))
            post.body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(post.body), post.body)
        with Connection(it.intercept.port) as connection:
            try:
                connection.send(post.bytes())
            except OSError:
                pass
            assert connection.response().status == 413
    with Connection(it.intercept.port) as connection:
        post = Post(it.intercept.port)
        post.headless().add(("Content-Length", 1 << 40))
        connection.send(post.bytes())
        assert connection.response().status == 413
    assert len(it.toolbox.executed) == 1


def test_the_default_limit_of_a_body(row):
    it = row("http", "json", revision=played.MODERN)
    assert len(it.client.ask_tool("echo", text="x" * (15 << 20))["result"]["content"][0]["text"]) == 15 << 20
    with Connection(it.intercept.port) as connection:
        post = Post(it.intercept.port)
        post.headless().add(("Content-Length", 17 << 20))
        connection.send(post.bytes())
        assert connection.response().status == 413


def test_connections_of_one_address(row):
    """Beyond a thousand the next ones are told so; when some go, there is room again."""
    it = row("http", "json", revision=played.MODERN)
    held = []
    try:
        refused = None
        for _ in range(1100):
            connection = Connection(it.intercept.port)
            held.append(connection)
            if len(held) > 900 and len(held) % 10 == 0:
                connection.send(Post(it.intercept.port).bytes())
                answer = connection.response()
                if answer is None or answer.status in (429, 503):
                    refused = answer
                    break
        assert refused is not None and refused.status == 429 and refused.body, "nothing was refused with a reason"
    finally:
        for connection in held:
            connection.close()
    it.client.wait(lambda: _served(it.intercept.port))


def _served(port):
    with Connection(port) as connection:
        connection.send(Post(port).bytes())
        answer = connection.response()
        return answer is not None and answer.status == 200


@pytest.mark.all_only
@pytest.mark.parametrize("part", ["head", "body"])
def test_slow_requests_are_ended(row, part):
    """Ten seconds for a head; a body that makes no progress half a minute. Other clients do not notice."""
    it = row("http", "json", revision=played.MODERN)
    data = Post(it.intercept.port).bytes()
    end = data.index(b"\r\n\r\n") + 4
    began = time.monotonic()
    with Connection(it.intercept.port, timeout=90) as connection:
        connection.send(data[: end - 10 if part == "head" else end + 5])
        while not connection.ended and time.monotonic() - began < 80:
            try:
                connection.send(data[end - 10 : end - 9] if part == "head" else b" ")
            except OSError:
                break
            try:
                connection.fill(time.monotonic() + 0.5)
            except AssertionError:
                pass
            assert it.client.ask_tool("echo", text="on")["result"]
        assert connection.buffer == b"" or b" 408 " in connection.buffer.split(b"\r\n")[0]
    assert 5 < time.monotonic() - began < 75


def test_stops_gracefully(row):
    """No new connections, the call in flight is finished, streams end properly."""
    it = row("http", "json", flags=["--drain", "20s"])
    assert it.client.listen() == 200
    pending = it.client.tool("slow", {"gate": "g"})
    assert it.toolbox.began.acquire(timeout=30)
    it.intercept.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + harness.TIMEOUT
    while True:
        try:
            Connection(it.intercept.port).close()
        except OSError:
            break
        assert time.monotonic() < deadline, "it still takes connections"
        time.sleep(0.02)
    it.toolbox.gate("g").set()
    assert pending.wait()["result"]["content"][0]["text"] == "slow done"
    assert it.intercept.process.wait(harness.TIMEOUT) in (0, 128 + signal.SIGTERM)
    assert [r["outcome"] for r in it.intercept.records("outcome")] == ["result"]
    assert it.intercept.records("shutdown")


@pytest.mark.parametrize("server", ["json", "stdio"])
def test_stops_although_a_call_does_not_end(row, server):
    it = row("http", server, flags=["--drain", "300ms"])
    pending = it.client.tool("hang")
    assert it.toolbox.began.acquire(timeout=30)
    began = time.monotonic()
    it.intercept.process.send_signal(signal.SIGTERM)
    answer = pending.wait()
    assert answer["id"] == pending.id and "error" in answer
    it.intercept.process.wait(harness.TIMEOUT)
    assert time.monotonic() - began < 15
    assert [r["outcome"] for r in it.intercept.records("outcome")] == ["lost"]


@pytest.mark.parametrize("server", ["json", "stdio"])
def test_a_cancelled_call_does_not_hold_up_the_end(row, server):
    it = row("http", server, flags=["--drain", "10m"])
    pending = it.client.tool("slow", {"gate": "never"})
    assert it.toolbox.began.acquire(timeout=30)
    it.toolbox.note = lambda message: None  # a server that does not heed it, and goes on
    it.client.cancel(pending)
    assert it.client.ask_tool("echo", text="x")["result"]
    it.intercept.process.send_signal(signal.SIGTERM)
    assert it.intercept.process.wait(harness.TIMEOUT) in (0, 128 + signal.SIGTERM)
    it.toolbox.gate("never").set()


def test_idle_children_are_ended(row):
    it = row("http", "stdio", flags=["--session-idle", "500ms"])
    assert len(it.server.children) == 1
    it.client.wait(lambda: not it.server.children)
    gone = it.client.tool("echo", {"text": "x"})
    gone.done.wait(harness.TIMEOUT)
    assert gone.status == 404


def test_a_busy_child_is_not_idle(row):
    it = row("http", "stdio", flags=["--session-idle", "500ms"])
    pending = it.client.tool("slow", {"gate": "g"})
    assert it.toolbox.began.acquire(timeout=30)
    assert not pending.done.wait(1.5)
    it.toolbox.gate("g").set()
    assert pending.wait()["result"]["content"][0]["text"] == "slow done"


def test_redirects_take_no_credentials_elsewhere(stack, listener, monkeypatch):
    monkeypatch.setenv("KEY", "very-secret-1234")
    elsewhere = stack.enter_context(StreamableServer())
    redirecting = stack.enter_context(StreamableServer())
    redirecting.handler = lambda e: e.respond(307, [("Location", elsewhere.url)])
    intercept = listener(upstream=redirecting.url, flags=["--header", "Authorization: Bearer ${KEY}", "--header", "X-Key: ${KEY}"])
    with HttpClient(intercept.port, played.MODERN) as client:
        answer = client.tool("echo", {"text": "x"}).wait()
    assert "error" in answer, answer
    assert b"very-secret" not in elsewhere.raw and elsewhere.requests == []


def test_header_values_from_a_file(stack, bridge, tmp_path):
    server = stack.enter_context(StreamableServer())
    secret = tmp_path / "secret"
    secret.write_text("from-a-file-1234\n")
    client = bridge(upstream=server.url, flags=["--header", f"X-Key: @{secret}", "--header", "X-Plain: as it is"]).begin()
    assert client.ask_tool("echo", text="x")["result"]
    assert {r.get("X-Key") for r in server.requests} == {"from-a-file-1234"}
    assert {r.get("X-Plain") for r in server.requests} == {"as it is"}
    assert "from-a-file" not in client.intercept.stderr() + json.dumps(client.intercept.records())


def test_a_servers_challenge_reaches_the_client(row):
    challenge = 'Bearer resource_metadata="http://127.0.0.1/.well-known/oauth-protected-resource", scope="a b"'
    it = row("http", "json", revision=played.MODERN)
    serve = it.server.handler
    it.server.handler = lambda e: serve(e) if e.request.get("Authorization") else e.respond(401, [("WWW-Authenticate", challenge)], {"error": "unauthorized"})
    with Connection(it.intercept.port) as connection:
        connection.send(Post(it.intercept.port).bytes())
        answer = connection.response()
    assert answer.status == 401 and "Bearer" in answer.get("WWW-Authenticate") and 'scope="a b"' in answer.get("WWW-Authenticate")
    it.client.more.append(("Authorization", "Bearer ok"))
    assert it.client.ask_tool("echo", text="x")["result"]


def test_metadata_documents(stack, listener, monkeypatch):
    """The two documents of RFC 9728 and RFC 8414 are fetched without what we inject; nothing else beside the endpoint."""
    monkeypatch.setenv("KEY", "very-secret-1234")
    server = stack.enter_context(StreamableServer())
    serve = server.handler
    document = {"resource": server.url, "authorization_servers": ["https://as.example.test"]}

    def with_documents(exchange):
        known = exchange.request.target in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server")
        exchange.respond(200, [], document) if known else serve(exchange)

    server.handler = with_documents
    intercept = listener(upstream=server.url, flags=["--header", "Authorization: Bearer ${KEY}"])
    for path in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"):
        with Connection(intercept.port) as connection:
            answer = connection.ask("GET", path, [("Accept", "application/json")])
        assert answer.status == 200 and answer.json()["authorization_servers"] == document["authorization_servers"], answer
    assert b"very-secret" not in server.raw
    for path in ("/.well-known/other", "/.well-known/", "/admin", "/.well-known/oauth-protected-resource/../../x", "/token", "/authorize"):
        with Connection(intercept.port) as connection:
            assert connection.ask("GET", path).status in (400, 404), path
    assert len(server.requests) == 2


def test_many_clients_come_and_go(row):
    """Connections that are opened and left, beside one that works."""
    it = row("http", "json", revision=played.MODERN)

    def churn():
        for _ in range(40):
            Connection(it.intercept.port).reset()

    threads = [threading.Thread(target=churn) for _ in range(4)]
    for t in threads:
        t.start()
    for i in range(20):
        assert it.client.ask_tool("echo", text=f"{i}")["result"]["content"][0]["text"] == f"{i}"
    for t in threads:
        t.join()
    assert it.intercept.alive()
