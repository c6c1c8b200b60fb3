"""What a person asks beside running sessions, and changes: `limits show` and `limits reset`, `status`, `why`.

Each test makes what it asks about with real sessions on a state directory of its own, and reads the answers as text, as
a person does, and as JSON.
"""
import json
import os
import re
import sqlite3
import subprocess

import pytest

from fleet import TIMEOUT, Fleet, binary, wait_until

POLICY = """
default: {tools: deny}
hide: [secret_tool]
tools:
  pay:
    rules:
      - name: small
        conditions: [{path: args.amount, op: lte, value: 100}]
        on_deny: Too much at once.
      - rate_limit: 3/hour
      - spend_limit: {max: 150, window: day, from: args.amount}
  named: {rules: [{limits: [{counter: total, window: day, max: 2}]}]}
  lease: {rules: [{concurrency: 1}]}
  watched: {rules: [{name: never, action: deny, mode: shadow, on_deny: Not on my watch.}]}
  free: {}
"""


class Office(Fleet):
    """A fleet, and commands beside it."""

    def command(self, *words, status=0):
        env = dict(os.environ, XDG_STATE_HOME=str(self.state))
        done = subprocess.run([binary(), *words], capture_output=True, text=True, env=env, timeout=TIMEOUT)
        assert done.returncode == status, (words, done)
        assert status == 0 or done.stderr.startswith("Error: "), done
        return done.stdout if status == 0 else done.stderr

    def json(self, *words):
        return json.loads(self.command(*words, "--json"))

    def member(self, *flags):
        """A session with flags of its own."""
        self.flags, kept = [*self.flags, *flags], self.flags
        try:
            return self.start()[0]
        finally:
            self.flags = kept

    def ask(self, member, tool, amount=1, **flags):
        """A call and its end: the call."""
        call = member.call(tool, amount, **flags)
        member.settle()
        return call

    def running(self, member, tool):
        """A call that the server has and does not answer."""
        call = member.call(tool, mute=True)
        wait_until(lambda: call.nonce in self.executions(), "the call to reach the server")
        return call

    def counters(self, *words):
        return {(c["entry"], c["kind"]): c for c in self.json("limits", "show", *words)["counters"]}

    def instance(self, number=0):
        return next(r["instance"] for r in self.records() if r.get("pid") == self.members[number].process.pid)


def id_of(call):
    """As the agent is told it."""
    assert call.denied, call.text
    return re.search(r"\(decision ([0-9a-f]{10}-[0-9a-z]+)\)$", call.text)[1]


@pytest.fixture
def office(tmp_path):
    made = []

    def open_office(policy=POLICY, flags=()):
        made.append(Office(tmp_path / str(len(made)), policy, flags))
        return made[-1]

    yield open_office
    for fleet in made:
        for member in fleet.members:
            if member.process.poll() is None:
                member.process.kill()
            member.close()


# --- limits show ---

def test_show_says_what_is_held_of_how_much_until_when_and_who_charged_it(office):
    o = office(flags=["--identity", "ann"])
    member = o.member()
    o.ask(member, "pay", "30.5")
    o.ask(member, "pay", 12)
    o.ask(member, "named")
    instance = o.instance()
    pay = o.command("limits", "show", "--tool", "pay")
    assert re.search(rf"^srv  tools/pay  rate limit\n    2 of 3 per hour; first in \d+ min, all in \d+ min; "
                     rf"last charged by ann {instance}$", pay, re.M), pay
    assert re.search(rf"^srv  tools/pay  spend limit on args.amount\n    42.5 of 150 per day \(calendar, UTC\); "
                     rf"free in [\d.]+ \w+; last charged by ann {instance}$", pay, re.M), pay
    assert "Limits per session are counted in their process and are not shown here." in pay
    assert "counter total  identity ann\n    1 of 2 per day" in o.command("limits", "show", "total")
    rate, spend, total = (o.counters()[k] for k in (("pay", "rate"), ("pay", "spend"), ("named", "hosted")))
    assert {"server": "srv", "section": "tools", "window": "3600s-sliding", "scope": "entry", "held": "2", "max": "3",
            "charged_by": f"ann {instance}"}.items() <= rate.items()
    assert 3_500_000 < rate["next_free_ms"] <= rate["all_free_ms"] <= 3_600_000
    assert (spend["held"], spend["max"], spend["window"]) == ("42.5", "150", "day")
    assert 0 < spend["all_free_ms"] == spend["next_free_ms"] <= 86_400_000
    assert (total["counter"], total["scope"], total["scope_value"]) == ("total", "identity", "ann")


