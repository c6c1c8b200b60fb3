"""A scan of processes: every revision, servers that are slow, noisy or broken, and what is said of them."""

import json
import subprocess
import time

import pytest

import harness


def names(report):
    return [tool["name"] for tool in report["tools"]]


ALL = ["get_thing", "delete_thing", "run_job"]


@pytest.mark.parametrize(
    "words, revision, starts",
    [
        ([], "2025-11-25", 1),
        (["modern"], "2026-07-28", 1),
        (["revision=2024-11-05"], "2024-11-05", 1),
        (["exit-at-probe"], "2025-11-25", 2),
        (["noise"], "2025-11-25", 1),
        (["loud"], "2025-11-25", 1),
        (["asks"], "2025-11-25", 1),
        (["stays"], "2025-11-25", 1),
        (["modern", "slow=1"], "2026-07-28", 1),
    ],
    ids=str,
)
def test_lists(scan, played, words, revision, starts):
    done = scan("--format", "json", "--timeout", "3s", "--", *played(*words))
    report = done.report()
    assert names(report) == ALL
    server = report["server"]
    assert (server["name"], server["protocolVersion"], server["transport"]) == ("played", revision, "stdio")
    assert [i["kind"] for i in report["items"] if i["kind"] != "instructions"] == ["prompt", "resource"]
    assert len(played.starts()) == starts
    assert played.methods().count("tools/list") == 2
    assert any("no messages" in note for note in report["notes"]) == ("noise" in words)


def test_what_is_silent_to_unknown_methods_is_scanned_all_the_same(scan, played):
    report = scan("--format", "json", "--timeout", "2s", "--", *played("silent-probe")).report()
    assert names(report) == ALL
    assert "did not answer resources/templates/list within 2 s" in report["notes"][0]


def test_classes_and_flags(scan, played):
    report = scan("--format", "json", "--", *played()).report()
    got = {t["name"]: (t["class"], t["severity"]) for t in report["tools"]}
    assert got["get_thing"] == ("Read", "Low")
    assert got["delete_thing"] == ("Destructive", "Critical")
    assert got["run_job"][0] == "Execute"
    assert {"flag": "freeform code or query input", "argument": "command"} in report["tools"][2]["flags"]
    assert report["tools"][1]["required"] == ["id"]
    assert report["counts"]["tools"] == 3 and report["counts"]["worst"] == "Critical"


@pytest.mark.parametrize(
    "words, said",
    [
        (["exit=3"], ["exited with status 3 before it answered initialize", "API_KEY is not set", "\\u{1B}[31m"]),
        (["exit-at=tools/list"], ["exited with status 4 before it answered tools/list", "I cannot go on"]),
        (["silent=tools/list"], ["did not answer tools/list within 1 s (--timeout)"]),
        (["silent=initialize", "silent-probe"], ["did not answer initialize within 1 s (--timeout)"]),
        (["endless=same"], ['the cursor "same" came twice']),
        (["endless=new"], ["more than 100 pages"]),
        (["answer=[]"], ["did not give its tools (tools/list)"]),
        (['answer={"tools": {}}'], ['holds no list "tools"']),
        (['answer={"tools": [], "nextCursor": 1}'], ["nextCursor is no string"]),
    ],
    ids=str,
)
def test_what_goes_wrong_is_said(scan, played, words, said):
    done = scan("--timeout", "1s", "--", *played(*words))
    assert done.status == 1 and done.out == ""
    assert done.err.startswith("Error: ")
    for part in said:
        assert part in done.err
    assert "\x1b" not in done.err


def test_commands_that_cannot_be_run(scan):
    done = scan("--", "intercept-no-such-command")
    assert done.status == 1 and "intercept-no-such-command: command not found" in done.err


def test_a_server_without_tools_is_a_report(scan, played):
    report = scan("--format", "json", "--", *played("unlisted")).report()
    assert report["tools"] == [] and "declares no tools" in report["notes"][0]
    assert "tools/list" not in played.methods()


def test_odd_entries_are_left_out_and_noted(scan, played):
    report = scan("--format", "json", "--", *played('answer={"tools": [{"name": "a"}, {"title": "x"}, 5]}')).report()
    assert names(report) == ["a"]
    assert report["notes"] == ["tools/list: 2 entries are no objects with a name"]


def test_nothing_is_left_running(scan, played, tmp_path):
    started = time.monotonic()
    done = scan("--timeout", "500ms", "--", "sh", "-c", f"echo $$ > {tmp_path}/pid; trap '' TERM; while :; do sleep 0.1; done")
    assert done.status == 1 and time.monotonic() - started < 10
    pid = (tmp_path / "pid").read_text().strip()
    gone = subprocess.run(["kill", "-0", pid], capture_output=True)
    assert gone.returncode != 0


def test_a_signal_ends_it(played, tmp_path):
    process = subprocess.Popen([harness.binary(), "scan", "--", *played("silent=initialize")], stderr=subprocess.PIPE, env=harness.environment(tmp_path))
    deadline = time.monotonic() + harness.TIMEOUT
    while "initialize" not in played.methods():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.terminate()
    assert process.wait(harness.TIMEOUT) == 1
    assert b"stopped by SIGTERM" in process.stderr.read()


def test_secrets_of_the_command_are_not_shown(scan, played):
    done = scan("--format", "json", "--", *played(), "--api-key", "hunter2hunter2")
    assert "hunter2" not in done.out and "[redacted]" in json.loads(done.out)["server"]["origin"]
