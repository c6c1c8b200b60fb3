"""A `Toolbox` behind each transport: Streamable HTTP (both eras), HTTP+SSE, stdio. All have toolbox, push(message) for
what no call asked for, command() or url, and close().

The HTTP ones are strict where the specification says MUST: a session that is not known, a version that is missing, header
fields that do not mirror the body are refused, so what Intercept makes of a message is checked here."""

import base64
import itertools
import json
import pathlib
import secrets
import shutil
import socket
import sys
import tempfile
import threading

import played
from harness import TESTS
from upstream import Upstream

HEADER_MISMATCH, BAD_REQUEST = -32020, -32600


def mirrored(value):
    """What a Mcp-* field says, decoded."""
    if value is not None and value.startswith("=?base64?") and value.endswith("?="):
        return base64.b64decode(value[9:-2], validate=True).decode()
    return value


class Channel:
    """One POST's answer: JSON if the answer is all there is, else an event stream."""

    def __init__(self, server, exchange, session, modern):
        self.server, self.exchange, self.session, self.modern = server, exchange, session, modern
        self.ended = threading.Event()
        self.stream = None
        self.answered = False

    def fields(self):
        return [("Mcp-Session-Id", self.session)] if self.session and not self.modern else []

    def begin(self):
        if self.stream is None:
            self.stream = self.server.new_stream(self.session)
            self.exchange.start_events(self.fields())

    def send(self, message):
        self.begin()
        self.server.write(self.exchange, self.stream, message)

    def answer(self, message):
        self.answered = True
        if self.stream is None and not self.server.always_events:
            self.exchange.respond(200, self.fields(), message)
            return
        self.send(message)
        self.exchange.end_events()

    def drop(self, message=None, retry=None):
        """Breaks the stream off after a primer; `message` can be had by resuming. Older era only."""
        self.begin()
        id = self.server.store(self.stream, None)
        self.exchange.event("", id=id, retry=retry)
        if message is not None:
            self.server.store(self.stream, message)
        self.answered = True
        self.exchange.end_events()
        self.exchange.close()


