"""The server that a test plays over HTTP, on raw sockets: a thread a connection, one handler for all requests.

Everything that arrives is kept: `raw` holds every byte of every connection, `requests` every request that a lenient
reader finds in them. The reader is lenient on purpose (bare LF, obs-fold, several framings): what Intercept lets pass
must show up here, not be refused again. A handler says the answer byte for byte or with the helpers of `Exchange`."""

import json
import select
import socket
import struct
import threading
import time

from harness import TIMEOUT


class Request:
    def __init__(self, method, target, fields, body, connection):
        self.method, self.target, self.fields, self.body, self.connection = method, target, fields, body, connection

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def get(self, name, default=None):
        found = self.all(name)
        return found[0] if found else default

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.method} {self.target} {self.fields} {self.body[:300]!r}>"


class Exchange:
    """One request, and the means to answer it. Nothing is sent but what is asked for."""

    def __init__(self, server, sock, request):
        self.server, self.socket, self.request = server, sock, request
        self.keep = True  # the connection goes on after this
        self.streaming = False
        self._lock = threading.Lock()

    def send(self, data):
        with self._lock:
            self.socket.sendall(data)

    def respond(self, status=200, fields=(), body=b"", media="application/json", length=True):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} X"]
        if body and media:
            lines.append(f"Content-Type: {media}")
        lines += [f"{n}: {v}" for n, v in fields]
        if length:
            lines.append(f"Content-Length: {len(body)}")
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def start_events(self, fields=()):
        lines = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked"]
        lines += [f"{n}: {v}" for n, v in fields]
        self.streaming = True
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def event(self, data=None, id=None, event=None, retry=None, comment=None):
        """One event; `data` is a message or text."""
        lines = [] if comment is None else [f": {comment}"]
        for name, value in (("event", event), ("id", id), ("retry", retry)):
            if value is not None:
                lines.append(f"{name}: {value}")
        if data is not None:
            text = data if isinstance(data, str) else json.dumps(data)
            lines += [f"data: {line}" for line in text.split("\n")]
        self.chunk(("\n".join(lines) + "\n\n").encode())

    def end_events(self):
        self.send(b"0\r\n\r\n")

    def gone(self, timeout=None):
        """Whether the client closes its side within the time; what it sends meanwhile is left there."""
        deadline = time.monotonic() + (TIMEOUT if timeout is None else timeout)
        while (left := deadline - time.monotonic()) > 0:
            try:
                if not select.select([self.socket], [], [], left)[0]:
                    return False
                # Never blocks: the handler may close it, and then this would keep the connection open.
                if not socket.socket.recv(self.socket, 1, socket.MSG_PEEK | socket.MSG_DONTWAIT):  # below TLS
                    return True
                time.sleep(0.01)  # more requests wait there
            except BlockingIOError:
                pass
            except (OSError, ValueError):
                return True
        return False

    def close(self):
        """Closes in order (FIN)."""
        self.keep = False
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def reset(self):
        """Closes with a reset; below TLS too, in the middle of a record."""
        self.keep = False
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()
        except OSError:
            pass


class Upstream:
    """`handler(exchange)` is called in the connection's thread; when it returns the next request is read, unless
    `exchange.keep` is False. `tls` is an ssl.SSLContext. `on_accept(socket)` may take a new connection away (True)."""

    def __init__(self, handler, tls=None, host="127.0.0.1", path="/mcp", on_accept=None):
        self.handler, self.tls, self.path, self.on_accept = handler, tls, path, on_accept
        self.requests, self.connections, self.open = [], 0, 0
        self._raw = []
        self._changed = threading.Condition()
        self._sockets = set()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, 0))
        self._listener.listen(128)
        self.port = self._listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        self.authority = f"{shown}:{self.port}"
        self.origin = f"{'https' if tls else 'http'}://{self.authority}"
        self.url = self.origin + path
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def raw(self):
        """Every byte that came, connection after connection."""
        with self._changed:
            return b"".join(self._raw)

    def wait(self, condition, what="it did not happen", timeout=None):
        """Waits until `condition()` holds; it is looked at whenever something arrives."""
        deadline = time.monotonic() + (timeout or TIMEOUT)
        with self._changed:
            while not (found := condition()):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{what}; requests: {self.requests[-5:]}")
                self._changed.wait(min(left, 0.05))
            return found

    def posts(self):
        return [r for r in self.requests if r.method == "POST"]

    def stop_listening(self):
        """From now on connections are refused."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def drop_connections(self):
        with self._changed:
            sockets = list(self._sockets)
        for s in sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.stop_listening()
        self.drop_connections()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.on_accept and self.on_accept(sock):
                continue
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._changed:
            self._sockets.add(sock)
            self.open += 1
        plain = sock
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            reader = _Reader(sock, self._keep)
            while (request := reader.request()) is not None:
                with self._changed:
                    self.requests.append(request)
                    self._changed.notify_all()
                exchange = Exchange(self, sock, request)
                self.handler(exchange)
                if not exchange.keep:
                    break
        except (OSError, ValueError):
            pass
        finally:
            with self._changed:
                self._sockets.discard(plain)
                self.open -= 1
                self._changed.notify_all()
            sock.close()

    def _keep(self, data):
        with self._changed:
            self._raw.append(data)
            self._changed.notify_all()


class _Reader:
    """Reads requests leniently: see the file's comment."""

    def __init__(self, sock, keep):
        self.socket, self.keep, self.buffer = sock, keep, b""

    def fill(self):
        data = self.socket.recv(1 << 18)
        if data:
            self.keep(data)
            self.buffer += data
        return bool(data)

    def line(self):
        while b"\n" not in self.buffer:
            if not self.fill():
                return None
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.removesuffix(b"\r")

    def exactly(self, size):
        while len(self.buffer) < size:
            if not self.fill():
                return None
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def request(self):
        first = b""
        while not first:
            first = self.line()
            if first is None:
                return None
        fields = []
        while line := self.line():
            name, _, value = line.partition(b":")
            fields.append((name.decode("latin-1"), value.strip().decode("latin-1")))
        if line is None:
            return None
        method, _, rest = first.decode("latin-1").partition(" ")
        request = Request(method, rest.rpartition(" ")[0], fields, b"", self.socket)
        coding = (request.get("Transfer-Encoding") or "").lower()
        if "chunked" in coding:
            while size := int((self.line() or b"0").split(b";")[0], 16):
                data = self.exactly(size)
                if data is None:
                    return None
                request.body += data
                self.line()
            while self.line():
                pass
        elif length := int(request.get("Content-Length") or 0):
            body = self.exactly(length)
            if body is None:
                return None
            request.body = body
        return request
