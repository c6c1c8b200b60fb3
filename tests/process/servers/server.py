"""A small MCP server that can misbehave. Usage: server.py [WORD[=VALUE]]...

Without words it is well-behaved: it answers every request and ends at the end of its input.
It tells the test what happened in files in $REPORT: `pids` (its own and its descendants'), `received` (each line it
read, as it came), `environment`.

  ignore-eof           stays after the end of its input
  ignore-term          ignores SIGTERM, SIGINT and SIGHUP
  exit=N               exits with N before it reads anything
  kill=N               sends itself signal N before it reads anything
  burst=N              writes N notifications at start
  burst-exit=N         writes N notifications and exits with status 5
  flood                writes notifications for ever, and still reads
  noise                writes lines that are no MCP before and between its answers
  close-stdout         closes its output at the first request and lives on
  close-stdin          closes its input after the first request, which it answers, and lives on
  never-read           never reads, and writes a notification ten times a second
  child                has a descendant in its group that ignores signals
  child-holds-stdout   the descendant keeps the output open when the server exits
  talkative-child      the descendant keeps writing to the output when the server exits
  slow-term=SECONDS    takes that long to end after SIGTERM

Tools: echo {text} -> text; size {text} -> its length; make {bytes} -> a text of that length; die {status | signal};
silent -> no answer.
"""
import hashlib
import json
import os
import signal
import sys
import time

OPTIONS = dict(word.partition("=")[::2] for word in sys.argv[1:])
REPORT = os.environ.get("REPORT")
OUT = sys.stdout.buffer


def report(name, data):
    if REPORT:
        with open(os.path.join(REPORT, name), "ab") as file:
            file.write(data)


def send(message):
    OUT.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
    OUT.flush()


def notify(n):
    send({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": n}})


def ignore_signals():
    for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(s, signal.SIG_IGN)


def start_child():
    holds = "child-holds-stdout" in OPTIONS or "talkative-child" in OPTIONS
    pid = os.fork()
    if pid:
        report("pids", b"%d\n" % pid)
        return
    ignore_signals()
    os.close(0)
    if not holds:
        os.close(1)
    n = 0
    while True:
        if "talkative-child" in OPTIONS:
            n += 1
            notify(n)
        time.sleep(0.02)


def call(name, arguments):
    if name == "echo":
        return arguments.get("text", "")
    if name == "size":
        text = arguments.get("text", "").encode()
        return f"{len(text)} {hashlib.sha256(text).hexdigest()}"
    if name == "make":
        return "m" * arguments["bytes"]
    if name == "die":
        if "signal" in arguments:
            os.kill(os.getpid(), arguments["signal"])
        os._exit(arguments["status"])
    return ""


def result_of(message):
    method = message["method"]
    params = message.get("params", {})
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
                "serverInfo": {"name": "process-test", "version": "1"}}
    if method == "tools/list":
        return {"tools": [{"name": n, "inputSchema": {"type": "object"}} for n in ("echo", "size", "make", "die", "silent")]}
    if method == "tools/call":
        return {"content": [{"type": "text", "text": call(params["name"], params.get("arguments", {}))}]}
    return {}


def serve():
    for line in sys.stdin.buffer:
        report("received", line if len(line) < 100_000 else line[:100] + b"...\n")
        message = json.loads(line)
        if "close-stdout" in OPTIONS:
            os.close(1)
            wait_for_ever()
        if "noise" in OPTIONS:
            OUT.write(b"Listening on port 3000\n\n\xff\xfe\x00 binary\n{\"level\":\"info\",\"msg\":\"a log line\"}\n[1,2]\n{\"half\": \n")
            OUT.flush()
        if "id" not in message or message.get("params", {}).get("name") == "silent":
            continue
        send({"jsonrpc": "2.0", "id": message["id"], "result": result_of(message)})
        if "close-stdin" in OPTIONS:
            os.close(0)
            wait_for_ever()


def wait_for_ever():
    while True:
        time.sleep(1)


def on_term_after(seconds):
    def handler(*_):
        time.sleep(seconds)
        os._exit(0)
    signal.signal(signal.SIGTERM, handler)


def main():
    report("pids", b"%d\n" % os.getpid())
    report("environment", json.dumps({"env": dict(os.environ), "cwd": os.getcwd(), "argv": sys.argv,
                                      "fds": sorted(int(f) for f in os.listdir("/proc/self/fd"))}).encode())
    if "ignore-term" in OPTIONS:
        ignore_signals()
    if "slow-term" in OPTIONS:
        on_term_after(float(OPTIONS["slow-term"]))
    if any(word in OPTIONS for word in ("child", "child-holds-stdout", "talkative-child")):
        start_child()
    if "kill" in OPTIONS:
        os.kill(os.getpid(), int(OPTIONS["kill"]))
    if "exit" in OPTIONS:
        os._exit(int(OPTIONS["exit"]))
    for n in range(int(OPTIONS.get("burst", OPTIONS.get("burst-exit", "0")))):
        notify(n)
    if "burst-exit" in OPTIONS:
        os._exit(5)
    n = 0
    while "never-read" in OPTIONS:
        n += 1
        notify(n)
        time.sleep(0.1)
    if "flood" in OPTIONS:
        import threading

        def flood():
            while True:
                notify("x" * 1000)
        threading.Thread(target=flood, daemon=True).start()
    serve()
    while "ignore-eof" in OPTIONS:
        time.sleep(1)


try:
    main()
except BrokenPipeError:
    os._exit(0)
