"""`intercept pause` stops every session at once, also those that start later, and `resume` ends it: what is refused and
what still passes, one server or all, what is on record, and that what cannot be read counts as a pause.
"""
import json
import os
import shutil

import pytest

from fleet import SmallDisk, wait_until
from instances import OPEN, POLICY_ERROR, call, command, denial, done, entries, fails, request, result
from instances import plain, session, written  # noqa: F401 (fixtures)

ASKING = {"sampling": {}, "elicitation": {}, "roots": {}}


@pytest.fixture
def home(tmp_path):
    """A state home for several sessions; it is made when something is kept."""
    return tmp_path / "state"


def events(state, *kinds):
    return [e for e in entries(state) if e["event"] in kinds]


# What a pause is.

def test_all_sessions_refuse_at_once_and_go_on_after_it(session, home):
    sessions = [session(state=home, name=name) for name in ("files", "files", "mail")]
    for s in sessions:
        s.passed(1)
    out = done(home, "pause", "--reason", "Incident 7")
    assert out.startswith("paused: every server since 20") and out.endswith(": Incident 7\n")
    for s in sessions:
        assert "Paused by an operator: Incident 7" in s.denied(2)
    assert done(home, "resume") == "Nothing is paused.\n"
    for s in sessions:
        s.passed(3)


RULED = {"resources/read": {"uri": "file:///x"}, "resources/subscribe": {"uri": "file:///x"},
         "prompts/get": {"name": "p"}, "completion/complete": {"ref": {"type": "ref/prompt", "name": "p"},
                                                               "argument": {"name": "a", "value": "b"}},
         "vendor/method": {}}
PLUMBING = ["ping", "tools/list", "resources/list", "prompts/list"]


def test_what_rules_could_refuse_is_refused_and_plumbing_passes(session, home):
    """All of it, though no rule names any of it."""
    s = session(state=home)
    done(home, "pause", "--reason", "stop")
    for id, (method, params) in enumerate(RULED.items(), 1):
        answer = s.ask(request(id, method, **params))
        assert answer["error"]["code"] == POLICY_ERROR and "Paused by an operator: stop" in answer["error"]["message"]
    for id, method in enumerate(["initialize", *PLUMBING], 20):
        params = {"protocolVersion": "2025-11-25", "capabilities": ASKING, "clientInfo": {"name": "t", "version": "1"}}
        s.passes(request(id, method, **(params if method == "initialize" else {})), {"protocolVersion": "2025-11-25"})
    s.denied(40)


def test_what_the_server_asks_is_refused_too(session, home):
    s = session(state=home)
    s.passes(request(0, "initialize", protocolVersion="2025-11-25", capabilities=ASKING, clientInfo={"name": "t", "version": "1"}),
             {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}})
    done(home, "pause", "--reason", "stop")
    s.server_send(request(1, "sampling/createMessage", messages=[], maxTokens=1))
    assert s.server_fence() == []
    answer = s.server_recv()
    assert answer["id"] == 1 and "Paused by an operator: stop" in answer["error"]["message"]


def test_a_call_under_way_gets_its_answer(session, home):
    s = session(json.dumps({"version": "1", "tools": {"work": {"rules": [{"concurrency": 1}]}}}), state=home)
    s.send(call(1))
    s.server_recv()
    done(home, "pause")
    assert "Paused by an operator" in s.denied(2)
    s.server_send(result(1, "late"))
    assert s.recv()["result"]["content"][0]["text"] == "late"
    assert s.records_when("outcome")[0]["outcome"] == "result"
    done(home, "resume")
    s.passed(3)  # and gave its place back


def test_a_pause_charges_nothing(session, home):
    s = session(json.dumps({"version": "1", "tools": {"work": {"rules": [{"rate_limit": "1/hour"}]}}}), state=home)
    done(home, "pause")
    for n in range(3):
        assert "Paused" in s.denied(n)
    done(home, "resume")
    s.passed(3)
    assert "1 per hour" in s.denied(4)


def test_a_session_that_starts_later_refuses(session, home):
    done(home, "pause", "--reason", "before anybody was there")
    s = session(state=home)
    assert "before anybody was there" in s.denied(1)
    done(home, "resume")
    s.passed(2)


def test_a_session_with_another_state_directory_is_not_concerned(session, home):
    """And --state-dir names the one that is."""
    here, there = session(state=home), session()
    done(there.state, "pause", "--state-dir", home / "intercept")
    here.denied(1)
    there.passed(1)


# One server.

def test_only_the_server_that_is_named(session, home):
    files, mail = session(state=home, name="files"), session(state=home, name="mail")
    assert "paused: server files since" in done(home, "pause", "--server", "files", "--reason", "leaky")
    assert "Paused by an operator: leaky" in files.denied(1)
    mail.passed(1)
    session(state=home, name="files").denied(1)
    assert done(home, "resume", "--server", "mail").startswith("paused: server files")  # nothing of its own was paused
    files.denied(2)
    assert done(home, "resume", "--server", "files") == "Nothing is paused.\n"
    files.passed(3)


