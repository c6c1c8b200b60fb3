"""The commands of people who write policies: each test has a folder of its own, writes files there and runs the program
in it, as an author does."""
import os
import pathlib
import subprocess

import pytest

import harness


class Desk:
    """A folder with files, and the program run in it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        return (self.folder / name).read_text()

    def environment(self):
        return dict(os.environ, XDG_STATE_HOME=str(self.folder / "state"), NO_COLOR="1")

    def run(self, *words, status=0, stdin=""):
        """The program with these words: a CompletedProcess. It must end with
        `status`."""
        done = subprocess.run([os.path.abspath(harness.binary()), *map(str, words)], cwd=self.folder, env=self.environment(),
                              input=stdin, capture_output=True, text=True, timeout=harness.TIMEOUT)
        assert done.returncode == status, f"{words}\nended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)
