"""Findings as an author meets them: shown with their codes, silenced with a reason, several files at once, beside the
server's tools. What must stay true: --strict is quiet only when every finding was looked at by somebody."""
import json

POLICY = """tools:
  query:
    rules:
      - require: {path: args.sql, op: regex, value: '^SELECT'}%s
"""
TOOLS = {"tools": [{"name": "query", "inputSchema": {"type": "object", "properties": {"statement": {"type": "string"}}}}]}
HINT = "intercept explain CODE says more about a code in brackets\n"


def test_a_finding_has_an_example_a_code_and_one_closing_line(desk):
    desk.write("p.yaml", POLICY % "" + "  other:\n    rules: [{rate_limit: 9/hour}, {rate_limit: 9/hour}]\n")
    done = desk.run("validate", "p.yaml")
    assert done.stdout == "Policy file is valid.\n"
    assert 'this also admits "SELECT 1; DROP TABLE users" [code-by-regex]' in done.stderr
    assert "[limit-never-fires]" in done.stderr
    assert done.stderr.count(HINT) == 1 and done.stderr.endswith(HINT)
    desk.run("validate", "p.yaml", "--strict", status=2)


def test_no_finding_no_closing_line(desk):
    desk.write("p.yaml", "default: deny\n")
    assert desk.run("validate", "p.yaml").stderr == ""


def test_silenced_with_a_reason(desk):
    desk.write("p.yaml", POLICY % "\n        lint: {code-by-regex: the account may only read}")
    done = desk.run("validate", "p.yaml", "--strict")
    assert done.stderr == "1 finding silenced, shown by --show-silenced\n"
    assert "silenced: the account may only read" in desk.run("validate", "p.yaml", "--show-silenced").stderr
    report = json.loads(desk.run("validate", "p.yaml", "--format", "json").stdout)
    assert report["problems"] == []
    assert [(s["code"], s["line"], s["reason"]) for s in report["silenced"]] == [
        ("code-by-regex", 4, "the account may only read")]


def test_a_silence_names_a_finding_and_a_reason(desk):
    for lint, code in [("{code-by-regx: why}", "unknown-code"), ("{code-by-regex: ''}", "empty-text"),
                       ("{unknown-key: why}", "cannot-silence")]:
        desk.write("p.yaml", POLICY % f"\n        lint: {lint}")
        assert f"[{code}]" in desk.run("validate", "p.yaml", status=2).stderr
    desk.write("p.yaml", "lint: {code-by-regex: long gone}\n")
    assert "[unused-silence]" in desk.run("validate", "p.yaml").stderr
    desk.run("validate", "p.yaml", "--strict", status=2)


def test_several_files_as_a_commit_hook_gives_them(desk):
    desk.write("good.yaml", "default: deny\n")
    desk.write("bad.yaml", "defualt: deny\n")
    done = desk.run("validate", "good.yaml", "bad.yaml", status=2)
    assert done.stdout == "good.yaml: Policy file is valid.\n"
    assert "bad.yaml: 1 problem: 1 error, 0 warnings\n" in done.stderr
    lines = desk.run("validate", "good.yaml", "bad.yaml", "--format", "json", status=2).stdout.splitlines()
    assert [json.loads(line)["valid"] for line in lines] == [True, False]


def test_beside_the_tools(desk):
    desk.write("p.yaml", POLICY % "")
    for tools in (TOOLS, TOOLS["tools"], {"jsonrpc": "2.0", "id": 1, "result": TOOLS}):
        desk.write("tools.json", json.dumps(tools))
        assert "[unknown-argument]" in desk.run("validate", "p.yaml", "--tools", "tools.json").stderr
    desk.write("tools.json", "{}")
    assert "holds no tools" in desk.run("validate", "p.yaml", "--tools", "tools.json", status=2).stderr
