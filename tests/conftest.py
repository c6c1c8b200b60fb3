"""Shared fixtures. See harness.py."""

import pytest

import harness


def pytest_sessionstart(session):
    try:
        harness.binary()
    except RuntimeError as missing:
        pytest.exit(str(missing), returncode=2)


class Pool:
    """Wires that are kept from test to test: one a policy, replaced when a test left it in an unknown state."""

    def __init__(self):
        self._kept = {}

    def take(self, policy, **options):
        wire = self._kept.pop(policy, None)
        return wire or harness.Wire(policy, **options)

    def give_back(self, policy, wire):
        self._kept[policy] = wire

    def close(self):
        for wire in self._kept.values():
            wire.discard()


@pytest.fixture(scope="session")
def pool():
    pool = Pool()
    yield pool
    pool.close()


@pytest.fixture
def wire_of(pool, request):
    """wire_of(policy): a Wire that may have been used before. It is used again only if the test passed and a fence
    through it shows nothing left over."""
    taken = []

    def take(policy, **options):
        wire = pool.take(policy, **options)
        taken.append((policy, wire))
        return wire

    yield take
    for policy, wire in taken:
        failed = getattr(request.node, "failed", True)
        try:
            clean = not failed and wire.fence() == ([], [])
        except (AssertionError, OSError):
            clean = False
        if clean:
            pool.give_back(policy, wire)
        else:
            wire.discard()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.failed = report.failed
    return report
