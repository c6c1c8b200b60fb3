"""Limits hold whatever happens: eight processes, several keys, windows, amounts and refunds, kill -9 at random moments,
clock steps, reloads and full disks. A server that writes down what it executed is the judge: never more than the
maximum in any interval, exactly the maximum where demand suffices, and after a kill at most the calls that were in
flight are missing.

Each seed is one run; INTERCEPT_COUNTING_SEEDS says how many (default 104). What was tried is printed at the end.
"""
import collections
import os
import random
import shutil
from decimal import Decimal

import pytest

from fleet import TIMEOUT, Fleet, SmallDisk, Wall, wait_until

SEEDS = int(os.environ.get("INTERCEPT_COUNTING_SEEDS", "104"))
KINDS = ["plain", "refunds", "kill", "clock", "reload", "disk", "servers", "everything"]
STEP = Decimal("0.25")


class Policy:
    """Limits of a run; text() may be asked for again with other maxima."""

    def __init__(self, rng):
        self.rate = rng.randint(5, 40)
        self.burst = rng.randint(2, 12)
        self.spend = STEP * rng.randint(20, 200)
        self.both_count, self.both_sum = rng.randint(5, 30), STEP * rng.randint(20, 100)
        self.refund = rng.randint(5, 30)
        self.lease = rng.randint(1, 4)

    def text(self, note=""):
        return f"""# {note}
tools:
  rate: {{rules: [{{rate_limit: {self.rate}/hour}}]}}
  burst: {{rules: [{{rate_limit: {self.burst}/second}}]}}
  spend: {{rules: [{{spend_limit: {{max: {self.spend}, window: day, from: args.amount}}}}]}}
  both:
    rules:
      - rate_limit: {self.both_count}/hour
      - limits: [{{counter: total, window: day, max: {self.both_sum}, increment_from: args.amount}}]
  refund: {{rules: [{{limits: [{{counter: ok, window: day, max: {self.refund}, refund: on_error}}]}}]}}
  lease: {{rules: [{{concurrency: {self.lease}}}]}}
"""


