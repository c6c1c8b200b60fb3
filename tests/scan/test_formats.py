"""What a scan writes, where, and with which exit status."""

import json

import jsonschema
import pytest

import harness

ARCANE = harness.TESTS / "data/tools/arcane.json"
SARIF = harness.TESTS / "data/sarif/sarif-2.1.0-rtm.5.json"


def test_json_has_the_documented_shape(scan):
    report = scan("--format", "json", "--from", ARCANE).report()
    assert set(report) == {"server", "tools", "counts", "items", "notes"}
    assert len(report["tools"]) == 180 == report["counts"]["tools"]
    assert sum(report["counts"]["classes"].values()) == sum(report["counts"]["severities"].values()) == 180
    for tool in report["tools"]:
        assert {"name", "class", "severity", "confidence", "flags", "evidence", "required"} <= set(tool)
        assert tool["class"] in ("Read", "Write", "Execute", "Destructive", "Financial")
        assert tool["severity"] in ("Low", "Medium", "High", "Critical")
        assert 0 <= tool["confidence"] <= 100
        assert all(set(flag) <= {"flag", "argument"} for flag in tool["flags"])
        assert tool["evidence"] and all({"where", "words", "class", "reason"} == set(e) for e in tool["evidence"])
        required = [p["name"] for p in tool["parameters"] if p["required"]]
        assert sorted(required) == sorted(tool["required"])
        assert [p["name"] for p in tool["parameters"]][: len(required)] == required


def test_equal_lists_give_equal_reports(scan):
    for format in ("yaml", "json", "md", "sarif"):
        assert scan("--format", format, "--from", ARCANE).out == scan("--format", format, "--from", ARCANE).out


@pytest.mark.parametrize("name", ["arcane", "arcagent", "twilio", "memory"])
def test_sarif_is_valid(scan, name):
    path = harness.TESTS / f"data/tools/{name}.json"
    sarif = scan("--format", "sarif", "--from", path).report()
    jsonschema.Draft4Validator(json.loads(SARIF.read_text())).validate(sarif)
    report = scan("--format", "json", "--from", path).report()
    (run,) = sarif["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    about = {r["locations"][0]["logicalLocations"][0]["name"] for r in run["results"]}
    assert {t["name"] for t in report["tools"] if t["severity"] != "Low"} <= about
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    fingerprints = [r["partialFingerprints"]["interceptScan/v1"] for r in run["results"]]
    assert len(set(fingerprints)) >= len(fingerprints) * 0.9


def test_markdown_names_every_tool(scan):
    out = scan("--format", "md", "--from", ARCANE).out
    for tool in json.loads(ARCANE.read_text())["tools"]:
        assert "| " + tool["name"].replace("_", "\\_") + " |" in out
    assert "**180 tools." in out and "## Destructive (" in out


@pytest.mark.parametrize("level, status", [("low", 1), ("medium", 1), ("high", 1), ("critical", 1)])
def test_fail_on_is_reached(scan, played, level, status):
    done = scan("--fail-on", level, "--", *played())
    assert done.status == status and "delete_thing" in done.err
    assert done.out.startswith("# A policy to begin with")


def test_fail_on_is_not_reached(scan, tmp_path):
    path = tmp_path / "t.json"
    path.write_text('{"tools": [{"name": "get_thing", "description": "Gets a thing."}]}')
    assert scan("--fail-on", "medium", "--from", path).status == 0
    assert scan("--fail-on", "low", "--from", path).status == 1


def test_files(scan, tmp_path):
    policy = tmp_path / "policy.yaml"
    assert scan("-o", policy, "--from", ARCANE).status == 0
    assert policy.read_text().startswith("# A policy to begin with for arcane")
    policy.write_text("# mine")
    again = scan("-o", policy, "--from", ARCANE)
    assert again.status == 2 and "may have been changed by hand" in again.err and policy.read_text() == "# mine"
    report = tmp_path / "report.json"
    for _ in range(2):  # a report may be written anew
        assert scan("--format", "json", "-o", report, "--from", ARCANE).status == 0
    assert len(json.loads(report.read_text())["tools"]) == 180
    nowhere = scan("-o", tmp_path / "no/such/policy.yaml", "--from", ARCANE)
    assert nowhere.status == 1 and "No such file or directory" in nowhere.err


def test_standard_input_and_other_shapes(scan):
    done = scan("--format", "json", "--from", "-", stdin=b'[{"name": "get_x"}]')
    assert done.report()["tools"][0]["class"] == "Read"
    yaml = scan("--format", "json", "--from", "-", stdin=b"tools:\n  - name: delete_x\n")
    assert yaml.report()["tools"][0]["class"] == "Destructive"


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "say what to scan"),
        (["--from", "a", "--", "b"], "exclude each other"),
        (["--format", "pdf", "--from", "a"], "--format"),
        (["--format", "html", "--client-config", "a", "--yes"], "needs -o FOLDER"),
        (["--server-name", "x", "--from", "a"], "--server-name requires --lock"),
        (["--server-name", "x", "--lock", "l", "--client-config", "a"], "is for one server"),
        (["--dialect", "x", "--from", "a"], "--dialect"),
        (["--dialect", "classic", "--format", "md", "--from", "a"], "--format yaml"),
        (["--fail-on", "worst", "--from", "a"], "--fail-on"),
        (["--timeout", "soon", "--", "a"], "--timeout"),
        (["--yes", "--", "a"], "--yes requires --client-config"),
        (["--header", "A: b", "--", "a"], "require --upstream"),
        (["--upstream", "ftp://x"], "--upstream"),
        (["--from", "/no/such/file"], "cannot be opened"),
        (["--"], "no command after --"),
    ],
    ids=str,
)
def test_bad_use(scan, arguments, said):
    done = scan(*arguments)
    assert done.status == 2 and said in done.err and done.out == ""
