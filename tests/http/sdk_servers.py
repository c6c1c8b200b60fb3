"""Official servers over HTTP, and official clients in front of them: how each is started and what a client is told to do."""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time

import harness
import peers
import test_transparency

EMPTY = test_transparency.EMPTY
PATHS = {"http": "/mcp", "sse": "/sse"}
# Arguments that make a server speak the transport at $PORT.
ARGUMENTS = {
    "everything": {"http": ["streamableHttp"], "sse": ["sse"]},
    "dual": {"http": ["http"]},
    "python": {"http": ["http"], "sse": ["sse"]},
    "go": {"http": ["http"], "sse": ["sse"]},
}


def free_port():
    """For servers that want to be told one. Not of those that the system gives to others: nobody takes it until they start."""
    while True:
        port = random.randrange(20_000, 32_768)
        with contextlib.suppress(OSError), socket.socket() as sock:
            sock.bind(("127.0.0.1", port))
            return port


def command(server, transport="stdio"):
    plain = peers.SERVERS[server]["command"]
    if transport == "stdio":
        return plain
    return [*(plain[:-1] if server == "everything" else plain), *ARGUMENTS[server][transport]]


@contextlib.contextmanager
def listening(arguments, port=None, env=None, cwd=None):
    """Runs a server until it is left; gives its port once it takes connections."""
    port = port or free_port()
    said = tempfile.TemporaryFile()
    environment = {**os.environ, "PORT": str(port), **(env or {})}
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, cwd=cwd, env=environment)
    try:
        deadline = time.monotonic() + harness.TIMEOUT
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                said.seek(0)
                assert process.poll() is None, said.read().decode(errors="replace")[-2000:]
                assert time.monotonic() < deadline, f"{arguments} does not listen"
                time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()
        said.close()


@contextlib.contextmanager
def serving(server, transport):
    """The URL of a server of e2e/peers.py."""
    with listening(command(server, transport)) as port:
        yield f"http://127.0.0.1:{port}{PATHS[transport]}"


def observe(tmp_path, client, server, mode, transport, where):
    """Runs the client's script once; `where` is what the scenario says of the place: {"url"} or {"command", "args"}."""
    known = peers.SERVERS[server]
    work = tmp_path / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    scenario = {k: v for k, v in known.items() if k not in ("command", "hidden")}
    scenario |= {"mode": mode, "cwd": str(work), "env": {"HOME": str(work)}, "transport": transport, "command": "", "args": [], **where}
    scenario |= {"bridged": True, "listen": False}  # over HTTP a server may have an instance a request
    scenario["roots"] = [{"uri": work.as_uri(), "name": "work"}]
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario).replace("{work}", str(work)))
    done = subprocess.run([*peers.CLIENTS[client], str(path)], capture_output=True, timeout=90, env=harness.environment(tmp_path / "state"))
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    document = json.loads(done.stdout)
    if "wire" in document:
        test_transparency.settle_races(document["wire"])
        if server == "everything":  # says that it has the roots, to whoever listens by then
            document["wire"]["notifications"].pop("notifications/message", None)
    return document
