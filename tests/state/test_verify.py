"""`intercept audit verify` and `audit anchor` against logs of real sessions that somebody laid hands on: lines and files
changed, removed, added, swapped and cut, and the chain recomputed as docs/audit.md says, with and without the key.

Every attack works on a copy of the same logs: one instance with several files, and another one. It must be found, and
the message must name the file and the line. What is in order must verify, also while it is written.
"""
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess

import pytest

from fleet import TIMEOUT, Fleet, binary, wait_until

POLICY = 'tools: {"*": {rules: [{rate_limit: 1000/hour}]}}'
SMALL = ["--audit-max-size", "4KiB"]
SEAL = re.compile(rb',"chain":"([0-9a-f]{32})"(?:,"mac":"([0-9a-f]{32})")?}\n\Z')


def work(fleet, calls):
    """Every member of the fleet makes so many calls, one after the other."""
    for _ in range(calls):
        for member in fleet.alive():
            member.call("t")
        fleet.settle()


class Report:
    """What `audit verify` found, in both of its forms."""

    def __init__(self, text, form):
        self.text, self.form, self.findings = text, form, form["findings"]
        self.ok, self.codes = form["ok"], {f["code"] for f in form["findings"]}
        for f in self.findings:
            place = f["file"] + ": " if "file" in f else ""
            if "line" in f:
                place = f"{f['file']}:{f['line']} (byte {f['offset']}): "
            assert f"{f['severity']}: {place}{f['message']} [{f['code']}]\n" in text