def test_show_and_reset_choose_by_name_server_tool_and_identity(office):
    o = office()
    one, two = o.member("--identity", "ann"), o.member("--server-name", "other", "--identity", "bob")
    for member in (one, two):
        o.ask(member, "pay")
        o.ask(member, "named")
    assert len(o.json("limits", "show")["counters"]) == 6
    for words, expected in [
        (["total"], {"srv named", "other named"}), (["tot*"], {"srv named", "other named"}),
        (["_rate_3600"], {"srv pay", "other pay"}), (["total", "--server", "oth*"], {"other named"}),
        (["--tool", "pay", "--server", "srv"], {"srv pay"}), (["--tool", "p*"], {"srv pay", "other pay"}),
        (["--identity", "bob"], {"other named"}), (["--identity", "*"], {"srv named", "other named"}),
        (["nothing"], set()), ([""], set()), (["--server", "sr"], set()),
    ]:
        found = {f"{c['server']} {c['entry']}" for c in o.json("limits", "show", *words)["counters"]}
        assert found == expected, words
    assert "No counter that was meant holds anything." in o.command("limits", "show", "nothing")
    assert o.command("limits", "reset", "") == "No counter that was meant held anything.\n"
    assert "say which counters" in o.command("limits", "reset", status=2)
    assert len(o.json("limits", "show")["counters"]) == 6
    o.command("limits", "reset", "total", "--server", "other")
    assert len(o.json("limits", "show")["counters"]) == 5


def test_show_of_a_place_where_nothing_was_counted_makes_nothing(office):
    o = office()
    assert o.command("limits", "show").startswith("No counter holds anything.\n")
    assert o.json("limits", "show") == {"counters": []}
    assert o.command("limits", "reset", "--all").startswith("No counter that was meant")
    assert not (o.state / "intercept" / "state.db").exists()


# --- limits reset ---

def test_reset_is_seen_by_running_sessions_and_recorded(office):
    o = office()
    member = o.member()
    for _ in range(2):
        assert not o.ask(member, "named").denied
    o.ask(member, "pay", 5)
    assert o.ask(member, "named").denied
    assert o.command("limits", "reset", "total") == "reset srv  tools/named  counter total  identity local: held 2 of 2\n"
    assert not o.ask(member, "named").denied
    assert o.counters()["pay", "rate"]["held"] == "1"
    record = next(r for r in o.records() if r["event"] == "limits_reset")
    assert record["arguments"] == ["total"] and f"uid {os.getuid()}, pid " in record["by"]
    assert record["counters"] == [{"counter": "srv  tools/named  counter total  identity local", "held": "2"}]
    reset = o.json("limits", "reset", "--tool", "named")["counters"]
    assert [(c["counter"], c["held"]) for c in reset] == [("total", "1")]
    assert o.counters("--all", "--tool", "named")["named", "hosted"]["held"] == "0"


def test_reset_of_a_server_and_of_all_while_none_runs(office):
    o = office()
    for member in (o.member(), o.member("--server-name", "other")):
        for _ in range(2):
            o.ask(member, "named")
    o.close()
    o.command("limits", "reset", "--server", "other")
    one, two = o.member(), o.member("--server-name", "other")
    assert o.ask(one, "named").denied and not o.ask(two, "named").denied
    o.close()
    assert len(o.command("limits", "reset", "--all").splitlines()) == 2
    assert not o.ask(o.member(), "named").denied


def test_what_cannot_be_recorded_is_not_reset(office):
    o = office()
    o.ask(o.member(), "named")
    o.close()
    log = o.state / "intercept" / "audit"
    log.rename(log.with_name("elsewhere"))
    log.write_text("")
    assert "nothing was reset, because it cannot be recorded" in o.command("limits", "reset", "--all", status=1)
    assert o.counters()["named", "hosted"]["held"] == "1"