def test_the_end_of_one_pause_is_not_the_end_of_another(session, home):
    files, mail = session(state=home, name="files"), session(state=home, name="mail")
    done(home, "pause", "--reason", "all")
    done(home, "pause", "--server", "files", "--reason", "only files")
    done(home, "resume", "--server", "*")
    assert "only files" in files.denied(1)
    mail.passed(1)
    done(home, "pause", "--reason", "again")
    out = done(home, "resume", "--server", "files")
    assert "every server" in out and "files" not in out
    assert "again" in files.denied(2)
    done(home, "pause", "--server", "files")
    assert done(home, "resume") == "Nothing is paused.\n"  # all of them
    files.passed(3)
    mail.passed(3)


def test_a_server_without_a_name_has_the_one_of_its_records(home, plain, written):
    p = plain(written)
    done(home, "pause")
    p.answer(call(1))
    (name,) = {e["server"] for e in events(home, "decision")}
    done(home, "resume")
    done(home, "pause", "--server", name, "--reason", "by its name")
    assert b"by its name" in p.answer(call(2))


# Asking twice, asking for nonsense.

def test_pausing_twice_and_resuming_twice(session, home):
    s = session(state=home)
    first = json.loads(done(home, "pause", "--reason", "one", "--json"))
    again = json.loads(done(home, "pause", "--json"))
    assert (first["changed"], again["changed"]) == (1, 0)
    assert first["pauses"] == again["pauses"] and first["pauses"][0]["server"] == "*"
    other = json.loads(done(home, "pause", "--reason", "two", "--json"))
    assert other["changed"] == 1 and [p["reason"] for p in other["pauses"]] == ["two"]
    assert other["pauses"][0]["since"] == first["pauses"][0]["since"]
    assert "two" in s.denied(1)
    assert json.loads(done(home, "resume", "--json")) == {"changed": 1, "pauses": []}
    assert json.loads(done(home, "resume", "--json")) == {"changed": 0, "pauses": []}
    s.passed(2)
    assert [e["changed"] for e in sorted(events(home, "pause"), key=lambda e: e["time"])] == [1, 0, 1]


@pytest.mark.parametrize("words, status, says", [
    (["pause", "files"], 2, "files"),
    (["pause", "--servers", "files"], 2, "--servers"),
    (["pause", "--reason"], 2, "--reason"),
    (["pause", "--server", ""], 2, "leave it out to mean every server"),
    (["pause", "--server", "a", "--server", "b"], 2, "one server at a time"),
    (["pause", "--server", "a\nb"], 1, "not shown"),
    (["pause", "--reason", "x" * 501], 1, "longer than 500 characters"),
    (["pause", "--reason", "a\x1b[2J"], 1, "not shown"),
    (["resume", "--reason", "x"], 2, "--reason"),
    (["resume", "--server", ""], 2, "leave it out to mean every server"),
], ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "")
def test_what_was_not_understood_changes_nothing(session, home, words, status, says):
    """An empty name above all: resume --server "$UNSET" must not end every pause."""
    s = session(state=home, name="files")
    done(home, "pause", "--server", "files", "--reason", "stays")
    before = (home / "intercept/paused.json").read_bytes()
    said = fails(home, *words, status=status)
    assert says in said and "\x1b" not in said
    assert (home / "intercept/paused.json").read_bytes() == before
    assert "stays" in s.denied(1)


# The record.

def test_pauses_are_on_record(session, home):
    """Who did it and why, in a log of its own; from when to when each session refused; what it refused, and how to ask."""
    s = session(state=home)
    s.passed(1)
    done(home, "pause", "--reason", "Incident 7")
    id = denial(s.ask(call(2))).rpartition("decision ")[2].rstrip(")")
    s.denied(3)
    done(home, "resume")
    s.passed(4)
    pause, resume = sorted(events(home, "pause", "resume"), key=lambda e: e["time"])
    assert (pause["event"], pause["server"], pause["reason"], pause["changed"]) == ("pause", "*", "Incident 7", 1)
    assert (resume["event"], resume["server"], resume["changed"]) == ("resume", "*", 1)
    for entry in (pause, resume):
        assert f"uid {os.getuid()}, pid " in entry["by"]
    order = [(e["event"], e.get("decision")) for e in s.own_records() if e["event"] in ("paused", "resumed", "decision")]
    assert order == [("decision", "allow"), ("paused", None), ("decision", "deny"), ("decision", "deny"), ("resumed", None),
                     ("decision", "allow")]
    (paused,) = s.own_records("paused")
    assert "Incident 7" in paused["reason"] and paused["server"] == "srv"
    assert "Incident 7" in done(home, "audit", "query", "event=pause")
    assert "Incident 7" in done(home, "audit", "query", "event=paused")
    assert done(home, "audit", "query", "reason=paused", "--json").count('"decision":"deny"') == 2
    for words in (["audit", "show", id], ["why", id]):
        assert "Paused by an operator: Incident 7" in done(home, *words)
    assert "Paused by an operator: Incident 7" in s.stderr() and "no longer paused" in s.stderr()
    assert command(home, "audit", "verify").returncode == 0


