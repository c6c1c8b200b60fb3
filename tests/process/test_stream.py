"""The streams: huge, slow, silent, noisy, oddly cut; pipes, sockets and files; what the server inherits."""
import fcntl
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from proxy_process import SERVER, rss_kib, wait_until

MIB = 1 << 20


def test_a_line_of_64_mib_to_the_server(start):
    proxy = start()
    text = "a" * (64 * MIB)
    proxy.call(1, "size", text=text)
    assert proxy.text(1, 120) == f"{len(text)} {hashlib.sha256(text.encode()).hexdigest()}"
    wait_until(lambda: rss_kib(proxy.pid) < 40 * 1024, "memory given back after a large request")


def test_a_line_of_64_mib_from_the_server(start):
    proxy = start()
    proxy.call(1, "make", bytes=64 * MIB)
    text = proxy.text(1, 120)
    assert len(text) == 64 * MIB and set(text) == {"m"}
    wait_until(lambda: rss_kib(proxy.pid) < 40 * 1024, "memory given back after a large answer")


def test_a_line_over_the_limit_is_refused_and_the_session_lives(start):
    proxy = start()
    head = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"size","arguments":{"text":"'
    proxy.send(head + b"a" * (81 * MIB) + b'"}}}\n')
    assert "error" in json.loads(proxy.line(60))
    proxy.call(2, "echo", text="next")
    assert proxy.text(2) == "next"
    assert len(proxy.received()) == 1


def test_an_answer_over_the_limit_becomes_an_error(start):
    proxy = start()
    proxy.call(1, "make", bytes=81 * MIB)
    assert "error" in proxy.answer(1, 60)
    proxy.call(2, "echo", text="next")
    assert proxy.text(2) == "next"


def test_server_that_never_reads_stops_the_client_and_nothing_else(start):
    proxy = start("never-read")
    os.set_blocking(proxy.process.stdin.fileno(), False)
    line = json.dumps({"jsonrpc": "2.0", "method": "notifications/some", "params": {"x": "x" * 1000}}).encode() + b"\n"
    sent, stuck_since = 0, None
    end = time.monotonic() + 30
    while time.monotonic() < end:  # until we are held for a second
        n = proxy.process.stdin.write(line[sent % len(line):])
        if n:
            sent, stuck_since = sent + n, None
        elif stuck_since is None:
            stuck_since = time.monotonic()
        elif time.monotonic() - stuck_since > 1:
            break
        else:
            time.sleep(0.01)
    assert stuck_since is not None, "back-pressure must reach the client"
    assert sent < 16 * MIB
    while not proxy._lines.empty():
        proxy.line()
    assert b"notifications/message" in proxy.line(), "the other direction goes on"
    assert rss_kib(proxy.pid) < 64 * 1024


def test_client_that_stops_reading_stops_the_server_and_nothing_else(start):
    proxy = start("flood", read=False)
    wait_until(lambda: proxy.reported("pids"), "the server's start")
    # The server's writing stalls; what the client sends still arrives.
    for n in range(50):
        proxy.request(n, "ping")
        wait_until(lambda: len(proxy.received()) > n or None, f"request {n} at the server") if n < 10 else None
    assert rss_kib(proxy.pid) < 64 * 1024
    size = lambda: rss_kib(proxy.pid)
    before = size()
    time.sleep(0.5)
    assert size() - before < 4096, "nothing piles up"
    proxy.start_reading()
    assert proxy.answer(0)["result"] == {}


def test_client_that_floods_with_what_is_refused_and_does_not_read_is_held(start):
    proxy = start(read=False, policy='version: "1"\ndefault: deny\n')
    os.set_blocking(proxy.process.stdin.fileno(), False)
    line = json.dumps({"jsonrpc": "2.0", "id": "i", "method": "tools/call", "params": {"name": "no"}}).encode() + b"\n"
    position, n = 0, 0
    end = time.monotonic() + 30
    stuck_since = None
    while time.monotonic() < end and n < 1_000_000:
        wrote = proxy.process.stdin.write(line[position:])
        if wrote:
            position = (position + wrote) % len(line)
            n += wrote
            stuck_since = None
        elif stuck_since is None:
            stuck_since = time.monotonic()
        elif time.monotonic() - stuck_since > 1:
            break
        else:
            time.sleep(0.01)
    assert rss_kib(proxy.pid) < 64 * 1024


def test_noise_of_the_server_harms_nothing(start):
    proxy = start("noise")
    for n in range(5):
        proxy.call(n, "echo", text=f"text {n}")
        assert proxy.text(n) == f"text {n}"


def test_messages_however_they_are_cut(start):
    proxy = start()
    data = b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}%s' % (n, end)
                    for n, end in enumerate([b"\n", b"\r\n", b"\n\n \n", b"  \r\n"]))
    for i in range(len(data)):
        proxy.send(data[i:i + 1])
    for n in range(4):
        assert proxy.answer(n)["result"] == {}
    proxy.send(data.replace(b'"id":', b'"id":1'))
    for n in range(4):
        assert proxy.answer(10 + n)["result"] == {}


