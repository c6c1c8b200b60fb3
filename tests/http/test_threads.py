"""Several loops on one port (--threads). Connections are dealt out to them in turn and a client of ours opens one for each
message, so nearly every request comes to another loop than its session's. The other files of this suite run in front of
several loops too (http-threads, all-only); here is what is counted, told and ended for all of them together."""

import json
import os
import signal
import subprocess
import threading

import pytest

import harness
import played
from listener import EMPTY, Listener
from mcp_clients import ACCEPT, HttpClient
from raw_http import Connection
from test_sessions import INITIALIZE, PING, ask, in_session

LOOPS = ["--threads", "4"]
FIVE = 'version: "1"\ntools:\n  echo:\n    rules:\n      - rate_limit: {max: 5, window: 3600}\n'
REFUSES_ECHO = 'version: "1"\ntools:\n  echo:\n    rules:\n      - action: deny\n'


def echoes(client, count):
    """How many of so many calls at the same time pass."""
    pending = [client.tool("echo", {"text": str(i)}) for i in range(count)]
    return sum(not p.wait()["result"].get("isError") for p in pending)


def test_loops_have_threads(row):
    it = row("http", "json", flags=LOOPS)
    names = subprocess.run(["ps", "-L", "-o", "lwp=", "-p", str(it.intercept.pid)], capture_output=True, text=True).stdout
    assert len(names.split()) >= 4
    assert it.intercept.stderr().count("listening on") == 1


@pytest.mark.parametrize("server", ["json", "stateless", "stdio"])
@pytest.mark.parametrize("revision", ["2025-11-25", played.MODERN], ids=["legacy", "modern"])
def test_a_sessions_limit_is_one_limit(row, server, revision):
    it = row("http", server, policy=FIVE, revision=revision, flags=LOOPS)
    assert echoes(it.client, 24) == 5
    it.client.close()
    it.intercept.finish()
    decisions = it.intercept.records("decision")
    assert len(decisions) == 24 and sum(d["decision"] == "allow" for d in decisions) == 5
    assert len({d["session"] for d in decisions}) == 1


def test_callers_without_a_session_are_told_apart(row):
    """Each credential's exchanges meet in a loop of its own choosing, and count by themselves."""
    it = row("http", "json", policy=FIVE, revision=played.MODERN, flags=LOOPS)
    for name in range(6):
        with HttpClient(it.intercept.port, played.MODERN, fields=[("Authorization", f"Bearer {name}")]) as client:
            assert echoes(client, 8) == 5


def test_one_child_for_an_identity(row):
    it = row("http", "stdio", revision=played.MODERN, flags=LOOPS)
    assert echoes(it.client, 12) == 12
    assert it.server.started == 1


def test_a_session_is_found_from_every_loop(row):
    it = row("http", "json", flags=LOOPS)
    for _ in range(8):
        assert ask(it, "POST", in_session(it), PING).status == 200
    other = it.client.session.rsplit("-", 1)
    for wrong in (f"{other[0]}-{(int(other[1]) + 1) % 4}", f"{other[0]}-9", other[0], f"{'0' * 32}-{other[1]}"):
        assert ask(it, "POST", [("Mcp-Session-Id", wrong)], PING).status == 404, wrong
    assert ask(it, "DELETE", in_session(it)).status // 100 == 2
    for _ in range(4):
        assert ask(it, "POST", in_session(it), PING).status == 404


