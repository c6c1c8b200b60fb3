"""intercept diff as people and their CI use it: where calls come from, what is printed, how it ends."""

import json

from recorded import record, tool

OLD = "default: deny\ntools: {pay: {rules: [{name: cap, require: {path: args.n, op: lte, value: 50}}]}, list: {}}\n"
NEW = OLD.replace("50", "60")


def report(desk, *words, status=0):
    lines = desk.run("diff", *words, "--json", status=status).stdout.splitlines()
    return json.loads(lines[-1])


def both(desk, old=OLD, new=NEW):
    desk.write("old.yaml", old)
    desk.write("new.yaml", new)


def test_exit_status(desk):
    both(desk)
    assert "1 looser" not in desk.run("diff", "old.yaml", "old.yaml", "--fail-on", "any").stdout
    out = desk.run("diff", "old.yaml", "new.yaml", status=1).stdout
    assert "LOOSER" in out and "deny tools/pay/rules/cap -> allow" in out and "not a proof" in out and "seed 1" in out
    for words, status in ((("--fail-on", "never"), 0), (("--fail-on", "looser"), 1), (("--fail-on", "stricter"), 0),
                          (("--fail-on", "any"), 1)):
        assert desk.run("diff", "old.yaml", "new.yaml", *words, status=status)
    assert "STRICTER" in desk.run("diff", "new.yaml", "old.yaml").stdout
    desk.run("diff", "new.yaml", "old.yaml", "--fail-on", "stricter", status=1)
    # Only the file differs: any.
    desk.write("comment.yaml", OLD + "# a comment\n")
    desk.run("diff", "old.yaml", "comment.yaml", "--fail-on", "any")
    desk.write("hidden.yaml", OLD + "hide: [nowhere]\n")
    assert 'hide "nowhere": not there -> hidden' in desk.run("diff", "old.yaml", "hidden.yaml", "--fail-on", "any", status=1).stdout


def test_bad_use_is_not_a_difference(desk):
    both(desk)
    for words, text in (((), "name two policies"), (("old.yaml",), "name two policies"), (("-", "-"), "only one"),
                        (("old.yaml", "new.yaml", "--fail-on", "x"), "looser, stricter"),
                        (("old.yaml", "new.yaml", "--each"), "--json"),
                        (("old.yaml", "new.yaml", "--generate", "0"), "200000"),
                        (("old.yaml", "new.yaml", "--generate", "200001"), "200000"),
                        (("old.yaml", "new.yaml", "--seed", "x"), "whole number"),
                        (("old.yaml", "new.yaml", "--calls", "c", "--seed", "1"), "none are made"),
                        (("old.yaml", "new.yaml", "--calls", "nowhere"), "does not exist"),
                        (("old.yaml", "new.yaml", "--calls", "."), "holds no audit log"),
                        (("old.yaml", "new.yaml", "--tools", "nowhere"), "cannot be opened"),
                        (("old.yaml", "new.yaml", "--tools", "old.yaml"), "holds no tools"),
                        (("old.yaml", "nowhere.yaml"), "does not exist")):
        assert text in desk.run("diff", *words, status=2).stderr, words
    desk.write("bad.jsonl", '{"tool": "pay"}\n{"arguments": {}}\n')
    assert "bad.jsonl:2: it names no" in desk.run("diff", "old.yaml", "new.yaml", "--calls", "bad.jsonl", status=2).stderr
    desk.write("tools.json", '{"tools": 5}')
    assert "holds no tools" in desk.run("diff", "old.yaml", "new.yaml", "--tools", "tools.json", status=2).stderr


def test_all_problems_of_both_policies_are_shown(desk):
    desk.write("a.yaml", "defualt: deny\ntools: {x: {rulez: []}}\n")
    desk.write("b.yaml", "version: 2\n")
    err = desk.run("diff", "a.yaml", "b.yaml", status=2).stderr
    assert "a.yaml:1:1: error" in err and "rulez" in err and "b.yaml:1:" in err and "did you mean" in err


def test_old_from_standard_input(desk):
    both(desk)
    done = desk.run("diff", "-", "new.yaml", stdin=OLD, status=1)
    assert "LOOSER" in done.stdout
    assert "nothing" not in done.stderr
    assert "<stdin>:1:1" in desk.run("diff", "-", "new.yaml", stdin="defualt: deny\n", status=2).stderr
    assert "standard input" in desk.run("diff", "-", "new.yaml", status=2).stderr


def test_calls_of_a_file(desk):
    both(desk)
    desk.write("calls.jsonl", '\n{"tool": "pay", "arguments": {"n": 55}}\n{"tool": "list"}\n'
                              '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "pay", "arguments": {"n": 61}}}\n')
    lines = desk.run("diff", "old.yaml", "new.yaml", "--calls", "calls.jsonl", "--json", "--each", status=1).stdout.splitlines()
    each, total = [json.loads(line) for line in lines[:-1]], json.loads(lines[-1])
    assert [(e["call"], e["difference"]) for e in each] == [
        ("calls.jsonl:2", "looser"), ("calls.jsonl:3", "same"), ("calls.jsonl:4", "same")]
    assert each[0]["old"] == {"decision": "deny", "reason": "rule", "rule": "tools/pay/rules/cap", "message": 'Denied by rule "cap"'}
    assert total["calls"]["source"] == "file" and total["calls"]["tried"] == 3 and total["proof"] is False
    assert total["groups"][0]["examples"][0]["arguments"] == {"n": 55}


