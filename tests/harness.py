"""What the end-to-end tests stand on: finding the binary, running it, and playing both of its peers.

A `Wire` runs Intercept in front of a server that the test itself plays: the child is relay.py, which joins its stdin
and stdout to a socket of the test. So a test sees every byte that a server would see, and says every byte that a
server would say. Nothing sleeps: `fence()` sends a ping through and so proves what came before it, and what did not.
"""

import itertools
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parent
BUILD = ROOT / "build"
PEERS = BUILD / "peers"
TIMEOUT = float(os.environ.get("INTERCEPT_TEST_TIMEOUT", "30"))  # seconds; sanitizers need more


def binary():
    """Path of the program under test."""
    path = os.environ.get("INTERCEPT_BIN") or str(BUILD / "dev/src/intercept")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not there: build it, or name it in INTERCEPT_BIN")
    return path


def text(message):
    """JSON text of a message, compact, as most SDKs write it. Bytes pass as they are."""
    if isinstance(message, bytes):
        return message
    if isinstance(message, str):
        return message.encode()
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def exact(data):
    """A reading of JSON in which numbers keep their spelling and objects their order: for comparing forwarded messages."""

    def pairs(members):
        return ("object", tuple((k, v) for k, v in members))

    def number(spelt):
        return ("number", spelt)

    return _freeze(json.loads(data, object_pairs_hook=pairs, parse_int=number, parse_float=number))


def _freeze(value):
    if isinstance(value, list):
        return tuple(_freeze(v) for v in value)
    if isinstance(value, tuple) and len(value) == 2 and value[0] == "object":
        return ("object", tuple((k, _freeze(v)) for k, v in value[1]))
    return value


class Lines:
    """Collects what comes from a file descriptor, as lines without their line feed. `None` in the queue is the end."""

    def __init__(self, read, on_line=None, on_end=None):
        self.queue = queue.SimpleQueue()
        self.bytes = 0
        self._on_line = on_line
        self._on_end = on_end
        self._thread = threading.Thread(target=self._run, args=(read,), daemon=True)
        self._thread.start()

    def _run(self, read):
        parts = []
        while True:
            try:
                chunk = read(1 << 20)
            except OSError:
                chunk = b""
            if not chunk:
                break
            self.bytes += len(chunk)
            *lines, rest = chunk.split(b"\n")
            for line in lines:
                line, parts = b"".join([*parts, line]), []
                if self._on_line is None or not self._on_line(line):
                    self.queue.put(line)
            parts.append(rest)
        if any(parts):
            self.queue.put(b"".join(parts))
        self.queue.put(None)
        if self._on_end:
            self._on_end()

    def next(self, timeout=None):
        """The next line; None at the end. A line that does not come in time is a failure."""
        try:
            line = self.queue.get(timeout=TIMEOUT if timeout is None else timeout)
        except queue.Empty:
            raise AssertionError("nothing came in time") from None
        if line is None:
            self.queue.put(None)
        return line

    def rest(self):
        lines = []
        while (line := self.next()) is not None:
            lines.append(line)
        return lines


