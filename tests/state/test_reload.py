"""A policy that changes while a session runs: every way in which people change files is noticed, what may not be used
changes nothing and is said, counters go on, a call under way ends by the policy that let it pass, and the client hears
of tools that came or went.
"""
import hashlib
import json
import os
import shutil
import signal
import subprocess

import pytest

from fleet import TIMEOUT, wait_until
from instances import GARBAGE, OPEN, call, denial, done, plain, request, result, session, written  # noqa: F401 (fixtures)

CLOSED = 'version: "1"\ntools: {work: {rules: [{action: deny, reason: "closed"}]}}\n'
NOT_YET = 'version: "1"\ntools: {work: {rules: [{action: deny, reason: "not yet"}]}}\n'
LOADED, KEPT = "policy loaded anew", "the old one stays in force"


def limited(limit, **keys):
    return json.dumps({"version": "1", **keys, "tools": {"work": {"rules": [limit]}}})


def load(session, policy, times=1):
    """Writes the policy and waits until it is in force."""
    session.policy.write_text(policy)
    session.says(LOADED, times)


# How files are changed.

def in_place(path, text):
    path.write_text(text)


def by_mv(path, text):
    draft = path.with_name("draft")
    draft.write_text(text)
    subprocess.run(["mv", draft, path], check=True)


def by_sed(path, text):
    reason = "closed" if "closed" in text else "not yet"
    subprocess.run(["sed", "-i", f's/reason: "[^"]*"/reason: "{reason}"/', path], check=True)


def removed_and_made(path, text):
    path.unlink()
    path.write_text(text)


def by_config_map(path, text):
    """As Kubernetes does it: policy.yaml -> ..data/policy.yaml, ..data -> a directory, and that link is exchanged."""
    data, fresh = path.with_name("..data"), path.with_name("..data_tmp")
    version = path.with_name(f"..version-{hashlib.sha256(text.encode()).hexdigest()[:8]}")
    version.mkdir()
    (version / path.name).write_text(text)
    fresh.symlink_to(version.name)
    old = data.readlink() if data.is_symlink() else None
    fresh.rename(data)
    if old:
        shutil.rmtree(path.with_name(old.name))
    else:
        link = path.with_name("link")
        link.symlink_to("..data/" + path.name)
        link.rename(path)


@pytest.mark.parametrize("change", [in_place, by_mv, by_sed, removed_and_made, by_config_map])
def test_a_change_is_noticed(session, change):
    s = session(CLOSED)
    assert "closed" in s.denied(1)
    for n, (policy, reason) in enumerate([(NOT_YET, "not yet"), (CLOSED, "closed"), (NOT_YET, "not yet")], 1):
        change(s.policy, policy)
        s.says(LOADED, n)
        assert reason in s.denied(1 + n)
    if change in (by_mv, by_sed, by_config_map):  # there is a whole file at every moment
        assert KEPT not in s.stderr()


def test_sessions_that_begin_behind_a_link_see_it_switched(tmp_path, plain):
    policy = tmp_path / "policy.yaml"
    policy.symlink_to("..data/policy.yaml")
    (tmp_path / "..data").symlink_to("first")
    (tmp_path / "first").mkdir()
    (tmp_path / "first/policy.yaml").write_text(CLOSED)
    sessions = [plain(policy), plain(policy)]
    for p in sessions:
        assert b"closed" in p.answer(call(1))
    by_config_map(policy, NOT_YET)
    for p in sessions:
        p.says(LOADED)
        assert b"not yet" in p.answer(call(2))


def test_sighup_loads_it_anew_and_answers_if_nothing_changed(session):
    s = session(CLOSED)
    s.process.send_signal(signal.SIGHUP)
    s.says("the policy has not changed")
    assert "closed" in s.denied(1)
    s.policy.write_text(NOT_YET)
    s.process.send_signal(signal.SIGHUP)
    s.says(LOADED)
    assert "not yet" in s.denied(2)
    s.passes({"jsonrpc": "2.0", "id": 3, "method": "ping"})  # the server did not get the signal
    assert s.close() == 0


