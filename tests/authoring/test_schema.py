"""`intercept schema` against the program itself, by a validator that is not ours: what the schema refuses does not load
(an editor never underlines what is right), and what is wrong in its shape the schema refuses."""
import collections
import copy
import json
import pathlib
import random
import re
import subprocess

import harness
import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# What load() alone finds: it knows more than a schema can say. docs/editing.md lists them.
ONLY_LOADING = {
    "ambiguous-value", "bad-duration", "bad-number", "bad-path", "bad-regex", "bad-value", "contradiction", "duplicate-counter",
    "duplicate-key", "empty-text", "lost-indentation", "missing-value", "no-conditions", "unknown-counter",
    "unsupported-schema", "wrong-type", "bad-schema", "bad-version",
}
# Of those, what must be seen by both in the forms that the mutations below make.
SHAPES = {"unknown-key", "missing-key", "unknown-operator", "bad-rate"}


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((ROOT / "src/policy/policy.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def ran(desk, *words, stdin=""):
    """The program, however it ends."""
    return subprocess.run([pathlib.Path(harness.binary()).resolve(), *words], cwd=desk.folder, input=stdin,
                          capture_output=True, text=True, timeout=harness.TIMEOUT)


def errors_of(desk, text, name="p.json"):
    """Codes of the errors with which the text does not load."""
    desk.write(name, text)
    report = json.loads(ran(desk, "validate", "--format", "json", name).stdout)
    return {p["code"] for p in report["problems"] if p["severity"] == "error"}


def values_of(desk, text):
    """What the program reads, or None."""
    done = ran(desk, "fmt", "--to", "json", "-", stdin=text)
    return json.loads(done.stdout) if done.returncode == 0 else None


def policies(desk):
    """Texts of whole policies, good and bad."""
    found = re.findall(r"\n```yaml\n(.*?\n)```\n", (ROOT / "docs/policy.md").read_text(), re.S)
    for folder in ("examples", "tests/data/policies"):
        found += [p.read_text() for p in (ROOT / folder).rglob("*.*") if p.suffix in (".yaml", ".json")]
    for test in sorted((ROOT / "tests/policy").glob("*.test")):
        values = values_of(desk, test.read_text()) or {}
        found += [v for v in values.values() if isinstance(v, str) and ("tools:" in v or "default:" in v)]
    assert len(found) > 60
    return found


def test_the_printed_schema_is_the_file(desk):
    assert desk.run("schema").stdout == (ROOT / "src/policy/policy.schema.json").read_text()


def test_policies_of_the_repository(desk, validator):
    checked = 0
    for text in policies(desk):
        values = values_of(desk, text)
        if values is None:
            continue
        checked += 1
        errors = errors_of(desk, text, "p.yaml")
        refused = [e.message for e in validator.iter_errors(values)]
        if refused:
            assert errors, f"{text}\n{refused}"
        elif errors:
            assert errors & (ONLY_LOADING - {"wrong-type"}) and not errors & SHAPES, f"{errors}\n{text}"
    assert checked > 60


def places(value, path=()):
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


ODD = [None, True, False, 0, 1, -1, 1.5, 1e3, "", "x", "1", "5/hour", "90s", "day", "deny", "args.a", "eq", "2026-01-02", [],
       {}, [1, 2], ["x"], {"a": 1}, {"path": "args.a", "op": "eq", "value": 1}]


def mutated(policy, chance, spare):
    """A copy with one thing dropped, renamed, retyped, moved or added."""
    policy = copy.deepcopy(policy)
    path = chance.choice([p for p in places(policy) if p])
    holder = policy
    for step in path[:-1]:
        holder = holder[step]
    last, how = path[-1], chance.randrange(6)
    if how == 0:
        del holder[last]
    elif how == 1 and isinstance(holder, dict):
        new = chance.choice([*spare, str(last) + "s", str(last)[:-1] or "q"])
        holder[new] = holder.pop(last)
    elif how == 2:
        holder[last] = [holder[last]]
    elif how == 3 and isinstance(holder, dict):
        holder[chance.choice(spare)] = copy.deepcopy(chance.choice(ODD))
    elif how == 4 and isinstance(holder, dict):
        holder[chance.choice(spare)] = copy.deepcopy(holder[last])
    else:
        holder[last] = copy.deepcopy(chance.choice(ODD))
    return policy


@pytest.mark.parametrize("seed", range(4))
def test_what_the_schema_refuses_does_not_load(desk, validator, seed):
    chance = random.Random(seed)
    good = [v for v in (values_of(desk, t) for t in policies(desk)) if v and not list(validator.iter_errors(v))]
    spare = sorted({step for v in good for p in places(v) for step in p if isinstance(step, str)})
    seen = collections.Counter()
    for _ in range(400):
        policy = mutated(chance.choice(good), chance, spare)
        if chance.randrange(3) == 0 and policy:
            policy = mutated(policy, chance, spare)
        errors = errors_of(desk, json.dumps(policy))
        refused = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(policy)]
        seen[bool(errors), bool(refused)] += 1
        assert errors or not refused, f"a false alarm: {json.dumps(policy)}\n{refused}"
        assert refused or not errors & SHAPES, f"not seen by the schema: {json.dumps(policy)}\n{errors}"
        assert refused or errors <= ONLY_LOADING, f"{errors}: {json.dumps(policy)}"
    both, only_loading = seen[True, True], seen[True, False]
    assert both > 3 * only_loading, seen
