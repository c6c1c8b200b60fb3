"""When there is no room for counters or log: nothing passes uncounted or unrecorded unless somebody asked for that, it is said
once, and it ends by itself when there is room. And what is promised to be on the disk is there before a call leaves.
"""
import json
import os
import shutil
import subprocess

import pytest

import harness
from fleet import SmallDisk
from instances import OPEN, THREE, UNAVAILABLE, call, command, done, refuses_to_start, request
from instances import session, written  # noqa: F401 (fixtures)


def decisions(s):
    return s.own_records("decision")


# A full disk.

@pytest.fixture
def disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    made = SmallDisk(tmp_path / "disk", "2m")
    yield made
    made.close()


def until_failed(s, text):
    """Calls pass as long as what is left of a block has room; gives how many did before one was refused with the text."""
    for n in range(200):
        s.send(call(f"u{n}"))
        at_server, at_client = s.fence()
        if not at_server:
            error = json.loads(at_client[0])["error"]
            assert error["code"] == UNAVAILABLE and text in error["message"], error
            return n
        s.server_send({"jsonrpc": "2.0", "id": f"u{n}", "result": {}})
        s.recv()
    raise AssertionError("it never failed")


@pytest.mark.parametrize("flags", [[], ["--state-sync", "full", "--audit-sync", "always"]], ids=["normal", "synced"])
def test_limits_on_a_full_disk(disk, session, flags):
    state = disk.path / "state"
    s = session(THREE, state=state, flags=flags)
    s.passed(1)
    disk.fill()
    for n in range(5):
        assert "Refused: the " in s.failed(n)
    s.passes(request(7, "ping"))
    assert len([line for line in s.stderr().splitlines() if "cannot be kept" in line]) == 1  # said once
    disk.empty()
    s.passed(8)
    s.passed(9)
    assert "3 per hour" in s.denied(10)  # what was refused charged nothing, what passed was counted
    assert command(state, "audit", "verify").returncode == 0
    counters = json.loads(done(state, "limits", "show", "--json"))["counters"]
    assert [c["held"] for c in counters] == ["3"]


def test_counting_may_go_on_without_room(disk, session):
    s = session(THREE, state=disk.path / "state", flags=["--state-fail-mode", "open", "--audit-fail-mode", "open"])
    s.passed(1)
    disk.fill()
    for n in range(5):
        s.passed(n)
    s.says("calls pass uncounted, as --state-fail-mode says")
    disk.empty()
    s.passed(8)
    s.passed(9)
    assert "3 per hour" in s.denied(10)  # a limit that is reached still refuses


@pytest.mark.parametrize("flags", [[], ["--audit-sync", "always"]], ids=["normal", "synced"])
def test_a_log_on_a_full_disk(disk, session, flags):
    """What is not on record does not pass; what passed is on record."""
    state = disk.path / "state"
    s = session(OPEN, state=state, flags=flags)
    s.passed(0)
    disk.fill()
    passed = 1 + until_failed(s, "Refused: the audit record cannot be written")
    assert "the audit record cannot be written" in s.failed("f")
    s.passes(request(7, "ping"))
    disk.empty()
    s.passed("again")
    assert len(decisions(s)) == passed + 1
    assert s.close() == 0
    assert command(state, "audit", "verify").returncode == 0


def test_a_disk_that_is_full_from_the_start(disk, session):
    disk.fill()
    s = session(THREE, state=disk.path / "state")
    assert "store of the limits cannot be used" in s.denied(1)
    assert "No space left" in s.says("the record cannot be written")[0]
    assert "full" in s.says("limits cannot be checked")[0]
    s.passes(request(3, "ping"))
    disk.empty()
    for n in (4, 5, 6):
        s.passed(n)
    s.denied(7)
    assert s.close() == 0
    assert done(disk.path / "state", "audit", "verify")


def test_a_log_may_be_given_up(disk, session):
    s = session(OPEN, state=disk.path / "state", flags=["--audit-fail-mode", "open"])
    s.passed(0)
    disk.fill()
    for n in range(60):
        s.passed(n)
    assert "going on, as --audit-fail-mode says" in s.says("the record cannot be written")[0]
    assert len(s.says("the record cannot be written")) == 1
    disk.empty()
    s.passed("again")
    assert decisions(s)[-1]["request_id"] == "again"