class StreamableServer(Upstream):
    """`answers`: "json" (events only if there is more than the answer) or "events". `sessions`: whether it has them."""

    def __init__(self, toolbox=None, answers="json", sessions=True, get=True, eras=("legacy", "modern"), **upstream):
        self.toolbox = toolbox or played.Toolbox()
        self.always_events, self.has_sessions, self.get, self.eras = answers == "events", sessions, get, eras
        self.sessions = {}  # id -> the GET streams' exchanges
        self.deleted = []
        self.refusals = []  # what it found wrong with a request
        self._events, self._streams = {}, itertools.count(1)
        self._lock = threading.Lock()
        super().__init__(self.serve, **upstream)

    # streams that can be resumed

    def new_stream(self, session):
        name = f"{next(self._streams)}"
        self._events[name] = []
        return name

    def store(self, stream, message):
        with self._lock:
            self._events[stream].append(message)
            return f"{stream}/{len(self._events[stream])}"

    def write(self, exchange, stream, message):
        exchange.event(message, id=self.store(stream, message), event="message")

    def push(self, message):
        """Says something on every GET stream; gives how many there are."""
        streams = [g for gets in self.sessions.values() for g in gets]
        for exchange, stream in streams:
            try:
                self.write(exchange, stream, message)
            except OSError:
                pass
        return len(streams)

    def streams_open(self):
        return sum(len(gets) for gets in self.sessions.values())

    def forget_sessions(self):
        """As a server that was started anew: sessions are unknown, their streams end."""
        gets = [g for of_session in self.sessions.values() for g in of_session]
        self.sessions = {}
        for exchange, _ in gets:
            exchange.close()

    # requests

    def refuse(self, exchange, status, code, text, id=None):
        self.refusals.append(text)
        exchange.respond(status, [], {"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": text}})

    def serve(self, exchange):
        request = exchange.request
        if request.target != self.path:
            exchange.respond(404, [], b"not here", "text/plain")
        elif request.method == "POST":
            self.post(exchange)
        elif request.method == "GET" and self.get and self.known(request):
            self.get_stream(exchange)
        elif request.method == "DELETE" and self.known(request):
            self.deleted.append(request.get("Mcp-Session-Id"))
            self.sessions.pop(request.get("Mcp-Session-Id"), None)
            exchange.respond(204)
        elif request.method in ("GET", "DELETE") and self.get and self.has_sessions:
            exchange.respond(404 if request.get("Mcp-Session-Id") else 400, [], b"no session", "text/plain")
        else:
            exchange.respond(405, [("Allow", "POST")])

    def known(self, request):
        return not self.has_sessions or request.get("Mcp-Session-Id") in self.sessions

    def wrong(self, request, message):
        """What is wrong with a POST of the older era: (status, code, text), or None."""
        if message.get("method") == "initialize":
            return (400, BAD_REQUEST, "a session at initialize") if request.get("Mcp-Session-Id") else None
        if self.has_sessions and not request.get("Mcp-Session-Id"):
            return 400, BAD_REQUEST, "no session"
        if not self.known(request):
            return 404, -32001, "Session not found"
        version = request.get("MCP-Protocol-Version")
        if version is not None and version not in played.LEGACY:
            return 400, BAD_REQUEST, f"version {version}"
        return None

    def wrong_modern(self, request, message):
        params = message.get("params") or {}
        wanted = {"MCP-Protocol-Version": played.MODERN, "Mcp-Method": message.get("method")}
        if message.get("method") in ("tools/call", "prompts/get"):
            wanted["Mcp-Name"] = params.get("name")
        elif message.get("method") == "resources/read":
            wanted["Mcp-Name"] = params.get("uri")
        if message.get("method") == "tools/call":
            for tool in self.toolbox.tools:
                if tool["name"] == params.get("name"):
                    for key, schema in tool["inputSchema"]["properties"].items():
                        if "x-mcp-header" in schema and key in (params.get("arguments") or {}):
                            wanted[f"Mcp-Param-{schema['x-mcp-header']}"] = str(params["arguments"][key])
        for name, value in wanted.items():
            values = [mirrored(v) for v in request.all(name)]
            if values != [value]:
                return 400, HEADER_MISMATCH, f"{name} is {values}, the body says {value}"
        return None

    def post(self, exchange):
        request = exchange.request
        message = json.loads(request.body)
        meta = (message.get("params") or {}).get("_meta") or {}
        modern = meta.get("io.modelcontextprotocol/protocolVersion") == played.MODERN
        if not (request.get("Content-Type") or "").lower().startswith("application/json"):
            return self.refuse(exchange, 415, BAD_REQUEST, "Content-Type")
        accept = request.get("Accept") or ""
        if not ("application/json" in accept and "text/event-stream" in accept):
            return self.refuse(exchange, 406, BAD_REQUEST, f"Accept: {accept}")
        if ("modern" if modern else "legacy") not in self.eras:
            code = -32601 if modern else -32022
            return self.refuse(exchange, 404 if modern else 400, code, "the other era", message.get("id"))
        wrong = (self.wrong_modern if modern else self.wrong)(request, message)
        if wrong:
            return self.refuse(exchange, *wrong, id=message.get("id"))
        if "method" not in message or "id" not in message:
            self.toolbox.note(message)
            return exchange.respond(202)
        session = None if modern or not self.has_sessions else request.get("Mcp-Session-Id")
        if message["method"] == "initialize" and self.has_sessions:
            session = secrets.token_hex(16)
            self.sessions[session] = []
        channel = Channel(self, exchange, session, modern)
        stop = threading.Event()
        if message["method"] in ("tools/call", "subscriptions/listen"):
            threading.Thread(target=self._watch, args=(exchange, channel, stop), daemon=True).start()
        try:
            self.toolbox.handle(message, channel)
        finally:
            stop.set()
        if not channel.answered:
            exchange.close()

    def _watch(self, exchange, channel, stop):
        while not stop.is_set():
            if exchange.gone(0.1):
                channel.ended.set()
                return

    def get_stream(self, exchange):
        last = exchange.request.get("Last-Event-ID")
        session = exchange.request.get("Mcp-Session-Id")
        stream, at = (last.split("/")[0], int(last.split("/")[1])) if last else (self.new_stream(session), 0)
        exchange.start_events([("Mcp-Session-Id", session)] if session else [])
        replay = self._events.get(stream, [])[at:]
        for number, message in enumerate(replay, at + 1):
            exchange.event(message if message is not None else "", id=f"{stream}/{number}")
            if message is not None and "method" not in message:  # the answer: that stream is over
                exchange.end_events()
                return
        gets = self.sessions.setdefault(session, [])
        gets.append((exchange, stream))
        try:
            while not exchange.gone(0.2) and (exchange, stream) in self.sessions.get(session, []):
                pass
        finally:
            if (exchange, stream) in gets:
                gets.remove((exchange, stream))
        exchange.close()


