"""An MCP server that writes down what it executed, before it answers: one line a call in $EXECUTED, synced.

    boot-clock-ns  tool  amount  nonce  begin|end

Every tool takes {nonce, amount?, fail?, mute?, die?, ms?}: `fail` answers with isError, `error` with a JSON-RPC error,
`mute` not at all, `die` ends the server after it has executed and before it answers, `ms` takes that long, at the same
time as other calls.
"""
import json
import os
import sys
import threading
import time

LOG = os.open(os.environ["EXECUTED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
LOCK = threading.Lock()


def note(name, arguments, what):
    # A kill can cut a line short (between two pages of the file): the next one begins on a line of its own.
    line = "\n%d %s %s %s %s\n" % (time.clock_gettime_ns(time.CLOCK_BOOTTIME), name, arguments.get("amount", "1"),
                                   arguments["nonce"], what)
    if os.write(LOG, line.encode()) != len(line):
        os._exit(8)
    os.fsync(LOG)


def send(message):
    data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
    with LOCK:
        while data:
            data = data[os.write(1, data):]


def execute(message):
    name, arguments = message["params"]["name"], message["params"].get("arguments", {})
    note(name, arguments, "begin")
    if arguments.get("ms"):
        time.sleep(arguments["ms"] / 1000)
        note(name, arguments, "end")
    if arguments.get("die"):
        os._exit(9)
    if arguments.get("mute"):
        return
    if arguments.get("error"):
        send({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32000, "message": "no"}})
        return
    result = {"content": [{"type": "text", "text": arguments["nonce"]}]}
    if arguments.get("fail"):
        result["isError"] = True
    send({"jsonrpc": "2.0", "id": message["id"], "result": result})


for line in sys.stdin.buffer:
    message = json.loads(line)
    if message.get("method") == "tools/call":
        if message["params"].get("arguments", {}).get("ms"):
            threading.Thread(target=execute, args=(message,), daemon=True).start()
        else:
            execute(message)
    elif "id" in message and "method" in message:
        send({"jsonrpc": "2.0", "id": message["id"], "result": {}})
