"""One play of an attack: the scripted agent, Intercept (or nothing) and the careless server, on a row of transports in an
era. `Scene.agent` is the session that the play begins with, `another()` a new one beside it."""

import contextlib
import json
import pathlib
import re
import shutil
import tempfile
import threading

import harness
import played
from lenient_servers import LenientHttp, LenientStdio
from listener import EMPTY, Bridge, Listener
from mcp_clients import HttpClient, Pending, StdioClient

OBEYED = re.compile(r"CALL (\S+) (\{.*?\})(?=$|\n| CALL )", re.S)
DENIED = "[INTERCEPT POLICY DENIED]"


class Answer:
    """What the agent reads. `refused`: it says that the call was not carried out."""

    def __init__(self, message):
        self.message = message
        result, error = message.get("result"), message.get("error")
        self.text = error["message"] if error else "\n".join(c.get("text", "") for c in result.get("content", []))
        self.refused = bool(error) or DENIED in self.text
        self.failed = self.refused or bool(result.get("isError"))


class Agent:
    """A session. It does what it is told, also by what it reads (`obey`). `own`: what it can get at without the server,
    by names such as $KEY."""

    def __init__(self, client):
        self.client, self.own, self.last = client, {}, ""
        self.statuses = []  # of what was spelt by hand, over HTTP

    def call(self, name, arguments=None, **more):
        message = self.client.tool(name, arguments, **more).wait()
        if message.get("result", {}).get("resultType") == "input_required":
            message = self.reply(name, arguments, message["result"])
        answer = Answer(message)
        self.last = answer.text
        return answer

    def reply(self, name, arguments, asked):
        """The call again, with what the server wanted to know first (2026-07-28)."""
        answers = {key: self.client.answers[question["method"]] for key, question in asked["inputRequests"].items()}
        more = {"inputResponses": answers, "requestState": asked.get("requestState")}
        return self.client.tool(name, arguments, **more).wait()

    def ask(self, method, **params):
        message = self.client.ask(method, **params)
        return message.get("result") or message["error"]

    def burst(self, calls):
        """Calls that do not wait for each other."""
        return [Answer(pending.wait()) for pending in [self.client.tool(name, arguments) for name, arguments in calls]]

    def obey(self, text):
        """Follows instructions of the form CALL tool {arguments}, up to one that is refused; gives the answers."""
        answers = []
        for name, arguments in OBEYED.findall(text):
            for word, value in {**self.own, "$LAST": self.last}.items():
                arguments = arguments.replace(word, json.dumps(value)[1:-1])
            answers.append(self.call(name, json.loads(arguments)))
            if answers[-1].refused:
                break
        return answers

    def message(self, name, members="", method="tools/call"):
        """The text of a call whose arguments are spelt by hand: `members` is what stands between the braces."""
        message = self.client.message(method, {"name": name, "arguments": {}})
        return message, harness.text(message).replace(b'"arguments":{}', b'"arguments":{' + members.encode() + b"}", 1)

    def spelt(self, name, members, change=None):
        """Calls with arguments that no serialiser would write. `change(bytes)` gives the whole text another form."""
        message, text = self.message(name, members)
        self.say(message, change(text) if change else text)

    def say(self, message, text):
        """Sends bytes for a message, whatever they are, and returns when they have been dealt with."""
        client = self.client
        pending = Pending(message.get("id"))
        if isinstance(client, HttpClient):
            response = client.connect().ask("POST", client.path, client.fields(message), text)
            assert response is not None
            self.statuses.append(response.status)
            return
        client.pending[json.dumps(message.get("id"))] = pending
        with client._lock:
            client.process.stdin.write(text + b"\n")
            client.process.stdin.flush()
        self.client.ask("ping")


class Scene:
    """`simulation` says how: `server()`, `fields(protected)`, `shelf`. `client`: stdio or http; `kind` of the server: stdio, json or events.
    `policy` None: Intercept is left out."""

    def __init__(self, simulation, row, policy=EMPTY, flags=(), protected=False):
        self.simulation, (self.transport, self.kind, self.revision) = simulation, row
        self.policy, self.direct, self.protected = policy, policy is None, protected
        self.stack = contextlib.ExitStack()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="scene-"))
        self.stack.callback(shutil.rmtree, self.home, ignore_errors=True)
        self.flags = [self._flag(word) for word in flags]
        self.toolbox = simulation.server()
        make = LenientStdio if self.kind == "stdio" else lambda t: LenientHttp(t, events=self.kind == "events")
        self.server = self.stack.enter_context(make(self.toolbox))
        self.intercept, self.mark, self.statuses = None, 0, []
        try:
            if not self.direct and self.transport == "http":
                self.intercept = self.stack.enter_context(Listener(policy, flags=self.flags, **self._where()))
            self.agent = self.another()
        except BaseException:
            self.stack.close()
            raise

    def _where(self):
        where = {"command": self.server.command()} if self.kind == "stdio" else {"upstream": self.server.url}
        return {**where, "beside": self.simulation.beside if self.protected else {}}

    def _flag(self, word):
        """A flag's word, with the files that it names where they are here."""
        for name, content in self.simulation.shelf.items():
            if name in word:
                path = self.home / name
                path.write_text(content)
                path.chmod(0o600)
                word = word.replace(name, str(path))
        return word

    @property
    def port(self):
        return self.server.port if self.direct else self.intercept.port

    @property
    def path(self):
        return self.server.path if self.direct else self.intercept.path

    def another(self, fields=None):
        """A new session: of stdio a new process, which shares the state of the first."""
        if self.transport == "http":
            given = self.simulation.fields(self.protected) if fields is None else fields
            client = HttpClient(self.port, self.revision, path=self.path, fields=given)
        elif self.direct:
            client = StdioClient(self.server.command(), self.revision)
        else:
            bridge = self.stack.enter_context(Bridge(self.policy, flags=self.flags, **self._where()))
            bridge.state = self.intercept.state if self.intercept else bridge.state
            self.intercept = self.intercept or bridge
            client = bridge.client(self.revision)
        self.stack.enter_context(client)
        return Agent(client.begin())

    def renew(self):
        """The same processes, a server to which nothing has happened."""
        fresh = self.simulation.server()
        fresh._ids = self.toolbox._ids  # questions to a client have ids of their own
        self.toolbox = self.server.toolbox = fresh
        self.simulation.begin(self)

    def received(self):
        """Every byte that the server got."""
        return b"".join(self.server.received) if isinstance(self.server, LenientStdio) else self.server.raw

    def reasons(self):
        """Why something was refused since the last look, by the record: (reason, rule or detail)."""
        records, said = self.intercept.records(), []
        for record in records[self.mark :]:
            if record["event"] == "decision" and record["decision"] != "allow":
                said.append((record.get("reason", record["decision"]), record.get("rule", "")))
            elif record["event"] == "outcome" and record["outcome"] == "refused":
                said.append(("refused", record["id"]))
            elif record["event"] == "notice" and record["what"] in ("refused", "unreadable"):
                said.append(("wire", record.get("detail", "")))
            elif record["event"] == "http_refused":
                said.append(("http", record["detail"]))
        self.mark = len(records)
        return said

    def close(self):
        self.stack.close()

    def __enter__(self):
        self.simulation.begin(self)
        return self

    def __exit__(self, kind, *_):
        self.close()


def beside(*plays):
    """Runs them at the same time; their failures are the caller's."""
    failures = []

    def run(play):
        try:
            play()
        except BaseException as failure:  # noqa: BLE001 - handed on below
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(play,)) for play in plays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(played.TIMEOUT)
    if failures:
        raise failures[0]