def test_a_stream_on_another_loop(row):
    """The GET stream and the calls are on connections of different loops."""
    it = row("http", "events", flags=LOOPS)
    for _ in range(4):
        assert it.client.listen() == 200
    it.server.wait(lambda: it.server.streams_open() == 4)
    it.server.push({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
    it.client.wait(lambda: len(it.client.notifications) == 4)
    assert echoes(it.client, 8) == 8


@pytest.mark.parametrize("client", ["http", "sse"])
def test_large_answers_come_whole(row, client):
    it = row(client, "events", flags=LOOPS)
    text = "ä" * 700_000
    pending = [it.client.tool("echo", {"text": text}) for _ in range(4)]
    for p in pending:
        assert p.wait()["result"]["content"][0]["text"] == text


def test_a_slow_reader_holds_the_server_up(row):
    """What is on its way between two loops counts as waiting for the client."""
    sent = []

    def flood(message, channel):
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x" * 65536}}
        try:
            for _ in range(1500):
                channel.send(note)
                sent.append(1)
        except OSError:
            pass

    toolbox = played.Toolbox()
    toolbox.custom["flood"] = flood
    it = row("http", "events", flags=LOOPS, toolbox=toolbox)
    for _ in range(3):  # one of these is not the session's own loop
        connection = Connection(it.intercept.port)
        it.client.open.append(connection)
        message = it.client.message("tools/call", {"name": "flood", "arguments": {}})
        connection.request("POST", "/mcp", it.client.fields(message), json.dumps(message).encode())
        assert connection.response_head().status == 200
    before = it.intercept.resident()
    assert echoes(it.client, 20) == 20
    assert it.intercept.resident() - before < 96 << 10, "98 MB a stream are kept"
    assert len(sent) < 3 * 1500


def test_connections_are_counted_together(row):
    it = row("http", "json", flags=[*LOOPS, "--max-connections", "6"], begin=False)
    kept = [Connection(it.intercept.port) for _ in range(6)]
    try:
        for connection in kept:
            assert connection.ask("POST", "/mcp", [("Accept", ACCEPT), ("Content-Type", "application/json")], json.dumps(INITIALIZE).encode()).status == 200
        with Connection(it.intercept.port) as more:
            assert more.response().status == 503
    finally:
        for connection in kept:
            connection.close()
    it.client.wait(lambda: ask(it, "POST", message=INITIALIZE).status == 200)


def test_sessions_are_counted_together(row):
    it = row("http", "json", flags=[*LOOPS, "--max-sessions", "6"], begin=False)
    statuses = [ask(it, "POST", message=INITIALIZE).status for _ in range(9)]
    assert statuses == [200] * 6 + [503] * 3


def test_a_new_policy_holds_in_every_loop(row):
    it = row("http", "json", flags=LOOPS, begin=False)
    clients = [HttpClient(it.intercept.port).begin() for _ in range(8)]
    try:
        for client in clients:
            assert echoes(client, 1) == 1
        it.intercept.policy.write_text(REFUSES_ECHO)
        it.intercept.process.send_signal(signal.SIGHUP)
        for client in clients:
            client.wait(lambda client=client: echoes(client, 1) == 0)
        late = HttpClient(it.intercept.port)
        clients.append(late)
        assert echoes(late.begin(), 1) == 0, "so it does for sessions that begin now"
        digests = {r["policy_digest"] for r in it.intercept.records("reload")}
        assert len(digests) == 1
        it.intercept.policy.write_text("version: 2\n")
        it.intercept.process.send_signal(signal.SIGHUP)
        it.server.wait(lambda: it.intercept.records("reload_failed"))
        assert all(echoes(client, 1) == 0 for client in clients), "a policy that does not load changes nothing"
    finally:
        for client in clients:
            client.close()
    it.intercept.finish()
    used = {r["instance"] for r in it.intercept.records("decision")}
    assert len(used) > 1
    assert used <= {r["instance"] for r in it.intercept.records("reload")}, "each loop's log says so"


@pytest.mark.parametrize("server", ["json", "stdio"])
def test_leaving_is_told_across_loops(row, server):
    it = row("http", server, revision=played.MODERN, flags=LOOPS)
    for _ in range(4):
        pending = it.client.tool("slow", {"gate": "never"})
        assert it.toolbox.began.acquire(timeout=30)
        it.client.leave(pending)
        assert it.toolbox.ended_early.acquire(timeout=30), "the server was not told"


def test_a_child_that_dies_is_noticed_by_its_loop(row):
    it = row("http", "stdio", flags=LOOPS, begin=False)
    clients = [HttpClient(it.intercept.port).begin() for _ in range(4)]
    try:
        waiting = [client.tool("slow", {"gate": "never"}) for client in clients]
        for _ in clients:
            assert it.toolbox.began.acquire(timeout=30)
        for child in list(it.server.children):
            os.kill(child.pid, signal.SIGKILL)
        for pending in waiting:
            assert "error" in pending.wait() or pending.message["result"].get("isError")
    finally:
        for client in clients:
            client.close()


def test_calls_in_flight_get_their_answers_when_it_stops(row):
    it = row("http", "json", flags=[*LOOPS, "--drain", "20s"])
    waiting = [it.client.tool("slow", {"gate": "g"}) for _ in range(8)]
    for _ in waiting:
        assert it.toolbox.began.acquire(timeout=30)
    it.intercept.process.send_signal(signal.SIGTERM)
    assert it.intercept.alive()
    it.toolbox.gate("g").set()
    for pending in waiting:
        assert "result" in pending.wait()
    assert it.intercept.process.wait(harness.TIMEOUT) == 128 + signal.SIGTERM
    assert len(it.intercept.records("outcome")) == 8
    assert it.intercept.records("shutdown")


def test_what_does_not_end_is_told_when_it_stops(row):
    it = row("http", "json", flags=[*LOOPS, "--drain", "300ms"])
    waiting = [it.client.tool("slow", {"gate": "never"}) for _ in range(8)]
    for _ in waiting:
        assert it.toolbox.began.acquire(timeout=30)
    assert it.intercept.stop() == 128 + signal.SIGTERM
    for pending in waiting:
        message = pending.wait()
        assert "error" in message or message["result"].get("isError"), message


def test_wrong_numbers(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(EMPTY)
    for word in ("0", "65", "two", "-1", ""):
        command = [harness.binary(), "-c", str(policy), "--transport", "http", "--upstream", "http://127.0.0.1:1/mcp", f"--threads={word}"]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=harness.TIMEOUT)
        assert done.returncode == 2 and "--threads" in done.stderr, (word, done)
    done = subprocess.run([harness.binary(), "-c", str(policy), "--threads", "2", "--", "cat"], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=harness.TIMEOUT)
    assert done.returncode == 2 and "--threads requires --transport" in done.stderr


def test_one_for_each_processor():
    with Listener(upstream="http://127.0.0.1:1/mcp", flags=["--threads", "auto"]) as it:
        assert it.alive()


def test_sixty_four_loops(stack):
    with Listener(upstream="http://127.0.0.1:1/mcp", flags=["--threads", "64"]) as it:
        done = threading.Event()
        threading.Thread(target=lambda: (it.stop(), done.set()), daemon=True).start()
        assert done.wait(harness.TIMEOUT)
