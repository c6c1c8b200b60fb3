"""A client without an SDK on each transport, with one face: `call` begins a request and gives a `Pending`, `ask` waits
for the answer. Questions of the server are answered from `answers` by a message of their own; all else that comes is kept
in `notifications` and `questions`."""

import base64
import itertools
import json
import subprocess
import threading
import time

import harness
import played
from harness import TIMEOUT
from raw_http import Connection, Events

ACCEPT = "application/json, text/event-stream"
ANSWERS = {
    "sampling/createMessage": {"role": "assistant", "model": "m", "content": {"type": "text", "text": "sampled"}},
    "elicitation/create": {"action": "accept", "content": {"name": "Ada"}},
    "roots/list": {"roots": [{"uri": "file:///work", "name": "work"}]},
}


def mirror(value):
    """A field's value for any text: as it is if it can be, else in the base64 form."""
    plain = value and all(0x20 <= ord(c) < 0x7F for c in value) and value == value.strip() and not value.startswith("=?base64?")
    return value if plain else f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def modern_fields(message, version=played.MODERN):
    """The header fields that a request of 2026-07-28 has."""
    params = message.get("params") or {}
    fields = [("MCP-Protocol-Version", version), ("Mcp-Method", message.get("method", ""))]
    name = params.get("uri") if message.get("method") == "resources/read" else params.get("name")
    if message.get("method") in ("tools/call", "prompts/get", "resources/read") and isinstance(name, str):
        fields.append(("Mcp-Name", mirror(name)))
    return fields


class Pending:
    def __init__(self, id):
        self.id, self.done, self.message, self.failure = id, threading.Event(), None, None
        self.status = None  # HTTP only
        self.connection = None
        self.over = threading.Event()  # HTTP: its stream ended in order

    def wait(self, timeout=None):
        """The whole answer."""
        if not self.done.wait(timeout or TIMEOUT):
            raise AssertionError(f"no answer to {self.id} came in time")
        assert self.failure is None, self.failure
        return self.message


