"""Start, end, signals, a record that cannot be written (bypass class H)."""

import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import time

import pytest

import harness

POLICY = 'version: "1"\ntools: {danger: {rules: [{action: deny}]}}\n'
TOUCH = "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()"

BAD = {
    "unknown-key": b'version: "1"\ndefault_action: deny\n',
    "duplicate-key": b"default: deny\ndefault: allow\n",
    "duplicate-tool": b"tools:\n  a: {rules: [{action: deny}]}\n  a: {rules: []}\n",
    "version-2": b'version: "2"\n',
    "not-yaml": b"tools: [\n",
    "empty": b"",
    "two-documents": b"default: deny\n---\ndefault: allow\n",
    "bad-schema": b"tools: {a: {rules: [{action: allow, validate: {schema: {type: strin}}}]}}\n",
    "not-utf8": b"default: \xff\n",
    "alias-bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)),
    "unindented": b"tools:\n  a:\nrules:\n  - action: deny\n",
}


@pytest.mark.parametrize("policy", BAD.values(), ids=BAD.keys())
def test_bad_policy_starts_nothing(tmp_path, policy):
    mark = tmp_path / "started"
    done = harness.run(["-c", "{policy}", "--", sys.executable, "-c", TOUCH, str(mark)], policy=policy)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"policy.yaml" in done.stderr or b"empty" in done.stderr
    assert not mark.exists()


def test_policy_that_is_no_file(tmp_path):
    mark = tmp_path / "started"
    for path in (str(tmp_path), str(tmp_path / "absent.yaml"), "/dev/null"):
        done = harness.run(["-c", path, "--", sys.executable, "-c", TOUCH, str(mark)])
        assert done.returncode == 2 and done.stderr, path
        assert not mark.exists()


def test_bad_use():
    for arguments in (["-c", "{policy}"], ["--", "true"], ["-c", "{policy}", "--no-such-flag", "--", "true"]):
        assert harness.run(arguments, policy=POLICY).returncode == 2


def test_unknown_command():
    done = harness.run(["-c", "{policy}", "--", "/no/such/command"], policy=POLICY)
    assert done.returncode == 127
    assert b"/no/such/command" in done.stderr


@pytest.mark.parametrize("status", [0, 1, 3, 255])
def test_exit_status_is_the_servers(status):
    done = harness.run(["-c", "{policy}", "--", sys.executable, "-c", f"import sys; sys.stdin.read(); sys.exit({status})"], policy=POLICY)
    assert done.returncode == status


def test_exit_status_of_a_killed_server():
    with harness.Wire(POLICY) as wire:
        os.kill(wire.server_pid, signal.SIGKILL)
        assert wire.wait() in (128 + signal.SIGKILL, -signal.SIGKILL)


def test_death_of_the_server_answers_what_is_in_flight():
    with harness.Wire(POLICY) as wire:
        for id in (1, "two", 3.0):
            wire.send({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "slow"}})
            wire.server_next()
        wire.server_send({"jsonrpc": "2.0", "id": "two", "result": {"last": "words"}})
        assert wire.recv()["id"] == "two"
        os.kill(wire.server_pid, signal.SIGKILL)
        answers = [json.loads(line) for line in wire.client.rest()]
        assert sorted(a["id"] for a in answers) == [1, 3.0]
        assert {a["error"]["code"] for a in answers} == {40302}
        wire.wait()


def test_last_output_is_delivered():
    script = "import sys; sys.stdin.readline(); sys.stdout.write('{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":\"%s\"}}\\n' % ('x' * 3000000)); sys.stdout.flush()"
    done = harness.run(
        ["-c", "{policy}", "--", sys.executable, "-c", script], policy=POLICY, stdin=b'{"jsonrpc":"2.0","id":1,"method":"x/y"}\n'
    )
    assert len(json.loads(done.stdout)["result"]["a"]) == 3_000_000


def test_end_of_the_client_ends_the_server():
    with harness.Wire(POLICY) as wire:
        wire.fence()
        assert wire.close() == 0
        assert wire.server.rest() == []


def gone(pid):
    """True if the process does not exist or is a zombie that nobody has collected yet."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_gone(pid, seconds=10):
    end = time.monotonic() + seconds
    while not gone(pid):
        assert time.monotonic() < end, f"process {pid} lives on"
        time.sleep(0.02)


STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"])
sys.stdout.write('{"jsonrpc":"2.0","method":"notifications/pids","params":{"of":[%d,%d]}}\\n' % (os.getpid(), child.pid))
sys.stdout.flush()
time.sleep(600)
"""


