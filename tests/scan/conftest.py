"""Fixtures of the scan's tests: running `intercept scan`, and the servers that it is pointed at."""

import contextlib
import json
import sys

import pytest

import harness

for folder in ("http", "e2e"):
    sys.path.append(str(harness.TESTS / folder))  # played HTTP servers; real servers

SERVER = harness.TESTS / "scan/server.py"
# All that a scan may ever ask.
ASKED = {
    "server/discover",
    "initialize",
    "notifications/initialized",
    "tools/list",
    "resources/list",
    "resources/templates/list",
    "prompts/list",
}


class Scan:
    """What a scan gave: status, out and err as texts."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()

    def report(self):
        assert self.status == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def scan(tmp_path):
    """scan(flag...): runs `intercept scan`."""

    def run(*arguments, stdin=b"", env=None):
        return Scan(harness.run(["scan", *map(str, arguments)], stdin=stdin, state=tmp_path, env=env))

    return run


@pytest.fixture
def played(tmp_path):
    """played(word...): the command of server.py, and what it was asked: played.methods()."""

    class Played:
        report = tmp_path / "asked"

        def __call__(self, *words):
            return [sys.executable, "-S", "-E", str(SERVER), str(self.report), *words]

        def starts(self):
            return self.report.read_text().split("start\n")[1:] if self.report.exists() else []

        def methods(self):
            return [m for start in self.starts() for m in start.split()]

    made = Played()
    yield made
    assert set(made.methods()) <= ASKED


@pytest.fixture
def asked():
    return ASKED


@pytest.fixture
def stack():
    with contextlib.ExitStack() as stack:
        yield stack
