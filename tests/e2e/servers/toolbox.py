"""A server without an SDK, for both eras, with whatever tools it is told to have. It keeps a log of what it executed.

    python toolbox.py TOOLS.json LOG.jsonl

TOOLS.json is a list of tool definitions. Each tools/call is appended to the log, and answered "done". It needs no
handshake, as real servers do not."""

import json
import sys

tools = json.load(open(sys.argv[1], encoding="utf-8"))
log = open(sys.argv[2], "a", encoding="utf-8", buffering=1)
name = {"name": "toolbox", "version": "1.0.0"}


def answer(method, params):
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": name}
    if method == "server/discover":
        return {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private"}
    if method == "tools/list":
        log.write(json.dumps({"listed": params.get("_meta", {}).get("io.modelcontextprotocol/protocolVersion")}) + "\n")
        return {"tools": tools}
    if method == "tools/call":
        log.write(json.dumps({"executed": params["name"], "arguments": params.get("arguments")}) + "\n")
        return {"content": [{"type": "text", "text": "done"}], "isError": bool((params.get("arguments") or {}).get("fail"))}
    return {}


for line in sys.stdin.buffer:
    message = json.loads(line)
    if "id" not in message or "method" not in message:
        continue
    params = message.get("params") or {}
    result = answer(message["method"], params)
    if "io.modelcontextprotocol/protocolVersion" in params.get("_meta", {}):
        result["resultType"] = "complete"
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}) + "\n")
    sys.stdout.flush()
