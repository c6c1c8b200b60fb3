"""Several Intercepts that share one state directory, each in front of a counting server, and the test as every client.

A call is sent without waiting for others; what came of it is looked up afterwards. The test may kill proxies and
servers, step the wall clock of all proxies, exchange the policy, and take away the disk.
"""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVER = [sys.executable, "-S", "-E", str(HERE / "counting_server.py")]
TIMEOUT = float(os.environ.get("INTERCEPT_TEST_TIMEOUT", "30"))


def binary():
    return os.environ.get("INTERCEPT_BIN", str(ROOT / "build/dev/src/intercept"))


def boot():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def wait_until(condition, what, deadline=None):
    end = time.monotonic() + (deadline or TIMEOUT)
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.002)
    raise AssertionError(f"not in time: {what}")


@dataclass
class Call:
    nonce: str
    tool: str
    amount: Decimal
    sent: int                    # boot clock, ns
    answered: int = 0            # 0: never
    denied: bool = False         # by the policy
    text: str = ""
    member: "Member" = None
    flags: dict = field(default_factory=dict)


class Member:
    """One proxy with its server."""

    def __init__(self, fleet, number, flags):
        self.fleet, self.number = fleet, number
        env = dict(os.environ, XDG_STATE_HOME=str(fleet.state), EXECUTED=str(fleet.executed), **fleet.env)
        server_env = []
        if fleet.env:  # the server keeps the real clock
            server_env = ["env", "-u", "LD_PRELOAD"]
        self.stderr = open(fleet.home / f"stderr-{number}", "wb")
        self.process = subprocess.Popen(
            [binary(), "-c", str(fleet.policy), "--server-name", "srv", *flags, "--", *server_env, *SERVER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr, env=env, bufsize=0,
            start_new_session=True)
        self.calls = {}
        self.alive = True
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            call = self.calls.get(message.get("id"))
            if call is None:
                continue
            result = message.get("result", {})
            text = "".join(part.get("text", "") for part in result.get("content", []))
            call.denied = "dev.intercept/decision" in result.get("_meta", {})
            call.text = text or json.dumps(message.get("error", ""))
            call.answered = boot()

    def call(self, tool, amount=Decimal(1), **flags):
        nonce = self.fleet.next_nonce()
        call = Call(nonce, tool, Decimal(amount), boot(), member=self, flags=flags)
        self.fleet.calls.append(call)
        self.calls[nonce] = call
        arguments = json.dumps({"nonce": nonce, **flags})[:-1] + f', "amount": {amount}}}'
        line = ('{"jsonrpc":"2.0","id":"%s","method":"tools/call","params":{"name":"%s","arguments":%s}}\n'
                % (nonce, tool, arguments))
        try:
            self.process.stdin.write(line.encode())
        except (BrokenPipeError, ValueError):
            self.alive = False
        return call

    def open_calls(self):
        return [c for c in self.calls.values() if not c.answered]

    def owed_calls(self):
        """Answered, and perhaps not given back yet: that waits for another process's lock, at most 250 ms at a time."""
        return [c for c in self.calls.values() if c.answered > boot() - 1_000_000_000
                and (c.flags.get("fail") or c.flags.get("error") or "cannot be written" in c.text)]

    def settle(self):
        """Until every call that will be answered is answered."""
        wait_until(lambda: not self.alive or self.process.poll() is not None
                   or not [c for c in self.open_calls() if not c.flags.get("mute")], f"answers of member {self.number}: "
                   + str([(c.nonce, c.tool, c.flags, c.nonce in self.fleet.executions()) for c in self.open_calls()]) + self.log()[-1500:] + str(self.fleet.flags))
        if self.process.poll() is not None:
            self.thread.join(TIMEOUT)
            self.alive = False

    def server_pid(self):
        def find():
            try:
                children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            except FileNotFoundError:
                return None
            for pid in children:
                try:
                    words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                    if words[1:2] != [b"-c"] and any(b"counting_server" in w for w in words):
                        return int(pid)
                except FileNotFoundError:
                    pass
            return None
        return wait_until(find, "the server's process")

    def kill(self):
        """SIGKILL to the proxy. Gives the calls that were in flight, or were not given back."""
        self.process.kill()
        self.process.wait()
        self.thread.join(TIMEOUT)
        self.alive = False
        return self.open_calls() + self.owed_calls()

    def kill_server(self):
        try:
            os.kill(self.server_pid(), signal.SIGKILL)
        except (ProcessLookupError, AssertionError):
            pass
        self.process.wait(TIMEOUT)  # the session ends with its server
        self.thread.join(TIMEOUT)
        self.alive = False

    def close(self):
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"member {self.number} does not end: " + self.log()) from None
        self.thread.join(TIMEOUT)
        self.process.stdout.close()
        self.stderr.close()

    def log(self):
        return (self.fleet.home / f"stderr-{self.number}").read_text(errors="replace")


