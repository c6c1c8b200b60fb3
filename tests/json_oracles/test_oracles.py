"""The strict reader against five other parsers (README.md): whatever it accepts, all accept and see alike."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from generate import Generator

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / os.environ.get("INTERCEPT_BUILD_DIR", "build/dev")
OUT = BUILD / "json_oracles"
DOCUMENTS = 6000  # generated ones
SEED = 20260101

Answer = namedtuple("Answer", "accepted dump")


# In a dump an "n" always begins a number: everything else is hexadecimal, punctuation or one of "ztfs".
def has_number(dump, predicate):
    return any(predicate(text) for text in re.findall(r"n([-+.0-9eE]+)", dump))


def overflows(text):
    return float(text) in (float("inf"), float("-inf"))


def with_signed_exponents(dump):
    return re.sub(r"(n[-.0-9]+)[eE](?=([-+]?))", lambda m: m[1] + ("e" if m[2] else "e+"), dump)


def exponent_digits(text):
    return len(re.split("[eE]", text)[1].lstrip("+-0")) if re.search("[eE]", text) else 0


# Every way in which another parser may differ on a document that is accepted strictly. `rejects`: dumps (ours) that it
# may refuse; `rewrites`: what our dump is made into before it is compared with its own.
Exceptions = namedtuple("Exceptions", "reasons rejects rewrites", defaults=((), lambda dump: False, lambda dump: dump))
EXCEPTIONS = {
    "nlohmann": Exceptions(
        ("refuses numbers beyond the range of double (1e400)",
         "keeps integers as values, without their text: -0 is 0"),
        rejects=lambda dump: has_number(dump, overflows),
        rewrites=lambda dump: re.sub(r"n-0(?![.0-9eE])", "n0", dump)),
    "boost": Exceptions(
        ("refuses exponents beyond the range of int (ten digits and more)",),
        rejects=lambda dump: has_number(dump, lambda text: exponent_digits(text) >= 10)),
    "python": Exceptions(),
    "go": Exceptions(),
    "rust": Exceptions(
        ("writes the exponent of a number's text as e with a sign: 1E5 is 1e+5",
         "with arbitrary_precision, an object whose first key is $serde_json::private::Number is a number"),
        rejects=lambda dump: "$serde_json::private::Number".encode().hex() in dump,
        rewrites=with_signed_exponents),
}


def run(command, folder):
    """Name of each document in `folder` -> Answer, by one run of the program."""
    done = subprocess.run([*map(str, command), str(folder)], stdout=subprocess.PIPE, check=True, timeout=300)
    answers = {}
    for line in done.stdout.decode("ascii").splitlines():
        name, verdict, dump = line.split("\t")
        answers[name] = Answer(verdict == "accept", dump)
    assert answers.keys() == {file.name for file in folder.iterdir()}
    return answers


def json_dump():
    program = OUT / "json_dump"
    if not program.exists():
        pytest.fail(f"{program} is not there: build the target json_dump, or set INTERCEPT_BUILD_DIR")
    return program


def left_out(parser, tool):
    """A parser whose toolchain is missing is named; where everything should be there, that is a failure."""
    message = f"{parser} is left out: no {tool} found"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def go_program():
    if not shutil.which("go"):
        left_out("Go's encoding/json", "go")
    program = OUT / "go_oracle"
    environment = {**os.environ, "GOCACHE": str(OUT / "go-cache"), "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", program, "."], cwd=HERE / "go", env=environment, check=True)
    return [program]


def rust_program():
    if not shutil.which("cargo"):
        left_out("Rust's serde_json", "cargo")
    target = OUT / "rust"
    subprocess.run(["cargo", "build", "--quiet", "--release", "--target-dir", target], cwd=HERE / "rust",
                   check=True)
    return [target / "release/json_oracle"]


PARSERS = {
    "nlohmann": lambda: [json_dump(), "nlohmann"],
    "boost": lambda: [json_dump(), "boost"],
    "python": lambda: [sys.executable, HERE / "oracle.py"],
    "go": go_program,
    "rust": rust_program,
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A folder with every document."""
    folder = tmp_path_factory.mktemp("documents")
    for file in (ROOT / "fuzz/corpus/json_fuzz").iterdir():
        shutil.copy(file, folder / f"corpus-{file.name}")
    for file in (ROOT / "tests/data/tools").iterdir():
        shutil.copy(file, folder / f"tools-{file.name}")
    for name, document in Generator(SEED).documents(DOCUMENTS):
        (folder / name).write_bytes(document)
    return folder


@pytest.fixture(scope="module")
def ours(corpus):
    return run([json_dump(), "intercept"], corpus)


def differences(ours, theirs, corpus, exceptions):
    for name, mine in ours.items():
        if not mine.accepted:
            continue
        other = theirs[name]
        if not other.accepted:
            if not exceptions.rejects(mine.dump):
                yield f"{name} is refused: {(corpus / name).read_bytes()[:300]!r}"
        elif exceptions.rewrites(mine.dump) != other.dump:
            if not exceptions.rejects(mine.dump):
                yield f"{name}: {(corpus / name).read_bytes()[:300]!r}\n  ours   {mine.dump[:300]}\n  theirs {other.dump[:300]}"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("parser", PARSERS)
def test_what_we_accept_all_accept_and_see_alike(parser, corpus, ours):
    theirs = run(PARSERS[parser](), corpus)
    found = list(differences(ours, theirs, corpus, EXCEPTIONS[parser]))
    assert not found, f"{len(found)} differences from {parser}:\n" + "\n".join(found[:10])


def test_the_documents_try_both_sides(ours):
    accepted = sum(answer.accepted for answer in ours.values())
    assert accepted > DOCUMENTS / 3
    assert len(ours) - accepted > DOCUMENTS / 5
    assert all(answer.accepted for name, answer in ours.items() if name.startswith("tools-"))


def test_what_we_tolerate_python_sees_alike(corpus, ours):
    """The tolerant profile: lone surrogates kept, the last of duplicate keys at its place."""
    tolerated = run([json_dump(), "tolerant"], corpus)
    theirs = run([sys.executable, HERE / "oracle.py", "--last"], corpus)
    assert not list(differences(tolerated, theirs, corpus, EXCEPTIONS["python"]))
    assert all(tolerated[name] == answer for name, answer in ours.items() if answer.accepted)
    assert sum(answer.accepted for answer in tolerated.values()) > sum(answer.accepted for answer in ours.values())


def test_python_accepts_nothing_that_both_profiles_refuse(corpus):
    """The tolerant profile refuses no JSON: what Python reads (NaN aside) it reads, but for the limit of depth."""
    tolerated = run([json_dump(), "tolerant"], corpus)
    theirs = run(PARSERS["python"](), corpus)
    refused = [name for name, answer in theirs.items() if answer.accepted and not tolerated[name].accepted]
    assert refused == ["corpus-depth-bomb-with-id"]  # 201 containers
