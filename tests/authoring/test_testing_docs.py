"""docs/testing.md promises that its examples work: each block that begins with "# NAME" is a file, and each console block
is what the program prints in their folder."""
import re

import pytest

import harness

DOCS = (harness.ROOT / "docs/testing.md").read_text()
FILES = dict(re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", DOCS, re.M | re.S))
CONSOLE = re.findall(r"^```console\n\$ intercept (.*?)\n(.*?)^```$", DOCS, re.M | re.S)
READING = harness.ROOT / "src/trial"


@pytest.fixture
def shelf(desk):
    for name, text in FILES.items():
        desk.write(name, f"# {name}\n{text}")
    return desk


def test_every_block_is_a_file():
    assert len(FILES) == DOCS.count("```yaml") >= 6


def test_every_example_passes_but_the_one_that_shows_a_failure(shelf):
    out = shelf.run("test", ".", status=1).stdout
    assert [line for line in out.splitlines() if line.startswith(("FAIL", "ERROR"))] == ["FAIL  wrong.test.yaml"]


@pytest.mark.parametrize("words, printed", CONSOLE)
def test_what_is_printed(shelf, words, printed):
    assert shelf.run(*words.split(), status=1 if "FAIL" in printed else 0).stdout == printed


@pytest.mark.parametrize("source, table", [("read_step.cc", "step_keys"), ("read_step.cc", "decisions"),
                                           ("read_step.cc", "answers"), ("read_file.cc", "file_keys")])
def test_every_key_and_word_is_described(source, table):
    words = re.search(table + r"\[\] = \{(.*?)\}", (READING / source).read_text(), re.S)[1]
    for word in re.findall(r'"(\w+)"', words):
        assert re.search(rf"`{word}[`:]", DOCS), word


def test_the_examples_pass(desk):
    desk.run("test", harness.ROOT / "examples")
