"""Starts Intercept in front of the server of these tests, plays the client, and sees to it that nothing is left.

Nothing here sleeps for a fixed time and hopes: wait_until() polls for a condition, up to a generous deadline. Promises
about time are checked against what the issue says plus SLACK, because the machine may be busy.
"""
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVER = [sys.executable, str(HERE / "servers" / "server.py")]
DEADLINE = 20.0  # for whatever must happen some time
SLACK = 1.0      # on top of what is promised


def binary():
    return os.environ.get("INTERCEPT_BIN", str(ROOT / "build" / "dev" / "src" / "intercept"))


def wait_until(condition, what, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"not within {deadline} s: {what}")


def is_alive(pid):
    """A zombie is dead: whoever should take it away is not our concern."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def children(pid):
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def rss_kib(pid):
    """Resident memory; 0 of a binary with a sanitizer, which keeps what was freed (and maps terabytes)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    kib = lambda key: int(status[key].split()[0])
    return 0 if kib("VmSize") > 1 << 30 else kib("VmRSS")


class Proxy:
    """One running Intercept. `stdin`/`stdout` may be descriptors; then send() and lines() are not for use."""

    def __init__(self, tmp_path, *words, command=None, policy='version: "1"\n', flags=(), stdin=subprocess.PIPE,
                 stdout=subprocess.PIPE, read=True, env=None, cwd=None, new_group=True, before=None):
        self.report = tmp_path / "report"
        self.report.mkdir(parents=True, exist_ok=True)
        self.state = tmp_path / "state"
        policy_file = tmp_path / "policy.yaml"
        policy_file.write_text(policy)
        environment = dict(os.environ, REPORT=str(self.report), XDG_STATE_HOME=str(self.state))
        environment.update(env or {})
        self.stderr_path = tmp_path / "stderr"
        self.started = time.monotonic()
        with open(self.stderr_path, "ab") as stderr:
            self.process = subprocess.Popen(
                [binary(), "-c", str(policy_file), *flags, "--", *(command or [*SERVER, *words])], stdin=stdin,
                stdout=stdout, stderr=stderr, env=environment, cwd=cwd, bufsize=0, start_new_session=new_group,
                preexec_fn=before)
        self.pid = self.process.pid
        self._lines = queue.Queue()
        self._thread = None
        if read and self.process.stdout:
            self.start_reading()

    # The client's side.
    def start_reading(self):
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with os.fdopen(os.dup(self.process.stdout.fileno()), "rb") as stream:
            for line in stream:
                self._lines.put(line)
        self._lines.put(None)

    def send(self, *messages):
        for message in messages:
            data = message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n"
            while data:
                data = data[self.process.stdin.write(data):]

    def request(self, request_id, method, **params):
        self.send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})

    def call(self, request_id, tool, **arguments):
        self.request(request_id, "tools/call", name=tool, arguments=arguments)

    def line(self, deadline=DEADLINE):
        """The next line, or None at the end of the output."""
        try:
            return self._lines.get(timeout=deadline)
        except queue.Empty:
            raise AssertionError(f"no line within {deadline} s; stderr: {self.stderr()}") from None

    def answer(self, request_id, deadline=DEADLINE):
        """The answer to a request; whatever else comes before it is skipped."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            line = self.line(deadline)
            assert line is not None, f"the output ended before the answer to {request_id}; stderr: {self.stderr()}"
            message = json.loads(line)
            if message.get("id") == request_id and "method" not in message:
                return message
        raise AssertionError(f"no answer to {request_id} within {deadline} s")

    def text(self, request_id, deadline=DEADLINE):
        return self.answer(request_id, deadline)["result"]["content"][0]["text"]

    def rest(self, deadline=DEADLINE):
        """All lines up to the end of the output."""
        lines = []
        while (line := self.line(deadline)) is not None:
            lines.append(line)
        return lines

    def close_input(self):
        self.process.stdin.close()

    def close_output(self):
        assert self._thread is None, "only without the reading thread"
        self.process.stdout.close()

    def wait(self, deadline=DEADLINE):
        """The exit status; as the shell says it."""
        status = self.process.wait(deadline)
        return status if status >= 0 else 128 - status

    # What the server saw.
    def reported(self, name):
        path = self.report / name
        return path.read_bytes() if path.exists() else b""

    def pids(self, count):
        """The server's process id and those of its descendants, once there are `count`."""
        return wait_until(lambda: (lambda p: p if len(p) >= count else None)(
            [int(x) for x in self.reported("pids").split()]), f"{count} processes of the server")

    def received(self):
        return self.reported("received").splitlines(keepends=True)

    def environment(self):
        def load():
            try:
                return json.loads(self.reported("environment"))
            except ValueError:
                return None
        return wait_until(load, "the server's start")

    def stderr(self):
        return self.stderr_path.read_bytes()

    def records(self):
        files = sorted(self.state.glob("intercept/audit/*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def clean_up(self):
        for stream in (self.process.stdin, self.process.stdout):
            if stream and not stream.closed and self._thread is None:
                stream.close()
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._thread:
            self._thread.join(DEADLINE)
            self.process.stdout.close()
        for pid in self.reported("pids").split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
