"""docs/diff.md promises that its examples work: its blocks are files, and each console block is what the program prints."""
import re

import pytest

import harness

DOCS = (harness.ROOT / "docs/diff.md").read_text()
CONSOLE = re.findall(r"^```console\n\$ intercept (.*?)\n(.*?)^```$", DOCS, re.M | re.S)
JSON = re.findall(r"^```json\n(.*?)^```$", DOCS, re.M | re.S)


@pytest.fixture
def shelf(desk):
    for name, text in re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", DOCS, re.M | re.S):
        desk.write(name, f"# {name}\n{text}")
    for name, text in zip(("calls.jsonl", "audit.jsonl"), JSON):
        desk.write(name, text)
    return desk


@pytest.mark.parametrize("words, printed", CONSOLE)
def test_what_is_printed(shelf, words, printed):
    assert shelf.run(*words.split(), status=1 if "LOOSER" in printed else 0).stdout == printed


def test_flags_and_words_are_described(desk):
    assert len(CONSOLE) == 3 and len(JSON) == 2
    for command in ("diff", "suggest"):
        own = desk.run(command, "--help").stdout.split("Entries (")[0]
        for flag in set(re.findall(r"^\s+(--[a-z-]+)", own, re.M)) - {"--state-dir", "--from"}:
            assert flag in DOCS, flag
    for word in ("combinations", "ranges", "paths", "lengths", "types", "identities", "all"):
        assert f"| `{word}` |" in DOCS