class SseServer(Upstream):
    """HTTP+SSE of 2024-11-05: GET the path for the stream and the endpoint, POST there."""

    def __init__(self, toolbox=None, endpoint="/message?sessionId={}", path="/sse", **upstream):
        self.toolbox = toolbox or played.Toolbox()
        self.endpoint = endpoint
        self.streams = {}
        super().__init__(self.serve, path=path, **upstream)

    def push(self, message):
        for exchange in list(self.streams.values()):
            exchange.event(message, event="message")
        return len(self.streams)

    def streams_open(self):
        return len(self.streams)

    def serve(self, exchange):
        request = exchange.request
        path, _, query = request.target.partition("?")
        if request.method == "GET" and request.target == self.path:
            session = secrets.token_hex(16)
            self.streams[session] = exchange
            exchange.start_events()
            exchange.event(self.endpoint.format(session), event="endpoint")
            while not exchange.gone(0.2):
                pass
            del self.streams[session]
            exchange.close()
        elif request.method == "POST" and path == "/message" and query.partition("=")[2] in self.streams:
            message = json.loads(request.body)
            exchange.respond(202, [], b"Accepted", "text/plain")
            stream = self.streams[query.partition("=")[2]]
            if "method" in message and "id" in message:
                threading.Thread(target=self.toolbox.handle, args=(message, _SseChannel(stream)), daemon=True).start()
            else:
                self.toolbox.note(message)
        else:
            exchange.respond(404 if path != self.path else 405, [], b"not here", "text/plain")


class _SseChannel:
    modern = False

    def __init__(self, stream):
        self.stream, self.ended = stream, threading.Event()

    def send(self, message):
        try:
            self.stream.event(message, event="message")
        except OSError:
            self.ended.set()

    answer = send


class StdioServer:
    """Children that relay to the test: each is a connection, with one toolbox for all of them."""

    def __init__(self, toolbox=None):
        self.toolbox = toolbox or played.Toolbox()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="stdio-"))
        self.children = []  # (socket, pid)
        self.started = 0
        self.received = []  # every line, as bytes
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.home / "s"))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def command(self):
        return [sys.executable, "-S", "-E", str(TESTS / "relay.py"), str(self.home / "s")]

    def push(self, message):
        for child in list(self.children):
            child.send(message)
        return len(self.children)

    def streams_open(self):
        return len(self.children)

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        reader = sock.makefile("rb")
        pid = int(reader.readline())
        child = _Child(sock, pid)
        self.started += 1
        self.children.append(child)
        try:
            for line in reader:
                self.received.append(line)
                for message in self.read(line):
                    self._take(message, child)
        except (OSError, ValueError):
            pass
        finally:
            self.children.remove(child)
            child.ended.set()
            sock.close()

    def read(self, line):
        """The messages of a line."""
        return [json.loads(line)]

    def begin(self, message, channel):
        """Carries a request out, beside others."""
        threading.Thread(target=self.toolbox.handle, args=(message, channel), daemon=True).start()

    def _take(self, message, child):
        if "method" in message and "id" in message:
            meta = (message.get("params") or {}).get("_meta") or {}
            channel = _ChildChannel(child, "io.modelcontextprotocol/protocolVersion" in meta)
            if channel.modern:
                child.running[json.dumps(message["id"])] = channel
            self.begin(message, channel)
        else:
            self.toolbox.note(message)
            if message.get("method") == "notifications/cancelled":
                channel = child.running.get(json.dumps(message["params"].get("requestId")))
                if channel:
                    channel.ended.set()

    def close(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # else its number goes to another socket while a thread accepts on it
        except OSError:
            pass
        self._listener.close()
        for child in list(self.children):
            try:
                child.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Child:
    def __init__(self, sock, pid):
        self.socket, self.pid = sock, pid
        self.running, self.ended = {}, threading.Event()
        self._lock = threading.Lock()

    def send(self, message):
        with self._lock:
            try:
                self.socket.sendall(json.dumps(message).encode() + b"\n")
            except OSError:
                self.ended.set()


class _ChildChannel:
    def __init__(self, child, modern):
        self.child, self.modern, self.ended = child, modern, threading.Event()

    def send(self, message):
        self.child.send(message)

    answer = send


