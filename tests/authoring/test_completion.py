"""What shells and manual readers make of what `intercept completion` and `intercept man` print. That every command and
flag is in them: src/cli/completion_test.cc."""
import os
import shutil
import subprocess

import pytest


def tool(name):
    """The program, or a skip; under CI it must be there."""
    if not shutil.which(name):
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return name


def ran(*words, stdin="", cwd=None):
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=60, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "", done.stderr
    return done.stdout


@pytest.fixture
def script(desk):
    desk.write("policy.yaml", "version: 1\n")
    desk.write("sub folder/x", "")

    def of(shell):
        name = "_intercept" if shell == "zsh" else "intercept." + shell
        return desk.write(name, desk.run("completion", shell).stdout)

    return of


def bash_completes(path, *words):
    quoted = " ".join("'" + w + "'" for w in words)
    return ran(tool("bash"), "--norc", "-c", f"""
source {path}
COMP_WORDS=(intercept {quoted}); COMP_CWORD={len(words)}
_intercept
printf '%s\\n' "${{COMPREPLY[@]}}\"""", cwd=path.parent).split("\n")[:-1]


LINES = [
    (["vali"], ["validate"]),
    (["audit", ""], ["tail", "show", "query", "export", "verify", "anchor"]),
    (["audit", "ver"], ["verify"]),
    (["validate", "--format", ""], ["text", "json"]),
    (["validate", "--format", "j"], ["json"]),
    (["validate", "--format", "=", "j"], ["json"]),
    (["validate", "--format", "="], ["text", "json"]),
    (["validate", "--stri"], ["--strict"]),
    (["validate", "-c", "pol"], ["policy.yaml"]),
    (["fmt", "pol"], ["policy.yaml"]),
    (["fmt", "--ch"], ["--check"]),
    (["--conf"], ["--config"]),
    (["-c", "pol"], ["policy.yaml"]),
    (["-c", "policy.yaml", "--log-level", "w"], ["warn"]),
    (["-c", "policy.yaml", "--state-dir", "sub"], ["sub folder"]),
    (["-c", "policy.yaml", "--", "x", "pol"], ["policy.yaml"]),
    (["completion", ""], ["bash", "zsh", "fish"]),
    (["man", "valid"], ["validate"]),
    (["audit", "query", "--decision", "d"], ["deny"]),
    (["status", "x"], [""]),
    (["help", "pau"], ["pause"]),
    (["audit", "query", "--tool", ""], [""]),
]


@pytest.mark.parametrize("words, expected", LINES, ids=lambda v: " ".join(v) or "none")
def test_bash_completes(script, words, expected):
    assert bash_completes(script("bash"), *words) == expected


def test_bash_offers_every_first_word_and_commands_after_the_dashes(script):
    path = script("bash")
    first = bash_completes(path, "")
    assert {"validate", "fmt", "schema", "audit", "limits", "completion", "man", "help"} <= set(first)
    assert "run" not in first and len(first) == len(set(first))
    assert "bash" in bash_completes(path, "-c", "policy.yaml", "--", "bas")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_in_its_shell(script, shell):
    ran(tool(shell), "-n", str(script(shell)))


# _arguments, _describe and _normal are zsh's; here they say what they were given.
ZSH = """
_arguments() {{ print -rl -- ARGS $words[1] $CURRENT "$@" }}
_describe() {{ print -rl -- DESCRIBE "${{(@P)2}}" }}
_normal() {{ print -rl -- NORMAL $words $CURRENT }}
fpath=({folder} $fpath)
autoload -U _intercept
words=(intercept {words}); CURRENT={current}
_intercept
"""


def zsh_asks(path, *words):
    quoted = " ".join("'" + w + "'" for w in words)
    return ran(tool("zsh"), "-f", "-c",
               ZSH.format(folder=path.parent, words=quoted, current=len(words) + 1)).split("\n")[:-1]


def test_zsh_asks_for_what_is_due(script):
    path = script("zsh")
    assert zsh_asks(path, "vali")[0] == "DESCRIBE"
    assert any(line.startswith("fmt:lay out") for line in zsh_asks(path, ""))
    assert [line.split(":")[0] for line in zsh_asks(path, "limits", "")] == ["DESCRIBE", "show", "reset"]
    asked = zsh_asks(path, "validate", "--format", "")
    assert asked[:3] == ["ARGS", "validate", "3"]
    assert any(line.startswith("*--format=[") and line.endswith("]:FORMAT:(text json)") for line in asked)
    assert zsh_asks(path, "audit", "query", "--to")[:3] == ["ARGS", "query", "2"]
    assert zsh_asks(path, "-c", "")[:3] == ["ARGS", "intercept", "3"]
    assert zsh_asks(path, "-c", "p", "--", "node", "")[:3] == ["NORMAL", "node", "2"]


FISH = [row for row in LINES if "=" not in row[0]]


@pytest.mark.parametrize("words, expected", FISH, ids=lambda v: " ".join(v) or "none")
def test_fish_completes(script, words, expected):
    path = script("fish")
    line = " ".join(["intercept", *words])
    out = ran(tool("fish"), "--no-config", "-c", f"source {path}; complete -C '{line}'", cwd=path.parent)
    found = [row.split("\t")[0].replace("\\ ", " ").rstrip("/") for row in out.split("\n")[:-1]]
    if words[-1] == "":
        assert set(expected) - {""} <= set(found)
    elif expected == [""]:
        assert "policy.yaml" not in found
    else:
        assert set(expected) <= set(found), found


def test_manual_pages_are_clean(desk):
    desk.run("man", "--dir", "man1")
    pages = sorted((desk.folder / "man1").iterdir())
    assert {"intercept.1", "intercept-validate.1", "intercept-audit-query.1"} <= {p.name for p in pages}
    for page in pages:
        ran(tool("mandoc"), "-Tlint", "-Wwarning", str(page))
    if shutil.which("groff"):
        for page in pages:
            ran("groff", "-man", "-Tutf8", "-ww", "-z", str(page))


def test_man_prints_a_page_and_names_the_nearest_command(desk):
    assert "intercept\\-validate" in desk.run("man", "validate").stdout
    assert "intercept\\-audit\\-verify" in desk.run("man", "audit", "verify").stdout
    assert ".SH COMMANDS" in desk.run("man").stdout
    assert 'did you mean "validate"?' in desk.run("man", "validat", status=2).stderr
    assert "bash, zsh or fish" in desk.run("completion", "tcsh", status=2).stderr