def start_stubborn(tmp_path):
    policy = tmp_path / "p.yaml"
    policy.write_text(POLICY)
    process = subprocess.Popen(
        [harness.binary(), "-c", str(policy), "--", sys.executable, "-c", STUBBORN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=harness.environment(tmp_path / "state"),
    )
    line = process.stdout.readline()
    return process, [int(n) for n in re.findall(rb"\[(\d+),(\d+)\]", line)[0]]


@pytest.fixture
def stubborn(tmp_path):
    """A server that ignores SIGTERM and has a child of its own, and both process ids."""
    process, pids = start_stubborn(tmp_path)
    yield process, pids
    process.kill()
    process.wait()
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def test_no_orphans_after_the_clients_end(stubborn):
    process, pids = stubborn
    begin = time.monotonic()
    process.stdin.close()
    process.wait(harness.TIMEOUT)
    assert time.monotonic() - begin > 1.5  # the server is given time to end by itself
    for pid in pids:
        wait_gone(pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_all_within_2_seconds(stubborn, number):
    process, pids = stubborn
    begin = time.monotonic()
    process.send_signal(number)
    process.wait(harness.TIMEOUT)
    assert time.monotonic() - begin < 2.5
    for pid in pids:
        wait_gone(pid)


def test_no_orphans_after_sigkill(stubborn):
    process, pids = stubborn
    process.kill()
    process.wait()
    for pid in pids:
        wait_gone(pid)


def test_stderr_passes_and_environment_and_directory_are_inherited(tmp_path):
    script = "import os, sys; sys.stderr.write('E:' + os.environ['SOME_VARIABLE'] + ':' + os.getcwd()); sys.stderr.flush()"
    done = harness.run(["-c", "{policy}", "--", sys.executable, "-c", script], policy=POLICY, env={"SOME_VARIABLE": "x y"})
    assert f"E:x y:{os.getcwd()}".encode() in done.stderr


def test_arguments_pass_untouched():
    odd = ["--config", "-c", "$HOME", "a b", "*", "", "\u00e9", "--", ";"]
    script = "import json, sys; sys.stderr.write(json.dumps(sys.argv[1:]))"
    done = harness.run(["-c", "{policy}", "--", sys.executable, "-c", script, *odd], policy=POLICY)
    assert json.dumps(odd).encode() in done.stderr


def test_descriptors_do_not_leak():
    script = "import os, sys; sys.stderr.write('FDS' + ','.join(sorted(f for f in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + f))))"
    done = harness.run(["-c", "{policy}", "--", sys.executable, "-c", script], policy=POLICY)
    assert b"FDS0,1,2" in done.stderr and b"FDS0,1,2,3" not in done.stderr.replace(b"FDS0,1,2\n", b"")


def test_slow_server_does_not_stop_its_own_answers():
    """The server reads nothing while it writes a lot, and the client sends a lot before it reads: no deadlock."""
    with harness.Wire(POLICY) as wire:
        blob = "x" * (1 << 20)
        for i in range(32):
            wire.server_send({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": blob, "n": i}})
            wire.send({"jsonrpc": "2.0", "method": "notifications/x", "params": {"data": blob, "n": i}})
        at_server, at_client = wire.fence()
        assert [json.loads(line)["params"]["n"] for line in at_server] == list(range(32))
        assert [json.loads(line)["params"]["n"] for line in at_client] == list(range(32))


def test_start_leaves_nothing_behind(tmp_path):
    """Clients start a command twice and kill one: nothing is created before the first ruled message."""
    state = tmp_path / "state"
    done = harness.run(["-c", "{policy}", "--", "true"], policy=POLICY, state=state)
    assert done.returncode == 0
    assert not state.exists()


def test_record_is_private_and_begins_before_the_forward():
    with harness.Wire(POLICY) as wire:
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe", "arguments": {"token": "sk-1234567890"}}})
        wire.server_next()
        decisions = [r for r in wire.records() if "decision" in r]
        assert [d["decision"] for d in decisions] == ["allow"]
        assert "sk-1234567890" not in json.dumps(wire.records())
        for path in pathlib.Path(wire.state).glob("intercept/audit/*.jsonl"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        wire.server_send({"jsonrpc": "2.0", "id": 1, "result": {"content": []}})
        wire.recv()
        assert wire.close() == 0
        kinds = [r.get("event") for r in wire.records()]
        assert kinds[:2] == ["file", "start"] and kinds[-1] == "shutdown", kinds
        outcome = [r for r in wire.records() if "outcome" in r][0]
        assert outcome["id"] == decisions[0]["id"] and outcome["outcome"] == "result"


def test_record_that_cannot_be_written_refuses(tmp_path):
    """Ruled messages are refused and say so; plumbing goes on."""
    with harness.Wire(POLICY) as wire:
        (wire.state / "intercept").mkdir(parents=True)
        (wire.state / "intercept" / "audit").write_text("in the way")
        answer = wire.ask({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}})
        assert answer.get("error", {}).get("code") == 40303 or answer["result"]["isError"] is True
        assert wire.passes({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}, {"tools": []})["result"] == {"tools": []}


def test_record_failure_open_is_a_choice():
    with harness.Wire(POLICY, flags=["--audit-fail-mode", "open"]) as wire:
        (wire.state / "intercept").mkdir(parents=True)
        (wire.state / "intercept" / "audit").write_text("in the way")
        assert wire.passes({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "safe"}}, {"content": []})


def test_many_requests_at_once(wire_of):
    wire = wire_of(POLICY)
    for id in range(500):
        wire.send({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "safe", "arguments": {"n": id}}})
    for id in range(500):
        assert wire.server_recv()["params"]["arguments"]["n"] == id
    for id in reversed(range(500)):
        wire.server_send({"jsonrpc": "2.0", "id": id, "result": {"n": id}})
    assert [wire.recv()["result"]["n"] for _ in range(500)] == list(reversed(range(500)))
