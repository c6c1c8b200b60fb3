"""`intercept diff` says what two real proxies do: both policies are enforced over stdio on the same calls, and each call's
decisions are compared with those of `diff --each`, once from a file of calls and once from the audit log of the old
policy's proxy. A hundred calls a policy; INTERCEPT_AGREEMENT_CALLS (default 1,000) says how many in all."""

import datetime
import json
import os
import random
import subprocess

import pytest

import generate
import harness

CALLS = 100
CASES = max(1, int(os.environ.get("INTERCEPT_AGREEMENT_CALLS", "1000")) // CALLS)
ANSWERS = ["result", "result", "result", "tool_error", "error"]


def answer(kind, message):
    if kind == "error":
        return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32000, "message": "no"}}
    result = {"content": [], **({"isError": True} if kind == "tool_error" else {})}
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


def line_of(call, number):
    params = "" if call.params is None else f',"params":{call.params}'
    return f'"jsonrpc":"2.0","id":{number},"method":{json.dumps(call.method)}{params}'


def enforced(policy, suffix, server, tools, calls, kinds):
    """(decision, rule) of each call as the proxy made it, and the folder of its log."""

    def serve(message):
        if message.get("method") == "tools/list":
            return [f'{{"jsonrpc":"2.0","id":{json.dumps(message["id"])},"result":{{"tools":{tools}}}}}']
        if "id" not in message or "method" not in message:
            return []
        seen.add(message["id"])
        return [answer(kinds[message["id"]], message)]

    seen, refused = set(), {}
    flags = ["--server-name", server, "--log-args", "full"]
    wire = harness.Wire(policy, flags=flags, answer=serve, suffix=suffix)
    try:
        wire.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        for number, call in enumerate(calls):
            wire.send("{" + line_of(call, number) + "}")
            while (reply := wire.recv()).get("id") != number:
                pass
            refused[number] = reply.get("error", {}).get("message", "")
        assert wire.close() == 0
        # records() gives them in file order; ids of requests are ours
        decided = {int(r["request_id"]): r for r in wire.records("decision")}
    except BaseException:
        wire.discard()
        raise
    out = []
    for number in range(len(calls)):
        record = decided.get(number)
        if record is None:
            out.append(("allow" if number in seen else "error", ""))
        else:
            word = "approval" if record.get("reason") == "approval" else record["decision"]
            out.append((word, record.get("rule", "")))
            assert (number in seen) == (word == "allow"), record
    return out, wire, {r["id"]: n for n, r in decided.items()}


def diff(old, new, *words):
    """Of each call what diff says: origin -> (decision and rule of old, of new); and its report."""
    done = subprocess.run([harness.binary(), "diff", old, new, "--json", "--each", "--fail-on", "never", *words],
                          capture_output=True, text=True, timeout=harness.TIMEOUT)
    assert done.returncode == 0, done.stderr
    *lines, report = [json.loads(line) for line in done.stdout.splitlines()]
    sides = {line["call"]: tuple((line[s]["decision"], line[s]["rule"]) for s in ("old", "new")) for line in lines}
    return sides, report


def changed(rng, made):
    """A policy that differs in one to three places and loads."""
    for _ in range(20):
        document = made.document
        for _ in range(rng.randint(1, 3)):
            document = generate.change(rng, document)
        text = generate.policy_text(document, made.as_json)
        if harness.run(["validate", "-c", "{policy}"], text).returncode == 0:
            return text
    raise AssertionError("no change gives a policy that loads")


@pytest.mark.parametrize("seed", range(CASES))
def test_diff_says_what_two_proxies_do(seed, tmp_path):
    rng = random.Random(f"diff {seed}")
    made = generate.case(seed, CALLS, ["tight", "wide", "none", "tight"][seed % 4])
    policies = [made.policy, changed(rng, made)]
    server = made.server or "main"
    tools = generate.dumps(made.tools)
    (tmp_path / "tools.json").write_text(tools, encoding="utf-8")
    paths = []
    for name, text in zip(("old", "new"), policies):
        paths.append(tmp_path / (name + made.suffix))
        paths[-1].write_text(text, encoding="utf-8")

    kinds = [rng.choice(ANSWERS) for _ in made.calls]
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    wires = []
    try:
        old, wire, ids = enforced(policies[0], made.suffix, server, tools, made.calls, kinds)
        wires.append(wire)
        new, wire, _ = enforced(policies[1], made.suffix, server, tools, made.calls, kinds)
        wires.append(wire)

        written = tmp_path / "calls.jsonl"
        written.write_text("".join(f'{{{line_of(c, n)},"time":"{now}","answer":"{kinds[n]}"}}\n'
                                   for n, c in enumerate(made.calls)), encoding="utf-8")
        common = ("--tools", tmp_path / "tools.json")
        said, report = diff(*paths, "--calls", written, "--server-name", server, *common)
        assert len(said) == report["calls"]["tried"] == len(made.calls)
        wrong = [(n, c.line, (old[n], new[n]), said[f"calls.jsonl:{n + 1}"]) for n, c in enumerate(made.calls)
                 if said[f"calls.jsonl:{n + 1}"] != (old[n], new[n])]
        assert not wrong, wrong[:3]
        # looser and stricter are the proxies', too
        words = [line for line in report["groups"] if line["difference"] == "looser"]
        passes = sum(old[n][0] != "allow" and new[n][0] == "allow" for n in range(len(made.calls)))
        assert sum(g["count"] for g in words) >= passes
        assert (report["stricter"] > 0) >= any(o[0] == "allow" and n[0] == "deny" for o, n in zip(old, new))

        # From the log. What has params that the log does not keep may be decided otherwise: only what has none of them.
        said, report = diff(*paths, "--calls", wires[0].state / "intercept", *common)
        assert report["calls"]["left_out"]["total"] == 0
        compared = 0
        for origin, sides in said.items():
            number = ids[origin]
            call = made.calls[number]
            if call.method in ("tools/call", "prompts/get", "resources/read"):
                assert sides == (old[number], new[number]), (call.line, sides, old[number], new[number])
                compared += 1
        assert compared > CALLS // 2
        if stats := os.environ.get("INTERCEPT_AGREEMENT_STATS"):
            with open(stats, "a", encoding="utf-8") as out:
                out.write(json.dumps({"seed": seed, "old": [d for d, _ in old], "new": [d for d, _ in new], "log": compared,
                                      **{k: report[k] for k in ("looser", "stricter", "other_refusal", "same")}}) + "\n")
    finally:
        for wire in wires:
            wire.discard()


def test_the_generator_makes_policies_that_differ():
    """A comparison of policies that decide everything alike would prove nothing."""
    rng = random.Random("differ")
    assert any(generate.change(rng, generate.case(s, 1).document) != generate.case(s, 1).document for s in range(5))