def test_a_reload_is_on_record(session):
    """Policy, the one before, and what starts at zero; decisions name the policy that made them."""
    s = session(limited({"rate_limit": "5/hour"}))
    digest = lambda text: "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    first, second = s.policy.read_text(), limited({"rate_limit": "5/minute"}, mode="shadow")
    s.passed(1)
    load(s, second)
    s.passed(2)
    (entry,) = s.records_when("reload")
    assert entry["policy_file"] == str(s.policy) and entry["server"] == "srv" and entry["policy_mode"] == "shadow"
    assert (entry["previous_digest"], entry["policy_digest"]) == (digest(first), digest(second))
    assert [d["policy_digest"] for d in s.own_records("decision")] == [digest(first), digest(second)]
    assert [e["event"] for e in s.own_records() if e["event"] in ("decision", "reload")] == ["decision", "reload", "decision"]
    assert "reload" in done(s.state, "audit", "query", "event=reload")


# What may not be used.

def test_a_bad_file_changes_nothing_and_says_why(session):
    s = session(CLOSED)
    assert "closed" in s.denied(1)
    s.policy.write_text('version: "1"\ntool: {work: {rules: []}}\n')
    (line,) = s.says(KEPT)
    assert "error" in line
    said = s.stderr()
    assert f"{s.policy}:2:1" in said and 'unknown key "tool"' in said and "did you mean tools?" in said
    assert "closed" in s.denied(2)
    (entry,) = s.records_when("reload_failed")
    assert entry["policy_file"] == str(s.policy)
    assert 'unknown key "tool"' in entry["detail"] and "line 2" in entry["detail"]
    assert entry["policy_digest"] == s.own_records("decision")[0]["policy_digest"]
    load(s, OPEN)
    s.passed(3)


def test_who_takes_a_mistake_back_hears_of_it(session):
    s = session(CLOSED)
    s.policy.write_text("tool: {}\n")
    s.says(KEPT)
    s.policy.write_text(CLOSED)
    s.says("the policy has not changed")
    assert "closed" in s.denied(1)


def test_the_next_mistake_is_said_too(session):
    """Who mends one mistake and makes another must hear of it, however alike they are."""
    s = session(CLOSED)
    s.policy.write_text('version: "1"\ntool: {}\n')
    s.says(KEPT)
    s.policy.write_text('version: "1"\nhiden: []\n')
    s.says(KEPT, 2)
    assert 'unknown key "hiden"' in s.stderr()
    assert "closed" in s.denied(1)
    details = [e["detail"] for e in s.records_when("reload_failed", 2)]
    assert "tool" in details[0] and "hiden" in details[1]


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"tools: [", b'version: "9"\n', b"{}{}", b"x" * (9 << 20)],
                         ids=["empty", "no-text", "broken-off", "version", "twice", "large"])
def test_no_such_file_is_used(session, text):
    s = session(CLOSED)
    s.policy.write_bytes(text)
    s.says(KEPT)
    assert "closed" in s.denied(1)
    assert s.records_when("reload_failed")[0]["detail"]


def test_a_file_that_went_away_and_came_back(session):
    s = session(CLOSED)
    s.policy.unlink()
    assert "does not exist" in s.says(KEPT)[0]
    assert "closed" in s.denied(1)
    load(s, NOT_YET)
    assert "not yet" in s.denied(2)


def test_what_others_may_write_is_not_loaded(session):
    """The file, its directory; and as soon as that is mended it is used."""
    s = session(CLOSED)
    assert "closed" in s.denied(1)
    draft = s.home / "draft"
    draft.write_text(OPEN)
    draft.chmod(0o666)
    draft.rename(s.policy)
    (line,) = s.says(KEPT)
    assert "may be written by every user" in line and f"chmod go-w {s.policy}" in line
    assert "closed" in s.denied(2)
    (entry,) = s.records_when("reload_failed")
    assert "chmod go-w" in entry["detail"]
    s.policy.chmod(0o644)
    s.says(LOADED)
    s.passed(3)
    s.home.chmod(0o777)
    s.policy.write_text(NOT_YET)
    s.says(KEPT, 2)
    s.passed(4)
    s.home.chmod(0o700)
    s.process.send_signal(signal.SIGHUP)
    s.says(LOADED, 2)
    assert "not yet" in s.denied(5)