class Fleet:
    def __init__(self, home, policy, flags=(), state=None, env=None):
        self.home = pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.state = pathlib.Path(state) if state else self.home / "state"
        self.executed = self.home / "executed"
        self.executed.touch(mode=0o600)
        self.policy = self.home / "policy.yaml"
        self.policy.write_text(policy)
        self.flags, self.env = list(flags), dict(env or {})
        self.calls, self.members, self._nonces, self._numbers = [], [], 0, 0
        self._lock = threading.Lock()

    def next_nonce(self):
        with self._lock:
            self._nonces += 1
            return f"n{self._nonces}"

    def start(self, count=1):
        for _ in range(count):
            self._numbers += 1
            self.members.append(Member(self, self._numbers, self.flags))
        return self.members[-count:]

    def alive(self):
        return [m for m in self.members if m.alive and m.process.poll() is None]

    def settle(self):
        for member in self.members:
            if member.alive:
                member.settle()

    def close(self):
        for member in self.members:
            member.close()

    def exchange_policy(self, text, how="rename"):
        if how == "write":
            self.policy.write_text(text)
            return
        draft = self.home / "policy.draft"
        draft.write_text(text)
        os.rename(draft, self.policy)

    # What the servers wrote down.
    def executions(self):
        """nonce -> (begin, end or None), in boot-clock ns. A line that was cut short is of a server that was killed while
        it wrote: it did nothing after."""
        out = {}
        for line in self.executed.read_text().splitlines():
            if len(line.split(" ")) != 5 or not line.endswith((" begin", " end")):
                continue
            when, _, _, nonce, what = line.split(" ")
            begin, end = out.get(nonce, (None, None))
            out[nonce] = (int(when), end) if what == "begin" else (begin, int(when))
        return out

    def done(self, tool):
        """Calls of the tool that were executed."""
        ran = self.executions()
        return [c for c in self.calls if c.tool == tool and c.nonce in ran]

    def records(self):
        for path in sorted((self.state / "intercept" / "audit").glob("*.jsonl")):
            for line in path.read_text(errors="replace").splitlines():
                try:
                    yield json.loads(line)
                except ValueError:
                    pass


class Wall:
    """The wall clock of a fleet's proxies (wall_shim.c), set while they run."""

    def __init__(self, home, shim):
        self.path = pathlib.Path(home) / "wall"
        self.path.write_bytes(struct.pack("<q", 0))
        self.offset = 0
        # AddressSanitizer wants to be loaded first, and works all the same.
        sanitizer = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        self.env = {"LD_PRELOAD": str(shim), "WALL": str(self.path), "ASAN_OPTIONS": sanitizer}

    def step(self, seconds):
        self.offset += int(seconds * 1e9)
        with open(self.path, "r+b") as file:
            file.write(struct.pack("<q", self.offset))

    def set_time_of_day(self, hours):
        """So that the proxies' clock shows that time of today (UTC)."""
        now = time.time()
        self.step(-(now + self.offset / 1e9) % 86400 + hours * 3600 - 86400)


class SmallDisk:
    """A file system of a few megabytes that can be filled and emptied. Needs root."""

    def __init__(self, path, size="4m"):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(self.path)], check=True)

    def fill(self):
        with open(self.path / "filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def empty(self):
        (self.path / "filler").unlink(missing_ok=True)

    def close(self):
        subprocess.run(["umount", "-l", str(self.path)], check=True)
        shutil.rmtree(self.path, ignore_errors=True)
