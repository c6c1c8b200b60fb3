"""`intercept test`: finding tests, what is printed, exit status, JUnit, --watch."""
import os
import queue
import re
import signal
import subprocess
import threading
import xml.etree.ElementTree as ElementTree

import pytest

import harness

POLICY = """\
default: deny
tools:
  pay:
    rules:
      - name: small
        conditions: [{path: args.amount, op: lte, value: 100}]
        on_deny: Too much
"""
GOOD = """\
policy: policy.yaml
cases:
  - name: small payments pass
    steps:
      - {call: pay, args: {amount: 100}, expect: allow}
  - name: large ones do not
    steps:
      - {call: pay, args: {amount: 101}, expect: deny, rule: tools/pay/rules/small, message: Too much}
      - {call: other, expect: deny, reason: default_deny}
"""
BAD = """\
policy: policy.yaml
steps:
  - {call: pay, args: {amount: 101}, expect: allow}
"""


@pytest.fixture
def office(desk):
    desk.write("policy.yaml", POLICY)
    desk.write("pay.test.yaml", GOOD)
    return desk


def test_each_case_is_a_line_and_the_sum_comes_last(office):
    done = office.run("test", "pay.test.yaml")
    assert done.stdout == ("ok    pay.test.yaml: small payments pass\nok    pay.test.yaml: large ones do not\n"
                           "2 passed, 0 failed\n")
    assert done.stderr == ""
    assert office.run("test", "-q", "pay.test.yaml").stdout == "2 passed, 0 failed\n"


def test_a_failure_names_the_step_the_rule_and_what_explains_it(office):
    office.write("bad.test", BAD)
    out = office.run("test", ".", status=1).stdout
    assert "FAIL  bad.test\n  bad.test:3: call pay {\"amount\":101}\n    - expect: allow\n    + expect: deny\n" in out
    assert "decided by: tools/pay/rules/small, policy.yaml:5\n" in out
    assert "value:      args.amount is 101\n" in out
    assert "intercept explain -c policy.yaml --tool pay --args '{\"amount\":101}'" in out
    assert out.endswith("2 passed, 1 failed\n")


def test_paths_begin_at_the_folder_of_the_test(desk):
    desk.write("policies/policy.yaml", POLICY)
    desk.write("policies/tests/tools.json", '{"tools": [{"name": "pay"}]}')
    desk.write("policies/tests/pay_test.yaml", GOOD.replace("policy.yaml", "../policy.yaml\ntools: tools.json"))
    desk.run("test", "policies")
    desk.write("policies/tests/bad.test", BAD.replace("policy.yaml", "../policy.yaml"))
    assert "policies/policy.yaml:5" in desk.run("test", "policies", status=1).stdout


def test_which_files_of_a_folder_are_tests(desk):
    desk.write("policy.yaml", POLICY)
    names = ["a.test", "b.test.yaml", "c_test.yaml", "sub/d.test.yml", "sub/e_test.yml"]
    for name in [*names, "no.yaml", "test.yaml", ".test", ".hidden/f.test", "testing.txt"]:
        depth = "../" * name.count("/")
        desk.write("t/" + name, GOOD.replace("policy.yaml", f"../{depth}policy.yaml"))
    out = desk.run("test", "t").stdout
    assert [line.split()[1] for line in out.splitlines() if "small" in line] == [f"t/{n}:" for n in names]
    # Named twice, run once; a file that is named may have any name.
    assert desk.run("test", "-q", "t", "t/a.test", "t/no.yaml").stdout == "12 passed, 0 failed\n"


def test_what_cannot_be_run_is_said_and_does_not_hide_the_rest(office):
    office.write("a.test", "polcy: x\n")
    office.write("b.test", BAD.replace("policy.yaml", "nowhere.yaml"))
    office.write("c.test", BAD.replace("policy.yaml", "broken.yaml"))
    office.write("broken.yaml", "tools: {a: {rules: [{acton: deny}]}}\n")
    out = office.run("test", ".", status=2).stdout
    assert 'a.test:1:1: error: unknown key "polcy"' in out and 'did you mean "policy"?' in out
    assert 'b.test:1:9: error: file "nowhere.yaml" cannot be opened: No such file' in out
    assert 'broken.yaml:1:22: error: unknown key "acton"' in out
    assert out.endswith("2 passed, 0 failed, 3 files could not be run\n")


@pytest.mark.parametrize("words, message", [
    ([], "name test files, or folders"),
    (["nowhere"], '"nowhere" cannot be found'),
    (["empty"], 'folder "empty" has no test files; they are named *.test'),
    (["pay.test.yaml", "--filter", "zzz"], "--filter zzz fits no case"),
    (["pay.test.yaml", "-q", "-v"], "cannot both hold"),
    (["pay.test.yaml", "--junit", "nowhere/out.xml"], "cannot be written to nowhere/out.xml"),
    (["pay.test.yaml", "--watsh"], "--watsh"),
])
def test_wrong_use(office, words, message):
    (office.folder / "empty").mkdir()
    assert message in office.run("test", *words, status=2).stderr


def test_a_fifo_is_no_test(office):
    os.mkfifo(office.folder / "fifo.test")
    assert "is not an ordinary file" in office.run("test", "fifo.test", status=2).stdout


def test_filter_by_file_name_and_title(office):
    for glob in ["large*", "*: large*", "pay.test.yaml: large ones do not"]:
        assert office.run("test", ".", "--filter", glob).stdout == "ok    pay.test.yaml: large ones do not\n1 passed, 0 failed\n"
    assert office.run("test", "-q", ".", "--filter", "pay*").stdout == "2 passed, 0 failed\n"


