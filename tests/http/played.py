"""What the played MCP server does, whatever the transport: `Toolbox` is given a message and a channel to answer on.

A channel has send(message) for what belongs to the call (progress, questions), answer(message) for its answer, ended (an
Event: the client has gone), modern (its era). Every tools/call that is carried out is in `executed`, so a test can say
that one was not. Nothing sleeps: `slow` waits at a gate that the test opens, `hang` until it is cancelled."""

import itertools
import json
import threading

from harness import TIMEOUT

MODERN = "2026-07-28"
LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {"sampling": {}, "elicitation": {}, "roots": {}},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
CAPABILITIES = {"tools": {"listChanged": True}, "resources": {"subscribe": True}, "prompts": {}, "logging": {}, "completions": {}}
INFO = {"name": "played", "version": "1.0.0", "title": "Played"}
QUESTIONS = {
    "sample": ("sampling/createMessage", {"messages": [{"role": "user", "content": {"type": "text", "text": "Say"}}], "maxTokens": 5}),
    "elicit": ("elicitation/create", {"message": "Name?", "requestedSchema": {"type": "object", "properties": {"name": {"type": "string"}}}}),
    "roots": ("roots/list", {}),
}


def tool(name, **properties):
    schema = {"type": "object", "properties": {n: t if isinstance(t, dict) else {"type": t} for n, t in properties.items()}}
    return {"name": name, "description": f"The tool {name}", "inputSchema": schema, "_meta": {"com.example/x": [1]}}


TOOLS = [
    tool("echo", text="string"),
    tool("region", region={"type": "string", "x-mcp-header": "Region"}, n={"type": "integer", "x-mcp-header": "N"}),
    *(tool(n) for n in ("secret", "danger", "limited", "slow", "hang", "fail", "grow")),
    *(tool(n) for n in QUESTIONS),
    tool("long", steps="integer"),
]


def said(text):
    return {"content": [{"type": "text", "text": text}]}


