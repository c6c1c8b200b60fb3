"""`intercept explain` against the proxy where the policy has a lock: tools that changed since they were locked, and tools
that are not in it."""

import copy
import random

import generate
import harness
import pytest
from test_explain import CALLS, EACH, run_case


def tampered(rng, tools):
    """What was locked of the tools, so that some have changed since and some are new."""
    locked = []
    for tool in copy.deepcopy(tools):
        kind = rng.choice(["same", "same", "description", "schema", "new"])
        if kind == "description":
            tool["description"] = "It was otherwise."
        if kind == "schema":
            tool["inputSchema"] = {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]}
        if kind != "new":
            locked.append(tool)
    return locked


def with_lock(case, folder, locked, **settings):
    saved, lock = folder / "locked.json", folder / "x.lock"
    saved.write_text(generate.dumps({"tools": locked}), encoding="utf-8")
    done = harness.run(["lock", "--lock", str(lock), "--server-name", "main", "--from", str(saved)], state=folder)
    assert done.returncode == 0, done.stderr.decode()
    case.document["lock"] = {"file": str(lock), **settings}
    case.policy = generate.policy_text(case.document, case.as_json)
    return case


@pytest.mark.parametrize("seed", range(2_000_000, 2_000_000 + max(6, CALLS // 250)))
def test_a_lock_that_the_tools_differ_from(seed, tmp_path):
    rng = random.Random(f"lock {seed}")
    limits = ("none", "tight")[seed % 2]
    case = generate.case(seed, EACH, limits)
    settings = {"on_change": rng.choice(["deny", "warn"]), "on_new": rng.choice(["deny", "warn", "allow"])}
    with_lock(case, tmp_path, tampered(rng, case.tools), **settings)
    assert run_case(seed, limits, listed=True, case=case) > 0


@pytest.mark.parametrize("seed", range(3_000_000, 3_000_000 + max(4, CALLS // 500)))
def test_without_the_tools_what_is_locked_is_taken_for_them(seed, tmp_path):
    rng = random.Random(f"lock {seed}")
    case = generate.case(seed, EACH, "none")
    case.document["mode"] = "enforce"
    with_lock(case, tmp_path, [t for t in case.tools if rng.random() < 0.7])
    assert run_case(seed, "none", listed=False, case=case) > 0
