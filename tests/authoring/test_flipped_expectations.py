"""Each expectation of the project's own policy tests is turned around in a copy, one at a time: `intercept test` must
report each of them, at its line, and nothing else. A runner that compares nothing, or too little, fails here."""
import pathlib
import re
import shutil

import harness

POLICIES = harness.TESTS / "policy"
OTHER = {"allow": "deny", "deny": "allow", "approval": "deny", "error": "allow", "nothing": "allow", "replay": "allow"}
EXPECT = re.compile(r"\bexpect: (\w+)")
# Where they stand in the expectations of a step; a list is turned around whole.
FIELD = re.compile(r"\b(rule|reason|message|condition|retry_after|shadow): (\"[^\"]*\"|'[^']*'|[^,}]+)")
LIST = re.compile(r"^\s*- \{list: \[(.*)\]\}$")


def flipped(key, value):
    if key == "retry_after":
        return "77d"
    quote = value[0] if value[0] in "\"'" else ""
    return f"{quote}zz {value.strip(quote) if quote else value}{quote}"


def flips_of(line):
    """The line with one expectation turned around, each."""
    step = EXPECT.search(line)
    if step:
        yield line[:step.start(1)] + OTHER[step[1]] + line[step.end(1):]
    begin = step.end() if step else 0
    for field in FIELD.finditer(line, begin):
        yield line[:field.start(2)] + flipped(field[1], field[2]) + line[field.end(2):]
    listed = LIST.search(line)
    if listed:
        yield line[:listed.start(1)] + "zz" + line[listed.end(1):]


def flips(text):
    """(number of the line, text) for each expectation of a file."""
    lines = text.split("\n")
    steps = next((i for i, line in enumerate(lines) if line.startswith("steps:")), len(lines))
    skip = None  # the indentation of a policy that is reloaded
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if skip is not None and line.strip() and indent <= skip:
            skip = None
        if "reload: |" in line:
            skip = indent
        found = ()
        if line.startswith("invalid: "):
            found = [line + " zz"]
        elif i > steps and skip is None and re.match(r"\s+(- \{|expect:|rule:|reason:|message:)", line):
            found = flips_of(line) if EXPECT.search(line) or LIST.search(line) or not line.lstrip().startswith("-") else ()
        for other in found:
            yield i + 1, "\n".join([*lines[:i], other, *lines[i + 1:]])


def test_every_flip_is_reported(desk):
    made = {}
    (desk.folder / "flips").mkdir()
    for path in sorted(POLICIES.glob("*.test")):
        for extra in POLICIES.iterdir():  # what a test may name beside it
            if extra.is_file() and extra.suffix not in {".test", ".txt", ".md"}:
                shutil.copy(extra, desk.folder / "flips")
        for number, (line, text) in enumerate(flips(path.read_text())):
            name = f"{path.stem}-{number}.test"
            desk.write("flips/" + name, text)
            made[name] = line, text.split("\n")
    assert len(made) > 400
    out = desk.run("test", "flips", status=1).stdout
    failed = {}  # file -> lines of its failing steps
    for name, line in re.findall(r"^  flips/([^/:]+):(\d+): ", out, re.M):
        failed.setdefault(name, []).append(int(line))
    unnoticed = []
    for name, (line, lines) in made.items():
        begin = line  # of the step that the line belongs to
        while begin > 1 and not re.match(r"\s+- |invalid:", lines[begin - 1]):
            begin -= 1
        if failed.get(name) != [begin]:
            unnoticed.append((name, line, lines[line - 1], failed.get(name)))
    assert not unnoticed, unnoticed
    assert "ERROR" not in out
    assert f"0 passed, {len(made)} failed" in out
