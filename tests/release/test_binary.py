"""The binary that ships: what a user's machine must have for it (nothing), and what it must not hold."""

import os
import subprocess

import pytest

BINARY = os.environ.get("INTERCEPT_BIN", "")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", autouse=True)
def is_there():
    assert os.access(BINARY, os.X_OK), "build it with scripts/build"


def test_is_static():
    assert "statically linked" in output("ldd", BINARY).stdout


def test_is_position_independent_and_has_no_interpreter():
    headers = output("readelf", "-hl", BINARY).stdout
    assert "DYN (" in headers
    assert "INTERP" not in headers


def test_relocations_are_read_only_and_the_stack_is_not_executable():
    headers = output("readelf", "-lW", BINARY).stdout
    assert "GNU_RELRO" in headers
    stack = next(line for line in headers.splitlines() if "GNU_STACK" in line)
    assert " RWE " not in stack


def test_is_stripped_and_small():
    assert "no symbols" in output("nm", BINARY).stderr
    assert os.path.getsize(BINARY) <= 12_000_000


def test_runs_in_an_empty_environment():
    ran = subprocess.run([BINARY, "--version"], env={}, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("intercept version ")


def test_without_arguments_it_helps():
    ran = output(BINARY)
    assert ran.returncode == 0
    assert "Usage:" in ran.stdout and ran.stderr == ""
    assert "\x1b" not in ran.stdout


@pytest.mark.parametrize("content, says", [
    (None, "policy.yaml"),
    ("", "empty"),
    ("tools: [", "policy.yaml:1"),
    ("default_action: deny\n", "unknown key"),
    ("a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
     "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
     "alias"),
    ("tools:\n  x:\n    rules:\n      - validate: {schema: {type: strin}}\n", "bad-schema"),
])
def test_a_bad_policy_never_starts_the_server(tmp_path, content, says):
    policy = tmp_path / "policy.yaml"
    if content is not None:
        policy.write_text(content)
    mark = tmp_path / "started"
    ran = output(BINARY, "-c", str(policy), "--", "touch", str(mark))
    assert ran.returncode == 2
    assert says in ran.stderr, ran.stderr
    assert ran.stdout == ""
    assert not mark.exists()


def test_a_directory_is_no_policy(tmp_path):
    ran = output(BINARY, "-c", str(tmp_path), "--", "true")
    assert ran.returncode == 2
    assert "directory" in ran.stderr


def test_an_unknown_command(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("default: allow\n")
    ran = subprocess.run([BINARY, "-c", str(policy), "--", "no-such-command-anywhere"], capture_output=True, text=True,
                         env={"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path)}, check=False)
    assert ran.returncode == 127
    assert "no-such-command-anywhere" in ran.stderr
