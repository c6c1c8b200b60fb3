"""The ready-made policies: up to date, valid, the same in the folder and in the program, and enforced."""

import json
import os
import re
import subprocess
import sys

import pytest

import harness
from reader import TOOLS
from test_site import Play, lists

NAMES = sorted(p.stem for p in TOOLS.glob("*.json"))


def intercept(*words, cwd=None, status=0):
    done = subprocess.run([os.path.abspath(harness.binary()), *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=harness.TIMEOUT)
    assert done.returncode == status, f"{words}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def test_they_are_up_to_date():
    env = dict(os.environ, INTERCEPT_BIN=os.path.abspath(harness.binary()))
    done = subprocess.run([sys.executable, harness.ROOT / "scripts/policies", "--check"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_each_validates():
    intercept("validate", *(harness.ROOT / "policies" / f"{name}.yaml" for name in NAMES))


def test_what_is_built_in_is_what_the_lists_say():
    built_in = json.loads(intercept("catalog", "show", "--format", "json").stdout)["servers"]
    fresh = json.loads(intercept("catalog", "show", "--from", TOOLS, "--format", "json").stdout)["servers"]
    assert len(built_in) == len(fresh) == len(NAMES)
    for ours, theirs in zip(built_in, fresh):
        assert ours["counts"] == theirs["counts"], theirs["server"]
        for key in ("name", "class", "severity", "flags", "required"):
            assert [t[key] for t in ours["tools"]] == [t[key] for t in theirs["tools"]], (theirs["server"], key)


def test_list_and_show():
    listed = intercept("policies", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == NAMES
    described = {line.split()[0]: line.split(None, 2)[2] for line in listed}
    counts = json.loads(intercept("catalog", "show", "arcagent", "--format", "json").stdout)["counts"]
    for word in (f"{counts['tools']} tools: {counts['classes']['Read']} read (allowed), ", f", {counts['classes']['Financial']} move money (a person approves)"):
        assert word in described["arcagent"], described["arcagent"]
    for name in NAMES:  # the same line, in the list and in the file
        assert (harness.ROOT / f"policies/{name}.yaml").read_text().startswith(f"# {name}: {described[name]}\n#\n# A policy to begin with"), name
    assert intercept("policies", "show", "filesystem").stdout == (harness.ROOT / "policies/filesystem.yaml").read_text()
    assert 'did you mean "filesystem"?' in intercept("policies", "show", "filesystm", status=1).stderr
    intercept("policies", "show", status=2)
    intercept("policies", "show", "filesystem", "more", status=2)


def test_use(tmp_path):
    out = intercept("policies", "use", "filesystem", cwd=tmp_path).stdout
    assert (tmp_path / "policy.yaml").read_text() == (harness.ROOT / "policies/filesystem.yaml").read_text()
    entry = json.loads(next(line for line in out.splitlines() if line.startswith("{")))["mcpServers"]["filesystem"]
    assert entry["command"] == "intercept" and entry["args"][:3] == ["-c", "policy.yaml", "--"]
    (tmp_path / "policy.yaml").write_text("mine")
    assert '"policy.yaml" is there already' in intercept("policies", "use", "filesystem", cwd=tmp_path, status=1).stderr
    assert (tmp_path / "policy.yaml").read_text() == "mine"
    intercept("policies", "use", "memory", "-o", "memory.yaml", cwd=tmp_path)
    assert (tmp_path / "memory.yaml").exists()
    assert "cannot be written" in intercept("policies", "use", "memory", "-o", "no/where.yaml", cwd=tmp_path, status=1).stderr


def test_one_is_enforced():
    policy = (harness.ROOT / "policies/arcane.yaml").read_text()
    with Play(policy, lists()["arcane"]) as play:
        assert play.call("arcane_environment_delete", {"environmentId": "1"}).startswith("[INTERCEPT POLICY DENIED]")
        assert play.call("arcane_environment_list", {}) == "done"
        assert play.call("unheard_of", {}).startswith("[INTERCEPT POLICY DENIED]")
        assert play.executed == ["arcane_environment_list"]


@pytest.mark.parametrize("words, text", [
    (["arcane"], "180 tools. "), (["arcane/arcane_job_run"], "What can go wrong"), ([], "filesystem"),
])  # fmt: skip
def test_catalog_show_in_text(words, text):
    """Of built-in servers and of saved lists."""
    assert text in intercept("catalog", "show", *words).stdout
    shown = intercept("catalog", "show", *words, "--from", TOOLS).stdout
    assert text in shown
    if words == ["arcane/arcane_job_run"]:
        assert "Run a job immediately" in shown and "required      environmentId, jobId" in shown
        assert shown.endswith("          required_args: true\n")


def test_the_documentation_shows_what_is_printed():
    text = (harness.ROOT / "docs/catalogue.md").read_text()
    blocks = re.findall(r"^```console\n\$ intercept ([^\n]+)\n(.*?)^```$", text, re.M | re.S)
    assert blocks
    for words, printed in blocks:
        assert intercept(*words.split()).stdout == printed


def test_catalog_show_names_what_is_near():
    assert 'did you mean "arcane"?' in intercept("catalog", "show", "arcan", status=1).stderr
    assert 'did you mean "arcane_job_run"?' in intercept("catalog", "show", "arcane/arcane_jobs_run", status=1).stderr
    assert "--format" in intercept("catalog", "show", "--format", "yaml", status=2).stderr
    assert "cannot be read" in intercept("catalog", "show", "--from", "/nowhere", status=1).stderr
