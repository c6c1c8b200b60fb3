"""A small MCP server over stdio that can misbehave in what it lists. Usage: server.py REPORT [WORD[=VALUE]]...

It writes "start" and every method that it is asked to the file REPORT, a line each. Without words it is of 2025-11-25 and
lists three tools on two pages.

  modern               is of 2026-07-28 (and knows no initialize)
  revision=R           knows revision R alone, and refuses others
  exit-at-probe        ends when it is asked anything before initialize
  silent-probe         does not answer what it does not know
  slow=SECONDS         takes that long to start
  exit=N               writes to stderr and ends with N at once
  exit-at=METHOD       ends with 4 when it is asked METHOD
  silent=METHOD        does not answer METHOD
  noise                writes lines that are no MCP, to stdout and stderr
  loud                 writes a megabyte to stderr before it answers anything
  asks                 asks the client (ping, sampling, roots) before it answers tools/list
  endless=HOW          same: one cursor for ever; new: another one each time
  answer=JSON          the result of tools/list
  tools=FILE           serves the tools of this file on one page
  unlisted             declares no tools
  stays                does not end at the end of its input
"""

import json
import os
import sys
import time

REPORT = open(sys.argv[1], "a", buffering=1)
OPTIONS = dict(word.partition("=")[::2] for word in sys.argv[2:])
MODERN = "2026-07-28"
TOOLS = [
    {"name": "get_thing", "description": "Gets a thing.", "annotations": {"readOnlyHint": True}, "inputSchema": {"type": "object"}},
    {"name": "delete_thing", "description": "Deletes a thing.", "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}},
    {"name": "run_job", "description": "Runs a job.", "inputSchema": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}},
]
answers = {}  # to what it asked


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def fail(id, code, text, data=None):
    send({"id": id, "error": {"code": code, "message": text, **({"data": data} if data else {})}})


def capabilities():
    return {} if "unlisted" in OPTIONS else {"tools": {}, "prompts": {}, "resources": {}}


def page(params, count=[0]):
    if "answer" in OPTIONS:
        return json.loads(OPTIONS["answer"])
    if "tools" in OPTIONS:
        with open(OPTIONS["tools"]) as file:
            saved = json.load(file)
        return {"tools": saved.get("result", saved)["tools"]}
    if "endless" in OPTIONS:
        count[0] += 1
        return {"tools": [], "nextCursor": "same" if OPTIONS["endless"] == "same" else str(count[0])}
    return {"tools": TOOLS[2:]} if params.get("cursor") == "2" else {"tools": TOOLS[:2], "nextCursor": "2"}


def ask():
    for id, method in (("a", "ping"), ("b", "sampling/createMessage"), ("c", "roots/list")):
        send({"id": id, "method": method, "params": {}})
    while len(answers) < 3:
        message = json.loads(sys.stdin.readline())
        answers[message["id"]] = message
    assert answers["a"]["result"] == {}
    assert answers["b"]["error"]["code"] == answers["c"]["error"]["code"] == -32601


def result(method, params):
    """None: not known."""
    if method == "tools/list":
        if "asks" in OPTIONS:
            ask()
        return page(params)
    if method == "tools/call":
        return {"content": [{"type": "text", "text": "done: " + params["name"]}]}
    if method == "prompts/list":
        return {"prompts": [{"name": "greet", "description": "Greets."}]}
    if method == "resources/list":
        return {"resources": [{"uri": "file:///a", "name": "a"}]}
    if method == "server/discover" and "modern" in OPTIONS:
        info = {"io.modelcontextprotocol/serverInfo": {"name": "played", "version": "2"}}
        return {"supportedVersions": [MODERN], "capabilities": capabilities(), "_meta": info}
    if method == "initialize" and "modern" not in OPTIONS:
        return {"protocolVersion": OPTIONS.get("revision", params["protocolVersion"]), "capabilities": capabilities(), "serverInfo": {"name": "played", "version": "1"}, "instructions": "Be careful."}
    return None


def handle(message, begun):
    method, id, params = message["method"], message.get("id"), message.get("params") or {}
    if "exit-at-probe" in OPTIONS and not begun and method != "initialize":
        sys.exit(9)
    if OPTIONS.get("exit-at") == method:
        print("I cannot go on", file=sys.stderr, flush=True)
        sys.exit(4)
    if id is None or OPTIONS.get("silent") == method:
        return
    if method == "initialize" and OPTIONS.get("revision", params["protocolVersion"]) != params["protocolVersion"]:
        return fail(id, -32602, "Unsupported protocol version", {"supported": [OPTIONS["revision"]]})
    if "noise" in OPTIONS:
        print("listening on stdio…", flush=True)
        print('{"level":"info"}', flush=True)
    found = result(method, params)
    if found is not None:
        return send({"id": id, "result": found})
    if "silent-probe" not in OPTIONS:
        fail(id, -32601, "Method not found")


def main():
    REPORT.write("start\n")
    if "exit" in OPTIONS:
        print("starting\nError: \x1b[31mAPI_KEY is not set", file=sys.stderr)
        sys.exit(int(OPTIONS["exit"]))
    if "loud" in OPTIONS:
        sys.stderr.write("x" * 1000 + "\n" + "y" * 1_000_000)
    time.sleep(float(OPTIONS.get("slow", 0)))
    begun = False
    for line in sys.stdin:
        message = json.loads(line)
        if "method" in message:
            REPORT.write(message["method"] + "\n")
            handle(message, begun)
            begun = begun or message["method"] == "initialize"
    if "stays" in OPTIONS:
        time.sleep(1000)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(1)
