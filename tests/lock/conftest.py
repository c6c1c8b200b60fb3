"""Fixtures of the lock's tests: `intercept lock`, lock files, and the rows of tests/http."""

import importlib.util
import json
import sys

import pytest

import harness

for folder in ("http", "e2e"):
    sys.path.append(str(harness.TESTS / folder))
_spec = importlib.util.spec_from_file_location("http_conftest", harness.TESTS / "http/conftest.py")
_http = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_http)
stack, row, listener = _http.stack, _http.row, _http.listener


class Done:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()


class Lock:
    """A lock file, and the program at work on it."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "intercept.lock"

    def run(self, *arguments, stdin=b""):
        return Done(harness.run([*map(str, arguments)], stdin=stdin, state=self.folder))

    def list_of(self, tools, **beside):
        """A saved tools/list."""
        file = self.folder / "tools.json"
        file.write_text(json.dumps({"tools": tools, **beside}))
        return file

    def accept(self, tools, server="played", *flags, **beside):
        done = self.run("lock", "--lock", self.path, "--server-name", server, "--from", self.list_of(tools, **beside), *flags)
        assert done.status == 0, done.err
        return done.out

    def diff(self, tools, server="played", **beside):
        return self.run("lock", "diff", "--lock", self.path, "--server-name", server, "--from", self.list_of(tools, **beside))

    def read(self):
        return json.loads(self.path.read_text())


@pytest.fixture
def lock(tmp_path):
    return Lock(tmp_path)
