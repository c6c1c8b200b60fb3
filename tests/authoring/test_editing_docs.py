"""docs/editing.md says what is so: its commands run, its hooks do what they promise, its lists are complete."""
import os
import pathlib
import re
import subprocess

import harness

from test_schema import ONLY_LOADING

DOCS = (pathlib.Path(__file__).resolve().parent.parent.parent / "docs/editing.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", DOCS, re.S)


def test_commands_run(desk):
    desk.write("policy.yaml", "tools:\n  a: {}\n")
    desk.write("tests/a.test", "policy: policy.yaml\nsteps: []\n")
    commands = [line.split("#")[0].split(" > ")[0].split(" | ")[0].strip() for language, block in BLOCKS if not language
                for line in block.splitlines()]
    seen = 0
    for command in commands:
        words = re.sub(r'^eval "\$\((.*)\)"$', r"\1", command).replace("tests/*.test", "tests/a.test")
        words = words.replace("~/.local", "local").split()
        assert words[0] == "intercept", command
        desk.run(*words[1:], stdin="a: 1\n")
        seen += 1
    assert seen >= 10


def test_the_git_hook_stops_what_is_not_laid_out(desk):
    hook = next(block for language, block in BLOCKS if language == "sh")
    bin_folder = desk.folder / "bin"
    bin_folder.mkdir()
    (bin_folder / "intercept").symlink_to(pathlib.Path(harness.binary()).resolve())
    environment = dict(desk.environment(), PATH=f"{bin_folder}:{os.environ['PATH']}", HOME=str(desk.folder))

    def git(*words, status=0):
        done = subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words], cwd=desk.folder,
                              env=environment, capture_output=True, text=True, timeout=60)
        assert (done.returncode == 0) == (status == 0), done.stdout + done.stderr
        return done

    git("init", "-q")
    desk.write(".git/hooks/pre-commit", hook).chmod(0o755)
    desk.write("policies/a.yaml", "tools:\n    a:   {}\n")
    git("add", "policies")
    assert "policies/a.yaml" in (lambda d: d.stdout + d.stderr)(git("commit", "-m", "x", status=1))
    desk.run("fmt", "-w", "policies/a.yaml")
    git("add", "policies")
    git("commit", "-m", "x")


def test_what_only_loading_finds_is_listed():
    shape = {"wrong-type", "contradiction", "missing-value", "no-conditions", "empty-text", "lost-indentation", "bad-version",
             "unsupported-schema"}  # found by both in all but odd forms
    for code in ONLY_LOADING - shape:
        assert f"`{code}`" in DOCS, code


def test_the_pre_commit_hooks_name_files_that_exist_in_a_policy_repository(desk):
    configuration = next(block for language, block in BLOCKS if "pre-commit" in block or "repo: local" in block)
    assert desk.run("fmt", "-", stdin=configuration).stdout == configuration
