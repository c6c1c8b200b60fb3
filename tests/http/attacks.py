"""What the smuggling tables are made of: requests of 2026-07-28 (which need no session), cut and bent as a case says.

An attack always carries a call of `danger`, which the policy refuses, or a second request behind the first; the judge is
what arrives at the server that the test plays."""

import json

import played
from listener import Listener
from mcp_clients import ACCEPT, modern_fields
from mcp_servers import StreamableServer
from raw_http import Connection, head

POLICY = """
version: "1"
default: allow
hide: [secret]
tools:
  danger: {rules: [{action: deny, reason: "not this one"}]}
"""


def call(name="echo", arguments=None, id=1, **params):
    params = {"name": name, "arguments": {"text": "x"} if arguments is None else arguments, "_meta": played.META, **params}
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}


def fields_of(message, host):
    return [("Host", host), ("Content-Type", "application/json"), ("Accept", ACCEPT), *modern_fields(message)]


class Post:
    """A correct POST, to be changed: `fields` is a list of pairs, Content-Length is counted last unless told."""

    def __init__(self, port, message=None, body=None):
        self.host = f"127.0.0.1:{port}"
        self.message = message or call()
        self.body = json.dumps(self.message).encode() if body is None else body
        self.fields = fields_of(self.message, self.host)
        self.method, self.target, self.version = "POST", "/mcp", "HTTP/1.1"
        self.length = True

    def without(self, *names):
        self.fields = [(n, v) for n, v in self.fields if n.lower() not in {x.lower() for x in names}]
        return self

    def add(self, *pairs):
        self.fields += pairs
        return self

    def set(self, name, value):
        return self.without(name).add((name, value))

    def headless(self):
        """No Content-Length of its own."""
        self.length = False
        return self

    def bytes(self):
        fields = self.fields + ([("Content-Length", len(self.body))] if self.length else [])
        return head(self.method, self.target, fields, self.version) + self.body


def hidden(port):
    """The request that is to be smuggled in."""
    return Post(port, call("danger", id=666)).bytes()


def with_body(post, body):
    post.body = body
    return post


def with_target(post, target):
    post.target = target
    return post


def with_method(post, method):
    post.method = method
    return post


def with_version(post, version):
    post.version = version
    return post


class Stage:
    """Intercept between raw sockets and a played server, and the judgements. `direct` leaves Intercept out, to judge the
    judge."""

    def __init__(self, direct=False):
        self.server = StreamableServer(answers="json")
        self.intercept = None if direct else Listener(POLICY, upstream=self.server.url)
        self.port = self.server.port if direct else self.intercept.port
        self.timeout = 1 if direct else None

    def close(self):
        if self.intercept:
            self.intercept.close()
        self.server.close()

    def passes(self, data, text="x"):
        """A legitimate request: it reaches the server once and is answered."""
        before = len(self.server.requests)
        with Connection(self.port, timeout=self.timeout) as connection:
            connection.send(data)
            response = connection.response()
        assert response is not None and response.status == 200, (response, self.server.refusals[-1:])
        [answer] = response.messages()
        assert answer["result"]["content"][0]["text"] == text, answer
        arrived = self.server.requests[before:]
        assert len(arrived) == 1, arrived
        return arrived[0]

    def refuses(self, data, statuses=range(400, 600), closes=True):
        """Nothing reaches the server; the answer is a refusal, and what follows on the connection is not read."""
        before, raw = len(self.server.requests), len(self.server.raw)
        with Connection(self.port, timeout=self.timeout) as connection:
            try:
                connection.send(data)
            except OSError:
                pass
            response = connection.response()
            if closes:
                connection.ends()
                assert connection.buffer == b"", connection.buffer
        assert response is None or response.status in statuses, response
        self.fence()
        arrived = self.server.requests[before:]
        assert len(arrived) == 1 and b'"text":"fence"' in arrived[0].body.replace(b" ", b""), arrived
        assert b"danger" not in self.server.raw[raw:]
        assert self.server.open <= 4
        return response

    def judged(self, data):
        """The call of danger is understood and denied, or refused: it does not reach the server."""
        before = len(self.server.raw)
        with Connection(self.port, timeout=self.timeout) as connection:
            connection.send(data)
            response = connection.response()
        assert response is not None
        assert response.status >= 400 or "not this one" in response.body.decode(), response
        self.fence()
        assert b"danger" not in self.server.raw[before:]
        return response

    def fence(self):
        with Connection(self.port, timeout=self.timeout) as connection:
            connection.send(Post(self.port, call("echo", {"text": "fence"})).bytes())
            response = connection.response()
        assert response is not None and response.status == 200, (response, self.intercept and self.intercept.stderr())