def test_calls_of_a_log(desk):
    both(desk)
    record(desk, [tool("pay", {"n": n}) for n in (50, 55, 60, 65)] + [("x/y", {"a": 1})], OLD)
    for where in ("log", next((desk.folder / "log").iterdir())):
        total = report(desk, "old.yaml", "new.yaml", "--calls", where, status=1)
        assert (total["looser"], total["calls"]["tried"], total["calls"]["source"]) == (2, 5, "audit")
        assert total["calls"]["without_params"] == 1
    # the installation's own
    state = desk.folder / "state" / "intercept" / "audit"
    state.mkdir(parents=True)
    for path in (desk.folder / "log").iterdir():
        (state / path.name).write_bytes(path.read_bytes())
    (desk.folder / "state" / "intercept").chmod(0o700)
    assert report(desk, "old.yaml", "new.yaml", "--calls", "audit", status=1)["looser"] == 2


def test_a_log_of_several_files_and_what_is_left_out(desk):
    both(desk)
    record(desk, [tool("pay", {"n": n}) for n in (55, 56)], OLD, folder="a")
    record(desk, [tool("pay", {"n": 57})], OLD, log_args="hash", folder="b")
    record(desk, [tool("pay", {"n": 57})], OLD, log_args="redacted", folder="c")
    out = desk.run("diff", "old.yaml", "new.yaml", *(w for f in "abc" for w in ("--calls", f)), status=1).stdout
    assert "Tried 2 calls" in out and "1 call whose arguments are not on record" in out and "--log-args full" in out
    assert "1 call recorded with --log-args redacted" in out
    # cut in two, as rotation does
    path = next((desk.folder / "a").iterdir())
    lines = path.read_text().splitlines(True)
    (desk.folder / "a" / (path.stem + ".0001.jsonl")).write_text("".join(lines[:3]))
    path.write_text("".join(lines[3:]))
    assert report(desk, "old.yaml", "new.yaml", "--calls", "a", status=1)["looser"] == 2


def test_outcomes_are_the_recorded_ones(desk):
    both(desk, "tools: {a: {rules: [{rate_limit: {max: 1, window: day, scope: identity, refund: on_error}}]}}\n",
         "tools: {a: {rules: [{rate_limit: {max: 1, window: day, scope: identity}}]}}\n")
    record(desk, [tool("a"), tool("a")])
    assert report(desk, "old.yaml", "new.yaml", "--calls", "log")["stricter"] == 0
    path = next((desk.folder / "log").iterdir())
    path.write_text(path.read_text().replace('"outcome":"result"', '"outcome":"tool_error"'))
    lines = path.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if '"event":"decision"' in line)
    # the first outcome stands before the second decision, as in a log whose answers came at once
    outcomes = [line for line in lines if '"event":"outcome"' in line]
    rest = [line for line in lines if '"event":"outcome"' not in line]
    decisions = [i for i, line in enumerate(rest) if '"event":"decision"' in line]
    rest.insert(decisions[1], outcomes[0])
    assert first >= 0
    path.write_text("\n".join(rest) + "\n")
    assert report(desk, "old.yaml", "new.yaml", "--calls", "log")["stricter"] == 1


def test_tools(desk):
    both(desk, "tools: {a: {rules: [{validate: {required_args: true}}]}}\n", "tools: {a: {}}\n")
    desk.write("calls.jsonl", '{"tool": "a", "arguments": {}}\n{"tool": "b"}\n')
    out = desk.run("diff", "old.yaml", "new.yaml", "--calls", "calls.jsonl").stdout
    assert "Give the list with --tools" in out
    listed = [{"name": "a", "inputSchema": {"type": "object", "required": ["q"]}}, {"name": "b", "inputSchema": {}}]
    for text in (listed, {"tools": listed}, {"jsonrpc": "2.0", "id": 1, "result": {"tools": listed}}):
        desk.write("tools.json", json.dumps(text))
        assert report(desk, "old.yaml", "new.yaml", "--calls", "calls.jsonl", "--tools", "tools.json", status=1)["looser"] == 1
    assert report(desk, "old.yaml", "new.yaml", "--tools", "tools.json", status=1)["looser"] > 0


def test_the_same_calls_every_time(desk):
    both(desk)
    words = ("diff", "old.yaml", "new.yaml", "--generate", "300", "--seed", "9", "--json", "--each")
    assert desk.run(*words, status=1).stdout == desk.run(*words, status=1).stdout


def test_help_says_how_it_ends(desk):
    text = desk.run("diff", "--help").stdout
    assert "Exit status: 0; 1 if" in text and "--fail-on" in text
    assert "suggest" in desk.run("--help").stdout
