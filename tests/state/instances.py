"""Sessions of the tests of reloads, pauses and faults: each a harness.Wire, so that the test is client and server and
sees every byte; several may share a state directory. And what such tests say in one word: calls, refusals, waiting for
what a session says, commands beside sessions.
"""
import contextlib
import json
import os
import pathlib
import pty
import subprocess
import sys

import pytest

import harness
from fleet import wait_until

POLICY_ERROR, LOST, UNAVAILABLE = 40301, 40302, 40303  # error codes of a refusal, a lost answer, a failing store or log
OPEN = 'version: "1"\n'
THREE = json.dumps({"version": "1", "tools": {"work": {"rules": [{"rate_limit": "3/hour"}]}}})


def call(id, tool="work", **arguments):
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def request(id, method, **params):
    return {"jsonrpc": "2.0", "id": id, "method": method, **({"params": params} if params else {})}


def result(id, text="done", **more):
    return {"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}], **more}}


class Instance(harness.Wire):
    """A session with the state home `state` (default: its own), started as the server `name`."""

    def __init__(self, policy=OPEN, state=None, name="srv", flags=(), env=None, **more):
        env = {**(env or {}), **({"XDG_STATE_HOME": str(state)} if state else {})}
        super().__init__(policy, flags=["--server-name", name, *flags], env=env, **more)
        if state:
            self.state = state

    def passed(self, id, tool="work", **arguments):
        """The call reaches the server, whose answer reaches the client."""
        answer = self.passes(call(id, tool, **arguments), {"content": []})
        assert answer == {"jsonrpc": "2.0", "id": id, "result": {"content": []}}

    def denied(self, id, tool="work", **arguments):
        """The call is refused by the policy, a limit or a pause, and the server does not see it. Gives the text."""
        return denial(self.ask(call(id, tool, **arguments)))

    def failed(self, id, tool="work", **arguments):
        """The call is refused because state or log cannot be used, and the server does not see it. Gives the text."""
        answer = self.ask(call(id, tool, **arguments))
        assert answer["error"]["code"] == UNAVAILABLE, answer
        return answer["error"]["message"]

    def says(self, text, times=1):
        """Waits until stderr has it so many times; gives its lines that do."""
        def lines():
            found = [line for line in self.stderr().splitlines() if text in line]
            return found if len(found) >= times else None
        try:
            return wait_until(lines, text)
        except AssertionError:
            raise AssertionError(f"stderr does not say {text!r} {times} time(s): {self.stderr()}") from None

    def records_when(self, event, count=1):
        """The log's entries of an event, once there are so many: outcomes and what else delays no call come a little
        later than it."""
        return wait_until(lambda: (lambda r: r if len(r) >= count else None)(self.own_records(event)),
                          f"{count} x {event} in the log; stderr: {self.stderr()}")

    def own_records(self, event=None):
        """Those of this process, whatever else logs to the same directory."""
        lines = list(entries(self.state))
        starts = {e["instance"] for e in lines if e["event"] == "start" and e.get("pid") == self.process.pid}
        return [e for e in lines if e["instance"] in starts and (event is None or e["event"] == event)]


def denial(answer):
    """The text of a refusal by the policy."""
    if "error" in answer:
        assert answer["error"]["code"] == POLICY_ERROR, answer
        return answer["error"]["message"]
    assert answer["result"]["isError"] is True, answer
    assert "dev.intercept/decision" in answer["result"]["_meta"], answer
    return answer["result"]["content"][0]["text"]


def entries(state):
    """All entries of all logs; a line that is being written is left out."""
    for path in sorted((state / "intercept" / "audit").glob("*.jsonl")):
        for line in path.read_text(errors="replace").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                pass


def command(state, *words, stdin=b""):
    """Runs a command of the binary on a state home, to its end."""
    return harness.run([str(w) for w in words], state=state, stdin=stdin)


def done(state, *words):
    """The same; it must succeed. Gives what it printed."""
    ended = command(state, *words)
    assert ended.returncode == 0, ended
    return ended.stdout.decode()


def fails(state, *words, status):
    """The same; it must fail with that status. Gives what it said."""
    ended = command(state, *words)
    assert ended.returncode == status and ended.stdout == b"", ended
    return ended.stderr.decode()


def refuses_to_start(policy, state=None, flags=(), **more):
    """Runs a session that must not start its server; gives what is said."""
    arguments = ["-c", str(policy), *flags, "--", "sh", "-c", "echo started"]
    ended = harness.run(arguments, state=state, **more)
    assert ended.returncode == 2 and ended.stdout == b"", ended
    return ended.stderr.decode()


GARBAGE = "{"  # is answered by Intercept itself
ATTACH = "import fcntl,os,sys,termios; fcntl.ioctl(int(sys.argv[1]), termios.TIOCSCTTY, 0); os.execv(sys.argv[2], sys.argv[2:])"


class Plain:
    """A session with a policy at any path, in front of a server that never answers; for what an Instance cannot be: behind a
    link, on a terminal of its own (`terminal`; `stdin` None: it also talks through it), started by another program."""

    def __init__(self, policy, home, terminal=False, stdin=subprocess.PIPE, before=()):
        self.log = home / f"stderr-{os.urandom(4).hex()}"
        words = [*before, harness.binary(), "-c", str(policy), "--", "sh", "-c", "while read -r line; do :; done"]
        more = {}
        if terminal:
            self.terminal, slave = pty.openpty()
            words = [sys.executable, "-c", ATTACH, str(slave), *words]
            more = {"pass_fds": [slave], "start_new_session": True}
        self.process = subprocess.Popen(words, stdin=stdin or slave, stdout=stdin or slave, stderr=open(self.log, "wb"),
                                        env=harness.environment(home / "state"), **more)
        if terminal:
            os.close(slave)

    def answer(self, message):
        """Sends a message that Intercept answers by itself; gives the answer."""
        self.process.stdin.write(harness.text(message) + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.stderr()
        return line

    def says(self, text):
        wait_until(lambda: text in self.stderr(), text)

    def stderr(self):
        return self.log.read_text(errors="replace")

    def children(self):
        return pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()


@pytest.fixture
def plain(tmp_path):
    started = []

    def start(policy, **more):
        started.append(Plain(policy, tmp_path, **more))
        return started[-1]

    yield start
    for p in started:
        p.process.kill()
        p.process.wait()


@pytest.fixture
def session():
    """session(policy): a running session, with what Instance takes."""
    with contextlib.ExitStack() as opened:
        yield lambda *args, **more: opened.enter_context(Instance(*args, **more))


@pytest.fixture
def written(tmp_path):
    """A policy that allows everything, in a directory of its own."""
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    path = folder / "policy.yaml"
    path.write_text(OPEN)
    path.chmod(0o600)
    return path
