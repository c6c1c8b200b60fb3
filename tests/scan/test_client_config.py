"""`scan --client-config`: the configurations of clients, asking before anything is started, and what is never shown."""

import json
import os
import pty
import select
import subprocess
import sys
import time

import pytest

import harness
from mcp_servers import StreamableServer


def one(played, *words, **more):
    command = played(*words)
    return {"command": command[0], "args": command[1:], **more}


def write(tmp_path, name, content):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def toml(server):
    return f"command = {json.dumps(server['command'])}\nargs = {json.dumps(server['args'])}\n"


def report(done, count=1):
    found = json.loads(done.out)
    found = found["servers"] if count > 1 else [found]
    assert len(found) == count
    return found


SHAPES = {
    ".mcp.json": lambda s: {"mcpServers": {"things": {"type": "stdio", **s}}},
    "claude_desktop_config.json": lambda s: {"globalShortcut": "", "mcpServers": {"things": s}},
    ".cursor/mcp.json": lambda s: {"mcpServers": {"things": {**s, "env": {"A": "1", "N": 5}}}},
    ".vscode/mcp.json": lambda s: "// servers\n" + json.dumps({"inputs": [], "servers": {"things": {"type": "stdio", **s}}})[:-1] + ", /* end */ }",
    "settings.json": lambda s: {"editor.fontSize": 12, "mcp": {"servers": {"things": s}}},
    "config.toml": lambda s: f'model = "x"\n[mcp_servers.things]\n{toml(s)}startup_timeout_sec = 20\n[mcp_servers.things.env]\nA = "1"\n[tui]\nnotifications = true\n',
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_client(scan, played, tmp_path, name):
    path = write(tmp_path, name, SHAPES[name](one(played)))
    done = scan("--client-config", path, "--yes", "--format", "json")
    assert done.status == 0, done.err
    assert report(done)[0]["counts"]["tools"] == 3
    assert 'The server "things" is started with:' in done.err


def test_several_servers_and_one_that_is_broken(scan, played, tmp_path):
    servers = {"a": one(played), "b": one(played, "exit=3"), "c": one(played, "modern"), "off": {**one(played), "disabled": True}, "odd": {"type": "stdio"}}
    path = write(tmp_path, ".mcp.json", {"mcpServers": servers})
    done = scan("--client-config", path, "--yes", "--format", "json")
    assert done.status == 1
    assert [s["server"]["protocolVersion"] for s in report(done, 2)] == ["2025-11-25", "2026-07-28"]
    assert 'Error: server "b": the server exited with status 3' in done.err
    assert 'Error: server "odd": it has neither "command" nor "url"' in done.err
    assert '"off" is disabled there' in done.err


def test_a_folder_gets_a_file_a_server(scan, played, tmp_path):
    path = write(tmp_path, ".mcp.json", {"mcpServers": {"a b/../c": one(played), "two": one(played, "modern")}})
    out = tmp_path / "policies"
    done = scan("--client-config", path, "--yes", "-o", out)
    assert done.status == 0, done.err
    assert sorted(p.name for p in out.iterdir()) == ["a_b_.._c.yaml", "two.yaml"]
    for policy in out.iterdir():
        checked = harness.run(["validate", str(policy)])
        assert checked.returncode == 0, checked.stderr
    again = scan("--client-config", path, "--yes", "-o", out)
    assert again.status == 1 and "File exists" in again.err


def test_several_policies_are_documents(scan, played, tmp_path):
    path = write(tmp_path, ".mcp.json", {"mcpServers": {"a": one(played), "b": one(played)}})
    done = scan("--client-config", path, "--yes")
    assert done.out.count("\n---\n") == 1 and done.out.count("tools: deny") == 2


def test_without_a_terminal_nothing_is_started(scan, played, tmp_path):
    path = write(tmp_path, ".mcp.json", {"mcpServers": {"things": one(played)}})
    done = scan("--client-config", path, stdin=b"y\n")
    assert done.status == 2 and "no terminal" in done.err and '"things"' in done.err and "--yes" in done.err
    assert played.starts() == []


class Terminal:
    """`intercept scan` at a terminal of the test's."""

    def __init__(self, arguments, state):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [harness.binary(), "scan", *map(str, arguments)],
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=harness.environment(state),
        )
        os.close(slave)
        self.seen = ""

    def expect(self, text):
        deadline = time.monotonic() + harness.TIMEOUT
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.process.stderr], [], [], 1)[0]:
                piece = os.read(self.process.stderr.fileno(), 65536).decode()
                assert piece, self.seen
                self.seen += piece
        self.seen = self.seen.split(text, 1)[1]

    def type(self, line):
        os.write(self.master, line.encode() + b"\n")

    def end(self):
        out, err = self.process.communicate(timeout=harness.TIMEOUT)
        os.close(self.master)
        return self.process.returncode, out.decode(), self.seen + err.decode()


