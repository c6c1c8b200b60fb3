"""A scan of remote servers: both transports, both eras, credentials, and servers that are not there."""

import pytest

import certificates
import played as toolboxes
from mcp_servers import SseServer, StreamableServer
from upstream import Upstream

LISTED = [tool["name"] for tool in toolboxes.TOOLS]

SERVERS = {
    "json": lambda: StreamableServer(answers="json"),
    "events": lambda: StreamableServer(answers="events"),
    "stateless": lambda: StreamableServer(sessions=False, get=False),
    "legacy": lambda: StreamableServer(eras=("legacy",)),
    "modern": lambda: StreamableServer(eras=("modern",), sessions=False, get=False),
    "sse": lambda: SseServer(),
}


@pytest.mark.parametrize("kind", SERVERS)
def test_lists(scan, stack, asked, kind):
    server = stack.enter_context(SERVERS[kind]())
    report = scan("--format", "json", "--upstream", server.url).report()
    assert [tool["name"] for tool in report["tools"]] == LISTED
    old = kind in ("legacy", "sse")
    assert report["server"]["protocolVersion"] == ("2025-11-25" if old else "2026-07-28")
    assert report["server"]["transport"] == ("HTTP+SSE" if kind == "sse" else "Streamable HTTP")
    assert {m["method"] for m in server.toolbox.messages} <= asked
    assert server.toolbox.executed == []
    if kind == "legacy":
        assert len(server.deleted) == 1  # the session is ended


def test_credentials(scan, stack):
    inner = StreamableServer()
    stack.enter_context(inner)

    def guard(exchange):
        if exchange.request.get("Authorization") != "Bearer s3cret":
            return exchange.respond(401, [("WWW-Authenticate", "Bearer")], b"who are you", "text/plain")
        inner.serve(exchange)

    server = stack.enter_context(Upstream(guard, path="/mcp"))
    refused = scan("--upstream", server.url)
    assert refused.status == 1 and "HTTP 401" in refused.err and "--header" in refused.err
    inner.path = server.path
    done = scan("--format", "json", "--upstream", server.url, "--header", "Authorization: Bearer ${TOKEN}", env={"TOKEN": "s3cret"})
    assert len(done.report()["tools"]) == len(LISTED)
    assert "s3cret" not in done.out + done.err


@pytest.mark.parametrize(
    "answer, said",
    [
        (lambda e: e.respond(500, [], b"oops", "text/plain"), "HTTP 500"),
        (lambda e: e.respond(404, [], b"no", "text/plain"), "HTTP 404"),
        (lambda e: e.respond(200, [], b"<html>", "text/html"), "refused initialize"),
        (lambda e: e.close(), "no answer of the server"),
    ],
    ids=["500", "404", "html", "closed"],
)
def test_what_goes_wrong_is_said(scan, stack, answer, said):
    server = stack.enter_context(Upstream(answer, path="/mcp"))
    done = scan("--timeout", "5s", "--upstream", server.url)
    assert done.status == 1 and done.out == ""
    assert said in done.err


def test_nobody_listens(scan):
    done = scan("--upstream", "http://127.0.0.1:1/mcp?key=hunter2")
    assert done.status == 1 and "connection refused" in done.err and "hunter2" not in done.err


def test_a_server_that_never_answers(scan, stack):
    server = stack.enter_context(Upstream(lambda e: e.gone(30), path="/mcp"))
    done = scan("--timeout", "500ms", "--upstream", server.url)
    assert done.status == 1 and "within 500 ms (--timeout)" in done.err


def test_certificates(scan, stack):
    server = stack.enter_context(StreamableServer(tls=certificates.authority().server()))
    refused = scan("--upstream", server.url)
    assert refused.status == 1 and "certificate" in refused.err
    done = scan("--format", "json", "--upstream", server.url, "--tls-ca", certificates.authority().file)
    assert len(done.report()["tools"]) == len(LISTED)
    insecure = scan("--upstream", server.url, "--tls-insecure")
    assert insecure.status == 0 and "is not verified" in insecure.err


def test_an_endpoint_elsewhere_is_not_used(scan, stack):
    server = stack.enter_context(SseServer(endpoint="http://127.0.0.2:9/message?sessionId={}"))
    done = scan("--timeout", "5s", "--upstream", server.url)
    assert done.status == 1 and "names a place for messages that is not its own" in done.err
    assert server.toolbox.messages == []