def test_order_is_kept(start):
    proxy = start()
    for n in range(2000):
        proxy.call(n, "echo", text=str(n))
    for n in range(2000):
        message = json.loads(proxy.line())
        assert message["id"] == n and message["result"]["content"][0]["text"] == str(n)


def test_refusals_stand_between_whole_lines(start):
    proxy = start(policy='version: "1"\nhide: [die]\n')
    for n in range(300):
        proxy.call(n, "make" if n % 3 else "die", **({"bytes": 5000} if n % 3 else {}))
    seen = [json.loads(proxy.line())["id"] for _ in range(300)]
    assert sorted(seen) == list(range(300))


# Where the streams come from.

def test_stdin_from_a_file_and_stdout_to_a_file(start, tmp_path):
    messages = tmp_path / "messages"
    messages.write_text("".join(json.dumps({"jsonrpc": "2.0", "id": n, "method": "ping"}) + "\n" for n in range(50)))
    answers = tmp_path / "answers"
    with open(messages, "rb") as stdin, open(answers, "wb") as stdout:
        proxy = start(stdin=stdin, stdout=stdout)
        assert proxy.wait() == 0
    assert [json.loads(line)["id"] for line in answers.read_text().splitlines()] == list(range(50))


def test_stdin_from_dev_null(start):
    proxy = start("burst=3", stdin=subprocess.DEVNULL)
    assert len(proxy.rest()) == 3
    assert proxy.wait() == 0


def test_stdin_and_stdout_closed(start):
    def close_both():
        os.close(0)
        os.close(1)
    proxy = start(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, before=close_both)
    assert proxy.wait() == 0
    assert proxy.environment()["fds"][:3] == [0, 1, 2]


@pytest.mark.parametrize("kind", ["socket", "pipe"])
def test_streams_are_shared_and_keep_their_mode(start, kind):
    """Node gives its children sockets; whoever shares a description with us must not find it non-blocking."""
    if kind == "socket":
        (ours_in, theirs_in), (ours_out, theirs_out) = socket.socketpair(), socket.socketpair()
        give_in, give_out = theirs_in.fileno(), theirs_out.fileno()
        send, receive = ours_in.sendall, ours_out.makefile("rb").readline
        keep = (ours_in, theirs_in, ours_out, theirs_out)
    else:
        give_in, write_end = os.pipe()
        read_end, give_out = os.pipe()
        stream = os.fdopen(read_end, "rb")
        send, receive = lambda data: os.write(write_end, data), stream.readline
        keep = (stream,)
    proxy = start(stdin=give_in, stdout=give_out)
    for n in range(10):
        send(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % n)
        assert json.loads(receive())["id"] == n
        for fd in (give_in, give_out):
            assert not fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK
    big = "b" * 2_000_000
    send(json.dumps({"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": {"name": "make", "arguments": {"bytes": len(big)}}}).encode() + b"\n")
    assert len(receive()) > len(big)
    os.kill(proxy.pid, signal.SIGTERM)
    proxy.wait()
    for fd in (give_in, give_out):
        assert not fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK
    if kind == "pipe":
        for fd in (give_in, give_out, write_end):
            os.close(fd)
    for thing in keep:
        thing.close()