# Counters.

@pytest.mark.parametrize("limit", [{"rate_limit": "%d/hour"}, {"rate_limit": {"max": 0, "window": 3600}},
                                   {"limits": [{"counter": "c", "window": "day", "max": 0}]},
                                   {"spend_limit": {"max": 0, "window": "day", "from": "args.amount"}}],
                         ids=["rate", "session", "limits", "spend"])
def test_a_changed_maximum_counts_at_once_and_refills_nothing(session, limit):
    def with_max(n):
        text = json.dumps(limit)
        return limited(json.loads(text % n if "%d" in text else text.replace('"max": 0', f'"max": {n}')))
    s = session(with_max(5))
    for n in (1, 2, 3):
        s.passed(n, amount=1)
    load(s, with_max(3))
    s.denied(4, amount=1)
    load(s, with_max(4), 2)
    s.passed(5, amount=1)
    s.denied(6, amount=1)
    load(s, with_max(1), 3)
    s.denied(7, amount=1)
    assert "starts anew" not in s.stderr()
    assert all("counters_anew" not in e for e in s.records_when("reload", 3))


@pytest.mark.parametrize("before, after, says", [
    ({"rate_limit": "2/hour"}, {"rate_limit": "2/minute"}, ["per minute", "it was per hour"]),
    ({"rate_limit": "2/hour"}, {"rate_limit": {"max": 2, "window": "hour", "scope": "identity"}}, ["identity", "entry"]),
    ({"limits": [{"counter": "c", "window": "day", "max": 2}]},
     {"limits": [{"counter": "c", "window": "day", "max": 2, "window_type": "sliding"}]}, ["sliding"]),
], ids=["window", "scope", "type"])
def test_what_starts_at_zero_is_said(session, before, after, says):
    s = session(limited(before))
    s.passed(1)
    s.passed(2)
    s.denied(3)
    load(s, limited(after))
    (line,) = s.says("a limit starts anew")
    assert "tools/work" in line and "starts at zero" in line
    for word in says:
        assert word in line
    (entry,) = s.records_when("reload")
    (anew,) = entry["counters_anew"]
    assert anew in line
    s.passed(4)
    load(s, limited(before), 2)  # and back: the old counter is still there
    s.denied(5)


def test_a_moved_and_named_rule_keeps_its_counter(session):
    s = session(limited({"rate_limit": "2/hour"}))
    s.passed(1)
    rules = [{"name": "first", "concurrency": 9}, {"name": "second", "rate_limit": "2/hour"}]
    load(s, json.dumps({"version": "1", "tools": {"other": {"rules": [{"rate_limit": "9/hour"}]}, "work": {"rules": rules}}}))
    s.passed(2)
    assert "starts anew" not in s.stderr()
    assert "2 per hour" in s.denied(3)


# Calls under way.

def held(state):
    counters = json.loads(done(state, "limits", "show", "--all", "--json"))["counters"]
    return {c["counter"] or c["kind"]: c["held"] for c in counters}


def under_way(s, before, after, answer):
    """A call goes out under one policy, the other is loaded, and then it is answered."""
    s.send(call(1))
    s.server_recv()
    load(s, after)
    s.server_send(answer)
    assert s.recv()["id"] == 1
    s.fence()