class Run:
    def __init__(self, seed, home, shim):
        self.rng = random.Random(seed)
        self.kind = KINDS[seed % len(KINDS)]
        self.tried = collections.Counter({"runs of " + self.kind: 1})
        self.policy = Policy(self.rng)
        self.disk, self.wall = None, None
        state, env = None, None
        if self.kind in ("disk", "everything") and os.geteuid() == 0:
            self.disk = SmallDisk(home / "disk")
            state = self.disk.path / "state"
        if self.kind in ("clock", "everything"):
            self.wall = Wall(home, shim)
            env = self.wall.env
            # Near midnight, so that an hour's step leads over it and back.
            self.wall.set_time_of_day(self.rng.choice([23.4, 0.4, 12]))
        flags = self.rng.choice([[], [], ["--state-sync", "full"], ["--audit-sync", "always"]])
        self.fleet = Fleet(home, self.policy.text(), flags, state, env)
        self.lost = collections.Counter()  # tool -> what calls in flight at a kill may have been charged
        self.lost_calls = collections.Counter()

    # What happens beside the calls.
    def event(self):
        choices = {
            "plain": [], "refunds": [], "kill": ["kill"], "clock": ["step"], "reload": ["reload"], "disk": ["no_space"],
            "servers": ["server"], "everything": ["kill", "step", "reload", "no_space", "server"],
        }[self.kind]
        if choices:
            getattr(self, self.rng.choice(choices))()

    def lose(self, calls):
        for call in calls:
            self.lost[call.tool] += call.amount if call.tool in ("spend", "both") else 1
            self.lost_calls[call.tool] += 1

    def kill(self):
        member = self.rng.choice(self.fleet.alive())
        self.lose(member.kill())
        self.fleet.start()
        self.tried["proxies killed"] += 1

    def server(self):
        member = self.rng.choice(self.fleet.alive())
        before = member.open_calls()
        member.kill_server()
        self.lose(before)
        self.fleet.start()
        self.tried["servers killed"] += 1

    def step(self):
        if self.wall:
            self.wall.step(self.rng.choice([3600, -3600]))
            self.tried["clock steps"] += 1

    def reload(self):
        """Other rules, same counters; the file exchanged in one of the ways that people use."""
        self.fleet.exchange_policy(self.policy.text(f"edition {self.rng.random()}"), self.rng.choice(["rename", "write"]))
        self.tried["reloads"] += 1

    def no_space(self):
        """The disk of state and log is full for a while."""
        if self.disk is None:
            return
        self.disk.fill()
        for member in self.fleet.alive():
            member.call("rate")
            member.call("spend", STEP)
        self.fleet.settle()
        self.disk.empty()
        self.tried["disks filled"] += 1

    # The calls.
    def one_call(self):
        rng, member = self.rng, self.rng.choice(self.fleet.alive())
        tool = rng.choice(["rate", "burst", "spend", "both", "refund", "lease"])
        if tool in ("spend", "both"):
            member.call(tool, STEP * rng.randint(1, 12))
        elif tool == "refund":
            flags = {}
            if self.kind in ("refunds", "everything"):
                flags = rng.choice([{}, {"fail": True}, {"error": True}])
            member.call(tool, **flags)
        elif tool == "lease":
            member.call(tool, ms=rng.randint(1, 4))
        else:
            member.call(tool)
        self.tried["calls"] += 1

    def top_up(self):
        """Demand until everything says no: then the maximum is reached exactly, if nothing was lost."""
        for tool, amount in (("rate", 1), ("spend", STEP), ("both", STEP), ("refund", 1)):
            def exhausted(tool=tool, amount=amount):
                calls = [m.call(tool, amount) for m in self.fleet.alive() for _ in range(4)]
                self.fleet.settle()
                return all(c.denied and "lost" not in c.text for c in calls)
            wait_until(exhausted, f"{tool} to be used up", TIMEOUT * 2)

    def run(self):
        self.fleet.start(8)
        for _ in range(self.rng.randint(6, 10)):
            for _ in range(self.rng.randint(5, 25)):
                self.one_call()
            self.event()
            if self.rng.random() < 0.3:
                self.fleet.settle()
        self.fleet.settle()
        self.top_up()
        self.fleet.close()
        self.judge()

    # The judge.
    def judge(self):
        p, fleet = self.policy, self.fleet
        self.between("rate", len(fleet.done("rate")), p.rate)
        self.between("spend", sum(c.amount for c in fleet.done("spend")), p.spend)
        both = fleet.done("both")
        assert len(both) <= p.both_count, self.story()
        assert sum(c.amount for c in both) <= p.both_sum, self.story()
        missing_calls, missing_sum = self.lost_calls["both"], self.lost["both"]
        assert (len(both) >= p.both_count - missing_calls
                or sum(c.amount for c in both) >= p.both_sum - missing_sum), self.story()
        good = [c for c in fleet.done("refund") if not c.flags]
        self.between("refund", len(good), p.refund)
        self.intervals("burst", p.burst)
        self.concurrency()
        self.tried["executed"] += len(fleet.executions())

    def between(self, tool, executed, maximum):
        lowest = maximum - self.lost[tool]
        assert lowest <= executed <= maximum, f"{tool}: executed {executed}, maximum {maximum}, " + self.story()

    def intervals(self, tool, maximum):
        """A call was admitted between its sending and its execution: of those that lie wholly inside a second there are
        at most `maximum`."""
        ran = self.fleet.executions()
        spans = sorted((c.sent, ran[c.nonce][0]) for c in self.fleet.done(tool))
        for begin, _ in spans:
            inside = [s for s in spans if begin <= s[0] and s[1] < begin + 1_000_000_000]
            assert len(inside) <= maximum, f"{tool}: {len(inside)} within a second, maximum {maximum}, " + self.story()

    def concurrency(self):
        """Never more at a time than there are leases. What was killed ended when it was killed."""
        ran, moments = self.fleet.executions(), []
        for call in self.fleet.done("lease"):
            begin, end = ran[call.nonce]
            if end is not None:
                moments += [(begin, 1), (end, -1)]
        at_once = most = 0
        for _, change in sorted(moments):
            at_once += change
            most = max(most, at_once)
        assert most <= self.policy.lease, f"{most} calls at once, {self.policy.lease} leases, " + self.story()

    def story(self):
        return f"{self.kind}, {dict(self.tried)}, lost {dict(self.lost)}, in {self.fleet.home}"

    def clean_up(self):
        for member in self.fleet.members:
            if member.process.poll() is None:
                member.process.kill()
                member.process.wait()
        if self.disk:
            self.disk.close()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_counting(seed, tmp_path, shim, record_property):
    run = Run(seed, tmp_path, shim)
    try:
        run.run()
    finally:
        run.clean_up()
    record_property("tried", dict(run.tried))
    shutil.rmtree(tmp_path, ignore_errors=True)
