"""Reading the log of real sessions: `audit query` with every filter, `audit tail` and its following, `audit show`,
`audit export` as JSON lines and as CEF with hostile names in it; and what the commands say of bad values, empty and
unreadable places and readers that leave.

A filter's result is compared with what docs/audit.md says of it, worked out here from the files themselves.
"""
import fnmatch
import json
import os
import re
import signal
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from fleet import TIMEOUT, Fleet, binary, wait_until
from harness import Lines

POLICY = r"""
hide: [secret_tool]
tools:
  write_file: {rules: [{name: below, require: {path: args.amount, op: lte, value: 10}, on_deny: Ten at most.}]}
  limited: {rules: [{rate_limit: 1/hour}]}
  watched: {rules: [{name: never, action: deny, mode: shadow, on_deny: Not on my watch.}]}
  "evil*": {rules: [{name: 'a|b=c\d', action: deny, on_deny: "x|y=z\\ \nCEF:0|forged"}]}
resources:
  "file:///etc/*": {rules: [{action: deny}]}
prompts:
  deploy: {rules: [{action: deny}]}
"""
EVIL = 'evil|=\\ \r\nCEF:0|x\t\x1b[31m\u2028é'


def command(state, *words, status=0, **more):
    more = {"capture_output": True, "text": True, **more}
    words = [words[0], "--state-dir", str(state), *words[1:]]
    done = subprocess.run([binary(), "audit", *words], timeout=TIMEOUT, **more)
    assert done.returncode == status, (words, done)
    return done


def send(member, **message):
    member.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def files(state):
    return sorted((state / "audit").glob("*.jsonl"))