def test_a_running_calls_place_is_shown_with_its_session_and_free_when_that_dies(office):
    o = office()
    member, other = o.member(), o.member()
    o.running(member, "lease")
    text = o.command("limits", "show", "--tool", "lease")
    assert "1 of 1; held by 1 running call(s)" in text and f" by instance {o.instance()}\n" in text
    lease = o.counters()["lease", "concurrency"]
    assert [(held["instance"], held["amount"]) for held in lease["leases"]] == [(o.instance(), "1")]
    assert o.ask(other, "lease").denied
    member.kill()
    assert o.counters() == {}
    assert not o.ask(other, "lease").denied


def test_reset_frees_the_place_of_a_running_call(office):
    o = office()
    member = o.member()
    o.running(member, "lease")
    assert o.ask(member, "lease").denied
    assert "concurrency: held 1 of 1" in o.command("limits", "reset", "--tool", "lease")
    assert not o.ask(member, "lease").denied


def test_lost_counters_are_held_until_a_person_resets_all(office):
    o = office()
    o.ask(o.member(), "named")
    o.close()
    database = o.state / "intercept" / "state.db"
    database.write_bytes(b"no database at all " * 50)
    database.with_name("state.db-wal").write_bytes(b"")  # from which SQLite would have mended it
    member = o.member()
    held = o.ask(member, "named")
    assert held.denied and "held as if it were used up" in held.text
    text = o.command("limits", "show")
    assert text.startswith("Counters were lost before ") and "until intercept limits reset --all" in text
    assert o.json("limits", "show")["lost"].endswith("Z")
    assert "intercept limits reset --all" in member.log()
    o.command("limits", "reset", "--all")
    assert "lost" not in o.json("limits", "show")
    assert not o.ask(member, "named").denied
    assert "held as if it were used up" in o.command("why", id_of(held))


def test_a_store_that_cannot_be_used_says_what_to_do_wherever_one_looks(office):
    o = office()
    o.ask(o.member(), "named")
    o.close()
    with sqlite3.connect(o.state / "intercept" / "state.db") as database:
        database.execute("PRAGMA user_version = 99")
    member = o.member()
    denied = [o.ask(member, "named") for _ in range(3)]
    advice = "use that version, or name another directory with --state-dir"
    assert member.log().count(advice) == 1, "once, not with every call"
    assert "cannot be used" in denied[0].text
    assert advice in o.command("limits", "show", status=1) and advice in o.command("limits", "reset", "--all", status=1)
    assert "the store that counts could not be used" in (why := o.command("why", id_of(denied[0])))
    assert "intercept audit query event=notice" in why
    o.close()
    assert advice in o.command("audit", "query", "--json", "event=notice")


# --- status ---

def test_status_knows_who_lives_ended_and_died(office):
    o = office()
    alive, ended, died = o.member(), o.member("--server-name", "other"), o.member()
    for member in (alive, ended, died):
        o.ask(member, "free")
    names = [o.instance(n) for n in range(3)]
    ended.close()
    died.kill()

    def states(*words):
        return {i["instance"]: i["state"] for i in o.json("status", *words)["instances"]}

    expected = dict(zip(names, ["alive", "ended", "dead"]))
    assert states() == expected
    text = o.command("status")
    assert text.startswith("Instances: 1 alive, 1 ended, 1 dead\n")
    assert re.search(rf"^  {names[0]}  alive  srv  pid {alive.process.pid}  since .*  1 calls, 0 denied$", text, re.M)
    o.ask(o.member("--server-name", "finder"), "free")  # its first append puts the dead one on record
    assert any(r["event"] == "found_dead" and r["dead"] == names[2] for r in o.records())
    assert states() == {**expected, o.instance(3): "alive"}
    assert states("--server", "other") == {names[1]: "ended"}
    assert states("--server", "sr*") == {names[0]: "alive", names[2]: "dead"}
    o.command("limits", "reset", "--all")
    assert len(states()) == 4, "a command is no instance"