@pytest.mark.parametrize("then, now, left", [("on_error", "never", 0), ("never", "on_error", 1)])
def test_a_call_under_way_is_settled_by_its_policy(session, then, now, left):
    def policy(refund):
        return limited({"limits": [{"counter": "c", "window": "day", "max": 1, "refund": refund}]})
    s = session(policy(then))
    under_way(s, policy(then), policy(now), result(1, isError=True))
    s.records_when("outcome")
    wait_until(lambda: held(s.state).get("c", "0") == str(left), "settlement")
    s.denied(2) if left else s.passed(2)


def test_a_call_under_way_passes_although_it_would_be_refused_now(session):
    s = session(limited({"concurrency": 1}))
    s.send(call(1))
    s.server_recv()
    assert "1 call" in s.denied(2)
    load(s, CLOSED)
    assert "closed" in s.denied(3)
    s.server_send(result(1, "late"))
    assert s.recv()["result"]["content"][0]["text"] == "late"
    load(s, limited({"concurrency": 1}), 2)
    s.passed(4)  # its place is free


# What the client sees.

TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("work", "secret", "other")]
CHANGED = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}


def hiding(*names):
    return json.dumps({"version": "1", "hide": list(names)})


def initialized(s):
    s.passes(request(0, "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "t", "version": "1"}),
             {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}})
    s.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
    s.server_recv()


def listed(s, id):
    answer = s.passes(request(id, "tools/list"), {"tools": TOOLS})
    return [tool["name"] for tool in answer["result"]["tools"]]


def test_the_client_hears_of_tools_that_come_and_go(session):
    s = session(hiding("nothing"))
    initialized(s)
    assert listed(s, 1) == ["work", "secret", "other"]
    load(s, hiding("nothing", "sec*"))
    assert s.recv() == CHANGED
    assert listed(s, 2) == ["work", "other"]
    assert "secret" in denial(s.ask(call(3, "secret")))
    load(s, hiding("other"), 2)
    assert s.recv() == CHANGED
    assert listed(s, 4) == ["work", "secret"]
    load(s, hiding("other", "absent"), 3)  # nothing that the server has
    assert s.fence() == ([], [])
    assert listed(s, 5) == ["work", "secret"]


def test_a_client_that_has_not_begun_is_told_nothing(session):
    s = session(OPEN)
    load(s, hiding("secret"))
    assert s.fence() == ([], [])
    initialized(s)
    assert listed(s, 1) == ["work", "other"]


def test_a_list_that_was_asked_for_before_is_filtered_by_the_policy_of_its_answer(session):
    s = session(OPEN)
    initialized(s)
    s.send(request(1, "tools/list"))
    s.server_recv()
    load(s, hiding("secret"))
    s.server_send({"jsonrpc": "2.0", "id": 1, "result": {"tools": TOOLS}})
    answers = [s.recv(), s.recv()]
    assert CHANGED in answers
    answers.remove(CHANGED)
    assert [t["name"] for t in answers[0]["result"]["tools"]] == ["work", "other"]


# Hanging up.

def test_the_end_of_the_terminal_that_it_talks_through_ends_the_session(written, plain):
    p = plain(written, terminal=True, stdin=None)
    wait_until(lambda: p.children(), "the server")
    os.close(p.terminal)
    assert p.process.wait(TIMEOUT) == 0, p.stderr()


def test_the_end_of_its_terminal_does_not_end_a_session_whose_client_lives(written, plain):
    """A client that was started from a terminal may outlive it, and so its servers: this is a SIGHUP like others."""
    p = plain(written, terminal=True)
    p.answer(GARBAGE)
    os.close(p.terminal)
    p.says("the policy has not changed")
    p.answer(GARBAGE)
    p.process.stdin.close()
    assert p.process.wait(TIMEOUT) == 0


def test_a_hangup_that_was_ignored_stays_ignored(written, plain):
    """nohup: then only a changed file loads the policy anew."""
    p = plain(written, before=["nohup"])
    p.answer(GARBAGE)
    p.process.send_signal(signal.SIGHUP)
    written.write_text(CLOSED)
    p.says(LOADED)
    assert "has not changed" not in p.stderr()
    p.process.stdin.close()
    assert p.process.wait(TIMEOUT) == 0