def lines_of(state):
    """Every line on record, in the order of the files."""
    return [line for path in files(state) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """Two sessions that met everything that a filter can ask for."""
    fleet = Fleet(tmp_path_factory.mktemp("reading"), POLICY, ["--server-name", "files", "--identity", "ann"])
    one, = fleet.start()
    fleet.flags = ["--server-name", "web", "--identity", "bob"]
    two, = fleet.start()
    for member in (one, two):
        member.call("read_file"), member.call("read_file", fail=True), member.call("read_file", error=True)
        member.call("write_file", 11), member.call("secret_tool"), member.call("watched"), member.call("limited")
        member.call(json.dumps(EVIL)[1:-1])
        fleet.settle()
        member.call("limited"), member.call("limited")
        send(member, id=1, method="resources/read", params={"uri": "file:///etc/passwd"})
        send(member, id=2, method="resources/read", params={"uri": "file:///srv/x"})
        send(member, id=3, method="prompts/get", params={"name": "deploy"})
        member.process.stdin.write(b'{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":1,"name":2}}\n')
        fleet.settle()
        member.close()
    return fleet.state / "intercept"


# --- query ---

def wanted(line, calls, **filters):
    """Whether the entry has these values, itself or by the decision that its outcome belongs to."""
    entry = json.loads(line)
    call = calls.get(entry.get("id"), {}) if entry["event"] == "outcome" else {}
    for key, pattern in filters.items():
        own = key in ("event", "instance", "reason", "outcome", "id")
        values = [entry.get(key, "" if own else call.get(key, ""))]
        if key == "rule":
            values += [s["rule"] for s in entry.get("shadow", [])]
        if not any(v and fnmatch.fnmatchcase(v, pattern.replace("[", "[[]")) for v in values):
            return False
    return True


@pytest.mark.parametrize("filters", [
    {"event": "decision"}, {"event": "outcome"}, {"event": "notice"}, {"event": "s*"}, {"decision": "deny"},
    {"decision": "allow"}, {"tool": "read_file"}, {"tool": "*_file"}, {"tool": "*"}, {"resource": "file:///*"},
    {"resource": "file:///etc/*"}, {"prompt": "deploy"}, {"method": "resources/*"}, {"server": "web"}, {"server": "*e*"},
    {"identity": "ann"}, {"session": "*"}, {"instance": "*"}, {"rule": "tools/write_file/rules/below"},
    {"rule": "(hidden)"}, {"rule": "tools/watched/rules/never"}, {"rule": "*|*"}, {"reason": "limit"}, {"reason": "hidden"},
    {"reason": "rule"}, {"outcome": "result"}, {"outcome": "*error"}, {"id": "*-1"},
    {"decision": "deny", "server": "web", "tool": "*"}, {"tool": "read_file", "event": "outcome", "identity": "bob"},
    {"tool": "nothing"}, {"tool": "read_*", "reason": "limit"},
], ids=lambda f: ",".join(map("=".join, f.items())))
def test_query_by_each_key(state, filters):
    lines = lines_of(state)
    calls = {e["id"]: e for e in map(json.loads, lines) if e["event"] == "decision"}
    expected = [line for line in lines if wanted(line, calls, **filters)]
    words = [f"{key}={value}" for key, value in filters.items()]
    found = command(state, "query", "--json", *words).stdout.splitlines()
    assert sorted(found) == sorted(expected)
    nothing_expected = "nothing" in filters.values() or filters == {"tool": "read_*", "reason": "limit"}
    assert bool(expected) != nothing_expected, "the test asks for something"
    times = [json.loads(line)["time"] for line in found if '"event":"decision"' in line]
    assert times == sorted(times)
    if "id" not in filters:
        flags = [part for key, value in filters.items() for part in ("--" + key, value)]
        assert command(state, "query", "--json", *flags).stdout.splitlines() == found
    assert len(command(state, "query", *words).stdout.splitlines()) == len(found)


def test_query_by_time_by_shadow_by_several_values_and_the_first_n(state):
    lines = lines_of(state)
    whole = command(state, "query", "--json").stdout.splitlines()
    assert sorted(whole) == sorted(lines)
    for moment in sorted({json.loads(line)["time"] for line in lines})[1:]:
        before = command(state, "query", "--json", "--until", moment).stdout.splitlines()
        since = command(state, "query", "--json", f"since={moment}").stdout.splitlines()
        assert sorted(before + since) == sorted(lines)
        assert all(json.loads(line)["time"] < moment for line in before)
    assert command(state, "query", "--json", "--since", "1h").stdout.splitlines() == whole
    assert command(state, "query", "--json", "--until", "1h").stdout == ""
    tomorrow = (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%Y-%m-%d")
    assert command(state, "query", "--json", "--since", tomorrow).stdout == ""
    shadow = [json.loads(line) for line in command(state, "query", "--json", "--shadow").stdout.splitlines()]
    assert [e["tool"] for e in shadow] == ["watched"] * 2
    both = command(state, "query", "--json", "tool=watched", "tool=limited", "event=decision").stdout.splitlines()
    assert {json.loads(line)["tool"] for line in both} == {"watched", "limited"}
    assert command(state, "query", "--json", "-n", "3").stdout.splitlines() == whole[:3]
    assert command(state, "query", "--json", "-n", "2", "decision=deny").stdout.splitlines() == [
        line for line in whole if '"decision":"deny"' in line][:2]


def test_lines_for_people_say_what_and_why_and_cannot_play_with_the_terminal(state):
    text = command(state, "query", "--utc").stdout
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z  deny     files  write_file  Ten at most.  "
                     r"tools/write_file/rules/below  [0-9a-f]{10}-\w+$", text, re.M)
    assert re.search(r"  tool_error  files  read_file  .*, \d+ B  [0-9a-f]{10}-\w+$", text, re.M)
    assert re.search(r"shadow: tools/watched/rules/never would be denied: Not on my watch.", text)
    assert r"evil|=\ \u{D}\u{A}CEF:0|x\u{9}\u{1B}[31m\u{2028}é" in text and "\x1b" not in text
    assert len(text.splitlines()) == len(lines_of(state))


@pytest.mark.parametrize("words, message", [
    (["query", "tol=x"], '"tol" is not something to filter by; did you mean tool?'),
    (["query", "colour=red"], "there are: event, decision, tool"),
    (["query", "deny"], '"deny" is not a condition; write key=value, for instance decision=deny'),
    (["query", "decision=denied"], "there are: allow, deny, replay"),
    (["query", "--decision", "dney"], '--"dney" is not a decision; did you mean deny?'),
    (["query", "event=decisions"], "did you mean decision?"), (["query", "reason=limits"], "did you mean limit?"),
    (["query", "outcome=failed"], '"failed" is not an outcome; there are: result, tool_error'),
    (["query", "tool="], "tool needs a value"), (["query", "--since", "soon"], '--since: "soon" is not a time; write 2026-'),
    (["query", "until=12:00"], 'until: "12:00" is not a time'), (["query", "shadow=maybe"], "shadow is true or false"),
    (["query", "-n", "few"], '--limit must be a whole number, got "few"'), (["query", "-n"], "--limit needs a value"),
    (["query", "--frobnicate"], 'unknown flag "--frobnicate"'), (["tail", "-n", "-3"], "--lines"),
    (["tail", "--tool"], "--tool needs a value"), (["export", "--format", "xml"], 'must be jsonl or cef, got "xml"'),
    (["export", "tool=x"], 'unexpected "tool=x"'), (["show"], "name one decision"),
    (["query", "event=\x1b[31m"], r"\u{1B}"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_a_bad_value_is_named_with_what_would_be_right(state, words, message):
    done = command(state, *words, status=2)
    assert done.stdout == "" and done.stderr.startswith("Error: ") and message in done.stderr and "\x1b" not in done.stderr


@pytest.mark.parametrize("word", ["event=paused", "event=resumed", "event=state_lost", "event=retention", "reason=paused",
                                  "reason=state", "decision=replay", "outcome=undelivered", "event=later_*"])
def test_every_documented_word_can_be_asked_for(state, word):
    assert command(state, "query", word).stdout == ""


# --- tail, show ---

def test_tail_gives_the_last_lines(state):
    whole = command(state, "query", "--json").stdout.splitlines()
    assert command(state, "tail", "--json").stdout.splitlines() == whole[-20:]
    assert command(state, "tail", "--json", "-n", "3").stdout.splitlines() == whole[-3:]
    assert command(state, "tail", "--json", "-n", "1000").stdout.splitlines() == whole
    assert command(state, "tail", "-n", "0").stdout == ""
    denied = [line for line in whole if '"decision":"deny"' in line and '"server":"web"' in line]
    assert command(state, "tail", "--json", "-n", "2", "--decision", "deny", "--server", "web").stdout.splitlines() == denied[
        -2:]


@pytest.fixture
def follow():
    """follow(state, *words): a running `audit tail -f`, and the lines that come."""
    started = []

    def start(state, *words, **more):
        command = [binary(), "audit", "tail", "-f", "--json", *words, "--state-dir", str(state)]
        process = subprocess.Popen(command, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})
        started.append(process)
        return process, process.stdout and Lines(process.stdout.read1)

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_follow_goes_on_over_new_files_new_instances_and_deaths(tmp_path, follow):
    fleet = Fleet(tmp_path, 'default: allow', ["--audit-max-size", "4KiB"])
    state = fleet.state / "intercept"
    early, early_lines = follow(state)  # before anything is there
    fleet.start()
    fleet.members[0].call("first"), fleet.settle()
    wait_until(lambda: any('"event":"outcome"' in line for line in lines_of(state)), "its outcome on record")
    late, late_lines = follow(state, "-n", "1")
    before = lines_of(state)
    assert late_lines.next().decode() in before, "the last line: from here on it follows"
    for round in range(3):
        for member in fleet.alive():
            for _ in range(8):
                member.call("t")
            member.settle()
        fleet.start()
    fleet.members[1].kill()
    fleet.alive()[-1].call("last"), fleet.settle()
    fleet.close()
    lines = lines_of(state)
    assert len(files(state)) > 6
    for process, seen, expected in (early, early_lines, lines), (late, late_lines, [x for x in lines if x not in before]):
        found = [seen.next().decode() for _ in expected]
        assert sorted(found) == sorted(expected)
        for instance in {json.loads(line)["instance"] for line in expected}:
            own = re.compile(f'"event":"decision","instance":"{instance}"')
            assert [x for x in found if own.search(x)] == [x for x in expected if own.search(x)], "in their order"
        process.send_signal(signal.SIGINT)
        assert seen.rest() == [] and process.wait(TIMEOUT) == -signal.SIGINT and process.stderr.read() == b""


def test_follow_filters_and_ends_when_nobody_reads(tmp_path, follow):
    fleet = Fleet(tmp_path, 'hide: [gone]')
    state = fleet.state / "intercept"
    member, = fleet.start()
    member.call("gone"), fleet.settle()
    process, seen = follow(state, "--decision", "deny", "-n", "1")
    assert b'"tool":"gone"' in seen.next()
    member.call("t"), member.call("gone"), fleet.settle()
    assert b'"request_id":"n3"' in seen.next()
    process.send_signal(signal.SIGTERM)
    process.wait(TIMEOUT)
    reader, writer = os.pipe()
    process, _ = follow(state, stdout=writer)
    os.close(writer)
    assert os.read(reader, 1 << 16)
    os.close(reader)
    member.call("t"), fleet.settle()
    assert process.wait(TIMEOUT) in (0, -signal.SIGPIPE) and process.stderr.read() == b""
    fleet.close()


def test_show_gives_decision_and_outcome_by_id(state):
    whole = command(state, "query", "--json").stdout.splitlines()
    decision = next(json.loads(line) for line in whole if '"tool":"read_file"' in line)
    expected = [line for line in whole if f'"id":"{decision["id"]}"' in line]
    assert command(state, "show", "--json", decision["id"]).stdout.splitlines() == expected and len(expected) == 2
    text = command(state, "show", decision["id"]).stdout
    assert re.search(r"^tool +read_file$", text, re.M) and re.search(r"^outcome +result$", text, re.M)
    assert re.search(rf"^args_hash +{decision['args_hash']}$", text, re.M)
    error = command(state, "show", decision["id"] + "9", status=1).stderr
    assert error == f"Error: no log under {state} has a decision {decision['id']}9\n"


# --- export ---

def cef(line):
    """A strict reading: seven header fields, then key=value; what is not escaped may not stand there."""
    head = re.match(r"CEF:0" + r"\|((?:[^\\|]|\\[\\|])*)" * 6 + r"\|", line)
    assert head, line
    header = [re.sub(r"\\(.)", r"\1", part) for part in head.groups()]
    rest, fields = line[head.end() :], {}
    field = re.compile(r"([A-Za-z0-9]+)=((?:[^\\=\r\n]|\\[\\=nr])*?)(?= [A-Za-z0-9]+=|\Z)")
    at = 0
    while at < len(rest):
        found = field.match(rest, at)
        assert found and found[1] not in fields, rest[at:]
        fields[found[1]] = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), found[2])
        at = found.end() + 1
    return header, fields


def test_export_as_it_was_recorded(state):
    whole = command(state, "query", "--json").stdout
    assert command(state, "export").stdout == command(state, "export", "--format", "jsonl").stdout == whole
    denied = command(state, "query", "--json", "decision=deny").stdout
    assert command(state, "export", "--decision", "deny").stdout == denied


def test_export_as_cef_keeps_every_value_inside_its_field(state):
    text = command(state, "export", "--format", "cef").stdout
    lines = text.split("\n")[:-1]
    entries = [json.loads(line) for line in command(state, "export").stdout.splitlines()]
    assert len(lines) == len(entries)
    calls = {e["id"]: e for e in entries if e["event"] == "decision"}
    for line, entry in zip(lines, entries):
        (vendor, product, _, signature, _, severity), fields = cef(line)
        assert (vendor, product) == ("Intercept", "intercept") and 0 <= int(severity) <= 10
        assert signature.split(":")[0] == entry["event"] and fields["cs4"] == entry["instance"]
        moment = datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))
        assert int(fields["rt"]) == round(moment.timestamp() * 1000)
        call = calls.get(entry.get("id"), entry)
        for key, name in ("suser", "identity"), ("dhost", "server"), ("requestMethod", "method"), ("cs1", "rule"):
            assert fields.get(key) == call.get(name), (key, entry)
    evil = [cef(line) for line, e in zip(lines, entries) if e.get("tool") == EVIL]
    for (_, _, _, signature, name, severity), fields in evil:
        assert (signature, name, severity) == ("decision:deny:rule", "Call refused by policy", "6")
        assert fields["msg"] == "x|y=z\\ \nCEF:0|forged" and fields["cs1"] == r"tools/evil*/rules/a|b=c\d"
        assert (fields["cs2"], fields["cs2Label"]) == ("evil|=\\ \r\nCEF:0|x\\u{9}\\u{1B}[31m\\u{2028}é", "tool")
    assert len(evil) == 2 and "\x1b" not in text and "\r" not in text


