"""The servers of the simulations. They are as careless as any real one: keys and names are folded, the last of two keys
wins, batches and carriage returns are taken, encodings guessed. So a message that could be understood as the attack is,
and that it did no harm is not the server's merit.

`Server` is what a simulation fills with actions; it keeps what really happened (`ledger`), what reached the attacker
(`sink`) and every text that it gave out (`said`)."""

import json
import re
import unicodedata
import urllib.parse

import played
from mcp_servers import StdioServer, StreamableServer

ALIKE = str.maketrans("аеорсухіѕԁ", "aeopcyxisd")
UNSEEN = re.compile("[\u0000-\u001f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe0f ]")


def fold(name):
    """What a careless reader takes a name for."""
    text = unicodedata.normalize("NFKC", urllib.parse.unquote(str(name))).translate(ALIKE)
    return UNSEEN.sub("", text).casefold().replace("ı", "i").replace("-", "_")


def folded(value):
    """An object as careless parsers have read it: keys without regard to case, up to their first NUL; of two that become
    one, the later counts."""
    return {_key(key): value[key] for key in value} if isinstance(value, dict) else value


SPELT = {"requeststate": "requestState", "inputresponses": "inputResponses"}


def _key(key):
    plain = key.split("\u0000")[0].casefold().replace("ı", "i")
    return SPELT.get(plain, plain)


def messages(data):
    """Every message that a careless reader could find in the bytes of one line or body."""
    try:
        text = data.decode(json.detect_encoding(data), "replace").lstrip("\ufeff")
    except UnicodeError:
        return []
    whole = _documents(text)
    if len(text.splitlines()) > 1:  # some count other line ends than the line feed
        for line in text.splitlines():
            whole += [m for m in _documents(line) if m not in whole]
    return whole


def _documents(text):
    found, decoder, at = [], json.JSONDecoder(), 0
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        found += value if isinstance(value, list) else [value]
        while at < len(text) and text[at].isspace():
            at += 1
    return [folded(m) for m in found if isinstance(m, dict)]


class Refusal(Exception):
    """Answered as a tool's error."""


class Server(played.Toolbox):
    """`actions`: tool name -> f(arguments) -> text. A name that only looks like one of them is one."""

    def __init__(self, tools, actions):
        super().__init__(tools)
        self.actions = actions
        self.ledger, self.sink, self.said, self.heard = [], [], [], []
        self.asks = None  # a method and params that the server puts to the client before it answers a call
        self.beside = False  # whether calls over stdio are carried out beside each other
        self.resources = None  # f(uri) -> text

    def handle(self, message, channel):
        message = {**message, "params": folded(message.get("params"))}
        self.heard.append(message)
        super().handle(message, channel)

    def note(self, message):
        self.heard.append(message)
        if message.get("method") == "tools/call":  # nobody waits for the answer, but it is done
            params = folded(message.get("params")) or {}
            self._run(params.get("name"), params.get("arguments"), message, None, None)
        else:
            super().note(message)

    def _plumbing(self, method, params, channel):
        if method == "resources/read" and self.resources:
            text = self._act(lambda a: self.resources(str(a["uri"])), params)["content"][0]["text"]
            return {"contents": [{"uri": params.get("uri"), "text": text}]}
        return super()._plumbing(method, params, channel)

    def _run(self, name, arguments, message, channel, stop):
        if self.asks and (waits := self._asked(message, channel)):
            return waits
        for known, action in self.actions.items():
            if fold(known) == fold(name):
                return self._act(action, folded(arguments) if isinstance(arguments, dict) else {})
        return {**played.said(f"Unknown tool: {name}"), "isError": True}

    def _act(self, action, arguments):
        try:
            text, failed = action(arguments), False
        except (Refusal, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            text, failed = f"{type(error).__name__}: {error}", True
        self.said.append(str(text))
        return {**played.said(str(text)), **({"isError": True} if failed else {})}

    def _asked(self, message, channel):
        """Puts the question. In the older era its answer is in `sink` then; since 2026-07-28 the call ends with the
        question first (which is given back) and comes again with the answer."""
        method, params = self.asks
        if not channel.modern:
            answer = self.ask(channel, method, params)
            if "result" in answer:
                self.sink.append(json.dumps(answer["result"]))
            return None
        answers = message["params"].get("inputResponses")
        if answers is None:
            return {"resultType": "input_required", "inputRequests": {"q": {"method": method, "params": params}}, "requestState": "1"}
        self.sink.append(json.dumps(answers))
        return None


class LenientStdio(StdioServer):
    """Calls are carried out in the order of the lines, so that what came before an answer has been done; beside each other
    only if the server asks back."""

    def read(self, line):
        return messages(line)

    def begin(self, message, channel):
        message = {**message, "params": folded(message.get("params"))}
        if self.toolbox.asks or self.toolbox.beside:
            super().begin(message, channel)
        else:
            self.toolbox.handle(message, channel)


class LenientHttp(StreamableServer):
    """Looks at no header field but the session's, and takes several messages in one body."""

    def __init__(self, toolbox, events=False, **how):
        super().__init__(toolbox, answers="events" if events else "json", **how)

    def wrong_modern(self, request, message):
        return None

    def wrong(self, request, message):
        """Without a session's id it is content; with one it must be one."""
        return super().wrong(request, message) if request.get("Mcp-Session-Id") else None

    def post(self, exchange):
        found = messages(exchange.request.body)
        if len(found) == 1:
            exchange.request.body = json.dumps(found[0]).encode()
            exchange.request.fields = [(n, v) for n, v in exchange.request.fields if n.lower() not in ("content-type", "accept")]
            exchange.request.fields += [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]
            super().post(exchange)
            return
        for message in found:
            self.toolbox.handle(message, _Nowhere()) if "id" in message else self.toolbox.note(message)
        exchange.respond(200, [], {"jsonrpc": "2.0", "id": None, "result": {}})


class _Nowhere:
    modern = True

    def send(self, message):
        pass

    answer = send
    ended = played.threading.Event()