# A log that cannot be kept.

@pytest.fixture
def home(tmp_path):
    return tmp_path / "state"


def no_directory(home):
    (home / "intercept").mkdir(parents=True, mode=0o700)
    (home / "intercept/audit").write_text("in its place")
    return home / "intercept/audit"


@pytest.mark.parametrize("mode", ["closed", "open"])
def test_an_audit_directory_that_cannot_be_made(session, home, mode):
    place = no_directory(home)
    s = session(OPEN, state=home, flags=["--audit-fail-mode", mode])
    if mode == "closed":
        assert str(place) in s.failed(1)
        s.passes(request(2, "ping"))
    else:
        s.passed(1)
    assert str(place) in s.says("the record cannot be written")[0]
    place.unlink()
    s.passed(3)
    assert decisions(s)[-1]["request_id"] == 3


@pytest.mark.parametrize("flags, says", [([], "the audit log cannot be kept"),
                                         (["--audit-fail-mode", "open"], "the policy's limits cannot be kept")])
def test_a_state_directory_that_cannot_be_used_is_refused_at_the_start(written, tmp_path, flags, says):
    written.write_text(THREE)
    place = tmp_path / "file"
    place.touch()
    said = refuses_to_start(written, flags=["--state-dir", str(place), *flags])
    assert says in said and f"{place} is not a directory" in said and "--state-dir DIR" in said
    for words in (["--state-fail-mode", "maybe"], ["--audit-fail-mode", ""], ["--state-sync", "always"],
                  ["--audit-sync", "full"]):
        assert words[0] + " must be " in refuses_to_start(written, flags=words)


def test_both_may_be_given_up_and_both_are_said(session, tmp_path):
    place = tmp_path / "file"
    place.touch()
    s = session(THREE, flags=["--state-dir", str(place), "--state-fail-mode", "open", "--audit-fail-mode", "open"])
    for n in range(5):
        s.passed(n)
    for text in ("limits cannot be checked", "the record cannot be written"):
        assert "is not a directory" in s.says(text)[0]


# Syncs.

@pytest.fixture
def traced(tmp_path, monkeypatch):
    """Sessions that are started while it is in use leave their system calls here."""
    if not shutil.which("strace") or subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode:
        pytest.skip("no strace that works")
    out, wrapper = tmp_path / "calls", tmp_path / "traced"
    wrapper.write_text("#!/bin/sh\nexport ASAN_OPTIONS=\"$ASAN_OPTIONS:detect_leaks=0\"  # no leak check while it is traced\n"
                       f"exec strace -f -y -s 300 -e trace=read,write,writev,pwrite64,fsync,fdatasync -o {out} "
                       f"'{harness.binary()}' \"$@\"\n")
    wrapper.chmod(0o700)
    monkeypatch.setenv("INTERCEPT_BIN", str(wrapper))
    return out


@pytest.mark.parametrize("flags, synced", [([], None), (["--state-sync", "full"], "state.db-wal"),
                                           (["--audit-sync", "always"], ".jsonl")], ids=["normal", "state", "log"])
def test_it_is_on_the_disk_before_the_call_leaves(session, home, traced, flags, synced):
    s = session(THREE, state=home, flags=flags)
    s.passed("first")
    s.passed("second")
    assert s.close() == 0
    lines = traced.read_text(errors="replace").splitlines()
    asked = next(n for n, line in enumerate(lines) if "read" in line and r'\"second\"' in line)
    left = next(n for n, line in enumerate(lines) if n > asked and "write" in line and r'{\"jsonrpc\":\"2.0\",' in line)
    assert r'\"id\":\"second\"' in lines[left]
    between = lines[asked:left]
    recorded = [line for line in between if "write" in line and ".jsonl" in line]
    assert recorded, between
    syncs = [line for line in between if "sync(" in line]
    if synced is None:
        assert syncs == []
    else:
        assert any(synced in line for line in syncs), between