def test_status_counts_calls_rules_outcomes_and_tells_the_last_denials(office):
    o = office()
    member = o.member()
    too_much, hidden = o.ask(member, "pay", 500), o.ask(member, "secret_tool")
    again = [o.ask(member, "pay", 101) for _ in range(2)]
    for tool in ("free", "free", "watched"):
        o.ask(member, tool)
    o.ask(member, "free", fail=True)
    member.close()
    status = o.json("status")
    assert (status["calls"], status["denied"], status["calls_per_minute"]) == (8, 4, 1.6)
    assert {"name": "free", "count": 3} in status["tools"]
    assert status["denying_rules"] == [{"name": "tools/pay/rules/small", "count": 3}, {"name": "(hidden)", "count": 1}]
    assert {"name": "tool_error", "count": 1} in status["outcomes"]
    assert [d["id"] for d in status["recent_denials"]] == [id_of(c) for c in (too_much, hidden, *again)]
    assert status["recent_denials"][0]["message"] == "Too much at once."
    shadow = next(r for r in o.records() if r.get("tool") == "watched")
    assert [(s["rule"], s["count"], s["last_id"]) for s in status["shadow"]] == [
        ("tools/watched/rules/never", 1, shadow["id"])]
    text = o.command("status")
    assert "Calls: 8, denied 4; 1.6 a minute over the last five minutes\n" in text
    assert re.search(r"^ +3  tools/pay/rules/small$", text, re.M)
    assert re.search(rf"srv  pay  Too much at once.  {id_of(too_much)}$", text, re.M)
    assert re.search(rf"1 × tools/watched/rules/never .*Not on my watch.  {shadow['id']}$", text, re.M)


def test_status_of_nothing_of_noise_and_of_another_time(office):
    o = office()
    assert o.command("status").startswith("Instances: 0 alive, 0 ended, 0 dead\n\nCalls: 0, denied 0;")
    o.ask(o.member(), "free")
    o.close()
    log = next((o.state / "intercept" / "audit").glob("*.jsonl"))
    with open(log, "a") as file:
        file.write("no record\n")
    assert o.json("status")["unreadable"] == 1 and "1 line(s) could not be read" in o.command("status")
    assert o.json("status", "--since", "2099-01-01")["calls"] == 0
    assert '--since: "soon" is not a time; write 2026-' in o.command("status", "--since", "soon", status=2)


# --- why ---

def test_why_of_a_rule_with_the_values_that_are_kept(office):
    for flags, value in ([], "not kept (--log-args hash)"), (["--log-args", "redacted"], "args.amount = 101"):
        o = office(flags=flags)
        text = o.command("why", id_of(o.ask(o.member(), "pay", 101)))
        assert re.search(r"^message +tools/call tool pay\n +server srv, identity local$", text, re.M)
        assert re.search(r"^decided +refused: a rule forbids it$", text, re.M)
        assert re.search(r"^rule +tools/pay/rules/small\ncondition +args.amount lte 100\nvalues? +", text, re.M)
        assert value in text and re.search(r"^told +Too much at once.$", text, re.M)
        assert "the file is still the one that decided" in text
        assert f"The rule ({o.policy}:7):\n" in text and "on_deny: Too much at once." in text
        assert text.endswith("Change the arguments so that the rule's condition holds, or change the rule.\n")


def test_why_of_limits_hidden_tools_the_default_and_shadow_rules(office):
    o = office()
    member = o.member()
    for _ in range(3):
        o.ask(member, "pay", 40)
    text = o.command("why", id_of(o.ask(member, "pay", 10)))
    assert "refused: a limit is used up" in text and "tools/pay/rules/1" in text
    assert "held 3, asked for 1, at most 3" in text and "would have fitted after 60 min" in text
    assert "- rate_limit: 3/hour" in text and "`intercept limits show`" in text
    o.command("limits", "reset", "_rate_3600")
    text = o.command("why", id_of(o.ask(member, "pay", 40)))
    assert "held 120, asked for 40, at most 150" in text and "spend_limit" in text
    assert "Take its name out of `hide`" in o.command("why", id_of(o.ask(member, "secret_tool")))
    assert "Give the tool an entry" in o.command("why", id_of(o.ask(member, "nameless")))
    o.ask(member, "watched")
    member.close()
    shadow = next(r["id"] for r in o.records() if r.get("tool") == "watched")
    text = o.command("why", shadow)
    assert re.search(r"^decided +allowed$", text, re.M) and re.search(r"^outcome +result after ", text, re.M)
    assert re.search(r"^shadow +tools/watched/rules/never would have .*Not on my watch.$", text, re.M)


