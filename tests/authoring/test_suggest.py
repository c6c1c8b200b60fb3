"""intercept suggest: what was allowed is allowed by what is suggested, and a step beside it is not."""

import json
import random

import pytest

from recorded import record, tool

HOSTILE = "x: *y\n# }\" \\ \u2028\u202e\u0000\u007f'!!python"


def suggest(desk, *words, status=0, warnings=False):
    done = desk.run("suggest", "--from", "log", *words, status=status)
    if status == 0:
        desk.write("suggested.yaml", done.stdout)
        assert warnings or desk.run("validate", "--strict", "suggested.yaml").stderr == ""
    return done


def decisions(desk, where, policy="suggested.yaml", server="srv"):
    """What the policy says of each call: origin -> decision."""
    out = desk.run("diff", policy, policy, "--calls", where, "--json", "--each", "--server-name", server).stdout
    return {line["call"]: line["new"]["decision"] for line in map(json.loads, out.splitlines()[:-1])}


def ask(desk, *calls):
    """Decisions of the suggested policy on calls (method, params), each by itself."""
    out = []
    for method, params in calls:
        desk.write("one.jsonl", json.dumps({"method": method, "params": params}) + "\n")
        out += decisions(desk, "one.jsonl").values()
    return out


def allows_the_log(desk):
    said = decisions(desk, "log")
    allowed = [json.loads(line) for path in (desk.folder / "log").glob("*.jsonl") for line in path.read_text().splitlines()]
    allowed = [r["id"] for r in allowed if r["event"] == "decision" and r["decision"] == "allow"]
    assert allowed
    assert {i: said[i] for i in allowed if said[i] != "allow"} == {}


def test_whole_calls_and_nothing_beside_them(desk):
    calls = [tool("delete", {"path": "/tmp/a", "deep": True}), tool("delete", {"path": "/", "deep": False}),
             tool("delete", {"path": "/tmp/a", "deep": True}), tool("read", {"path": "/a"}), tool("read", {"path": "/b"}),
             tool("ping"), tool("ping", {}), tool("pay", {"amount": 10.50, "to": None, "items": [{"a": 1}, []]})]
    record(desk, calls)
    text = suggest(desk).stdout
    allows_the_log(desk)
    assert "default: deny" in text
    assert ask(desk, *calls) == ["allow"] * len(calls)
    beside = [tool("delete", {"path": "/", "deep": True}),  # each value was seen, never together
              tool("delete", {"path": "/"}), tool("delete", {}), tool("delete"), tool("read", {"path": "/c"}),
              tool("read", {"path": ["/a"]}), tool("read", {"path": "/a", "more": 1}), tool("read", {"Path": "/a"}),
              tool("ping", {"a": 1}), tool("Ping"), tool("pay", {"amount": "10.5", "to": None, "items": [{"a": 1}, []]}),
              tool("pay", {"amount": 10.51, "to": None, "items": [{"a": 1}, []]}), tool("other"),
              ("resources/read", {"uri": "file:///a"}), ("prompts/get", {"name": "a"}), ("x/unknown", {})]
    assert set(ask(desk, *beside)) <= {"deny", "error"}