class Logs:
    """The state directory of instances that may have ended."""

    def __init__(self, home):
        self.state, self.folder = home / "state" / "intercept", home / "state" / "intercept" / "audit"

    def files(self, instance=""):
        """In their order: the file without a number is the last."""
        paths = (p for p in self.folder.glob(instance + "*.jsonl") if len(p.name) > 15)
        return sorted(paths, key=lambda p: (p.name[:10], p.name.count(".") < 2, p.name))

    def instances(self):
        """The one with the most files first."""
        return sorted({p.name[:10] for p in self.files()}, key=lambda name: -len(self.files(name)))

    def command(self, *words, status=(0, 1)):
        done = subprocess.run([binary(), "audit", *words, "--state-dir", str(self.state)], capture_output=True, text=True,
                              timeout=TIMEOUT)
        assert done.returncode in status, done
        return done

    def anchor(self):
        path = self.state.parent / "anchor"
        assert f"wrote {path} ({len(self.files())} log" in self.command("anchor", "-o", str(path), status=[0]).stderr
        return path

    def verify(self, *flags):
        text, form = self.command("verify", *flags), json.loads(self.command("verify", "--json", *flags).stdout)
        assert form["ok"] == (text.returncode == 0) == (form["problems"] == 0)
        return Report(text.stdout, form)

    def intact(self, *flags):
        report = self.verify(*flags)
        assert report.ok and report.text.endswith(": intact\n"), report.text
        return report.form

    def found(self, *codes, file=None, flags=()):
        """The attack is found by one of the codes, in that file. Gives its first and last line, and what is said."""
        report = self.verify(*flags)
        hits = [f for f in report.findings if f["severity"] == "problem" and f["code"] in codes]
        hits = [f for f in hits if file is None or f["file"] == file.name]
        assert hits, report.text
        said, line = hits[0]["message"], hits[0].get("line", 0)
        lines = re.match(r"lines (\d+) to (\d+):", said)
        return (int(lines[1]), int(lines[2]), said) if lines else (line, line, said)


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Logs of two sessions that ended in order, one with four files or more, and an anchor taken while the longer ran."""
    home = tmp_path_factory.mktemp("written")
    fleet = Fleet(home, POLICY, SMALL)
    fleet.start(2)
    work(fleet, 4)
    fleet.members[1].close()
    fleet.members[1].alive = False
    logs = Logs(home)
    work(fleet, 15)
    logs.anchor()
    while len(logs.files(logs.instances()[0])) < 5 or len(lines_of(logs.files(logs.instances()[0])[-1])) < 7:
        work(fleet, 1)
    fleet.close()
    return home


@pytest.fixture
def logs(written, tmp_path):
    shutil.copytree(written / "state", tmp_path / "state")
    return Logs(tmp_path)


@pytest.fixture
def fleet(tmp_path):
    """A fleet on a state directory of its own, and its logs."""
    made = Fleet(tmp_path, POLICY, SMALL)
    made.logs = Logs(tmp_path)
    yield made
    for member in made.members:
        if member.process.poll() is None:
            member.process.kill()
        member.close()


def foreign_logs(home):
    """Of another installation."""
    other = Fleet(home / "other", POLICY)
    other.start()
    work(other, 2)
    other.close()
    return Logs(other.home)


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def test_untouched_logs_verify_with_and_without_their_anchor(logs, written):
    for name in ("notes.txt", "x.jsonl", logs.files()[0].name + ".bak"):  # nobody's business
        (logs.folder / name).write_text("not a log")
    report = logs.intact()
    assert report["files"] == len(logs.files()) and report["keyed"]
    assert report["lines"] == sum(len(lines_of(p)) for p in logs.files())
    assert report["checkpoints"] >= len(logs.files())
    anchored = logs.intact("--anchor", str(written / "state" / "anchor"))["anchored"]  # its files were rotated since
    assert 0 < anchored < len(logs.files())
    assert logs.intact("--anchor", str(logs.anchor()))["anchored"] == len(logs.files())


def test_verify_while_instances_write_and_begin_files(fleet):
    fleet.start(3)
    anchor = []
    for round in range(12):
        for number in range(18):
            fleet.members[number % 3].call("t")
        report = fleet.logs.verify(*anchor)
        assert report.ok and not report.findings, report.text
        if round == 6:
            anchor = ["--anchor", str(fleet.logs.state.parent / "anchor")]
            fleet.logs.command("anchor", "-o", anchor[1], status=[0])
    fleet.close()
    assert len(fleet.logs.files()) > 12
    fleet.logs.intact()


def test_an_empty_place_is_not_called_intact(tmp_path):
    done = Logs(tmp_path).command("verify", status=[0])
    assert "nothing to verify" in done.stdout
    assert f"no logs under {tmp_path / 'state' / 'intercept'}" in done.stderr


PLACES = {"first": lambda n: 0, "second": lambda n: 1, "middle": lambda n: n // 2, "last but one": lambda n: n - 2,
          "last": lambda n: n - 1}
ADDED = b'{"v":1,"time":"2026-01-01T00:00:00.000Z","event":"notice","instance":"x","what":"refused"}\n'
ATTACKS = {
    "changed": lambda lines, at: [*lines[:at], lines[at].replace(b'"time":"20', b'"time":"21', 1), *lines[at + 1 :]],
    "removed": lambda lines, at: lines[:at] + lines[at + 1 :],
    "added": lambda lines, at: [*lines[:at], ADDED, *lines[at:]],
    "repeated": lambda lines, at: [*lines[:at], lines[at], *lines[at:]],
    "swapped": lambda lines, at: [*lines[: at - 1], lines[at], lines[at - 1], *lines[at + 1 :]],
}


@pytest.mark.parametrize("number", [0, 1, -1], ids=["first file", "middle file", "last file"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_touched_line_is_found_where_it_is(logs, attack, number):
    file = logs.files(logs.instances()[0])[number]
    lines = lines_of(file)
    for where, index in PLACES.items():
        at = index(len(lines))
        if (attack, where) == ("swapped", "first"):
            continue
        file.write_bytes(b"".join(ATTACKS[attack](lines, at)))
        if (attack, at) in [("removed", 0), ("added", 0), ("swapped", 1)]:
            assert logs.found("no_file_line", file=file)[0] == 1
        elif (attack, where) == ("removed", "last"):  # what stands before it is as it was
            logs.found("no_end" if number != -1 else "unfinished", file=file)
        else:
            first, last, _ = logs.found("chain", file=file)
            expected = {"repeated": (at + 1, at + 2), "swapped": (at, at + 1)}.get(attack, (at + 1,))
            assert any(first <= line <= last for line in expected), (where, first, last, expected)


def test_a_cut_file_is_found(logs):
    files = logs.files(logs.instances()[0])
    for file, code in (files[0], "no_end"), (files[2], "no_end"), (files[-1], "unfinished"):
        data = file.read_bytes()
        for keep in (len(data) // 2, len(data) - 1, data.index(b"\n") + 1):
            file.write_bytes(data[:keep])
            assert "cut off" in logs.found(code, file=file)[2]
        file.write_bytes(b"")
        assert not logs.verify().ok
        file.write_bytes(data)


def test_missing_files_are_found(logs, written):
    anchor = ["--anchor", str(written / "state" / "anchor")]
    long, short = logs.instances()
    files = logs.files(long)
    kept = {p: p.read_bytes() for p in logs.files()}
    for number, code, named in [(0, "gap", 1), (2, "gap", 3), (-1, "unfinished", -2)]:
        files[number].unlink()
        hit = logs.found(code, file=files[named])
        assert code != "gap" or f"file {number + 1} of instance {long} is missing" in hit[2]
        files[number].write_bytes(kept[files[number]])
    for file in logs.files(short):
        file.unlink()
    logs.intact()  # nobody but the anchor knew of it
    logs.found("anchor_missing", flags=anchor)


def test_cutting_behind_a_whole_block_needs_the_anchor_only_if_the_process_seems_to_have_died(logs):
    anchor = ["--anchor", str(logs.anchor())]
    file = logs.files(logs.instances()[0])[-1]
    file.write_bytes(b"".join(lines_of(file)[:-1]))
    logs.found("unfinished", file=file)
    assert "its end was cut off" in logs.found("anchor_cut", file=file, flags=anchor)[2]
    (logs.state / "run" / (logs.instances()[0] + ".json")).write_text("{}")  # as if it had been killed
    assert logs.verify().ok
    logs.found("anchor_cut", file=file, flags=anchor)


def test_files_in_the_place_of_others_are_found(logs, tmp_path):
    long, short = logs.instances()
    one, two = logs.files(long)[:2]
    a, b = one.read_bytes(), two.read_bytes()
    one.write_bytes(b), two.write_bytes(a)
    assert logs.found("wrong_name", file=one)[0] == 1
    one.write_bytes(a)
    logs.found("wrong_name", "number", file=two)
    two.write_bytes(b)
    elsewhere = one.rename(logs.folder / one.name.replace("0001", "0999"))
    logs.found("gap", file=two)
    assert logs.found("wrong_name", file=elsewhere)[0] == 1
    elsewhere.rename(one)
    source = foreign_logs(tmp_path).files()[0]
    copy = shutil.copy(source, logs.folder)
    assert "another key" in logs.found("other_key", file=source)[2]
    os.unlink(copy)
    shutil.copy(source, logs.files(short)[0])
    assert logs.found("wrong_name", file=logs.files(short)[0])[0] == 1


# --- The chain, recomputed by somebody who has read docs/audit.md ---

def reseal(paths, key=None, drop_macs=False):
    """Makes the chain of an instance's files fit what they say now. With a key the macs, too; else they stay."""
    checkpoint_key = hmac.new(key, b"intercept audit checkpoint", hashlib.sha256).digest() if key else None
    previous = ""
    for path in paths:
        lines = lines_of(path)
        first = json.loads(lines[0])
        if previous:
            lines[0] = lines[0].replace(b'"previous":"' + first["previous"].encode(), b'"previous":"' + previous.encode())
        head = f'intercept audit 1\n{first["instance"]}\n{first["file"]}\n{previous}\n'
        chain, block, out, begin = hashlib.sha256(head.encode()).digest(), b"", b"", 0
        for line in lines:
            seal = SEAL.search(line)
            if not seal:
                block, out = block + line, out + line
                continue
            chain, block = hashlib.sha256(chain + block + line[: seal.start()] + b"}\n").digest(), b""
            previous = chain.hex()[:32]
            out += line[: seal.start()] + b',"chain":"' + previous.encode() + b'"'
            if seal[2] and not drop_macs:
                text = f'checkpoint\n{first["instance"]}\n{first["file"]}\n{begin}\n{chain.hex()}'.encode()
                mac = hmac.new(checkpoint_key, text, hashlib.sha256).hexdigest()[:32].encode() if key else seal[2]
                out += b',"mac":"' + mac + b'"'
            out += b"}\n"
            begin = len(out)
        path.write_bytes(out)


