"""When what is kept cannot be used: damaged files, other programs', those that other users may write, network file systems.
Calls with a limit are refused and say so, never admitted uncounted unless somebody asked for that, and what the message
says mends it.
"""
import contextlib
import ctypes
import json
import os
import re
import sqlite3
import struct
import subprocess
import threading

import pytest

from instances import GARBAGE, OPEN, THREE, call, command, done, fails, refuses_to_start, result
from instances import plain, session, written  # noqa: F401 (fixtures)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
HELD = "held as if it were used up"
EITHER = pytest.mark.parametrize("mode", ["closed", "open"])


@pytest.fixture
def home(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def used(session, home):
    """A state file that was used: one call of three. Gives its path."""
    s = session(THREE, state=home)
    s.passed(1)
    assert s.close() == 0
    return home / "intercept/state.db"


def decisions(s):
    return s.own_records("decision")


# Damage.

def without_log(path):
    """The file as it is when nothing waits in its write-ahead log."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def overwrite(path):
    without_log(path).write_bytes(b"no database " * 1000)


def empty(path):
    """SQLite would take it for a new one and throw away the log, in which everything is."""
    os.truncate(path, 0)


def cut_off(path):
    os.truncate(without_log(path), path.stat().st_size // 2)


def scribble(path):
    size = without_log(path).stat().st_size
    with open(path, "r+b") as file:
        file.seek(1024)
        file.write(os.urandom(size - 1024))


def moved_aside(path):
    return [p for p in path.parent.glob("state.db.damaged-*") if not p.name.endswith(("-wal", "-shm"))]


@pytest.mark.parametrize("damage", [overwrite, empty, cut_off, scribble])
def test_a_damaged_file_is_moved_aside_and_limits_are_held(session, home, used, damage):
    damage(used)
    broken = used.read_bytes()
    said = fails(home, "limits", "show", status=1)
    assert "limits reset --all" in said
    first, second = session(THREE, state=home), session(THREE, state=home)
    assert HELD in first.denied(1) and HELD in second.denied(1)
    (aside,) = moved_aside(used)
    assert aside.read_bytes() == broken
    (line,) = first.says("It was moved to")
    assert str(aside) in line
    assert "intercept limits reset --all" in first.says("What limits had counted is lost")[0]
    assert "lost" not in second.stderr().replace("was lost, so", "")
    details = [e["detail"] for e in first.records_when("state_lost", 2)]
    assert str(aside) in details[0] and "limits reset --all" in details[1]
    assert [d["reason"] for d in decisions(first)] == ["state"]
    assert "Counters were lost" in done(home, "limits", "show")
    assert done(home, "limits", "reset", "--all")
    for s in (first, second, first):
        s.passed(2)
    assert "3 per hour" in second.denied(3)
    (reset,) = [json.loads(line) for line in done(home, "audit", "query", "event=limits_reset", "--json").splitlines()]
    assert reset["arguments"] == ["--all"]


def test_a_file_that_vanishes_in_use_is_held_too(session, home, used):
    s = session(THREE, state=home)
    s.passed(1)
    for suffix in ("", "-wal", "-shm"):
        used.with_name(used.name + suffix).unlink()
    assert HELD in s.denied(2)
    s.says("state.db was taken away while it was in use")
    assert HELD in session(THREE, state=home).denied(3)
    done(home, "limits", "reset", "--all")
    s.passed(4)


def test_a_damaged_file_does_not_matter_where_nothing_counts_on_it(session, home, used):
    """No limits, or limits per session."""
    overwrite(used)
    s = session(json.dumps({"version": "1", "tools": {"work": {"rules": [{"rate_limit": {"max": 1, "window": 3600}}]}}}),
                state=home)
    s.passed(1, "other")
    s.passed(2)
    s.denied(3)
    assert moved_aside(used) == [] and "state.db" not in s.stderr()


# Not ours.

def newer(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 2")
    return "newer version", "schema 2"


def another_programs(path):
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs(x)")
    path.chmod(0o600)
    return "another program's database", "move it away"


@EITHER
@pytest.mark.parametrize("make", [newer, another_programs])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(session, home, used, make, mode):
    wanted = make(used)
    before = used.read_bytes()
    s = session(THREE, state=home, flags=["--state-fail-mode", mode])
    if mode == "closed":
        for n in (1, 2):
            assert "store of the limits cannot be used" in s.denied(n)
        assert [d["reason"] for d in decisions(s)] == ["state", "state"]
    else:
        for n in range(5):
            s.passed(n)
        assert all(d["note"].startswith("not counted:") and "charged" not in d for d in decisions(s))
    (line,) = s.says("limits cannot be checked")  # once
    (entry,) = [e for e in s.records_when("notice") if e["what"] == "state_unusable"]
    for text in (line, entry["detail"], fails(home, "limits", "show", status=1),
                 fails(home, "limits", "reset", "--all", status=1)):
        assert str(used) in text and "--state-dir" in text and all(word in text for word in wanted)
    assert used.read_bytes() == before and moved_aside(used) == []


@EITHER
def test_a_store_that_is_locked_is_busy_and_no_limit(session, home, used, mode):
    s = session(THREE, state=home, flags=["--state-fail-mode", mode])
    s.passed(1)
    with contextlib.closing(sqlite3.connect(used, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        if mode == "closed":
            said = s.denied(2)
            assert "busy" in said and "says nothing about the limit" in said
            assert decisions(s)[-1]["reason"] == "state"
        else:
            s.passed(2)
            assert "not counted" in decisions(s)[-1]["note"]
    s.passed(3)
    s.denied(4)


ONE_OK = json.dumps({"version": "1", "tools": {"work": {"rules": [
    {"limits": [{"counter": "ok", "window": "day", "max": 2, "refund": "on_error"}]}]}}})


def failed_call(s, id):
    """A call that fails at the server, and so is given back, while another process holds the lock."""
    s.send(call(id))
    seen = s.server_recv()
    db = sqlite3.connect(s.state / "intercept/state.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    s.server_send(result(seen["id"], isError=True))
    assert s.recv()["result"]["isError"] is True
    return contextlib.closing(db)


@pytest.mark.parametrize("end", ["client closed", "SIGTERM"])
def test_a_refund_that_waits_for_a_lock_is_written_at_the_end(session, home, end):
    s = session(ONE_OK, state=home)
    s.passed(1)
    with failed_call(s, 2):
        s.process.stdin.close() if end == "client closed" else s.process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):  # it waits for the lock
            s.process.wait(0.7)
    s.wait()
    after = session(ONE_OK, state=home)
    after.passed(3)
    after.denied(4)


def test_a_refund_that_cannot_be_written_at_the_end_is_said_to_be_lost(session, home):
    s = session(ONE_OK, state=home)
    s.passed(1)
    with failed_call(s, 2):
        assert s.close() == 0
    assert "stays charged" in s.stderr()
    assert [r["what"] for r in s.own_records("notice")] == ["refunds_lost"]
    session(ONE_OK, state=home).denied(3)


# Untrusted.

def folder(path):
    return path.parent


def itself(path):
    return path


@pytest.mark.parametrize("which, mode, mend", [(folder, 0o777, "chmod 700"), (folder, 0o770, "chmod 700"),
                                               (itself, 0o666, "chmod 600"), (itself, 0o644, "chmod 600")])
def test_what_others_may_write_is_refused_at_the_start(home, used, written, plain, which, mode, mend):
    written.write_text(THREE)
    path = which(used)
    path.chmod(mode)
    said = refuses_to_start(written, home)
    assert f"{path} may be" in said and "others" in said and f"run: {mend} {path}" in said
    assert "--state-dir DIR" in said and "-fail-mode open" in said
    assert str(path) in command(home, "limits", "show").stderr.decode()
    subprocess.run(["sh", "-c", re.search(r"run: (.*)", said)[1]], check=True)  # what it says mends it
    plain(written).answer(GARBAGE)


@as_root
@pytest.mark.parametrize("which", [folder, itself])
def test_what_belongs_to_another_user_is_refused_at_the_start(home, used, written, which):
    written.write_text(THREE)
    os.chown(which(used), 4711, 4711)
    assert str(which(used)) in refuses_to_start(written, home)


def test_a_link_or_a_directory_in_its_place_is_refused_at_the_start(home, used, written):
    written.write_text(THREE)
    used.rename(used.with_name("other"))
    used.symlink_to("other")
    assert str(used) in refuses_to_start(written, home)
    used.unlink()
    used.mkdir()
    assert f"{used} is not a regular file" in refuses_to_start(written, home)


def test_a_policy_without_limits_needs_no_state_file(session, home, used):
    used.chmod(0o666)
    s = session(OPEN, state=home)
    s.passed(1)
    s.policy.write_text(THREE)  # and then it does
    s.says("policy loaded anew")
    assert "cannot be used" in s.denied(2)
    assert f"run: chmod 600 {used}" in s.says("limits cannot be checked")[0]
    used.chmod(0o600)
    s.passed(3)


def test_counting_may_be_given_up_at_the_start_and_that_is_said(session, home, used):
    used.chmod(0o666)
    s = session(THREE, state=home, flags=["--state-fail-mode", "open"])
    for n in range(5):
        s.passed(n)
    (line,) = s.says("limits cannot be checked")
    assert f"run: chmod 600 {used}" in line
    assert "not counted" in decisions(s)[0]["note"]
    (entry,) = [e for e in s.records_when("notice") if e["what"] == "state_unusable"]
    assert str(used) in entry["detail"]


@pytest.mark.parametrize("mode", [0o666, 0o602])
def test_a_policy_that_others_may_write_is_refused_at_the_start(written, mode):
    written.chmod(mode)
    said = refuses_to_start(written)
    assert "may be written by every user" in said and f"chmod go-w {written}" in said and "not started" in said


def test_a_policy_in_a_directory_that_others_may_write_is_refused_at_the_start(written, plain):
    written.parent.chmod(0o777)
    said = refuses_to_start(written)
    assert f'the directory "{written.parent}"' in said and "may be written by every user" in said
    subprocess.run(["sh", "-c", said[said.index(f"chmod go-w {written.parent}"):].split(";")[0]], check=True)
    plain(written).answer(GARBAGE)


@as_root
def test_a_policy_of_another_user_is_refused_at_the_start(written):
    os.chown(written, 4711, 4711)
    said = refuses_to_start(written)
    assert "belongs to user 4711" in said and f"chown 0 {written}" in said


# A network file system.

class Remote:
    """An empty FUSE file system that calls itself sshfs; a thread answers for it."""

    def __init__(self, path):
        self.path, libc = path, ctypes.CDLL(None, use_errno=True)
        path.mkdir()
        self.device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0".encode()
        if libc.mount(b"sshfs", bytes(path), b"fuse.sshfs", 0, options) != 0:
            os.close(self.device)
            raise OSError(ctypes.get_errno(), "mount")
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                message = os.read(self.device, 1 << 20)
            except OSError:
                return
            _, what, number = struct.unpack_from("=IIQ", message)
            answer, error = {
                26: (struct.pack("=IIIIHHIIHHI", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, 0) + bytes(28), 0),  # INIT
                3: (struct.pack("=QII6Q3IIIIIIII", 9, 0, 0, 1, *[0] * 8, 0o40700, 2, 0, 0, 0, 512, 0), 0),  # GETATTR
                17: (bytes(80), 0),  # STATFS
                1: (b"", -2),  # LOOKUP: there is nothing
            }.get(what, (b"", -38))
            if what != 2:  # FORGET
                with contextlib.suppress(OSError):
                    os.write(self.device, struct.pack("=IiQ", 16 + len(answer), error, number) + answer)

    def close(self):
        subprocess.run(["umount", "-l", str(self.path)], check=False)
        os.close(self.device)


@pytest.fixture
def remote(tmp_path):
    try:
        made = Remote(tmp_path / "remote")
    except OSError as why:
        pytest.skip(f"no FUSE here: {why}")
    yield made.path
    made.close()


def test_a_network_file_system_is_refused(remote, written):
    written.write_text(THREE)
    place = str(remote / "state")
    said = refuses_to_start(written, flags=["--state-dir", place])
    assert f"{place} is on a network file system (fuse.sshfs)" in said and "Name another place with --state-dir" in said
    for words in (["pause"], ["resume"]):
        said = fails(written.parent, *words, "--state-dir", place, status=1)
        assert "network file system (fuse.sshfs)" in said and "--state-dir" in said
