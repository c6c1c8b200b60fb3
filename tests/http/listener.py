"""Intercept in HTTP mode, started and watched: `Listener` waits for the line that names its address."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import harness
from harness import TIMEOUT
from raw_http import Connection

EMPTY = 'version: "1"\n'


class Process:
    """What both ways of running share: a home, a policy, the record. `beside`: files in the policy's folder, by name."""

    def __init__(self, policy=EMPTY, beside=None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="http-"))
        self.state = self.home / "state"
        self.policy = self.home / "policy.yaml"
        self.policy.write_text(policy)
        for name, text in (beside or {}).items():
            (self.home / name).write_text(text)

    def records(self, event=None):
        return [r for r in harness.records(self.state) if event is None or r.get("event") == event]

    def outcomes(self, count=1, timeout=None):
        """The outcomes on record, once there are `count`: they may come 100 ms after the answer."""
        deadline = time.monotonic() + (timeout or TIMEOUT)
        while len(found := self.records("outcome")) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(found) >= count, f"{len(found)} of {count} outcomes are on record"
        return found

    def resident(self):
        """KiB."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def sanitized(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmSize:\s+(\d+)", status).group(1)) > 1 << 30

    def descriptors(self):
        """The least of some looks: a thread may have a file open for a moment."""
        return min(len(os.listdir(f"/proc/{self.pid}/fd")) for _ in range(20))


class Listener(Process):
    """`upstream` is a URL, or `command` a list. `flags` come before them."""

    sse_path = "/sse"  # of clients that speak HTTP+SSE

    def __init__(self, policy=EMPTY, upstream=None, command=None, flags=(), env=None, port=0, beside=None):
        super().__init__(policy, beside)
        target = ["--upstream", upstream] if upstream else []
        tail = ["--", *command] if command else []
        threads = os.environ.get("INTERCEPT_TEST_THREADS")  # the whole suite again, in front of several loops
        loops = ["--threads", threads] if threads and "--threads" not in flags else []
        self.arguments = [harness.binary(), "-c", str(self.policy), "--transport", "http", "--port", str(port), *loops, *target, *map(str, flags), *tail]
        self.process = subprocess.Popen(
            self.arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=harness.environment(self.state, env),
            start_new_session=True,
        )
        self.pid = self.process.pid
        self._stderr, self._line = [], threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._line.wait(TIMEOUT) or not hasattr(self, "url"):
            self.close()
            raise AssertionError("it does not listen: " + self.stderr())

    def _read(self):
        for line in self.process.stderr:
            self._stderr.append(line.decode(errors="replace"))
            found = re.match(r"intercept: listening on ((https?)://(\S+):(\d+)(/\S*))", self._stderr[-1])
            if found:
                self.url, self.scheme, self.path = found[1], found[2], found[5]
                self.port = int(found[4])
                self._line.set()
        self._line.set()

    def stderr(self):
        return "".join(self._stderr)

    def connection(self, **how):
        return Connection(self.port, **how)

    def alive(self):
        return self.process.poll() is None

    def finish(self):
        """Ends it in order, so that all is on record."""
        assert self.stop() in (0, -signal.SIGTERM, 128 + signal.SIGTERM)

    def stop(self, timeout=None):
        """Asks it to end; gives its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout or TIMEOUT)

    def close(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind and self.stderr():
            print("stderr of intercept:", self.stderr()[-3000:])
        self.close()


class Bridge(Process):
    """The command line of a stdio client: to a URL or a command. `mcp_clients.StdioClient` runs it."""

    def __init__(self, policy=EMPTY, upstream=None, command=None, flags=(), beside=None):
        super().__init__(policy, beside)
        target = ["--upstream", upstream] if upstream else []
        tail = ["--", *command] if command else []
        self.arguments = [harness.binary(), "-c", str(self.policy), *target, *map(str, flags), *tail]
        self.errors = open(self.home / "stderr", "wb")

    def client(self, revision="2025-11-25"):
        from mcp_clients import StdioClient

        client = StdioClient(self.arguments, revision, self.state, self.errors)
        self.pid = client.process.pid
        self.process = client.process
        return client

    def finish(self):
        """Waits for the end, which the client's `close` asked for."""
        self.process.wait(TIMEOUT)

    def stderr(self):
        return (self.home / "stderr").read_text(errors="replace")

    def close(self):
        self.errors.close()
        if hasattr(self, "process"):
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind and self.stderr():
            print("stderr of intercept:", self.stderr()[-3000:])
        self.close()