def test_rules_that_no_test_sees_refuse(office):
    office.write("pay.test.yaml", GOOD.replace("101", "100").replace("expect: deny, rule: tools/pay/rules/small, "
                                                                       "message: Too much", "expect: allow"))
    out = office.run("test", ".").stdout
    assert "No test sees this rule refuse anything:\n  tools/pay/rules/small  policy.yaml:5\n" in out


def test_verbose_shows_each_step(office):
    out = office.run("test", "-v", ".").stdout
    assert 'pay.test.yaml:8: call pay {"amount":101}: deny, tools/pay/rules/small: Too much\n' in out
    assert re.search(r"^ok    pay.test.yaml: small payments pass \(\d+\.\d{3} s\)$", out, re.M)


def check_junit(root):
    """What the common schemas ask for: names, counts that are true, times that are numbers."""
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite" and set(suite.attrib) >= {"name", "tests", "failures", "errors", "time"}
        cases = list(suite)
        assert all(c.tag == "testcase" and {"name", "classname", "time"} == set(c.attrib) for c in cases)
        assert all(float(e.get("time")) >= 0 for e in [suite, *cases])
        for attribute, tag in [("failures", "failure"), ("errors", "error")]:
            found = suite.findall(f"testcase/{tag}")
            assert int(suite.get(attribute)) == len(found)
            assert all({"message", "type"} == set(f.attrib) for f in found)
        assert int(suite.get("tests")) == len(cases)
    for attribute in ("tests", "failures", "errors"):
        assert int(root.get(attribute)) == sum(int(s.get(attribute)) for s in root)


def test_junit(office):
    office.write("bad.test", BAD)
    office.write("broken.test", "nothing: here\n")
    office.write('h<&"\x07\udcff.test', GOOD)
    office.run("test", ".", "--junit", "out.xml", status=2)
    root = ElementTree.fromstring((office.folder / "out.xml").read_bytes())
    check_junit(root)
    assert [s.get("name") for s in root] == ["bad.test", "broken.test", 'h<&"\\u{7}\\xFF.test', "pay.test.yaml"]
    failure = root.find("testsuite[@name='bad.test']/testcase/failure")
    assert failure.get("message") == 'bad.test:3: call pay {"amount":101}'
    assert "decided by: tools/pay/rules/small, policy.yaml:5" in failure.text
    assert "unknown key" in root.find("testsuite[@name='broken.test']/testcase/error").text


def test_hostile_texts_do_not_reach_the_terminal(office):
    office.write("evil.test", 'policy: |\n  tools: {}\nsteps:\n  - {call: "\\e[31m\\u202e", expect: deny, message: "\\e]0;x\\a"}\n')
    out = office.run("test", "evil.test", status=1).stdout
    assert "\x1b" not in out and "\x07" not in out and "\u202e" not in out
    assert "\\u{1B}[31m\\u{202E}" in out


class Watch:
    """`intercept test --watch`, and its output as it comes."""

    def __init__(self, desk, *words):
        self.process = subprocess.Popen([os.path.abspath(harness.binary()), "test", "--watch", *words], cwd=desk.folder,
                                        env=desk.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def round(self):
        """What one run printed: up to the line that says that it waits."""
        out = []
        while True:
            line = self.lines.get(timeout=harness.TIMEOUT)
            assert line is not None, "".join(out)
            if line.startswith("Watching "):
                return "".join(out)
            out.append(line)

    def until(self, text):
        """Rounds until one says so: an editor's write may be seen in two steps."""
        while True:
            if text in (out := self.round()):
                return out

    def end(self, how=signal.SIGINT):
        self.process.send_signal(how)
        return self.process.wait(timeout=harness.TIMEOUT)


@pytest.fixture
def watching(office):
    started = []

    def start(*words):
        started.append(Watch(office, *words))
        return started[-1]

    yield start
    for watch in started:
        if watch.process.poll() is None:
            watch.process.kill()
        watch.process.wait()


def test_watch_runs_again_when_something_changes(office, watching):
    watch = watching(".")
    assert watch.round().endswith("2 passed, 0 failed\n")
    office.write("policy.yaml", POLICY.replace("value: 100", "value: 50"))  # the policy, in place
    out = watch.until("1 passed, 1 failed\n")
    assert "policy.yaml changed\n" in out
    new = office.write("new.yaml", POLICY)  # replaced, as editors do
    os.replace(new, office.folder / "policy.yaml")
    watch.until("2 passed, 0 failed\n")
    office.write("pay.test.yaml", GOOD.replace("amount: 100", "amount: 101"))  # the test
    watch.until("1 passed, 1 failed\n")
    office.write("more.test", BAD.replace("policy.yaml", "other.yaml"))  # a test that was not there
    watch.until("1 passed, 1 failed, 1 file could not be run\n")
    office.write("other.yaml", POLICY.replace("value: 100", "value: 500"))  # the policy it waits for
    watch.until("2 passed, 1 failed\n")
    assert watch.end() == 1


def test_watch_survives_what_cannot_be_read(office, watching):
    watch = watching("pay.test.yaml")
    watch.round()
    (office.folder / "pay.test.yaml").unlink()
    watch.until("cannot be found")
    office.write("pay.test.yaml", GOOD)
    watch.until("2 passed, 0 failed\n")
    assert watch.end(signal.SIGTERM) == 0