def test_each_is_asked_for(played, tmp_path):
    servers = {name: one(played, env={"SECRET": "hunter2"}) for name in ("first", "second", "third", "fourth")}
    path = write(tmp_path, ".mcp.json", {"mcpServers": servers})
    terminal = Terminal(["--client-config", path, "--format", "json"], tmp_path)
    for name, answer in (("first", "n"), ("second", "y"), ("third", "")):
        terminal.expect(f'The server "{name}" is started with:')
        terminal.expect("server.py")
        terminal.expect("with the environment SECRET")
        terminal.expect("[q]uit: ")
        terminal.type(answer)
    terminal.expect('The server "fourth"')
    terminal.expect("[q]uit: ")
    terminal.type("q")
    status, out, err = terminal.end()
    assert status == 0 and json.loads(out)["counts"]["tools"] == 3
    assert len(played.starts()) == 1
    assert "hunter2" not in out + err


def test_who_quits_locks_nothing(played, tmp_path):
    path = write(tmp_path, ".mcp.json", {"mcpServers": {"first": one(played), "second": one(played, "modern")}})
    terminal = Terminal(["--client-config", path, "--format", "json", "--lock", tmp_path / "intercept.lock"], tmp_path)
    for answer in "yq":
        terminal.expect("[q]uit: ")
        terminal.type(answer)
    status, out, err = terminal.end()
    assert status == 1 and "nothing was locked" in err and not (tmp_path / "intercept.lock").exists()
    assert json.loads(out)["counts"]["tools"] == 3  # the report of the first is there


def test_inputs_are_asked_for_at_a_terminal(played, tmp_path):
    script = "import os,sys; sys.argv[0] = sys.argv[1]; assert os.environ['KEY'] == 'typ' + 'ed1' and os.environ['URL'] == 'http://d'; exec(open(sys.argv.pop(1)).read())"
    command = played()
    server = {"command": sys.executable, "args": ["-c", script, command[3], *command[4:]], "env": {"KEY": "${input:key}", "URL": "${input:url}"}}
    inputs = [{"type": "promptString", "id": "key", "description": "The key", "password": True}, {"type": "promptString", "id": "url", "default": "http://d"}]
    path = write(tmp_path, ".vscode/mcp.json", {"inputs": inputs, "servers": {"s": server}})
    terminal = Terminal(["--client-config", path, "--format", "json"], tmp_path)
    terminal.expect("[q]uit: ")
    terminal.type("a")
    terminal.expect("The key: ")
    terminal.type("typed1")
    terminal.expect("url: ")
    terminal.type("")
    status, out, err = terminal.end()
    assert status == 0, err
    assert "typed1" not in out + err


def test_inputs_without_a_terminal_are_an_error(scan, played, tmp_path):
    server = one(played, env={"KEY": "${input:key}"})
    path = write(tmp_path, ".vscode/mcp.json", {"inputs": [{"id": "key"}], "servers": {"s": server}})
    done = scan("--client-config", path, "--yes")
    assert done.status == 1 and 'it needs the input "key"' in done.err