def test_status_shows_it(home):
    done(home, "pause", "--server", "files", "--reason", "leaky")
    assert done(home, "status").startswith("PAUSED: server files since 20")
    (pause,) = json.loads(done(home, "status", "--json"))["pauses"]
    assert (pause["server"], pause["reason"]) == ("files", "leaky")
    done(home, "resume")
    assert "PAUSED" not in done(home, "status")


def test_what_cannot_be_recorded_is_done_and_said(session, home):
    """A stop must not wait for a log."""
    s = session(state=home)
    s.passed(1)
    (home / "intercept/audit").rename(home / "intercept/elsewhere")
    (home / "intercept/audit").touch()
    ended = command(home, "pause", "--reason", "stop")
    assert ended.returncode == 1 and b"paused: every server" in ended.stdout
    assert b"it is done, and could not be recorded" in ended.stderr
    (home / "intercept/audit").unlink()
    (home / "intercept/elsewhere").rename(home / "intercept/audit")
    assert "stop" in s.denied(2)


# Fails closed.

def damage_list(path, how):
    target = path.with_name("paused.json")
    if how == "garbage":
        target.write_text("{}")
        target.chmod(0o600)
    elif how == "others may write":
        target.write_text('{"v":1,"pauses":[]}')
        target.chmod(0o666)
    elif how == "link":
        path.with_name("x").write_text('{"v":1,"pauses":[]}')
        target.symlink_to("x")
    elif how == "directory":
        target.mkdir()


@pytest.mark.parametrize("how", ["garbage", "others may write", "link", "directory"])
def test_a_list_that_cannot_be_read_or_trusted_pauses_everything(session, home, how):
    s = session(state=home)
    s.passed(1)
    damage_list(home / "intercept/switch", how)
    said = session(state=home).denied(1)  # looks at it the first time
    assert "Refused: the pause file cannot be read" in said and "paused.json" in said
    said = fails(home, "pause", "--server", "files", status=1)
    assert "cannot be read" in said and "everything is paused" in said and "intercept resume" in said
    ended = command(home, "resume")
    if how != "directory":
        assert ended.returncode == 0 and b"cannot be read" in ended.stderr
        s.passed(2)
    else:
        assert ended.returncode == 1 and b"paused.json" in ended.stderr


def damage_switch(path, how):
    if how == "others may write":
        path.chmod(0o666)
    elif how == "garbage":
        path.write_bytes(b"\0" * 4096)
    elif how == "short":
        os.truncate(path, 100)
    elif how == "link":
        path.rename(path.with_name("other"))
        path.symlink_to("other")
    elif how == "directory":
        path.unlink()
        path.mkdir()


@pytest.mark.parametrize("how", ["others may write", "garbage", "short", "link", "directory"])
def test_a_switch_that_cannot_be_used_pauses_everything(session, home, how):
    done(home, "resume")  # makes it
    switch = home / "intercept/switch"
    damage_switch(switch, how)
    s = session(state=home)
    said = s.denied(1)
    assert "the pause switch cannot be read" in said and str(switch) in said
    assert str(switch) in fails(home, "pause", status=1)
    assert s.passes(request(2, "ping"))
    shutil.rmtree(switch) if how == "directory" else switch.unlink()
    done(home, "resume")
    wait_until(lambda: "switch" not in json.dumps(answer_of(s)), "its next look, a second later")


def answer_of(s):
    """Calls, and answers as the server if it is asked."""
    s.send(call("again"))
    at_server, at_client = s.fence()
    if not at_server:
        return json.loads(at_client[0])
    s.server_send(result("again"))
    return s.recv()


def test_a_switch_that_was_taken_away_does_not_take_the_pause_away(session, home):
    """Somebody cleared the state directory while sessions ran: they look for the new switch once a second."""
    s = session(state=home)
    s.passed(1)
    (home / "intercept/switch").unlink()
    done(home, "pause", "--reason", "still")
    wait_until(lambda: "still" in json.dumps(answer_of(s)), "the pause")
    assert "still" in s.denied(2)


def test_a_switch_that_is_cut_off_ends_the_session_and_lets_nothing_pass(session, home):
    s = session(state=home)
    s.passed(1)
    os.truncate(home / "intercept/switch", 0)
    s.send(call(2))
    assert s.wait() != 0
    assert b'"id":2' not in b"".join(s.server.rest())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")
def test_a_pause_works_on_a_full_disk(session, tmp_path):
    disk = SmallDisk(tmp_path / "disk", "1m")
    try:
        state = disk.path / "state"
        s = session(OPEN, state=state, flags=["--audit-fail-mode", "open"])
        s.passed(1)
        disk.fill()
        ended = command(state, "pause", "--reason", "stop")
        assert ended.returncode == 1 and b"could not be recorded" in ended.stderr
        s.denied(2)
        disk.empty()
        s.denied(3)
        done(state, "resume")
        s.passed(4)
    finally:
        s.discard()
        disk.close()