def test_generated_mutations_are_refused(desk):
    rng = random.Random(7)
    keys, values = ["a", "b", "c"], [1, 2, 2.5, "x", "", None, True, ["x"], {"n": 1}, "ü" + HOSTILE]
    calls = [tool(rng.choice(["t", "u"]), {k: rng.choice(values) for k in keys if rng.random() < 0.7}) for _ in range(60)]
    record(desk, calls)
    suggest(desk)
    allows_the_log(desk)
    seen = {json.dumps(c[1], sort_keys=True) for c in calls}
    lines, expected = [], []
    for method, params in calls:
        changed = json.loads(json.dumps(params))
        key = rng.choice(keys)
        if rng.random() < 0.3:
            changed["arguments"].pop(key, None)
        else:
            changed["arguments"][key] = rng.choice(values + [3, "y", "X", [], {}, False])
        lines.append({"method": method, "params": changed})
        expected.append(json.dumps(changed, sort_keys=True) in seen)
    desk.write("mutated.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    said = list(decisions(desk, "mutated.jsonl").values())
    assert [(line, d) for line, d, e in zip(lines, said, expected) if (d == "allow") != e] == []
    assert not all(expected) and any(expected)


def test_what_was_denied_is_not_permitted(desk):
    record(desk, [tool("a", {"n": 1}), tool("b", {"n": 1})], 'tools: {b: {rules: [{action: deny}]}}\n')
    text = suggest(desk).stdout
    assert '"b"' not in text and ask(desk, tool("a", {"n": 1}), tool("b", {"n": 1})) == ["allow", "deny"]


def test_rates_are_the_most_that_was_seen(desk):
    record(desk, [tool("a", {"n": 1})] * 5)
    assert "rate_limit: 5/day" in suggest(desk).stdout
    desk.write("six.jsonl", '{"tool": "a", "arguments": {"n": 1}}\n' * 6)
    assert list(decisions(desk, "six.jsonl").values()) == ["allow"] * 5 + ["deny"]


def test_identities_are_those_that_were_seen(desk):
    record(desk, [tool("a")], flags=["--identity", "ann"])
    suggest(desk)
    desk.write("who.jsonl", '{"tool": "a", "identity": "ann"}\n{"tool": "a", "identity": "bob"}\n')
    assert list(decisions(desk, "who.jsonl").values()) == ["allow", "deny"]


def test_resources_prompts_and_methods(desk):
    calls = [("resources/read", {"uri": "file:///srv/a*b"}), ("prompts/get", {"name": "p", "arguments": {"v": "1", "w": "x"}}),
             ("prompts/get", {"name": "q"}), ("x/unknown", {}), ("tools/list", {})]
    record(desk, calls)
    suggest(desk)
    allows_the_log(desk)
    assert ask(desk, *calls) == ["allow"] * 5
    beside = [("resources/read", {"uri": "file:///srv/axb"}), ("resources/subscribe", {"uri": "file:///srv/a*b"}),
              ("prompts/get", {"name": "p", "arguments": {"v": "1"}}), ("prompts/get", {"name": "p"}),
              ("prompts/get", {"name": "p", "arguments": {"v": "1", "w": "x", "z": "y"}}),
              ("prompts/get", {"name": "q", "arguments": {"v": "1"}}), ("x/other", {}),
              ("completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "v", "value": ""}})]
    assert ask(desk, *beside) == ["deny"] * len(beside)
    desk.write("asks.jsonl", '{"method": "sampling/createMessage", "params": {}, "from": "server"}\n')
    assert list(decisions(desk, "asks.jsonl").values()) == ["deny"]


def test_texts_of_agents_are_quoted(desk):
    name = "evil*\\\"}\n- {a: b} # \u2028\u202e"
    calls = [tool(name, {HOSTILE: HOSTILE, "no": "yes"}), tool("n", {"x": "010", "y": "~", "z": "${A}"})]
    record(desk, calls)
    text = suggest(desk, warnings=True).stdout  # that a name has what other globs treat as special
    allows_the_log(desk)
    assert ask(desk, *calls) == ["allow", "allow"]
    assert "\u202e" not in text and "\u2028" not in text and "\x7f" not in text
    assert all(line.count("\r") == 0 for line in text.split("\n"))


def test_numbers_keep_their_value(desk):
    numbers = ["1e3", "-0", "9007199254740993", "0.1", "1E+2", "1e-7", "123456789012345678901234567890.5"]
    record(desk, [("tools/call", {"name": "n", "arguments": {"v": 0}})])
    lines = [f'{{"tool":"n","arguments":{{"v":{n}}}}}\n' for n in numbers]
    # As a log has them: one line's arguments replaced.
    path = next((desk.folder / "log").glob("*.jsonl"))
    start, decision = [x for x in path.read_text().splitlines() if '"event":"start"' in x or '"event":"decision"' in x]
    path.write_text(start + "\n" + "".join(decision.replace('"args":{"v":0}', f'"args":{{"v":{n}}}') + "\n" for n in numbers))
    suggest(desk)
    desk.write("n.jsonl", "".join(lines) + '{"tool":"n","arguments":{"v":9007199254740992}}\n')
    assert list(decisions(desk, "n.jsonl").values()) == ["allow"] * len(numbers) + ["deny"]


def test_secrets_are_not_written(desk):
    token = "ghp_" + "a1B2" * 9
    record(desk, [tool("login", {"user": "ann", "password": "hunter22"}), tool("push", {"note": "key " + token, "n": 1})])
    done = suggest(desk)
    assert "hunter22" not in done.stdout + done.stderr and token not in done.stdout + done.stderr
    assert "looks like a secret" in done.stdout and "looks like a secret" in done.stderr
    allows_the_log(desk)
    assert ask(desk, tool("login", {"user": "ann", "password": "other"}), tool("login", {"user": "bob", "password": "x"}),
               tool("login", {"user": "ann"}), tool("push", {"note": "other", "n": 2})) == ["allow", "deny", "deny", "deny"]


def test_what_cannot_be_listed_must_be_asked_for(desk):
    calls = [tool("f", {"path": f"/srv/data/{i % 3}/{i}.txt", "n": i, "q": "x" * (i % 9), "z": [i]}) for i in range(20)]
    record(desk, calls)
    done = suggest(desk, "--values", "5", status=1)
    assert done.stdout == ""
    for word in ("combinations", "paths", "ranges", "lengths", "types"):
        assert f"--generalise {word}" in done.stderr
    done = suggest(desk, "--values", "5", "--generalise", "combinations,paths,ranges", "--generalise", "lengths,types")
    assert "minimum: 0, maximum: 19" in done.stdout and "path_within" in done.stdout and "Note:" in done.stdout
    allows_the_log(desk)
    usual = {"path": "/srv/data/x", "n": 7, "q": "yy", "z": [9]}
    beside = [{"path": "/srv/data/../x"}, {"path": "/etc/x"}, {"n": 20}, {"n": -1}, {"n": "7"}, {"q": "y" * 9}, {"z": "9"}, {"a": 1}]
    assert ask(desk, tool("f", usual), *(tool("f", {**usual, **b}) for b in beside)) == ["allow"] + ["deny"] * len(beside)
    assert "is listed" not in suggest(desk).stdout  # 200 are the default
    assert ask(desk, tool("f", usual)) == ["deny"]


@pytest.mark.parametrize("log_args", ["hash", "redacted", "none"])
def test_logs_without_values(desk, log_args):
    record(desk, [tool("a", {"n": 1, "m": "text"}), tool("a", {"n": 2})], log_args=log_args)
    done = suggest(desk)
    assert "--log-args full" in done.stderr
    said = ask(desk, tool("a", {"n": 5}), tool("a", {"m": 5}), tool("a", {"n": 1, "o": 1}), tool("b", {"n": 1}))
    assert said == (["allow", "allow", "allow", "deny"] if log_args == "none" else ["allow", "deny", "deny", "deny"])


def test_several_servers(desk):
    record(desk, [tool("a")])
    path = next((desk.folder / "log").glob("*.jsonl"))
    (desk.folder / "log" / "0123456789.jsonl").write_text(path.read_text().replace('"srv"', '"other"').replace('"tool":"a"', '"tool":"b"')
                                                          .replace(path.stem, "0123456789"))
    text = suggest(desk).stdout
    assert "servers:" in text
    desk.write("c.jsonl", '{"tool": "a", "server": "srv"}\n{"tool": "b", "server": "srv"}\n{"tool": "b", "server": "other"}\n'
                          '{"tool": "b", "server": "third"}\n')
    assert list(decisions(desk, "c.jsonl").values()) == ["allow", "deny", "allow", "deny"]
    assert "servers:" not in suggest(desk, "--server", "srv").stdout


def test_bad_use(desk):
    assert "does not exist" in desk.run("suggest", "--from", "nowhere", status=1).stderr
    desk.write("calls.jsonl", '{"tool": "a"}\n')
    assert "no audit log" in desk.run("suggest", "--from", "calls.jsonl", status=1).stderr
    assert "--generalise" in desk.run("suggest", "--generalise", "everything", status=2).stderr
    assert "--values" in desk.run("suggest", "--values", "many", status=2).stderr
    record(desk, [tool("b")], 'tools: {b: {rules: [{action: deny}]}}\n')
    assert "nothing to suggest" in suggest(desk, status=1).stderr
