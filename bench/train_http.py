"""The traffic of train.py over HTTP: a small server of Streamable HTTP, clients that keep their connections, and the
three rows (HTTP to HTTP, HTTP to a command, stdio to HTTP) in both eras, with JSON answers and event streams."""

import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import socket

MODERN = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientInfo": {"name": "train", "version": "1"}, "io.modelcontextprotocol/clientCapabilities": {}}
INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "train", "version": "1"}}}


class Wire:
    """One connection, messages of HTTP/1.1 on it: both sides use it."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _more(self):
        data = self.sock.recv(1 << 20)
        if not data:
            raise EOFError
        self.buffer += data

    def message(self):
        """Head, as text in lower case, and content."""
        while (at := self.buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        head, self.buffer = self.buffer[:at].decode().lower(), self.buffer[at + 4:]
        if length := re.search(r"content-length: (\d+)", head):
            size = int(length[1])
            while len(self.buffer) < size:
                self._more()
            body, self.buffer = self.buffer[:size], self.buffer[size:]
            return head, body
        if "transfer-encoding: chunked" in head:
            while not self.buffer.endswith(b"0\r\n\r\n"):
                self._more()
            body, self.buffer = self.buffer, b""
            return head, body
        return head, b""


def answer_of(message):
    if message["method"] == "initialize":
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "echo", "version": "1"}}
    else:
        result = {"content": [{"type": "text", "text": str(message["params"].get("arguments", {}).get("note", ""))[:1000]}]}
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}, separators=(",", ":")).encode()


class Server:
    """`events`: answers as event streams."""

    def __init__(self, events):
        self.events = events
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/mcp"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(Wire(sock),), daemon=True).start()

    def _serve(self, wire):
        try:
            while True:
                head, body = wire.message()
                wire.sock.sendall(self._answer(head, json.loads(body) if body else None))
        except (EOFError, OSError):
            wire.sock.close()

    def _answer(self, head, message):
        if message is None or "id" not in message:
            status = b"202 Accepted" if message is not None else b"405 Method Not Allowed"
            return b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
        session = b"Mcp-Session-Id: 0123456789abcdef\r\n" if message["method"] == "initialize" else b""
        text = answer_of(message)
        if not self.events:
            return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + session + b"Content-Length: %d\r\n\r\n" % len(text) + text
        event = b"event: message\r\ndata: " + text + b"\n\n"
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + session + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(event) + event + b"\r\n0\r\n\r\n"


class Client:
    def __init__(self, port, modern):
        self.wire, self.modern, self.session = Wire(socket.create_connection(("127.0.0.1", port))), modern, None
        if not modern:
            head = self.ask(INITIALIZE)
            self.session = re.search(r"mcp-session-id: (\S+)", head)[1]
            self.ask({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, message):
        fields = ["POST /mcp HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json, text/event-stream", "Content-Type: application/json", "User-Agent: train"]
        if self.modern:
            message = {**message, "params": {**message.get("params", {}), "_meta": META}}
            fields += [f"MCP-Protocol-Version: {MODERN}", f"Mcp-Method: {message['method']}", f"Mcp-Name: {message['params'].get('name', '')}"]
        elif self.session:
            fields += ["MCP-Protocol-Version: 2025-11-25", f"Mcp-Session-Id: {self.session}"]
        body = json.dumps(message, separators=(",", ":")).encode()
        self.wire.sock.sendall("\r\n".join([*fields, f"Content-Length: {len(body)}", "", ""]).encode() + body)
        head, _ = self.wire.message()
        if not head.startswith(("http/1.1 200", "http/1.1 202")):
            raise SystemExit(f"refused: {head}")
        return head


def listen(binary, policy, target, folder):
    environment = dict(os.environ, XDG_STATE_HOME=str(folder))
    process = subprocess.Popen([binary, "-c", str(policy), "--log-level", "error", "--transport", "http", "--port", "0", *target],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    line = process.stderr.readline()
    found = re.search(r"listening on http://127.0.0.1:(\d+)", line)
    if not found:
        raise SystemExit(f"it does not listen: {line}")
    return process, int(found[1])


def serve(binary, policy, target, folder, calls, clients, modern):
    process, port = listen(binary, policy, target, folder)
    made = [Client(port, modern) for _ in range(clients)]

    def drive(client, mine):
        for message in mine:
            client.ask(message)

    threads = [threading.Thread(target=drive, args=(client, calls[i::clients])) for i, client in enumerate(made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in made:
        client.wire.sock.close()
    process.terminate()
    if process.wait(timeout=60) != 128 + 15:
        raise SystemExit("the listener did not end well")


def bridge(binary, policy, url, folder, calls, depth, modern):
    environment = dict(os.environ, XDG_STATE_HOME=str(folder))
    process = subprocess.Popen([binary, "-c", str(policy), "--log-level", "error", "--upstream", url],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    messages = calls if modern else [INITIALIZE, *calls]
    for start in range(0, len(messages), depth):
        bunch = messages[start:start + depth]
        if modern:
            bunch = [{**m, "params": {**m.get("params", {}), "_meta": META}} for m in bunch]
        process.stdin.write(b"".join(json.dumps(m, separators=(",", ":")).encode() + b"\n" for m in bunch))
        process.stdin.flush()
        for _ in bunch:
            process.stdout.readline()
    process.stdin.close()
    if process.wait(timeout=60) != 0:
        raise SystemExit("the bridge did not end well")


def train(binary, echo, policies, call, folder):
    """`policies`: name -> text; `call(n)`: a message."""
    calls = [call(n) for n in range(1, 3201)]
    files = {}
    for name, text in policies.items():
        files[name] = pathlib.Path(folder) / f"{name}.yaml"
        files[name].write_text(text)
    for events in (False, True):
        server = Server(events)
        for modern in (False, True):
            for policy in ("empty", "rules"):
                serve(binary, files[policy], ["--upstream", server.url], folder, calls, 1, modern)
                serve(binary, files[policy], ["--upstream", server.url], folder, calls, 8, modern)
            bridge(binary, files["rules"], server.url, folder, calls, 16, modern)
    big = [call(n, "x" * 300_000) for n in range(1, 17)]
    serve(binary, files["rules"], ["--upstream", Server(False).url], folder, big, 1, False)
    for modern in (False, True):
        serve(binary, files["rules"], ["--", sys.executable, echo], folder, calls, 4, modern)
