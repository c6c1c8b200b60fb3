"""The policy that a scan gives: accepted as it stands, in every dialect, for every list of tools that there is, and
enforced by a proxy in front of a server."""

import json
import pathlib

import pytest

import harness

LISTS = sorted((harness.TESTS / "data/tools").glob("*.json"))
DIALECTS = ("catalogue", "classic", "hosted")
ODD = ["a*b", "*", "a\\b", "a\\*", "\"q\" 'x'", "k: v # c", "yes", "NULL", "1e5", "~", "- x", "<<", "!t", "&a", "%d", "@x", "`x", "a\nb", "\t", "a\u2028b", "a\u0085b", "a\u202eb", "日本語", "😀", " x "]


@pytest.fixture
def validate(tmp_path):
    """Validates a policy against the server's tools; gives what is said."""

    def check(policy, tools):
        path = tmp_path / "scaffold.yaml"
        path.write_text(policy, encoding="utf-8")
        done = harness.run(["validate", "--format", "json", "--tools", str(tools), str(path)], state=tmp_path)
        return done.returncode, json.loads(done.stdout)

    return check


def problems(found):
    return sorted({p["code"] for p in found.get("problems", []) + found.get("warnings", []) + found.get("errors", [])} - {"approvals-not-configured"})


@pytest.mark.parametrize("tools", LISTS, ids=lambda p: p.stem)
def test_real_lists(scan, validate, tools):
    known = json.loads(tools.read_text())
    known = known.get("result", known)["tools"]
    for dialect in DIALECTS:
        done = scan("--dialect", dialect, "--from", tools)
        assert done.status == 0, done.err
        status, found = validate(done.out, tools)
        assert status == 0 and problems(found) == [], found
        assert f": {len(known)} tools (" in done.err or len(known) == 1
        for tool in known:
            assert f"  {tool['name']}:\n" in done.out or f"  \"{tool['name']}\":\n" in done.out


def saved(tmp_path, tools, **beside):
    path = tmp_path / "tools.json"
    path.write_text(json.dumps({"serverInfo": {"name": "odd", "version": "1"}, "result": {"tools": tools}, **beside}))
    return path


@pytest.mark.parametrize("dialect", DIALECTS)
def test_odd_names(scan, validate, tmp_path, dialect):
    tools = [{"name": n, "description": "Gets it.", "annotations": {"readOnlyHint": True}, "inputSchema": {"type": "object"}} for n in ODD]
    path = saved(tmp_path, [*tools, {"name": ""}, {"name": "dup"}, {"name": "dup", "description": "Deletes everything."}])
    done = scan("--dialect", dialect, "--from", path)
    status, found = validate(done.out, path)
    assert status == 0 and problems(found) == [], found
    assert "Listed 2 times" in done.out and "A tool without a name" in done.out
    with harness.Wire(done.out) as wire:
        for n, name in enumerate(ODD):
            wire.passes({"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": {"name": name, "arguments": {}}}, {"content": []})
        for name in ("axxb", "a", "", "other", "A*B"):
            refused(wire.ask({"jsonrpc": "2.0", "id": "no", "method": "tools/call", "params": {"name": name}}))


def refused(answer, *words):
    if "error" in answer:
        return
    text = answer["result"]["content"][0]["text"]
    assert answer["result"]["isError"] and "[INTERCEPT" in text, answer
    for word in words:
        assert word in text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_is_enforced_as_it_stands(scan, played, dialect):
    policy = scan("--dialect", dialect, "--", *played())
    assert policy.status == 0
    tools = [
        {"name": "get_thing", "inputSchema": {"type": "object"}},
        {"name": "run_job", "inputSchema": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}},
    ]

    def answer(message):
        if message.get("method") == "tools/list":
            return [{"jsonrpc": "2.0", "id": message["id"], "result": {"tools": tools}}]
        if message.get("method") == "initialize":
            return [{"jsonrpc": "2.0", "id": message["id"], "result": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}}}]
        return None

    def call(number, name, **arguments):
        return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": name, "arguments": arguments}}

    with harness.Wire(policy.out, answer=answer) as wire:
        wire.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}})
        wire.recv()
        wire.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        wire.recv()
        wire.server.queue.get(timeout=harness.TIMEOUT)  # notifications/initialized
        wire.passes(call(2, "get_thing"))
        refused(wire.ask(call(3, "delete_thing", id="1")), "Blocked by default")
        refused(wire.ask(call(4, "new_tool")), "not permitted")
        refused(wire.ask(call(5, "run_job")), "command")
        for n in range(10):
            wire.passes(call(10 + n, "run_job", command="x"))
        refused(wire.ask(call(20, "run_job", command="x")))


HOSTILE = "x\ntools:\n  get_thing: {}\r\ry\u2028default: allow\u2029z\u0085mode: shadow\x1b[31m\u200b\u202e\ufeff ---\n...\n"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_descriptions_stay_in_their_comments(scan, validate, tmp_path, dialect):
    schema = {"type": "object", "required": [HOSTILE], "properties": {HOSTILE: {"type": "string", "description": HOSTILE}, "o": {"enum": [HOSTILE]}}}
    tool = {"name": "delete_thing", "title": HOSTILE, "description": HOSTILE, "inputSchema": schema}
    path = saved(tmp_path, [tool], instructions=HOSTILE, prompts=[{"name": HOSTILE, "description": HOSTILE}])
    for format in ("yaml", "md"):
        done = scan("--format", format, *(["--dialect", dialect] if format == "yaml" else []), "--from", path)
        assert done.status == 0
        for bad in "\u2028\u2029\u0085\x1b\u200b\u202e\ufeff\r":
            assert bad not in done.out + done.err
        if format == "yaml":
            status, found = validate(done.out, path)
            assert status == 0 and problems(found) == [], found
            keys = [line for line in done.out.splitlines() if line and not line.lstrip().startswith("#")]
            assert sum(line.startswith("  ") and not line.startswith("   ") for line in keys) == 2  # default.tools, the tool
            assert "mode: shadow" not in keys and "default: allow" not in keys


def test_a_long_list_is_quick_and_whole(scan, tmp_path):
    tools = [{"name": f"get_thing_{n}", "description": "word " * 2000} for n in range(500)]
    done = scan("--from", saved(tmp_path, tools))
    assert done.status == 0 and done.out.count("action: allow") == 500
    assert max(map(len, done.out.splitlines())) < 200


def test_the_folder_of_lists_is_there():
    assert len(LISTS) == 70, pathlib.Path(LISTS[0]).parent
