"""`intercept fmt` as an author uses it: printing, in place, as a check in a repository's hook."""
import json
import os
import pathlib
import stat

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

UNTIDY = 'tools:\n    a:   # about a\n        rules:\n        - {rate_limit:   5/hour}\n\n\n    # end\n'
TIDY = 'tools:\n  a:  # about a\n    rules:\n      - {rate_limit: 5/hour}\n\n  # end\n'


def test_prints_to_standard_output_and_leaves_the_file(desk):
    desk.write("p.yaml", UNTIDY)
    assert desk.run("fmt", "p.yaml").stdout == TIDY
    assert desk.read("p.yaml") == UNTIDY
    assert desk.run("fmt", "-", stdin=UNTIDY).stdout == TIDY


def test_check_lists_what_would_change_and_says_so_by_its_status(desk):
    desk.write("a.yaml", UNTIDY)
    desk.write("b.yaml", TIDY)
    assert desk.run("fmt", "--check", "a.yaml", "b.yaml", status=1).stdout == "a.yaml\n"
    assert desk.run("fmt", "--check", "b.yaml").stdout == ""
    diff = desk.run("fmt", "--check", "-d", "a.yaml", status=1).stdout
    assert diff.startswith("--- a.yaml\n+++ a.yaml (formatted)\n@@ -1,7 +1,6 @@\n")
    assert "-    a:   # about a\n" in diff and "+  a:  # about a\n" in diff
    assert desk.run("fmt", "-d", "a.yaml").stdout == diff
    assert desk.read("a.yaml") == UNTIDY


def test_writes_in_place_with_the_files_mode_and_behind_links(desk):
    path = desk.write("p.yaml", UNTIDY)
    path.chmod(0o640)
    os.symlink("p.yaml", desk.folder / "link.yaml")
    assert desk.run("fmt", "-w", "link.yaml").stdout == ""
    assert desk.read("p.yaml") == TIDY
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (desk.folder / "link.yaml").is_symlink()
    before = path.stat()
    desk.run("fmt", "-w", "p.yaml")
    assert path.stat().st_ino == before.st_ino, "what is in order already is not written"
    assert sorted(p.name for p in desk.folder.iterdir() if p.is_file()) == ["link.yaml", "p.yaml"]


def test_a_file_with_a_mistake_is_shown_and_left_alone_and_the_others_are_done(desk):
    broken = "tools:\n  a: [1\n"
    desk.write("bad.yaml", broken)
    desk.write("good.yaml", UNTIDY)
    done = desk.run("fmt", "-w", "bad.yaml", "good.yaml", status=2)
    assert "bad.yaml:" in done.stderr and "[yaml]" in done.stderr
    assert desk.read("bad.yaml") == broken
    assert desk.read("good.yaml") == TIDY


@pytest.mark.parametrize("words, says", [
    (["fmt"], "name the files"),
    (["fmt", "a", "b"], "prints one file"),
    (["fmt", "-w", "-"], "standard input"),
    (["fmt", "-w", "--check", "a"], "exclude each other"),
    (["fmt", "--to", "xml", "a"], "--to must be json"),
    (["fmt", "--to", "json", "-w", "a"], "--to prints"),
    (["fmt", "nowhere.yaml"], "does not exist"),
])
def test_bad_use_is_named(desk, words, says):
    assert says in desk.run(*words, status=2).stderr


def test_to_json_gives_the_values(desk):
    desk.write("p.yaml", "a: &x [1.50, no, 'it', ~]\nb: *x\nc: true\n")
    out = desk.run("fmt", "--to", "json", "p.yaml").stdout
    assert json.loads(out) == {"a": [1.5, "no", "it", None], "b": [1.5, "no", "it", None], "c": True}
    assert "1.50" in out


def test_what_is_laid_out_decides_the_same(desk):
    """Every policy of the repository: valid before and after, with the same problems in other places."""
    files = [*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests/data/policies").rglob("*.*")]
    assert len(files) > 4
    for file in files:
        if file.suffix not in (".yaml", ".json") or "steps:" in file.read_text():
            continue
        desk.write("before" + file.suffix, file.read_bytes())
        desk.write("after" + file.suffix, desk.run("fmt", "before" + file.suffix).stdout)
        found = []
        for name in ("before", "after"):
            report = json.loads(desk.run("validate", "--format", "json", name + file.suffix).stdout)
            found.append((report["valid"], sorted(p["code"] for p in report["problems"])))
        assert found[0] == found[1], file
        desk.run("fmt", "--check", "after" + file.suffix)
