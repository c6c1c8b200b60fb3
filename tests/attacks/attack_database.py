"""The attack database as the tests need it: of each file of src/catalog/attacks the policy and the flags, as printed.

The files are read by the program's own strict reader (src/catalog/attack_data_test.cc); here only three keys are looked
for, and what is not laid out as expected is an error."""

import json
import re

from harness import ROOT

FOLDER = ROOT / "src/catalog/attacks"


class Entry:
    def __init__(self, path):
        text = path.read_text(encoding="utf-8")
        self.slug = re.search(r"^slug: ([a-z0-9-]+)$", text, re.M).group(1)
        assert path.stem == self.slug, f"{path.name} has the slug {self.slug}"
        block = re.search(r"^prevention: \|\n((?:  .*\n|\n)+)", text, re.M).group(1)
        self.policy = "".join(line[2:] if line.strip() else "\n" for line in block.splitlines(keepends=True))
        self.run = flags(found.group(1)) if (found := re.search(r"^run: (.*)$", text, re.M)) else []


def flags(text):
    """The words of a list on one line: [--name, word, "with: signs"]."""
    words = [json.loads(w) if w.startswith('"') else w for w in re.findall(r'"[^"]*"|[^][ ,"]+', text)]
    assert "[" + ", ".join(json.dumps(w) if ":" in w else w for w in words) + "]" == text, f"run: {text} is not read back as it stands"
    return words


def entries():
    found = {entry.slug: entry for entry in map(Entry, sorted(FOLDER.glob("*.yaml")))}
    assert len(found) >= 17, f"{FOLDER} holds {len(found)} attacks"
    return found