def made_by_hand(home, count=1, **fields):
    """A state directory with a log of our own making."""
    log = home / "audit" / "aaaaaaaaaa.jsonl"
    log.parent.mkdir(parents=True)
    entry = {"v": 1, "time": "2026-01-01T00:00:00.000Z", "event": "notice", "instance": "aaaaaaaaaa", **fields}
    log.write_text((json.dumps(entry, separators=(",", ":")) + "\n") * count)
    return log


def test_the_header_of_cef_is_escaped(tmp_path):
    made_by_hand(tmp_path, what="a|b\\c\n|d")
    header, _ = cef(command(tmp_path, "export", "--format", "cef").stdout[:-1])
    assert header[3] == "notice:a|b\\c\\u{A}|d"


# --- What is not there, cannot be read, or is not listened to ---

def test_nothing_is_there(tmp_path):
    for words in ["query"], ["tail"], ["export"], ["export", "--format", "cef"]:
        assert command(tmp_path / "none", *words).stdout == ""
    assert "no log under" in command(tmp_path, "show", "aaaaaaaaaa-1", status=1).stderr
    assert not (tmp_path / "none").exists()


def test_a_place_that_cannot_be_read_is_an_error(tmp_path):
    (tmp_path / "audit").symlink_to("audit")
    for words in ["query"], ["tail"], ["tail", "-f"], ["export"], ["show", "aaaaaaaaaa-1"], ["verify"], ["anchor"]:
        error = command(tmp_path, *words, status=1).stderr
        assert error == f"Error: cannot read {tmp_path}/audit: Too many levels of symbolic links\n"
    (tmp_path / "file").touch()
    assert "is not a directory" in command(tmp_path / "file", "query", status=2).stderr


def test_lines_that_are_no_records_are_said_and_left_out(tmp_path):
    log = made_by_hand(tmp_path)
    with open(log, "a") as file:
        file.write('no record\x1b\n{"v":1,"time":')
    assert command(tmp_path, "query").stdout.splitlines()[1].startswith("unreadable  aaaaaaaaaa.jsonl")
    assert len(command(tmp_path, "query", "--json").stdout.splitlines()) == 1
    done = command(tmp_path, "export")
    assert len(done.stdout.splitlines()) == 1 and "not exported: aaaaaaaaaa.jsonl" in done.stderr
    assert "\x1b" not in done.stderr


def test_readers_that_leave_and_disks_that_are_full(tmp_path):
    made_by_hand(tmp_path, count=3000, detail="x" * 100)
    for words in "query", "query --json", "export", "export --format cef", "tail -n 3000":
        line = f"{binary()} audit {words} --state-dir {tmp_path} | head -n 1"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=TIMEOUT)
        assert len(done.stdout.splitlines()) == 1 and done.stderr == ""
        with open("/dev/full", "w") as full:
            done = command(tmp_path, *words.split(), status=1, capture_output=False, stdout=full, stderr=subprocess.PIPE)
        assert done.stderr.startswith("Error: cannot write to standard output")
