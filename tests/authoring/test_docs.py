"""docs/policy.md: every policy with a block of steps behind it is run by `intercept test`.

What must stay true: each key and operator of the language stands in a policy whose decisions are run here, so that no
sentence of the page is only a promise.
"""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "policy.md"
BIN = os.environ.get("INTERCEPT_BIN", str(ROOT / "build/dev/src/intercept"))


def blocks():
    """(line, text) of each YAML block."""
    text = PAGE.read_text()
    for found in re.finditer(r"^```yaml\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start()) + 2, found.group(1)


def has_steps(block):
    return re.search(r"^steps:", block, re.M) is not None


def examples():
    """(line of the steps, policy, steps)."""
    before = None
    for line, block in blocks():
        if has_steps(block):
            assert before is not None, f"docs/policy.md:{line}: steps without a policy before them"
            yield line, before, block
            before = None
        else:
            before = block


EXAMPLES = list(examples())


@pytest.mark.parametrize("line,policy,steps", EXAMPLES, ids=[f"line-{e[0]}" for e in EXAMPLES])
def test_example(line, policy, steps, tmp_path):
    file = tmp_path / "example.test"
    shutil.copy(ROOT / "tests/policy/accepted.lock", tmp_path / "intercept.lock")
    indented = "".join("  " + row + "\n" if row else "\n" for row in policy.splitlines())
    file.write_text("policy: |\n" + indented + steps)
    ran = subprocess.run([BIN, "test", str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, f"docs/policy.md:{line}\n{ran.stdout}{ran.stderr}"


def words(name):
    """The words of a key array of the loader."""
    source = (ROOT / "src/policy/loading.h").read_text()
    body = re.search(name + r"\[\] = \{(.*?)\};", source, re.S).group(1)
    return re.findall(r'"(\w+)"', body)


def test_every_key_and_operator_is_run():
    run = "\n".join(policy for _, policy, _ in EXAMPLES)
    keys = set(re.findall(r'[\s{,"]([a-z_]+)"?\s*:', run))
    wanted = set(words("rule_keys")) | set(words("condition_keys")) | set(words("policy_keys"))
    assert wanted - keys == set()
    ops = set(re.findall(r"\bop: ([a-z_]+)", run)) | set(re.findall(r'"op": "([a-z_]+)"', run))
    enum = re.search(r"enum class Op .*?\{(.*?)\};", (ROOT / "src/policy/model.h").read_text(), re.S).group(1)
    names = {word.strip() for word in enum.split(",") if word.strip()}
    assert names - ops == set()
