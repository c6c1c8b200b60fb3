"""Runs the official conformance suite and reads what it found: {(scenario, check id): sorted statuses}."""

import collections
import json
import os
import re
import subprocess
import tempfile

import pytest

import harness
import peers
from sdk_servers import listening

SUITE = harness.PEERS / "conformance/node_modules"
FIXTURE = harness.TESTS / "peers/conformance/fixture.json"
NODE = harness.PEERS / "node"
SERVERS = {
    "everything": [*peers.SERVERS["everything"]["command"][:-1], "streamableHttp"],
    "ts1": [peers.NODE, str(NODE / "fixture1.mjs")],
    "ts2": [peers.NODE, str(NODE / "fixture2.mjs")],
    "python": [peers.PYTHON, str(harness.TESTS / "peers/python/fixture.py")],
    "go": [str(harness.PEERS / "go/fixture")],
}
SETS = {
    "2025-11-25": ("conformance-0.2", ["--requirements", "2025-11-25"]),
    "2026-07-28": ("conformance-0.2", ["--requirements", "2026-07-28"]),
    "0.1-all": ("conformance-0.1", ["--suite", "all"]),
}
EXCEPTIONS = json.loads((harness.TESTS / "http/conformance_exceptions.json").read_text())


def need(server):
    peers.need(server if server == "go" else "ts1")
    if not (SUITE / "conformance-0.2").is_dir():
        message = "the conformance suite is not installed (scripts/lib/peers)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)


def serving(server):
    return listening(SERVERS[server], env={"FIXTURE": str(FIXTURE)})


def run(side, version, arguments, timeout=300):
    """One run of the suite's command line; gives its results."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as out:
        command = [peers.NODE, str(SUITE / version / "dist/index.js"), side, *arguments, "-o", out]
        done = subprocess.run(command, capture_output=True, timeout=timeout, env=harness.environment(out), cwd=out)
        found = collections.defaultdict(list)
        for folder, _, files in os.walk(out):
            if "checks.json" in files:
                name = re.sub(r"-\d{4}-\d\d-\d\dT[\dZ:-]+$", "", os.path.relpath(folder, out))
                for check in json.loads(open(f"{folder}/checks.json", encoding="utf-8").read()):
                    found[name.removeprefix("server-"), check["id"]].append(check["status"])
        said = (done.stdout[-1500:] + done.stderr[-1500:]).decode(errors="replace")
        assert found, said
        return {key: sorted(statuses) for key, statuses in found.items()}


def server_results(set_name, url):
    version, arguments = SETS[set_name]
    return run("server", version, ["--url", url, *arguments])


def excused(side, who, scenario, check, direct, through):
    """Whether a difference is one of conformance_exceptions.json: there with its reason."""
    for known in EXCEPTIONS:
        if known["side"] == side and re.fullmatch(known["who"], who) and re.fullmatch(known["scenario"], scenario) and re.fullmatch(known.get("check", ".*"), check):
            return not known.get("better") or _worth(through) > _worth(direct)
    return False


def _worth(statuses):
    """Nothing found wrong is better than something."""
    return -sum({"FAILURE": 10, "WARNING": 1}.get(status, 0) for status in statuses or ["FAILURE"])


def differences(side, who, directs, through):
    """Checks whose result is none that a direct run had, and that no exception names."""
    found = []
    for key in sorted({*through, *(k for d in directs for k in d)}):
        expected = [d.get(key) for d in directs]
        if through.get(key) not in expected and not excused(side, who, *key, expected[0], through.get(key)):
            found.append(f"{key[0]} / {key[1]}: direct {expected[0]}, through {through.get(key)}")
    return found
