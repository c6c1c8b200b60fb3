"""A client without an SDK in front of servers/toolbox.py, through Intercept."""

import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import harness

MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


def tool(name, required=(), **properties):
    """A tool's definition; the properties by their type's name."""
    schema = {"type": "object", "properties": {n: {"type": t} for n, t in properties.items()}}
    if required:
        schema["required"] = list(required)
    return {"name": name, "description": f"The tool {name}", "inputSchema": schema}


class Raw(str):
    """JSON text that is to be sent as it stands."""


class Session:
    def __init__(self, policy, tools, modern=False, flags=(), home=None):
        self._home = tempfile.TemporaryDirectory(prefix="session-")
        self.home = pathlib.Path(self._home.name)
        self.state = pathlib.Path(home) if home else self.home / "state"
        self._log = self.home / "log.jsonl"
        self._log.touch()
        (self.home / "tools.json").write_text(json.dumps(tools))
        toolbox = [sys.executable, "-S", "-E", str(harness.TESTS / "e2e/servers/toolbox.py")]
        self.process = subprocess.Popen(
            [harness.binary(), "-c", str(policy), *flags, "--", *toolbox, str(self.home / "tools.json"), str(self._log)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=harness.environment(self.state),
        )
        self.lines = harness.Lines(self.process.stdout.read1)
        self.modern = modern
        self._ids = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(harness.TIMEOUT)
        finally:
            self.process.kill()
            self._home.cleanup()

    def send(self, method, params=None, id=None):
        message = {"jsonrpc": "2.0", **({} if id is None else {"id": id}), "method": method, "params": params or {}}
        text = json.dumps(message)
        if isinstance((params or {}).get("arguments"), Raw):
            text = text.replace(json.dumps(params["arguments"]), params["arguments"])
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def request(self, method, **params):
        id = next(self._ids)
        if self.modern:
            params["_meta"] = MODERN
        self.send(method, params, id)
        answer = json.loads(self.lines.next())
        assert answer["id"] == id
        return answer

    def handshake(self):
        self.request("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "t", "version": "1"})
        self.send("notifications/initialized")

    def call(self, name, arguments=None):
        """What the agent reads: "done", or the refusal's text."""
        answer = self.request("tools/call", name=name, arguments=arguments or {})
        if "error" in answer:
            return f"{answer['error']['code']}: {answer['error']['message']}"
        if self.modern:
            assert answer["result"]["resultType"] == "complete"
        return answer["result"]["content"][0]["text"]

    def names(self):
        return [t["name"] for t in self.request("tools/list")["result"]["tools"]]

    def executed(self):
        """Names of the tools that the server executed."""
        return [e["executed"] for e in self.logged() if "executed" in e]

    def logged(self):
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def records(self):
        return harness.records(self.state)
