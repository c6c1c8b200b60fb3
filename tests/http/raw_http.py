"""HTTP/1.1 by hand: a connection on which a test says every byte, and reads every byte that comes back.

Nothing here repairs or normalises: header fields keep their order, spelling and repetitions. Reads have a deadline; what
does not come in time is a failure (AssertionError), the end of the stream is not (b"" or None)."""

import json
import socket
import ssl
import struct
import time

from harness import TIMEOUT


class Response:
    def __init__(self, status, fields, body=b"", version=b"HTTP/1.1"):
        self.status, self.fields, self.body, self.version = status, fields, body, version

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def get(self, name, default=None):
        found = self.all(name)
        assert len(found) <= 1, f"{name} is there {len(found)} times"
        return found[0] if found else default

    def media(self):
        return (self.get("Content-Type") or "").split(";")[0].strip().lower()

    def json(self):
        return json.loads(self.body)

    def messages(self):
        """The JSON-RPC messages of a complete body, JSON or events."""
        if self.media() == "text/event-stream":
            return [json.loads(e["data"]) for e in read_events(self.body) if e.get("data")]
        return [json.loads(self.body)] if self.body else []

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:400]!r}>"


def head(method, target, fields, version="HTTP/1.1"):
    """Text of a request's head. Names and values may be bytes that no library would send."""
    lines = [f"{method} {target} {version}".encode("latin-1")]
    for name, value in fields:
        name = name if isinstance(name, bytes) else name.encode("latin-1")
        lines.append(name + b": " + (value if isinstance(value, bytes) else str(value).encode("latin-1")))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunked(body, size=None):
    """A body in chunks, with its end."""
    parts = [body[i : i + size] for i in range(0, len(body), size)] if size else [body] if body else []
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


def read_events(text):
    """The events of a complete text/event-stream, by its own rules: dicts with event, data, id, retry, comments."""
    events, event = [], {}
    for line in text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode().split("\n"):
        if not line:
            if event:
                events.append(event)
            event = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not name:
            event.setdefault("comments", []).append(value)
        elif name == "data":
            event["data"] = event["data"] + "\n" + value if "data" in event else value
        else:
            event[name] = value
    return events