def test_why_after_the_policy_changed_or_went_away(office):
    o = office()
    member = o.member()
    decision = id_of(o.ask(member, "pay", 101))
    member.close()
    kept = o.home / "kept.yaml"
    kept.write_text(POLICY)
    o.policy.write_text(POLICY.replace("100", "200"))
    text = o.command("why", decision)
    assert "the file has changed since" in text and "value: 200" in text
    assert "still the one that decided" in o.command("why", decision, "-c", str(kept))
    o.policy.unlink()
    text = o.command("why", decision)
    assert "condition   args.amount lte 100" in text and "The rule" not in text


def test_why_and_show_know_no_other_ids(office):
    o = office()
    member = o.member()
    ids = [id_of(o.ask(member, "secret_tool")) for _ in range(36)]
    assert ids[0] == ids[35][:-1]  # …-1 is the beginning of …-10
    for command in (["why"], ["audit", "show"]):
        assert f"{ids[0]}\n" in o.command(*command, ids[0]).replace("id              ", "")
        for unknown in ("0123456789-1", ids[0][:10], ids[0][:6], ids[0] + "2", "decision " + ids[0], "\x1b[31m-1"):
            error = o.command(*command, unknown, status=1)
            assert "has a decision" in error and "\x1b" not in error
        for words in ([], [""], ids[:2]):
            assert "name one decision, by the id that a denial ends with" in o.command(*command, *words, status=2)
    assert json.loads(o.command("audit", "show", "--json", ids[0]))["request_id"] == member.fleet.calls[0].nonce


def test_why_and_show_of_one_session_among_many_of_a_process(office):
    o = office()
    o.ask(o.member(), "free")  # the directory is there
    head = {"v": 1, "time": "2026-11-22T10:00:00.000Z"}
    lines = [{"event": "start", "instance": "0123456789", "server": "srv", "transport": "http", "log_args": "none", "pid": 1}]
    for session, identity in ((1, "ann"), (2, "bob")):
        for number in (1, 2):
            of = {"session": f"s{session}", "identity": identity, "server": "srv"}
            decision = f"0123456789-{session}-{number}"
            lines.append({"event": "decision", "instance": "0123456789", **of, "id": decision, "direction": "client",
                          "method": "tools/call", "request_id": number, "tool": "free", "decision": "allow"})
    lines += [{"event": "outcome", "instance": "0123456789", "id": "0123456789-2-1", "outcome": "result",
               "latency_us": 5, "bytes": 2},
              {"event": "session_end", "instance": "0123456789", "session": "s2", "identity": "bob", "server": "srv",
               "reason": "deleted", "calls": 2, "denied": 0}]
    log = o.state / "intercept" / "audit" / "0123456789.jsonl"
    log.write_text("".join(json.dumps({**head, **line}, separators=(",", ":")) + "\n" for line in lines))
    log.chmod(0o600)
    why = o.command("why", "0123456789-2-1")
    assert "identity bob" in why and "outcome     result" in why
    assert "identity ann" in o.command("why", "0123456789-1-1")
    shown = json.loads(o.command("audit", "show", "--json", "0123456789-2-2"))
    assert shown["session"] == "s2" and shown["request_id"] == 2
    for unknown in ("0123456789-2", "0123456789-1", "0123456789-3-1", "0123456789-2-"):
        assert "has a decision" in o.command("why", unknown, status=1)
    found = o.command("audit", "query", "--json", "session=s2").splitlines()
    assert [json.loads(line)["event"] for line in found] == ["decision", "decision", "outcome", "session_end"]
    assert "session_end" in o.command("audit", "query", "event=session_end")


def test_why_of_a_call_that_died_with_its_session(office):
    o = office()
    member = o.member()
    o.running(member, "free")
    member.kill()
    running = next(r["id"] for r in o.records() if r.get("tool") == "free")
    assert "none is recorded: the call was still running, or the process died" in o.command("why", running)
