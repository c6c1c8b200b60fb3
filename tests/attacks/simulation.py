"""What a simulation is, and how it is judged.

A simulation makes the server that does the harm if it is let, gives the attempts of an attack (the plain one first, then
variants from a seed), and says whether harm was done. The judge plays

1. the plain attempt through Intercept with an empty policy: it does harm;
2. every attempt without Intercept: each does harm, or it is no variant;
3. every attempt with the policy and the flags of the database: none does harm, and the record says why;
4. before and after 3, with the policy: the honest script does its work.
"""

import contextlib
import random
import re
import secrets
import time

import played
import spellings
from scene import Scene

SIMULATIONS = {}
# For these a policy refuses; not because something does not work (a store), nor because it is paused.
REASONS = {"default_deny", "hidden", "lock", "rule", "validation", "undecided", "amount", "limit", "wire", "refused", "http"}


def simulates(slug):
    """Of a class: it simulates the attack with that name in the database."""

    def keep(cls):
        assert slug not in SIMULATIONS, f"{slug} is simulated twice"
        SIMULATIONS[slug] = cls
        cls.slug = slug
        return cls

    return keep


class Attempt:
    def __init__(self, name, play, harm=None, quiet=False):
        """`play(scene)` tries it. `harm(scene)`, if given, judges this attempt instead of the simulation. `quiet`: nothing
        need be refused: it is dropped on some rows, or forwarded anew, without its second meaning."""
        self.name, self.play, self.harm, self.quiet = name, play, harm, quiet


class Simulation:
    rows = (("stdio", "stdio", "2025-11-25"), ("http", "json", played.MODERN))
    more_rows = (
        ("stdio", "stdio", played.MODERN),
        ("stdio", "json", "2025-06-18"),
        ("stdio", "json", played.MODERN),
        ("http", "json", "2025-11-25"),
        ("http", "events", "2025-03-26"),
        ("http", "stdio", "2025-11-25"),
        ("http", "stdio", played.MODERN),
    )
    fresh = False  # whether each attempt needs an Intercept of its own, because the policy counts
    always_on = False  # whether Intercept stops the attack with no policy either
    few = 8  # variants of an attempt's family in the normal run
    refusal = None  # a pattern: what http_refused says of what is refused before a message is read
    shelf = {}  # files that flags name -> their text
    beside = {}  # files that the policy names, which are in its folder -> their text

    def __init__(self, seed, many=False):
        self.rng = random.Random(f"{self.slug} {seed}")
        self.count = 40 if many else self.few
        self.canary = "CANARY" + secrets.token_hex(8)

    def fields(self, protected):
        """Header fields of the honest client. `protected`: with the database's flags."""
        return []

    def begin(self, scene):
        """Before an attempt, with a fresh server."""

    def server(self):
        raise NotImplementedError

    def attempts(self):
        raise NotImplementedError

    def called(self, tool, arguments, count):
        """Attempts that call the tool under names that only look like its own."""
        found = spellings.names(self.rng, tool, count)[1:]
        return [Attempt(f"name {name!r}", lambda s, name=name: s.agent.call(name, arguments)) for name in found]

    def harm(self, scene):
        """What harm was done; "" if none."""
        raise NotImplementedError

    def why(self, scene):
        """What the record says of the attempt just played. In front of a command, in 2026-07-28, what cannot be read
        belongs to no session: the record says so later, and of ten a second; the answer says it at once."""
        statuses, scene.agent.statuses = scene.agent.statuses, []
        found = scene.reasons()
        assert {reason for reason, _ in found} <= REASONS, found
        if not found and statuses and all(status >= 400 for status in statuses):
            self.refusal = self.refusal or r"\(400\)"
            return statuses
        return found

    def recorded(self, scene):
        """After all attempts: what was refused before a message was read is on record by now, or soon."""
        deadline = time.monotonic() + played.TIMEOUT
        while self.refusal and not any(re.search(self.refusal, record["detail"]) for record in scene.intercept.records("http_refused")):
            assert time.monotonic() < deadline, f"nothing on record says {self.refusal}"
            time.sleep(0.02)

    def honest(self, scene):
        """The work that must go on; asserts that it does."""
        raise NotImplementedError


def harm_of(simulation, attempt, scene):
    return attempt.harm(scene) if attempt.harm else simulation.harm(scene)


def without_policy(simulation, attempts, row):
    plain = attempts[0]
    if not simulation.always_on:
        with Scene(simulation, row) as scene:
            plain.play(scene)
            assert harm_of(simulation, plain, scene), f"{plain.name}: does no harm through Intercept with an empty policy"


def without_intercept(simulation, attempts, row):
    transport, kind, revision = row
    direct = ("http", "json" if kind == "stdio" else kind, revision) if transport == "http" else ("stdio", "stdio", revision)
    with Scene(simulation, direct, policy=None) as scene:
        for attempt in attempts:
            scene.renew()
            attempt.play(scene)
            assert harm_of(simulation, attempt, scene), f"{attempt.name}: is no variant, it does no harm without Intercept"


def with_policy(simulation, attempts, row, entry):
    scenes = contextlib.ExitStack()
    with scenes:

        def scene_of():
            return scenes.enter_context(Scene(simulation, row, entry.policy, entry.run, protected=True))

        scene = scene_of()
        simulation.honest(scene)
        for attempt in attempts:
            if simulation.fresh:
                scenes.close()
                scene = scene_of()
            scene.renew()
            scene.reasons()
            attempt.play(scene)
            harm = harm_of(simulation, attempt, scene)
            assert not harm, f"{attempt.name}: {harm}"
            why = simulation.why(scene)
            assert attempt.quiet or why, f"{attempt.name}: nothing on record says why it was stopped"
        simulation.recorded(scene)
        scene = scene_of() if simulation.fresh else scene
        scene.renew()
        simulation.honest(scene)


def judge(slug, row, entry, seed=1, many=False):
    simulation = SIMULATIONS[slug](seed, many)
    attempts = simulation.attempts()
    assert len({a.name for a in attempts}) == len(attempts), "two attempts have one name"
    without_policy(simulation, attempts, row)
    without_intercept(simulation, attempts, row)
    with_policy(simulation, attempts, row, entry)