def test_environment_directory_and_variables(scan, tmp_path, played):
    check = "import os,sys; assert os.getcwd() == os.environ['HERE'] and os.environ['A'] == 'x-y' and os.environ['B'] == 'none'; sys.argv.pop(0); exec(open(sys.argv[0]).read())"
    command = played()
    server = {"command": sys.executable, "args": ["-c", check, command[3], *command[4:]], "cwd": "${workspaceFolder}", "env": {"A": "${X}-y", "B": "${UNSET:-none}", "HERE": str(tmp_path.resolve())}}
    path = write(tmp_path, ".mcp.json", {"mcpServers": {"s": server}})
    done = scan("--client-config", path, "--yes", "--format", "json", env={"X": "x"})
    assert done.status == 0, done.err
    server["env"]["C"] = "${NOT_THERE}"
    done = scan("--client-config", write(tmp_path, ".mcp.json", {"mcpServers": {"s": server}}), "--yes", env={"X": "x"})
    assert done.status == 1 and "the environment variable NOT_THERE, which is not set" in done.err


@pytest.mark.parametrize("key", ["url", "serverUrl"])
def test_remote_servers(scan, stack, tmp_path, key):
    server = stack.enter_context(StreamableServer())
    entry = {"type": "http", key: server.url, "headers": {"X-Key": "${env:KEY}@", "Content-Type": "application/json", "X-B": "@b${"}}
    path = write(tmp_path, ".mcp.json", {"mcpServers": {"remote": entry}})
    done = scan("--client-config", path, "--yes", "--format", "json", env={"KEY": "hunter2"})
    assert done.status == 0, done.err
    sent = server.requests[0]
    assert sent.get("X-Key") == "hunter2@" and sent.get("X-B") == "@b${"
    assert "header fields X-Key" in done.err and "hunter2" not in done.err + done.out
    assert report(done)[0]["server"]["transport"] == "Streamable HTTP"


def test_codex_reaches_remote_servers_too(scan, stack, tmp_path):
    server = stack.enter_context(StreamableServer())
    text = f'[mcp_servers."far away"]\nurl = "{server.url}"\nbearer_token_env_var = "TOKEN"\nhttp_headers = {{ "X-A" = "1" }}\nenv_http_headers = {{ X-B = "B" }}\n[mcp_servers.off]\ncommand = "none"\nenabled = false\n'
    done = scan("--client-config", write(tmp_path, "config.toml", text), "--yes", "--format", "json", env={"TOKEN": "t", "B": "2"})
    assert done.status == 0, done.err
    sent = server.requests[0]
    assert (sent.get("Authorization"), sent.get("X-A"), sent.get("X-B")) == ("Bearer t", "1", "2")


def test_servers_behind_intercept_are_scanned_themselves(scan, played, stack, tmp_path):
    server = stack.enter_context(StreamableServer())
    wrapped = {
        "local": {"command": "/usr/local/bin/intercept", "args": ["-c", "policy.yaml", "--", *played()]},
        "far": {"command": "intercept", "args": ["-c", "p.yaml", f"--upstream={server.url}", "--header", "X-Key: ${KEY}"], "env": {"KEY": "k"}},
        "empty": {"command": "intercept", "args": ["-c", "p.yaml"]},
    }
    done = scan("--client-config", write(tmp_path, ".mcp.json", {"mcpServers": wrapped}), "--yes", "--format", "json")
    assert done.status == 1 and 'Error: server "empty": it runs intercept with neither' in done.err
    assert [s["server"]["name"] for s in report(done, 2)] == ["played", "far"]
    assert '"local" (behind intercept)' in done.err
    assert server.requests[0].get("X-Key") == "k"


@pytest.mark.parametrize(
    "name, text, said",
    [
        ("a.json", "{", "it is not JSON"),
        ("a.json", '{"a": 1}', "it holds no servers"),
        ("a.json", '{"mcpServers": {}}', "has no servers"),
        ("a.toml", "[mcp_servers.x]\ncommand = npx\n", 'line 2: texts stand in quotes: "npx"'),
        ("a.toml", "a = 1\na = 2\n", 'line 2: the key "a" is there twice'),
        ("a.json", '{"mcpServers": {"a": 1}}', "its entry is no map"),
    ],
)
def test_what_is_wrong_is_said(scan, tmp_path, name, text, said):
    done = scan("--client-config", write(tmp_path, name, text), "--yes")
    assert done.status in (1, 2) and said in done.err and done.out == ""


def test_a_configuration_that_is_not_there(scan, tmp_path):
    done = scan("--client-config", tmp_path / "none.json", "--yes")
    assert done.status == 2 and "cannot be opened" in done.err
