"""Long use: memory and descriptors stay flat whatever is called, refused, cancelled or garbled, and however often the
policy changes."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BINARY = os.environ["INTERCEPT_BIN"]
KEPT = 1  # SQLite closes a file's second descriptor when the locks on it are gone, and uses it again until then
CALLS = int(os.environ.get("INTERCEPT_SOAK_CALLS", "100000"))
POLICY = """
hide: [hidden]
tools:
  limited:
    rules:
      - rate_limit: {max: 50, window: 60}
  counted:
    rules:
      - {rate_limit: 1000000/hour, concurrency: 5000, idempotency_window: 1s}
      - require: [{path: args.n, op: gte, value: 0}]
  "*":
    rules:
      - spend_limit: {max: 1000000000, window: day, from: args.n}
"""


def lines(n):
    """The n-th bunch: a forwarded call, a limited one, a hidden one, garbage, a repeated key, a notification."""
    call = '{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"%s","arguments":{"n":%d,"text":"%s"}}}'
    yield call % (n * 8, "counted", n, "x" * (n % 700)), True
    yield call % (n * 8 + 1, "limited", n, "y"), True
    yield call % (f'"s{n}"', "hidden", n, ""), True
    yield call % (n * 8 + 3, f"tool_{n}", n % 97, ""), True
    yield '{"jsonrpc":"2.0","id":%d,"id":1,"method":"ping"}' % (n * 8 + 4), True
    yield "not json at all", True
    yield '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}' % (n * 8 + 7), False
    yield '{"jsonrpc":"2.0","id":%d,"result":{}}' % n, False


def held(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    size, rss = (int(next(l for l in status.splitlines() if l.startswith(key)).split()[1]) for key in ("VmSize", "VmRSS"))
    sanitized = size > 1 << 30  # KiB: a sanitizer's shadow; it keeps what was freed
    # The least of some looks: a thread may have the state file open for a moment.
    descriptors = min(len(os.listdir(f"/proc/{pid}/fd")) for _ in range(200))
    return rss, descriptors, sanitized


def test_memory_and_descriptors_stay_flat(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    env = dict(os.environ, XDG_STATE_HOME=str(tmp_path / "state"))
    process = subprocess.Popen([BINARY, "-c", str(policy), "--log-level", "error", "--", sys.executable,
                                str(HERE / "echo.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    marks = []
    sent = 0
    bunch = 0
    while sent < CALLS:
        expected = 0
        batch = []
        for _ in range(16):
            for text, answered in lines(bunch):
                batch.append(text)
                expected += answered
            bunch += 1
        process.stdin.write(("\n".join(batch) + "\n").encode())
        process.stdin.flush()
        for _ in range(expected):
            json.loads(process.stdout.readline())
        sent += len(batch)
        if bunch % 256 == 0:
            marks.append(held(process.pid))
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    settled = marks[len(marks) // 5]
    print("resident KiB and descriptors:", settled, "->", marks[-1])
    assert marks[-1][1] <= settled[1] + KEPT
    if not settled[2]:
        assert marks[-1][0] <= settled[0] * 1.15 + 512


RELOADS = int(os.environ.get("INTERCEPT_SOAK_RELOADS", "1000"))
SHARED = """
hide: [%s]
tools:
  counted:
    rules:
      - {rate_limit: 1000000/hour, concurrency: 50}
      - spend_limit: {max: 1000000000, window: day, from: args.n}
      - limits: [{counter: c, window: hour, max: 1000000, refund: on_error}]
"""


@pytest.mark.timeout(600)
def test_counters_on_disk_and_reloads_stay_flat(tmp_path):
    """Ten calls with limits in the state file, then another policy, again and again. Growth after the first tenth is at
    most 1 %."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(SHARED % "even")
    env = dict(os.environ, XDG_STATE_HOME=str(tmp_path / "state"))
    process = subprocess.Popen([BINARY, "-c", str(policy), "--log-level", "error", "--", sys.executable,
                                str(HERE / "echo.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)

    def send(message):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        process.stdin.flush()

    def answer():
        return json.loads(process.stdout.readline())

    send({"id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                                                      "clientInfo": {"name": "soak", "version": "1"}}})
    answer()
    send({"method": "notifications/initialized"})
    marks = []
    calls = 0
    for reload in range(1, RELOADS + 1):
        for _ in range(10):
            calls += 1
            send({"id": calls, "method": "tools/call", "params": {"name": "counted", "arguments": {"n": calls % 7}}})
            assert answer()["result"] == {"content": []}
        draft = tmp_path / "draft.yaml"
        draft.write_text(SHARED % ("odd" if reload % 2 else "even"))
        draft.rename(policy)
        assert answer()["method"] == "notifications/tools/list_changed"
        if reload % (RELOADS // 10) == 0:
            marks.append(held(process.pid))
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    print(f"{calls} calls, {RELOADS} reloads; resident KiB and descriptors:", [mark[:2] for mark in marks])
    first, last = marks[0], marks[-1]
    assert last[1] <= first[1] + KEPT
    if not first[2]:
        assert last[0] <= first[0] * 1.01
