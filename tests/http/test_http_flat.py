"""Many rounds of everything that breaks, on one process: memory and descriptors stay where they were, nothing is left
open towards the server, and every call has its outcome on record. In --all ten thousand rounds
(INTERCEPT_FAULT_ROUNDS)."""

import itertools
import os
import random

import pytest

import faults
import played
from attacks import Post, call
from mcp_clients import HttpClient
from raw_http import Connection
from test_http_faults import LEAVING, broken, works

ROUNDS = [300, pytest.param(int(os.environ.get("INTERCEPT_FAULT_ROUNDS", "10000")), marks=pytest.mark.all_only)]
SLACK = 3 * int(os.environ.get("INTERCEPT_TEST_THREADS", 1))  # descriptors: kept connections of each loop come and go


def vanish(it, where, way):
    connection = Connection(it.intercept.port)
    data = Post(it.intercept.port, call("hang" if where == "after-it" else "echo")).bytes()
    connection.send(LEAVING[where](data))
    if where == "after-it":
        assert it.toolbox.began.acquire(timeout=30)
    getattr(connection, way)()
    if where == "after-it":
        assert it.toolbox.ended_early.acquire(timeout=30)


def session(it, revision, leave):
    """A whole session: begin, list, call, GET stream; left with DELETE or without."""
    with HttpClient(it.intercept.port, revision) as client:
        client.begin()
        client.tools()
        client.ask_tool("long", steps=3)
        if not client.modern:
            client.listen()
            if leave == "delete":
                assert client.delete().status // 100 == 2


def fault_rounds(it, current):
    for name, fault in {**faults.BREAKS, **faults.PASSES}.items():
        def run(fault=fault):
            current[0] = fault
            it.client.tool("broken").wait()
        yield name, run
    for where, way in itertools.product(LEAVING, ("reset", "close")):
        yield f"{where}-{way}", lambda where=where, way=way: vanish(it, where, way)
    for revision in ("2025-11-25", played.MODERN):
        yield revision, lambda revision=revision: session(it, revision, "delete")
    yield "drop", it.server.drop_connections


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("client", ["http", "stdio"])
@pytest.mark.parametrize("count", ROUNDS)
def test_flat(row, client, count):
    current = [None]
    it = row(client, "json", revision=played.MODERN, toolbox=broken(lambda m, c: current[0](m, c)), flags=["--log-level", "error"])
    works(it)
    rounds = list(fault_rounds(it, current))
    if client == "stdio":
        rounds = [r for r in rounds if r[0] in {**faults.BREAKS, **faults.PASSES, "drop": 0}]
    dice = random.Random(1)
    marks = []
    for number in range(count):
        if number % len(rounds) == 0:
            dice.shuffle(rounds)
        name, run = rounds[number % len(rounds)]
        try:
            run()
        except AssertionError as failure:
            raise AssertionError(f"round {number}, {name}: {failure}; {it.intercept.stderr()[-500:]}") from failure
        if hasattr(it.client, "open"):
            for connection in it.client.open:
                connection.close()
            it.client.open.clear()
        if number % (count // 10) == count // 10 - 1:
            works(it, str(number))
            marks.append((it.intercept.resident(), it.intercept.descriptors()))
    print(f"{count} rounds; resident KiB and descriptors: {marks}")
    settled, last = marks[2], marks[-1]
    assert last[1] <= settled[1] + SLACK
    if not it.intercept.sanitized():
        assert last[0] <= settled[0] * 1.05 + 2048
    it.server.wait(lambda: it.server.open <= 40, "connections to the server are left open")
    it.client.close()
    it.intercept.finish()
    decided = {r["id"] for r in it.intercept.records("decision") if r["decision"] == "allow"}
    settled = [r["id"] for r in it.intercept.records("outcome")]
    assert len(settled) == len(set(settled)) and set(settled) == decided
    assert len(decided) >= len(it.toolbox.executed)


def test_an_older_session_keeps_nothing_of_its_calls(row):
    """HTTP+SSE: the answers come on the stream; what is known of the POSTs goes with them."""
    it = row("sse", "json", flags=["--log-level", "error"])
    sizes = []
    for _ in range(3):
        for _ in range(1500):
            it.client.ask("ping")
        sizes.append(it.intercept.resident())
    if not it.intercept.sanitized():
        assert sizes[2] - sizes[0] < 512, sizes