# What the server inherits.

def test_environment_directory_and_arguments(start, tmp_path):
    home = tmp_path / "a directory"
    home.mkdir()
    proxy = start("a b", "$HOME", "*", "", "--flag", env={"SOME_SECRET": "s3cret", "EMPTY": ""}, cwd=home)
    seen = proxy.environment()
    assert seen["cwd"] == str(home)
    assert seen["env"]["SOME_SECRET"] == "s3cret" and seen["env"]["EMPTY"] == ""
    assert seen["argv"][1:] == ["a b", "$HOME", "*", "", "--flag"]


def test_no_descriptor_leaks(start):
    proxy = start()
    assert proxy.environment()["fds"] == [0, 1, 2, 3], "3 is the listing's own"


def test_stderr_passes_as_it_is(start, tmp_path):
    data = bytes(range(256)) * 100
    script = "import os,sys; os.write(2, bytes(range(256)) * 100); sys.stdin.read()"
    proxy = start(command=[sys.executable, "-c", script])
    wait_until(lambda: data in proxy.stderr(), "what the server wrote to stderr")


def test_stderr_that_nobody_reads_does_not_stall_us(start, tmp_path):
    read_end, write_end = os.pipe()
    proxy_env = dict(os.environ, XDG_STATE_HOME=str(tmp_path / "state"), REPORT="")
    policy = tmp_path / "policy.yaml"
    policy.write_text('version: "1"\n')
    from proxy_process import binary
    process = subprocess.Popen([binary(), "-c", str(policy), "--log-level", "debug", "--", *SERVER, "noise"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=write_end, env=proxy_env)
    try:
        for n in range(2000):
            process.stdin.write(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % n)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == n
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()
        os.close(read_end)
        os.close(write_end)


def test_a_start_leaves_no_trace_until_something_is_ruled(start):
    proxy = start()
    proxy.request(1, "ping")
    proxy.answer(1)
    proxy.close_input()
    assert proxy.wait() == 0
    assert not list(proxy.state.glob("**/*.jsonl")), "clients start us only to look"


def test_a_ruled_call_is_recorded_before_it_is_forwarded(start):
    proxy = start()
    proxy.call(1, "silent")
    wait_until(lambda: len(proxy.received()) == 1, "the call at the server")
    kinds = [r["event"] for r in proxy.records()]
    assert kinds[:3] == ["file", "start", "decision"]


def test_outcomes_are_recorded_soon_without_another_call(start):
    proxy = start()
    proxy.call(1, "echo", text="x")
    proxy.text(1)
    wait_until(lambda: "outcome" in [r["event"] for r in proxy.records()], "the outcome's record", 2)


def test_what_cannot_be_recorded_is_not_forwarded(start, tmp_path):
    proxy = start()
    proxy.request(1, "ping")
    proxy.answer(1)
    proxy.state.mkdir()
    (proxy.state / "intercept").write_text("a file stands where the directory should be")
    proxy.call(2, "echo", text="never")
    assert "error" in proxy.answer(2) or proxy.answer(2)["result"]["isError"]
    proxy.request(3, "ping")
    assert proxy.answer(3)["result"] == {}
    assert [json.loads(line)["id"] for line in proxy.received()] == [1, 3]
    (proxy.state / "intercept").unlink()
    proxy.call(4, "echo", text="again")
    assert proxy.text(4) == "again", "the next call tries again"


def test_with_fail_mode_open_it_is_forwarded_and_said(start):
    proxy = start(flags=["--audit-fail-mode", "open"])
    proxy.state.mkdir()
    (proxy.state / "intercept").write_text("")
    proxy.call(1, "echo", text="through")
    assert proxy.text(1) == "through"
    assert b"audit" in proxy.stderr()