def environment(state, extra=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    env["XDG_STATE_HOME"] = str(state)
    env.update(extra or {})
    return env


def records(state):
    """The audit lines below a state home, in file order."""
    lines = []
    for path in sorted(pathlib.Path(state).glob("intercept/audit/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            lines.append(json.loads(line))
    return lines


class Wire:
    """Intercept with the test on both sides. `answer(message)` may give the server's lines by itself (a list, or None to
    leave the message to server_next)."""

    _numbers = itertools.count(1)

    def __init__(self, policy='version: "1"\n', flags=(), env=None, answer=None, server=None, suffix=".yaml", linger=False):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="wire-"))
        self.state = self.home / "state"
        self.policy = self.home / ("policy" + suffix)
        self.policy.write_bytes(policy if isinstance(policy, bytes) else policy.encode())
        self._answer, self.linger = answer, linger
        self._client_lock, self._server_lock = threading.Lock(), threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.home / "s"))
        self._listener.listen(1)
        self._listener.settimeout(TIMEOUT)
        command = server or [sys.executable, "-S", "-E", str(TESTS / "relay.py"), str(self.home / "s")]
        self.process = subprocess.Popen(
            [binary(), "-c", str(self.policy), *flags, "--", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=open(self.home / "stderr", "wb"),
            env=environment(self.state, env),
            start_new_session=True,
        )
        try:
            self._accept()
        except BaseException:
            self.process.kill()
            raise
        self.client = Lines(self.process.stdout.read1)

    def _accept(self):
        try:
            self.peer, _ = self._listener.accept()
        except TimeoutError:
            raise AssertionError("the server was not started: " + self.stderr()) from None
        with self.peer.makefile("rb", buffering=0) as first:
            head = b""
            while not head.endswith(b"\n"):
                head += first.read(1)
        self.server_pid = int(head)
        self.server = Lines(self.peer.recv, self._on_server_line, self._on_server_end)

    def _on_server_end(self):
        if not self.linger:  # a server that ends with its input
            try:
                self.peer.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def _on_server_line(self, line):
        if self._answer is None:
            return False
        try:
            message = json.loads(line)
        except ValueError:
            return False
        answers = self._answer(message)
        if answers is None:
            return False
        for answer in answers:
            self.server_send(answer)
        return True

    def send(self, message, end=b"\n"):
        """As the client."""
        with self._client_lock:
            self.process.stdin.write(text(message) + end)
            self.process.stdin.flush()

    def recv(self, timeout=None):
        """The next message to the client."""
        line = self.client.next(timeout)
        assert line is not None, "Intercept ended: " + self.stderr()
        return json.loads(line)

    def server_send(self, message, end=b"\n"):
        with self._server_lock:
            self.peer.sendall(text(message) + end)

    def server_next(self, timeout=None):
        line = self.server.next(timeout)
        assert line is not None, "the server's input ended: " + self.stderr()
        return line

    def server_recv(self, timeout=None):
        return json.loads(self.server_next(timeout))

    def fence(self):
        """Sends a ping through and back. Gives the lines that reached the server, and those that reached the client,
        before it."""
        mark = f"fence-{next(self._numbers)}"
        self.send({"jsonrpc": "2.0", "id": mark, "method": "ping"})
        at_server, at_client = [], []
        while mark.encode() not in (line := self.server_next()):
            at_server.append(line)
        self.server_send({"jsonrpc": "2.0", "id": mark, "result": {}})
        while mark.encode() not in (line := self.client.next() or b""):
            assert line, "Intercept ended: " + self.stderr()
            at_client.append(line)
        return at_server, at_client

    def server_fence(self):
        """The same from the server's side: what it sent before has been dealt with. Gives the lines that reached the
        client before."""
        mark = f"fence-{next(self._numbers)}"
        self.server_send({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": mark}})
        at_client = []
        while mark.encode() not in (line := self.client.next() or b""):
            assert line, "Intercept ended: " + self.stderr()
            at_client.append(line)
        return at_client

    def ask(self, message):
        """Sends a request and gives the answer of Intercept itself; the server must not see anything."""
        self.send(message)
        at_server, at_client = self.fence()
        assert at_server == []
        assert len(at_client) == 1, at_client
        return json.loads(at_client[0])

    def passes(self, message, result=None):
        """Sends a request that must reach the server, answers it there, and gives what the client gets."""
        self.send(message)
        seen = self.server_recv()
        self.server_send({"jsonrpc": "2.0", "id": seen["id"], "result": {} if result is None else result})
        answer = self.recv()
        assert answer.get("id") == seen["id"], answer
        return answer

    def records(self, kind=None):
        self_records = records(self.state)
        return [r for r in self_records if kind is None or r.get("event") == kind]

    def stderr(self):
        return (self.home / "stderr").read_text(errors="replace")

    def close(self):
        """Ends the client's side and gives Intercept's exit status."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        return self.wait()

    def wait(self):
        try:
            return self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("Intercept did not end: " + self.stderr()) from None

    def discard(self):
        for close in (self.process.stdin.close, self.peer.close, self._listener.close):
            try:
                close()
            except OSError:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except OSError:
            pass
        self.process.wait()
        try:
            os.kill(self.server_pid, signal.SIGKILL)
        except OSError:
            pass
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.discard()


def run(arguments, policy=None, stdin=b"", state=None, env=None, timeout=None):
    """Runs the binary to its end with plain arguments ({policy} stands for the policy's path)."""
    with tempfile.TemporaryDirectory(prefix="run-") as home:
        path = pathlib.Path(home) / "policy.yaml"
        if policy is not None:
            path.write_bytes(policy if isinstance(policy, bytes) else policy.encode())
        return subprocess.run(
            [binary(), *(a.replace("{policy}", str(path)) for a in arguments)],
            input=stdin,
            capture_output=True,
            env=environment(state or home, env),
            timeout=timeout or TIMEOUT,
        )