class Toolbox:
    def __init__(self, tools=None):
        self.tools = tools or TOOLS
        self.instructions = "For tests."
        self.executed, self.messages, self.cancelled = [], [], []
        self.levels, self.subscriptions, self.initialized = [], [], 0
        self.gates = {}  # argument "gate" of slow: the Event that lets it go on
        self.began = threading.Semaphore(0)  # released when slow or hang has begun
        self.ended_early = threading.Semaphore(0)  # released when one of them saw its end before its answer
        self.custom = {}  # tool name -> f(message, channel) in its place
        self.listens = []
        self._questions = {}
        self._ids = itertools.count(1)
        self._running = {}
        self._lock = threading.Lock()

    def gate(self, name):
        with self._lock:
            return self.gates.setdefault(name, threading.Event())

    def names(self):
        return [name for name, _ in self.executed]

    def note(self, message):
        """A notification, or an answer to a question, of the client's."""
        with self._lock:
            self.messages.append(message)
        if message.get("method") == "notifications/cancelled":
            id = message["params"].get("requestId")
            self.cancelled.append(id)
            event = self._running.get(json.dumps(id))
            if event:
                event.set()
        elif "method" not in message:
            waiting = self._questions.pop(message.get("id"), None)
            if waiting:
                waiting[1] = message
                waiting[0].set()

    def ask(self, channel, method, params):
        """A request to the client in the middle of a call; gives the client's answer (a whole message)."""
        id = f"q-{next(self._ids)}"
        waiting = [threading.Event(), None]
        self._questions[id] = waiting
        channel.send({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        return waiting[1] if waiting[0].wait(TIMEOUT) else {"error": {"code": -1, "message": "no answer came"}}

    def handle(self, message, channel):
        """A request of the client's."""
        with self._lock:
            self.messages.append(message)
        id, method, params = message["id"], message["method"], message.get("params") or {}
        if method == "tools/call":
            self._call(message, channel)
            return
        result = self._plumbing(method, params, channel)
        if result is None and method == "subscriptions/listen":
            self._listen(id, params, channel)
        elif result is None:
            channel.answer({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "Method not found"}})
        else:
            channel.answer({"jsonrpc": "2.0", "id": id, "result": self._whole(result, channel)})

    def _whole(self, result, channel):
        return {"resultType": "complete", **result} if channel.modern else result

    def _plumbing(self, method, params, channel):
        if method == "initialize":
            self.initialized += 1
            asked = params.get("protocolVersion")
            return {"protocolVersion": asked if asked in LEGACY else LEGACY[-1], "capabilities": CAPABILITIES, "serverInfo": INFO, "instructions": self.instructions}
        if method == "server/discover" and channel.modern:
            return {"supportedVersions": [MODERN], "capabilities": CAPABILITIES, "instructions": self.instructions, "ttlMs": 600_000, "cacheScope": "public"}
        if method == "tools/list":
            return {"tools": self.tools, **({"ttlMs": 600_000, "cacheScope": "public"} if channel.modern else {})}
        if method == "resources/read":
            return {"contents": [{"uri": params.get("uri"), "text": "text \u2028 \U0001f600"}]}
        if method == "logging/setLevel":
            self.levels.append(params.get("level"))
            return {}
        if method == "resources/subscribe":
            self.subscriptions.append(params.get("uri"))
            return {}
        if method == "resources/unsubscribe":
            self.subscriptions.remove(params.get("uri"))
            return {}
        return {} if method == "ping" else None

    def _listen(self, id, params, channel):
        about = {"_meta": {"io.modelcontextprotocol/subscriptionId": id}}
        channel.send({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": {**about, "notifications": params.get("notifications", {})}})
        self.listens.append((id, channel))
        channel.ended.wait(TIMEOUT)

    def _call(self, message, channel):
        id, params = message["id"], message["params"]
        name, arguments = params.get("name"), params.get("arguments") or {}
        with self._lock:
            self.executed.append((name, arguments))
            stop = self._running[json.dumps(id)] = channel.ended if channel.modern else threading.Event()
        try:
            if name in self.custom:
                self.custom[name](message, channel)
                return
            result = self._run(name, arguments, message, channel, stop)
        finally:
            self._running.pop(json.dumps(id), None)
        if result is not None:
            channel.answer({"jsonrpc": "2.0", "id": id, "result": self._whole(result, channel)})

    def _run(self, name, arguments, message, channel, stop):
        if name in ("slow", "hang"):
            return self._slow(name, arguments, channel, stop)
        if name in QUESTIONS:
            return self._question(name, message["params"], channel)
        if name == "long":
            return self._long(arguments.get("steps", 3), message, channel)
        if name == "fail":
            return {**said("as asked"), "isError": True}
        if name == "grow":
            channel.send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        return said(arguments.get("text", f"{name} done"))

    def _slow(self, name, arguments, channel, stop):
        gate = self.gate(arguments.get("gate", "")) if name == "slow" else threading.Event()
        self.began.release()
        for _ in range(int(TIMEOUT * 100)):
            if stop.is_set():
                self.ended_early.release()
                return None
            if gate.wait(0.01):
                break
        return said(f"{name} done")

    def _long(self, steps, message, channel):
        token = (message["params"].get("_meta") or {}).get("progressToken")
        for step in range(1, steps + 1):
            if token is not None:
                params = {"progressToken": token, "progress": step, "total": steps, "message": f"step {step}"}
                channel.send({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})
        return said(f"{steps} steps")

    def _question(self, name, params, channel):
        method, asked = QUESTIONS[name]
        if not channel.modern:
            answer = self.ask(channel, method, asked)
            return said(json.dumps(answer.get("result", answer.get("error")), sort_keys=True))
        if "inputResponses" not in params:
            return {"resultType": "input_required", "inputRequests": {"q": {"method": method, "params": asked}}, "requestState": "s \u00e9 1"}
        assert params.get("requestState") == "s \u00e9 1", params
        return said(json.dumps(params["inputResponses"]["q"], sort_keys=True))
