"""`intercept scan --lock`: what nobody has accepted yet is pinned as `intercept lock` pins it; nothing else is changed."""

import json
import sys

from test_commands import CHANGED, SERVER, TOOLS


def scan(lock, tools, *flags, server="played", **beside):
    named = ["--server-name", server] if server else []
    return lock.run("scan", "--lock", lock.path, *named, "--from", lock.list_of(tools, **beside), *flags)


def config(lock, servers):
    path = lock.folder / ".mcp.json"
    path.write_text(json.dumps({"mcpServers": servers}))
    return path


def played(lock, *words):
    return {"command": sys.executable, "args": [str(SERVER), str(lock.folder / "asked"), *words]}


def wrapped(lock, name):
    return {"command": "intercept", "args": ["--server-name", name, "--", sys.executable, str(SERVER), str(lock.folder / "asked")]}


def test_a_new_file_is_what_lock_writes(lock):
    beside = {"serverInfo": {"name": "files", "version": "1.0"}, "protocolVersion": "2025-11-25", "instructions": "Read first."}
    done = scan(lock, TOOLS, **beside)
    assert done.status == 0 and f'locked 2 tools of "played" in {lock.path}' in done.err
    assert done.out.startswith("#") and "locked" not in done.out  # the policy is not mixed with it
    written = lock.path.read_bytes()
    assert lock.path.stat().st_mode & 0o022 == 0
    lock.path.unlink()
    lock.accept(TOOLS, **beside)
    assert lock.path.read_bytes() == written


def test_the_name_is_the_one_that_lock_and_the_proxy_use(lock):
    command = [sys.executable, str(SERVER), str(lock.folder / "asked")]
    assert lock.run("scan", "--lock", lock.path, "--", *command, "--token", "hunter2hunter2").status == 0
    entry = lock.read()["servers"]["server.py"]
    assert entry["server"]["command"][1] == str(SERVER) and "hunter2" not in lock.path.read_text()
    assert lock.run("lock", "--check", "--lock", lock.path, "--", *command).status == 0
    assert scan(lock, TOOLS, server=None, serverInfo={"name": "files"}).status == 0
    assert sorted(lock.read()["servers"]) == ["files", "server.py"]
    nameless = lock.run("scan", "--lock", lock.path, "--from", "-", stdin=json.dumps(TOOLS).encode())
    assert nameless.status == 1 and "name it with --server-name" in nameless.err and "nothing was locked" in nameless.err


def test_unchanged_writes_nothing(lock):
    lock.accept(TOOLS, serverInfo={"name": "files", "version": "1.0"})
    first = lock.path.read_bytes(), lock.path.stat().st_mtime_ns, lock.path.stat().st_ino
    done = scan(lock, list(reversed(TOOLS)), serverInfo={"name": "files", "version": "1.0"})
    assert done.status == 0 and 'intercept: 2 tools of "played" are as locked\n' in done.err
    done = scan(lock, TOOLS, serverInfo={"name": "files", "version": "1.1"})  # of the tools nothing changed
    assert done.status == 0 and "version: 1.0 -> 1.1" in done.err
    assert (lock.path.read_bytes(), lock.path.stat().st_mtime_ns, lock.path.stat().st_ino) == first


def test_a_change_is_said_and_not_accepted(lock):
    lock.accept(TOOLS)
    first = lock.path.read_bytes()
    done = scan(lock, CHANGED, "--format", "json")
    assert done.status == 1 and lock.path.read_bytes() == first
    assert lock.diff(CHANGED).out in done.err  # the same words
    assert "tool was renamed  list -> list_all" in done.err and "⟨U+200B⟩" in done.err
    assert "was left as it is" in done.err and "`intercept lock" in done.err
    assert json.loads(done.out)["counts"]["tools"] == 3  # the report is there all the same
    assert scan(lock, TOOLS, instructions="Trust me.").status == 1
    assert lock.path.read_bytes() == first
    lock.accept(CHANGED)
    assert scan(lock, CHANGED).status == 0


def test_others_in_the_file_stay(lock):
    lock.accept(TOOLS, "first")
    was = lock.read()["servers"]["first"]
    assert scan(lock, CHANGED, server="second").status == 0
    assert lock.read()["servers"]["first"] == was and set(lock.read()["servers"]) == {"first", "second"}


def test_a_scan_that_does_not_pass_locks_nothing(lock):
    done = scan(lock, CHANGED, "--fail-on", "critical")
    assert done.status == 1 and "nothing was locked" in done.err and not lock.path.exists()
    done = scan(lock, CHANGED, "-o", lock.folder / "no/such/folder")
    assert done.status == 1 and "cannot be written" in done.err and not lock.path.exists()
    done = scan(lock, [TOOLS[0], TOOLS[0]])
    assert done.status == 1 and 'server "played" cannot be locked' in done.err and not lock.path.exists()


def test_a_broken_file_is_left_alone_and_nobody_is_asked(lock):
    lock.accept(TOOLS)
    broken = lock.path.read_bytes().replace(b"Reads a file", b"Reads a disk")
    lock.path.write_bytes(broken)
    report = lock.folder / "policy.yaml"
    done = lock.run("scan", "--lock", lock.path, "-o", report, "--", sys.executable, str(SERVER), str(lock.folder / "asked"))
    assert done.status == 2 and f"{lock.path}:" in done.err and done.out == ""
    assert lock.path.read_bytes() == broken and not report.exists() and not (lock.folder / "asked").exists()


def test_no_report_replaces_the_lock(lock):
    lock.accept(TOOLS)
    first = lock.path.read_bytes()
    link = lock.folder / "link.json"
    link.symlink_to(lock.path)
    for path in (lock.path, link):
        done = scan(lock, TOOLS, "--format", "json", "-o", path)
        assert done.status == 1 and "is the lock file" in done.err and lock.path.read_bytes() == first


def test_every_server_of_a_configuration(lock):
    def run(servers, *flags):
        return lock.run("scan", "--client-config", config(lock, servers), "--yes", "--format", "json", "--lock", lock.path, *flags)

    done = run({"a": played(lock), "b": wrapped(lock, "mine"), "c": played(lock, "exit=3")})
    assert done.status == 1 and 'server "c"' in done.err  # as ever; the others are locked
    assert sorted(lock.read()["servers"]) == ["mine", "server.py"]
    first = lock.path.read_bytes()
    changed = 'answer={"tools": [{"name": "get_thing", "inputSchema": {"type": "object"}}]}'
    done = run({"a": played(lock, changed), "b": wrapped(lock, "mine"), "d": wrapped(lock, "third")})
    assert done.status == 1 and "delete_thing" in done.err
    assert '3 tools of "mine" are as locked' in done.err and lock.path.read_bytes() == first  # as a whole
    done = run({"b": wrapped(lock, "mine"), "d": wrapped(lock, "third")})
    assert done.status == 0 and sorted(lock.read()["servers"]) == ["mine", "server.py", "third"]
    lock.path.unlink()
    done = run({"a": played(lock), "b": played(lock)})
    assert done.status == 1 and 'two servers would be locked under the name "server.py"' in done.err and not lock.path.exists()