class Connection:
    """A client's connection. `tls` is an ssl.SSLContext."""

    def __init__(self, port, host="127.0.0.1", tls=None, timeout=None, server_hostname=None):
        self.port, self.timeout = port, timeout or TIMEOUT
        self.socket = socket.create_connection((host, port), self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_hostname or "localhost")
        self.buffer = b""
        self.ended = False

    def send(self, data):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(data)

    def request(self, method, target, fields=(), body=b"", host=None, length=True):
        """Sends a correct request: Host and Content-Length are added unless `fields` has them."""
        names = {(n if isinstance(n, str) else n.decode("latin-1")).lower() for n, _ in fields}
        full = list(fields)
        if "host" not in names:
            full.insert(0, ("Host", host or f"127.0.0.1:{self.port}"))
        if length and (body or method == "POST") and not names & {"content-length", "transfer-encoding"}:
            full.append(("Content-Length", len(body)))
        self.send(head(method, target, full) + body)

    def fill(self, deadline=None):
        """Reads some more; False at the end."""
        deadline = deadline or time.monotonic() + self.timeout
        left = deadline - time.monotonic()
        if left <= 0:
            raise AssertionError(f"nothing came in time; so far: {self.buffer[:400]!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(1 << 18)
        except TimeoutError:
            raise AssertionError(f"nothing came in time; so far: {self.buffer[:400]!r}") from None
        except (ConnectionError, ssl.SSLError):
            data = b""
        if not data:
            self.ended = True
            return False
        self.buffer += data
        return True

    def until(self, mark, deadline=None):
        """What comes up to and with `mark`; None if the stream ends before."""
        while (at := self.buffer.find(mark)) < 0:
            if self.ended or not self.fill(deadline):
                return None
        taken, self.buffer = self.buffer[: at + len(mark)], self.buffer[at + len(mark) :]
        return taken

    def exactly(self, size, deadline=None):
        """`size` bytes, fewer if the stream ends before."""
        while len(self.buffer) < size:
            if self.ended or not self.fill(deadline):
                break
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def response_head(self, deadline=None):
        """The next response's head (100s are skipped); None if the connection ends instead."""
        while True:
            text = self.until(b"\r\n\r\n", deadline)
            if text is None:
                return None
            first, *lines = text[:-4].split(b"\r\n")
            version, status, *_ = first.split(b" ", 2)
            fields = [tuple(p.decode("latin-1").strip() for p in line.split(b":", 1)) for line in lines]
            response = Response(int(status), fields, version=version)
            if response.status // 100 != 1:
                return response

    def response(self, method="POST", deadline=None):
        """The next whole response; None if the connection ends before its head. `complete` on it tells whether the body
        came to its proper end."""
        response = self.response_head(deadline)
        return response and self.content(response, method, deadline)

    def content(self, response, method="POST", deadline=None):
        """Reads a response's body into it."""
        response.complete = True
        if method == "HEAD" or response.status in (204, 304):
            return response
        if (response.get("Transfer-Encoding") or "").lower() == "chunked":
            body = b""
            while (chunk := self.chunk(deadline)) is not None and chunk:
                body += chunk
            response.complete = chunk is not None
            response.body = body
        elif (length := response.get("Content-Length")) is not None:
            response.body = self.exactly(int(length), deadline)
            response.complete = len(response.body) == int(length)
        else:
            while not self.ended and self.fill(deadline):
                pass
            response.body, self.buffer = self.buffer, b""
        return response

    def chunk(self, deadline=None):
        """The next chunk; b"" for the last, None if the stream is broken off."""
        line = self.until(b"\r\n", deadline)
        if line is None:
            return None
        size = int(line.split(b";")[0], 16)
        if size == 0:
            self.until(b"\r\n", deadline)
            return b""
        data = self.exactly(size + 2, deadline)
        return data[:-2] if len(data) == size + 2 else None

    def ask(self, method, target, fields=(), body=b"", **how):
        """A correct request and its whole response."""
        self.request(method, target, fields, body, **how)
        return self.response(method)

    def ends(self, timeout=None):
        """Waits until the other side closes. What comes before is kept in `buffer`."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while not self.ended:
            self.fill(deadline)
        return True

    def reset(self):
        """Goes away at once: the peer gets a reset."""
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()
        except OSError:
            pass

    def close(self):
        """Ends the connection in order, and whoever of us is still reading it."""
        for end in (lambda: self.socket.shutdown(socket.SHUT_RDWR), self.socket.close):
            try:
                end()
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Events:
    """Reads the events of a response that is still coming."""

    def __init__(self, connection, response):
        self.connection = connection
        self.chunked = (response.get("Transfer-Encoding") or "").lower() == "chunked"
        self.text, self.over = b"", False

    def next(self, deadline=None):
        """The next event (see read_events); None at the end."""
        while b"\n\n" not in self.text:
            if self.over:
                return None
            if self.text.endswith(b"\r\r"):
                self.text = self.text.replace(b"\r", b"\n")
                continue
            if self.chunked:
                part = self.connection.chunk(deadline)
            else:
                part = self.connection.buffer or (self.connection.fill(deadline) and self.connection.buffer)
                self.connection.buffer = b""
            if not part:
                self.over = True
                self.broken = part is None
                continue
            self.text += part.replace(b"\r\n", b"\n")
        event, self.text = self.text.split(b"\n\n", 1)
        parsed = read_events(event + b"\n\n")
        return parsed[0] if parsed else self.next(deadline)

    def message(self, deadline=None):
        """The next JSON-RPC message; None at the end. Primers, comments and retries are passed over."""
        while (event := self.next(deadline)) is not None:
            if event.get("data") and event.get("event", "message") == "message":
                return json.loads(event["data"])
        return None