class Client:
    """What the transports share. `revision` is offered at initialize, or "2026-07-28"."""

    def __init__(self, revision="2025-11-25"):
        self.revision, self.modern = revision, revision == played.MODERN
        self.answers = dict(ANSWERS)
        self.notifications, self.questions, self.strays = [], [], []
        self.pending = {}
        self._ids = itertools.count(1_000_001)  # longer than what a std::string keeps in itself, with its scope
        self._changed = threading.Condition()

    def initialize(self):
        """Older era: the handshake. Gives the server's answer."""
        params = {"protocolVersion": self.revision, "capabilities": {"sampling": {}, "elicitation": {}, "roots": {}}, "clientInfo": {"name": "test", "version": "1"}}
        answer = self.call("initialize", params).wait()
        if "result" in answer:
            self.notify("notifications/initialized")
        return answer

    def begin(self):
        """Ready for calls, in either era."""
        if not self.modern:
            answer = self.initialize()
            assert "result" in answer, answer
        return self

    def message(self, method, params=None, id=None):
        params = dict(params or {})
        if self.modern:
            params["_meta"] = {**played.META, **params.get("_meta", {})}
        return {"jsonrpc": "2.0", "id": next(self._ids) if id is None else id, "method": method, "params": params}

    def call(self, method, params=None, id=None):
        message = self.message(method, params, id)
        pending = Pending(message["id"])
        self.pending[json.dumps(message["id"])] = pending
        self.deliver(message, pending)
        return pending

    def tool(self, name, arguments=None, **more):
        return self.call("tools/call", {"name": name, "arguments": arguments or {}, **more})

    def ask(self, method, **params):
        return self.call(method, params).wait()

    def ask_tool(self, name, **arguments):
        return self.tool(name, arguments).wait()

    def tools(self):
        return [t["name"] for t in self.ask("tools/list")["result"]["tools"]]

    def notify(self, method, params=None):
        self.deliver({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})}, None)

    def cancel(self, pending, reason="enough"):
        self.notify("notifications/cancelled", {"requestId": pending.id, "reason": reason})

    def take(self, message):
        """Something that the server said."""
        if "method" not in message:
            pending = self.pending.pop(json.dumps(message.get("id")), None)
            if pending:
                pending.message = message
                pending.done.set()
        with self._changed:
            if "method" not in message:
                if not pending:
                    self.strays.append(message)
            elif "id" in message:
                self.questions.append(message)
            else:
                self.notifications.append(message)
            self._changed.notify_all()
        if "method" in message and "id" in message and message["method"] in self.answers:
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": self.answers[message["method"]]}
            threading.Thread(target=self._answer, args=(answer,), daemon=True).start()

    def _answer(self, answer):
        try:
            self.deliver(answer, None)
        except (OSError, ValueError):
            pass  # the test is over

    def wait(self, condition, timeout=None):
        deadline = time.monotonic() + (timeout or TIMEOUT)
        with self._changed:
            while not (found := condition()):
                assert time.monotonic() < deadline, f"it did not come: {self.notifications[-5:]} {self.questions[-5:]} {self.strays[-5:]}"
                self._changed.wait(0.05)
            return found

    def notification(self, method):
        return self.wait(lambda: next((n for n in self.notifications if n["method"] == method), None))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class StdioClient(Client):
    """In front of a process: Intercept's command line, or a server's."""

    def __init__(self, command, revision="2025-11-25", state=None, stderr=None):
        super().__init__(revision)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=harness.environment(state or "/nonexistent"))
        self.lines = harness.Lines(self.process.stdout.read1, self._line)
        self._lock = threading.Lock()
        self.garbage = []

    def _line(self, line):
        try:
            self.take(json.loads(line))
        except ValueError:
            self.garbage.append(line)
        return True

    def deliver(self, message, pending):
        with self._lock:
            self.process.stdin.write(harness.text(message) + b"\n")
            self.process.stdin.flush()

    def close(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            return self.process.wait(TIMEOUT)
        finally:
            self.process.kill()


class HttpClient(Client):
    """Streamable HTTP, a connection and a thread a message. `listen` opens the GET stream."""

    def __init__(self, port, revision="2025-11-25", path="/mcp", fields=(), tls=None, host="127.0.0.1"):
        super().__init__(revision)
        self.port, self.path, self.more, self.tls, self.host = port, path, list(fields), tls, host
        self.session = None
        self.negotiated = None
        self.last_event = None
        self.open = []

    def fields(self, message=None):
        fields = [("Accept", ACCEPT), *self.more]
        if message is not None:
            fields.append(("Content-Type", "application/json"))
        if self.modern and message is not None:
            return fields + modern_fields(message)
        if self.session:
            fields.append(("Mcp-Session-Id", self.session))
        if self.negotiated and self.negotiated >= "2025-06-18":
            fields.append(("MCP-Protocol-Version", self.negotiated))
        return fields

    def connect(self):
        connection = Connection(self.port, self.host, self.tls)
        self.open.append(connection)
        return connection

    def deliver(self, message, pending):
        if pending is None:
            response = self.connect().ask("POST", self.path, self.fields(message), harness.text(message))
            assert response.status == 202 and response.body == b"" or response.status >= 400, response
            return response
        pending.connection = self.connect()
        threading.Thread(target=self._post, args=(message, pending), daemon=True).start()

    def _post(self, message, pending):
        connection = pending.connection
        try:
            connection.request("POST", self.path, self.fields(message), harness.text(message))
            response = connection.response_head(time.monotonic() + 10 * TIMEOUT)
            if response is None:
                raise AssertionError("the connection ended without an answer")
            pending.status, pending.response = response.status, response
            if message.get("method") == "initialize":
                self.session = response.get("Mcp-Session-Id")
            if response.media() == "text/event-stream":
                self._read(Events(connection, response), pending)
            else:
                body = connection.content(response).body
                assert response.complete, "the body is cut short"
                answer = json.loads(body)
                assert isinstance(answer, dict), answer
                if message.get("method") == "initialize" and "result" in answer:
                    self.negotiated = answer["result"]["protocolVersion"]
                if "method" not in answer and answer.get("id") is None:
                    answer["id"] = message["id"]
                self.take(answer)
                assert pending.done.is_set(), f"no answer to {pending.id}: {answer}"
        except (AssertionError, OSError, ValueError) as failure:
            pending.failure = f"{failure!r} after {pending.status}"
            pending.done.set()

    def _read(self, events, pending):
        resumable = False
        while (event := events.next(time.monotonic() + 10 * TIMEOUT)) is not None:
            if event.get("id"):
                self.last_event, resumable = event["id"], True
            if event.get("data"):
                message = json.loads(event["data"])
                if "method" not in message and "protocolVersion" in message.get("result", {}):
                    self.negotiated = message["result"]["protocolVersion"]
                self.take(message)
        if pending:
            assert pending.done.is_set() or resumable, "the stream ended without the answer"
            pending.over.set()

    def listen(self, last_event=None):
        """Opens a GET stream; gives the response's status. Its messages are taken as all others."""
        connection = self.connect()
        fields = [("Accept", "text/event-stream"), *self.fields()[1:]]
        connection.request("GET", self.path, fields + ([("Last-Event-ID", last_event)] if last_event else []))
        response = connection.response_head()
        if response.status == 200:
            threading.Thread(target=self._listen, args=(Events(connection, response),), daemon=True).start()
        return response.status

    def _listen(self, events):
        try:
            self._read(events, None)
        except (AssertionError, OSError, ValueError):
            pass

    def leave(self, pending):
        """Closes the connection of a call that waits for its answer. (A reader of ours blocks in it: so not by `reset`,
        which would only take effect when it wakes.)"""
        pending.connection.close()

    def delete(self):
        return self.connect().ask("DELETE", self.path, self.fields())

    def close(self):
        for connection in self.open:
            connection.close()


class SseClient(Client):
    """HTTP+SSE of 2024-11-05: a GET for the stream, POSTs to the endpoint that it names."""

    def __init__(self, port, revision="2024-11-05", path="/sse", fields=()):
        super().__init__(revision)
        self.port, self.more = port, list(fields)
        self.stream = Connection(port)
        self.stream.request("GET", path, [("Accept", "text/event-stream"), *self.more])
        response = self.stream.response_head()
        assert response.status == 200 and response.media() == "text/event-stream", response
        self.events = Events(self.stream, response)
        first = self.events.next()
        assert first.get("event") == "endpoint", first
        self.endpoint = first["data"]
        assert self.endpoint.startswith("/") or self.endpoint.startswith(f"http://127.0.0.1:{port}/"), self.endpoint
        self.target = "/" + self.endpoint.split("://", 1)[-1].split("/", 1)[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        try:
            while (message := self.events.message(time.monotonic() + 10 * TIMEOUT)) is not None:
                self.take(message)
        except (AssertionError, OSError, ValueError):
            pass

    def deliver(self, message, pending):
        with Connection(self.port) as connection:
            fields = [("Content-Type", "application/json"), ("Accept", ACCEPT), *self.more]
            response = connection.ask("POST", self.target, fields, harness.text(message))
            assert response is not None and response.status // 100 == 2, response
            return response

    def close(self):
        self.stream.close()
