"""The official conformance suite, client side: the suite's own server sees what it sees without Intercept between, check
by check. Authorization scenarios in which origins are compared are exceptions, each listed with its reason."""

import concurrent.futures
import pathlib
import shlex
import sys

import pytest

import conformance

CLIENTS = {"ts1": "fixture_client1.mjs", "ts2": "fixture_client2.mjs"}
QUICK = {
    "2025-11-25": ["initialize", "tools_call", "elicitation-sep1034-client-defaults", "sse-retry"],
    "2026-07-28": ["tools_call", "request-metadata", "sep-2322-client-request-state", "http-standard-headers", "http-custom-headers"],
}
CASES = [("ts1", "2025-11-25"), ("ts2", "2025-11-25"), ("ts2", "2026-07-28")]
cases = pytest.mark.parametrize("client, revision", CASES, ids=["-".join(c) for c in CASES])


def required(revision):
    """The client's scenarios of a requirement set, those included that are run and not scored."""
    text = (conformance.SUITE / f"conformance-0.2/requirements/{revision}.yaml").read_text()
    section = text[text.index("\nclient:") :].split("\n")[2:]
    names = []
    for line in section:
        if line and not line.startswith((" ", "#")):
            break
        if line.strip().startswith("- "):
            names.append(line.strip()[2:].split()[0])
    return names


def scenario_results(client, revision, scenario, direct):
    wrapper = pathlib.Path(__file__).with_name("conformance_client.py")
    command = shlex.join([sys.executable, str(wrapper), str(conformance.NODE / CLIENTS[client]), *(["direct"] if direct else [])])
    arguments = ["--command", command, "--scenario", scenario, "--spec-version", revision, "--timeout", "60000"]
    try:
        return conformance.run("client", "conformance-0.2", arguments)
    except AssertionError as nothing:
        return {(scenario, str(nothing)[-300:]): ["FAILURE"]}


def same(client, revision, scenario):
    """What differs in a scenario; a difference that a second look does not confirm is chance."""
    directs = []
    for _ in range(3):
        directs.append(scenario_results(client, revision, scenario, True))
        through = scenario_results(client, revision, scenario, False)
        found = conformance.differences("client", client, directs, through)
        if not found:
            return []
    return found


def compare(client, revision, scenarios):
    conformance.need("ts1")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = [line for lines in pool.map(lambda s: same(client, revision, s), scenarios) for line in lines]
    assert not found, f"{len(found)} checks differ:\n" + "\n".join(found)


@pytest.mark.timeout(600)
@cases
def test_client(client, revision):
    compare(client, revision, QUICK[revision])


@pytest.mark.all_only
@pytest.mark.timeout(3600)
@cases
def test_client_with_every_scenario(client, revision):
    scenarios = required(revision)
    assert len(scenarios) > 15
    compare(client, revision, [s for s in scenarios if s not in QUICK[revision]])


@pytest.mark.all_only
@pytest.mark.timeout(900)
@cases
def test_clients_pass_without_intercept(client, revision):
    """Guards the clients: the quick scenarios succeed when nothing is between."""
    conformance.need("ts1")
    for scenario in QUICK[revision]:
        results = scenario_results(client, revision, scenario, True)
        assert not any("FAILURE" in statuses for statuses in results.values()), (scenario, results)
