"""What somebody meets who has never seen the program: from a broken policy to a tested one with only the messages and
--help, and the slips on the way."""
import json
import os
import subprocess

import pytest

import harness

BROKEN = r'''
default: deny
tools:
  read_file:
    rules:
      - when: [{path: args.path, op: regexp, value: "\.env"}]
        deny: true
  write_fil:
    rules: [{limit: 30/hour}]
'''
TOOLS = [{"name": name, "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}}
         for name in ("read_file", "write_file")]


def test_from_a_broken_policy_to_a_tested_one(desk):
    def broken(*words):
        return desk.run("validate", "p.yaml", *words, status=2).stderr

    def mend(old, new):
        text = desk.read("p.yaml")
        assert old in text
        desk.write("p.yaml", text.replace(old, new))

    desk.write("p.yaml", BROKEN)
    assert "put the text in 'single quotes'" in broken()
    mend(r'"\.env"', r"'\.env'")
    said = broken()
    for hint in "did you mean regex?", "in a rule write action: deny", "write rate_limit: 30/hour":
        assert hint in said
    mend("regexp", "regex")
    mend("deny: true", "action: deny")
    mend("limit: 30", "rate_limit: 30")
    assert desk.run("validate", "p.yaml").stdout == "Policy file is valid.\n"
    tools = json.dumps({"tools": TOOLS})
    desk.write("tools.json", tools)
    assert "did you mean write_file?" in desk.run("validate", "p.yaml", "--tools", "tools.json").stderr
    mend("write_fil:", "write_file:")
    assert "unknown-tool" not in desk.run("validate", "p.yaml", "--tools", "-", stdin=tools).stderr
    desk.run("explain", "-c", "p.yaml", "--tool", "read_file", "--args", '{"path": "/a/.env"}', status=1)

    assert "this is a policy, not a test" in desk.run("test", "p.yaml", status=2).stdout
    desk.write("p.test", "policy: p.yaml\ntools: tools.json\nsteps:\n"
                         "  - {call: read_file, args: {path: /a/.env}, expect: deny}\n"
                         "  - {call: write_file, args: {path: /a}, expect: allow}\n")
    assert "1 passed" in desk.run("test", "p.test").stdout
    assert "intercept test runs it" in desk.run("validate", "p.test", status=2).stderr


@pytest.mark.parametrize("form", [
    json.dumps(TOOLS), json.dumps({"tools": TOOLS}), json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"tools": TOOLS}}),
    json.dumps({"tools": TOOLS}, indent=2), "- name: read_file\n- name: write_file\n",
    '{"id":1,"result":{"serverInfo":{}}}\n' + json.dumps({"id": 2, "result": {"tools": TOOLS[:1], "nextCursor": "2"}}) + "\n"
    + json.dumps({"id": 3, "result": {"tools": TOOLS[1:]}}) + "\n"])
def test_a_saved_tools_list_is_read_alike_by_every_command(desk, form):
    desk.write("tools", form)
    desk.write("p.yaml", "default: deny\ntools: {read_file: {}, write_fil: {}}\n")
    desk.write("t.test", "policy: p.yaml\ntools: tools\nsteps:\n  - {call: read_file, args: {path: /a}, expect: allow}\n")
    assert "did you mean write_file?" in desk.run("validate", "p.yaml", "--tools", "tools").stderr
    for flag in "--tools", "--schema":
        assert desk.run("explain", "-c", "p.yaml", "--tool", "read_file", flag, "tools").stdout.startswith("ALLOW")
    desk.run("diff", "p.yaml", "p.yaml", "--tools", "tools")
    assert "1 passed" in desk.run("test", "t.test").stdout


@pytest.mark.parametrize("form, message", [
    ("", "it is empty"), ("{", "not JSON"), ("{}", "holds no tools"), ("default: deny\ntools: {a: {}}\n", "holds no tools"),
    ('[{"nam": "a"}]', 'tool 1 of the list is no map with a "name"'),
    ('{"tools": [{"name": "a"}], "nextCursor": "2"}', "the list goes on")])
def test_what_is_no_tools_list_is_refused_alike(desk, form, message):
    desk.write("tools", form)
    desk.write("p.yaml", "default: deny\n")
    for words in (("validate", "p.yaml"), ("explain", "-c", "p.yaml", "--tool", "x"), ("diff", "p.yaml", "p.yaml")):
        said = desk.run(*words, "--tools", "tools", status=2).stderr
        assert 'tools file "tools": ' in said and message in said and "--method tools/list > tools.json" in said


def test_policies_on_standard_input(desk):
    bad = "defualt: deny\n"
    assert "<stdin>:1:1: error" in desk.run("validate", "-", stdin=bad, status=2).stderr
    assert json.loads(desk.run("validate", "-", "--json", stdin="default: deny\n").stdout)["file"] == "<stdin>"
    assert "<stdin>:1:1: error" in desk.run("explain", "-c", "-", "--tool", "x", stdin=bad, status=2).stderr
    desk.write("p.yaml", "default: deny\n")
    assert "LOOSER" in desk.run("diff", "p.yaml", "-", stdin="tools: {a: {}}\ndefault: deny\n", status=1).stdout
    assert "only one" in desk.run("diff", "-", "-", status=2).stderr
    assert "no policy on standard input" in desk.run("validate", "-", status=2).stderr


def test_an_answer_that_cannot_be_written_is_said_whatever_it_is(desk):
    desk.write("p.yaml", "default: deny\n")
    with open("/dev/full", "w") as full:
        done = subprocess.run([os.path.abspath(harness.binary()), "explain", "-c", "p.yaml", "--tool", "x"], stdout=full,
                              cwd=desk.folder, env=desk.environment(), stderr=subprocess.PIPE, text=True,
                              timeout=harness.TIMEOUT)
    assert done.returncode == 1 and done.stderr.startswith("Error: cannot write to standard output")