def forge(logs, number=1, **how):
    """One line in the middle of a file says something else, and the chain of all files fits again."""
    files = logs.files(logs.instances()[0])
    lines = lines_of(files[number])
    at = next(i for i in range(len(lines) // 2, len(lines)) if b'"decision":"allow"' in lines[i])
    lines[at] = lines[at].replace(b'"tool":"t"', b'"tool":"u"')
    files[number].write_bytes(b"".join(lines))
    reseal(files, **how)
    assert "chain" not in logs.verify().codes, "the forger knows how to chain"
    return files[number], at + 1


def test_the_document_says_all_that_is_needed_to_chain_and_to_sign(logs):
    before = [p.read_bytes() for p in logs.files()]
    reseal(logs.files(logs.instances()[0]), (logs.state / "key").read_bytes())
    assert [p.read_bytes() for p in logs.files()] == before
    forge(logs, key=(logs.state / "key").read_bytes())
    logs.intact()  # whoever has the key can do this; SECURITY.md says so


def test_without_the_key_a_recomputed_chain_is_found(logs, written):
    file, line = forge(logs)
    first, _, said = logs.found("mac", "other_key", file=file)
    assert first >= line and "recomputed without" in said, "at the first mac behind the change"
    logs.found("anchor_chain", "anchor_block", flags=["--anchor", str(written / "state" / "anchor")])


def test_macs_left_out_or_made_with_another_key_are_found(logs):
    file = logs.files(logs.instances()[0])[1]
    lines = lines_of(file)
    file.write_bytes(b"".join([*lines[:-1], re.sub(rb',"mac":"[0-9a-f]{32}"}', b"}", lines[-1])]))
    first, _, said = logs.found("mac_missing", file=file)
    assert first == len(lines) and "its last line has no mac" in said
    assert forge(logs, key=b"k" * 32)[0] == file
    assert logs.found("other_key", file=file)[0]
    reseal(logs.files(logs.instances()[0]), drop_macs=True)
    assert "no line has a mac" in logs.found("no_macs", file=file)[2]


def test_the_wrong_key_and_no_key(logs):
    key = logs.state / "key"
    right = key.read_bytes()
    key.write_bytes(bytes(b ^ 1 for b in right))
    for file in logs.files():
        assert logs.found("other_key", file=file)[0]
    key.unlink()
    report = logs.verify()
    assert report.ok and report.codes == {"no_key"} and "(no key)" in report.text
    key.write_bytes(right[:20])
    assert str(key) in logs.command("verify", status=[1]).stderr
    key.write_bytes(right)
    key.chmod(0o644)
    assert "chmod 600" in logs.command("verify", status=[1]).stderr


def test_a_torn_last_line_of_a_killed_process_is_fine_and_said(fleet):
    member, = fleet.start()
    work(fleet, 3)
    member.call("t", mute=True)
    wait_until(lambda: len(fleet.executions()) == 4, "the call to run")
    member.kill()
    file = fleet.logs.files()[-1]
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"v":1,"time":"20')  # what the system had written of a line when it stopped
    for recorded in (False, True):
        report = fleet.logs.verify()
        assert report.ok and report.codes == {"crashed"}, report.text
        assert report.findings[0]["file"] == file.name and "17 bytes at its end are no line" in report.text
        assert ("is on record" if recorded else "no other has put its end on record yet") in report.text
        if not recorded:
            fleet.start()
            work(fleet, 1)
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    finder = next(r["instance"] for r in fleet.records() if r["event"] == "found_dead")
    assert f"({finder}.jsonl:" in fleet.logs.found("pin_mismatch", file=file)[2]
    file.unlink()
    fleet.logs.found("pin_missing", file=file)


def test_logs_of_processes_killed_while_they_write_verify(fleet):
    for round in range(4):
        members = fleet.start(2)
        for number in range(80):
            members[number % 2].call("t")
        wait_until(lambda: len(fleet.executions()) > 40 * round + 20, "some calls to run")
        members[0].kill()
        fleet.settle()
        members[1].close()  # verify runs twice and compares: nobody may write in between
        report = fleet.logs.verify()
        assert report.ok and report.codes <= {"crashed"}, report.text


def test_a_wrong_anchor_is_said_to_be_one(logs, tmp_path):
    anchor = logs.anchor()
    text = anchor.read_text()
    assert json.loads(text).keys() == {"v", "time", "state", "files", "mac"}
    file = json.loads(text)["files"][0]
    anchor.write_text(text.replace(f'"bytes":{file["bytes"]}', f'"bytes":{file["bytes"] - 1}', 1))
    assert {"anchor_mac", "anchor_block"} <= logs.verify("--anchor", str(anchor)).codes
    path = foreign_logs(tmp_path).anchor()
    assert {"anchor_mac", "anchor_missing"} <= logs.verify("--anchor", str(path)).codes
    anchor.write_text("no anchor\n")
    for bad, why in (anchor, "not an anchor"), (tmp_path / "gone", "No such file"):
        error = logs.command("verify", "--anchor", str(bad), status=[2]).stderr
        assert str(bad) in error and why in error
