"""`intercept explain` against the proxy: the same generated calls, decided by a real process and explained with the
counters as they stood just before. The proxy's decision is taken from its audit log, never from explain.

INTERCEPT_AGREEMENT_CALLS says how many calls (2,000; `scripts/test --all` and reviews use 10,000).
"""

import json
import os
import random
import re
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
import generate
from generate import Number, dumps

from harness import Wire, binary, environment

CALLS = int(os.environ.get("INTERCEPT_AGREEMENT_CALLS", "2000"))
EACH = 40  # of a policy, and about a quarter more that are made from suggestions
SEEDS = range(max(1, CALLS // EACH))

# Arguments that have not one meaning: refused before any rule.
UNREADABLE = ['{"a":1,"a":2}', '{"a":"\\ud800"}', "[]", '"x"', "1", '{"a":[{"b":1,"b":1}]}', "true"]


class Explain:
    """`explain --calls -` beside a proxy: asked line by line, so that counters are read anew each time."""

    def __init__(self, wire, case, listed, live=True):
        command = [binary(), "explain", "-c", str(wire.policy), "--calls", "-", "--client-name", "agreement",
                   "--server-name", "main"]
        if live:
            command += ["--state", "live", "--state-dir", str(wire.state / "intercept")]
        if listed:
            schema = wire.home / "tools.json"
            schema.write_text(dumps({"tools": case.tools}), encoding="utf-8")
            command += ["--schema", str(schema)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=environment(wire.state))

    def ask(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, self.process.stderr.read().decode()
        return json.loads(answer, parse_int=Number, parse_float=Number)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()


class Proxy:
    """The proxy with a server that answers everything at once."""

    def __init__(self, case):
        self.case = case
        self.asked_for_tools = 0
        self.wire = Wire(case.policy, flags=["--server-name", "main", "--log-args", "none"], suffix=case.suffix,
                         answer=self.answer)
        self.requests = 0

    def answer(self, message):
        if "id" not in message:
            return []
        result = {}
        if message["method"] == "tools/list":
            self.asked_for_tools += 1
            return ['{"jsonrpc":"2.0","id":%s,"result":{"tools":%s}}' % (json.dumps(message["id"]), dumps(self.case.tools))]
        return [{"jsonrpc": "2.0", "id": message["id"], "result": result}]

    def request(self, method, params=None):
        """Gives the request's number."""
        self.requests += 1
        more = "" if params is None else ',"params":' + params
        self.wire.send('{"jsonrpc":"2.0","id":%d,"method":%s%s}' % (self.requests, json.dumps(method), more))
        self.last = self.wire.recv()
        return self.requests

    def begin(self, listed):
        self.request("initialize", '{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"agreement","version":"1"}}')
        self.wire.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        if listed:
            self.request("tools/list")


def seconds_apart(text):
    return re.sub(r"Try again in \d+ s", "Try again in N s", text)


def proxys_view(record):
    """What the audit log says, in the words that are compared."""
    if record is None:  # plumbing is not on record
        return {"decision": "allow", "reason": "", "rule": "", "message": "", "condition": "", "shadow": []}
    return {
        "decision": record["decision"],
        "reason": record.get("reason", ""),
        "rule": record.get("rule", ""),
        "message": seconds_apart(record.get("message", "")),
        "condition": record.get("condition", ""),
        "shadow": [f["rule"] for f in record.get("shadow", [])],
    }


def explains_view(explained):
    word = {"approval": "deny"}.get(explained["decision"], explained["decision"])
    return {
        "decision": word,
        "reason": explained.get("reason", ""),
        "rule": explained.get("rule", ""),
        "message": seconds_apart(explained.get("message", "")),
        "condition": explained.get("condition", ""),
        "shadow": [f["rule"] for f in explained["shadow"]],
    }


def charges_of(record):
    return [(c["amount"], c.get("max")) for c in record.get("charged", [])]


def check_trace(explained):
    """The first reached rule that denies is the one that decided; what stands behind it was not reached."""
    denials = [r for e in explained["entries"] for r in e["rules"] if r["state"] == "denies" and not r.get("shadow")]
    by_rule = explained["decision"] == "deny" and explained["reason"] in ("rule", "undecided", "validation", "amount")
    if by_rule:
        assert denials[0]["rule"] == explained["rule"]
        assert denials[0]["reached"] and not any(d["reached"] for d in denials[1:])
    else:
        assert not any(d["reached"] for d in denials)


def check_validation(explained, record):
    """What explain says of each part of `validate` is what the refusal says of it; a rule that passes has no part that
    does not."""
    for rule in (r for e in explained["entries"] for r in e["rules"]):
        parts = rule.get("validate", [])
        failing = [p for p in parts if p["result"] != "ok"]
        if rule["state"] == "passed":
            assert not failing, rule
        assert all("condition" in p and ("failures" in p or "why" in p) for p in failing), rule
        if record is None or record.get("reason") != "validation" or rule.get("rule") != record["rule"] or not parts:
            continue
        assert failing[0]["condition"] == record["condition"]
        if failing[0]["check"] == "required_args" or "its schema cannot be used" in record["message"]:
            continue  # said alone
        said = [f"{f['path']} {f['why']}" for p in failing for f in p.get("failures", [])]
        short = [one for one in said[:10] if len(one) < 100 and one.isascii()]  # longer ones are cut, others escaped
        assert all(one in record["message"] for one in short), (said, record["message"])


def steps_of(path):
    """args["a b"].items[1].price -> keys and indices below args; None for other roots."""
    root = re.match(r"[a-z]+", path).group()
    steps = [m.group(1) if m.group(1) is not None else json.loads(m.group(2)) if m.group(2) else int(m.group(3))
             for m in re.finditer(r'\.([^.\[\]"]+)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]', path[len(root):])]
    return steps if root == "args" else None


def changed_call(call, change):
    """The call with the edits of a suggestion; None if it cannot be made here."""
    if change["kind"] != "call" or call.kind not in ("tool", "prompt"):
        return None
    holder = {"arguments": json.loads(dumps(call.body if call.body is not None else {}), parse_int=Number, parse_float=Number)}
    for edit in change["edits"]:
        steps = steps_of(edit["path"])
        if not steps:
            return None
        at = holder
        path = ["arguments", *steps]
        for i, step in enumerate(path[:-1]):
            below = at[step] if isinstance(at, list) else at.get(step)
            if not isinstance(below, list if isinstance(path[i + 1], int) else dict):
                below = {}
                at[step] = below
            at = below
        if edit.get("left_out"):
            if isinstance(at, list) or path[-1] in at:
                del at[path[-1]]
        else:
            at[path[-1]] = edit["value"]
    return generate.Call(call.kind, call.name, holder["arguments"])


def run_case(seed, limits, listed, calls=EACH, live=True, case=None):
    case = case or generate.case(seed, calls, limits)
    rng = random.Random(seed)
    proxy = Proxy(case)
    pairs = []  # number of the request, call, explanation, what a suggestion promised
    with proxy.wire as wire:
        proxy.begin(listed)
        explain = Explain(wire, case, listed, live)
        todo = [(call, None) for call in reversed(case.calls)]
        while todo:
            call, promised = todo.pop()
            explained = explain.ask(call.line)
            asked_before = proxy.asked_for_tools
            number = proxy.request(call.method, call.params)
            if explained["decision"] == "needs_tools":
                assert proxy.asked_for_tools == asked_before + 1, call.line
                explain.close()
                explain = Explain(wire, case, True, live)  # from now on the proxy knows the tools
                continue
            pairs.append((number, call, explained, promised))
            check_trace(explained)
            if live and promised is None and explained["decision"] in ("deny", "approval") and rng.random() < 0.4:
                made = [m for m in (changed_call(call, c) for c in explained["changes"]) if m is not None]
                if made:
                    todo.append((rng.choice(made), "allow"))
        for text in UNREADABLE if seed % 7 == 0 else []:
            assert explain.ask('{"tool":"create_charge","arguments":' + text + "}")["decision"] == "refused", text
            proxy.request("tools/call", '{"name":"create_charge","arguments":' + text + "}")
            assert "Message refused" in proxy.last["error"]["message"], proxy.last
        explain.close()
        assert wire.close() == 0, wire.stderr()
        found = {r["request_id"]: r for r in wire.records("decision") if r.get("request_id") is not None}
    for number, call, explained, promised in pairs:
        record = found.get(str(number), found.get(number))
        said, done = explains_view(explained), proxys_view(record)
        where = f"seed {seed} {limits}, {call.line}\nexplain: {said}\nproxy:   {done}\n{case.policy}"
        if done["decision"] == "replay" or done["reason"] == "idempotency":
            assert "idempotency" in explained, where
            continue
        assert said == done, where
        check_validation(explained, record)
        if done["decision"] == "allow" and record is not None:
            counted = [(c["amount"], c.get("max")) for c in explained["charges"] if not c.get("shadow")]
            assert counted == charges_of(record), where
        if promised is not None:
            assert done["decision"] == promised, "a suggestion did not turn the answer: " + where
    return len(pairs)


@pytest.mark.parametrize("seed", SEEDS)
def test_explain_says_what_the_proxy_does(seed):
    limits = ("tight", "wide", "none", "tight")[seed % 4]
    assert run_case(seed, limits, listed=seed % 5 != 4) > 0


@pytest.mark.parametrize("seed", range(max(4, CALLS // 200)))
def test_lint_changes_nothing(seed, tmp_path):
    """What is silenced is another matter than what is decided."""
    case = generate.case(seed, EACH, "none")
    silent = generate.without_lint(case.document)
    calls, tools = tmp_path / "calls.jsonl", tmp_path / "tools.json"
    calls.write_text("".join(call.line + "\n" for call in case.calls), encoding="utf-8")
    tools.write_text(dumps({"tools": case.tools}), encoding="utf-8")
    answers = []
    for number, document in enumerate((case.document, silent)):
        policy = tmp_path / f"policy{number}{case.suffix}"
        policy.write_text(generate.policy_text(document, case.as_json), encoding="utf-8")
        done = subprocess.run([binary(), "explain", "-c", policy, "--calls", calls, "--schema", tools, "--server-name", "main"],
                              capture_output=True, text=True, timeout=60)
        answers.append([explains_view(json.loads(line)) for line in done.stdout.splitlines()])
    assert len(answers[0]) == len(case.calls)
    assert answers[0] == answers[1]


@pytest.mark.parametrize("seed", range(1_000_000, 1_000_000 + max(1, CALLS // 100)))
def test_the_first_call_finds_every_counter_empty(seed):
    """--state empty is what a fresh installation does."""
    run_case(seed, "tight", listed=True, calls=1, live=False)
