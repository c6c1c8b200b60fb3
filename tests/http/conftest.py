"""Fixtures of the HTTP suites: `row` joins a client and a server of any transports, through Intercept or direct."""

import contextlib
import sys

import pytest

import harness
import played
from listener import EMPTY, Bridge, Listener
from mcp_clients import HttpClient, SseClient, StdioClient
from mcp_servers import SseServer, StdioServer, StreamableServer
from upstream import Upstream

sys.path.append(str(harness.TESTS / "e2e"))  # the servers, the clients and the comparison that stdio has

SERVERS = {
    "json": lambda toolbox: StreamableServer(toolbox, answers="json"),
    "events": lambda toolbox: StreamableServer(toolbox, answers="events"),
    "stateless": lambda toolbox: StreamableServer(toolbox, sessions=False, get=False),
    "sse": SseServer,
    "stdio": StdioServer,
}


class Row:
    """What a test gets: client (ready for calls), server, toolbox, intercept (None if direct)."""

    def __init__(self, client, server, intercept):
        self.client, self.server, self.toolbox, self.intercept = client, server, server.toolbox, intercept


@pytest.fixture
def stack():
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def upstream(stack):
    """upstream(handler, ...): a scripted server."""
    return lambda handler, **how: stack.enter_context(Upstream(handler, **how))


@pytest.fixture
def listener(stack):
    """listener(policy, upstream=URL | command=[...], flags=[...]): Intercept in HTTP mode."""
    return lambda policy=EMPTY, **how: stack.enter_context(Listener(policy, **how))


@pytest.fixture
def bridge(stack):
    """bridge(policy, upstream=URL, flags=[...], revision=...): a stdio client (and the process) in front of a URL."""

    def make(policy=EMPTY, revision="2025-11-25", **how):
        process = stack.enter_context(Bridge(policy, **how))
        client = stack.enter_context(process.client(revision))
        client.intercept = process
        return client

    return make


@pytest.fixture
def row(stack):
    """row(client, server): client is stdio, http or sse; server one of SERVERS. direct=True leaves Intercept out."""

    def make(client, server, policy=EMPTY, revision="2025-11-25", direct=False, begin=True, flags=(), toolbox=None, fields=()):
        played_server = stack.enter_context(SERVERS[server](toolbox or played.Toolbox()))
        where = {"command": played_server.command()} if server == "stdio" else {"upstream": played_server.url}
        if client == "sse":
            revision = min(revision, "2025-11-25")
        intercept = None
        if client == "stdio":
            if direct:
                assert server == "stdio"
                made = StdioClient(played_server.command(), revision)
            else:
                intercept = stack.enter_context(Bridge(policy, flags=flags, **where))
                made = intercept.client(revision)
        else:
            if not direct:
                intercept = stack.enter_context(Listener(policy, flags=flags, **where))
            kind, wanted = (HttpClient, "path") if client == "http" else (SseClient, "sse_path")
            port, path = (played_server.port, played_server.path) if direct else (intercept.port, getattr(intercept, wanted))
            made = kind(port, revision, path=path, fields=fields)
        stack.enter_context(made)
        return Row(made.begin() if begin else made, played_server, intercept)

    return make
