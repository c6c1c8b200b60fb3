"""Real clients in front of real servers see the same through Intercept as without it."""

import copy
import json
import os
import shutil
import subprocess

import pytest

import compare
import harness
import peers

EMPTY = 'version: "1"\n'

PAIRS = [
    *(("ts1", server, None) for server in peers.REAL),
    ("ts1", "dual", None),
    ("ts2", "everything", "legacy"),
    ("ts2", "everything", "auto"),
    ("ts2", "dual", "legacy"),
    ("ts2", "dual", "auto"),
    ("ts2", "dual", "2026-07-28"),
    ("ts2", "context7", "auto"),
    ("ts2", "context7", "2026-07-28"),
    ("inspector", "everything", "legacy"),
    ("inspector", "dual", "modern"),
    ("python", "everything", "legacy"),
    ("python", "python", "legacy"),
    ("python", "python", "auto"),
    ("python", "dual", "2026-07-28"),
    ("go", "everything", "2025-11-25"),
    ("go", "go", "2025-11-25"),
    ("go", "go", "2026-07-28"),
    ("rust", "everything", None),
    ("rust", "rust", None),
    ("rust", "rust", "2026-07-28"),
    ("rust", "dual", "auto"),
    # each of our small servers is seen by another client as well
    ("ts1", "python", None),
    ("ts1", "go", None),
    ("ts1", "rust", None),
    ("ts2", "python", "auto"),
    ("ts2", "go", "auto"),
    ("ts2", "rust", "auto"),
]


def observe(tmp_path, client, server, mode, policy=None):
    """Runs the client's script once and gives its document. The work directory has the same path every time."""
    known = peers.SERVERS[server]
    work = tmp_path / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    scenario = {k: v for k, v in known.items() if k not in ("command", "hidden")}
    command = list(known["command"])
    if policy is not None:
        (tmp_path / "policy.yaml").write_text(policy)
        command = [harness.binary(), "-c", str(tmp_path / "policy.yaml"), "--", *command]
    scenario |= {"command": command[0], "args": command[1:], "mode": mode, "cwd": str(work)}
    scenario["env"] = {"HOME": str(work), **known.get("env", {})}
    scenario["roots"] = [{"uri": work.as_uri(), "name": "work"}]
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario).replace("{work}", str(work)))
    done = subprocess.run(
        [*peers.CLIENTS[client], str(path)],
        capture_output=True,
        timeout=90,
        env=harness.environment(tmp_path / "state"),
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    document = json.loads(done.stdout)
    if "wire" in document:
        settle_races(document["wire"])
    return document


def settle_races(wire):
    """What cancellation leaves to chance, direct as well: a server may answer a cancelled call before or after the next
    one, and may have made several steps of it. Each script cancels a call of 400 steps or more."""
    wire["answers"].sort(key=lambda answer: str(answer["message"].get("id")).zfill(9))
    seen = set()
    for note in list(wire["notifications"].get("notifications/progress", [])):
        if note["params"].get("total", 0) >= 400:
            token = note["params"]["progressToken"]
            if token in seen:
                wire["notifications"]["notifications/progress"].remove(note)
            seen.add(token)


@pytest.mark.parametrize("client, server, mode", PAIRS, ids=["-".join(filter(None, p)) for p in PAIRS])
def test_same_as_direct(tmp_path, client, server, mode):
    peers.need(client, server)
    first = observe(tmp_path, client, server, mode)
    mask = compare.mask_of(first, observe(tmp_path, client, server, mode))
    assert any(step["step"] == "tools" and step["result"] for step in first["steps"]), first["steps"]

    compare.assert_equal(first, observe(tmp_path, client, server, mode, EMPTY), mask)

    hidden = peers.SERVERS[server]["hidden"]
    through = observe(tmp_path, client, server, mode, f'version: "1"\ndefault: allow\nhide: ["{hidden}"]\n')
    expected = compare.without_tool(copy.deepcopy(first), hidden)
    assert expected != first, f"the server does not have the tool {hidden}"
    compare.assert_equal(expected, compare.collapse_denials(through, hidden), mask)


def test_documents_are_about_something(tmp_path):
    """Guards the comparison itself: what the richest pair must have seen."""
    peers.need("ts1", "everything")
    seen = observe(tmp_path, "ts1", "everything", None, EMPTY)
    methods = {r["method"] for r in seen["wire"]["requests"]}
    assert methods >= {"roots/list", "sampling/createMessage", "elicitation/create"}
    assert len(seen["wire"]["notifications"]["notifications/progress"]) >= 3
    assert any("cancelled" in (s.get("result") or {}) for s in seen["steps"])
    assert sum("error" in s for s in seen["steps"]) >= 2


@pytest.mark.parametrize("tamper", ["drop", "change", "add", "reorder"])
def test_comparison_notices(tmp_path, tamper):
    one = {"steps": [{"step": "tools", "result": {"tools": [{"name": "a", "x": 1.0}], "_meta": {"a": 1, "b": 2}}}]}
    two = copy.deepcopy(one)
    result = two["steps"][0]["result"]
    match tamper:
        case "drop":
            del result["_meta"]["a"]
        case "change":
            result["tools"][0]["x"] = 2.0
        case "add":
            result["extra"] = None
        case "reorder":
            result["_meta"] = {"b": 2, "a": 1}
    with pytest.raises(AssertionError):
        compare.assert_equal(one, two, [])
