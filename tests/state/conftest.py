"""Tests of what lasts: counters, logs, policies that change while sessions run."""
import collections
import os
import shutil
import subprocess

import pytest

from fleet import ROOT, binary


def pytest_configure(config):
    if not os.access(binary(), os.X_OK):
        pytest.exit(f"no binary at {binary()}: build it, or set INTERCEPT_BIN", returncode=2)


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """wall_shim.c, built."""
    out = tmp_path_factory.mktemp("shim") / "wall_shim.so"
    compiler = shutil.which("clang-19") or shutil.which("cc")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(out), str(ROOT / "tests/state/wall_shim.c")],
                   check=True)
    return out


def pytest_terminal_summary(terminalreporter):
    """What test_counting tried, over all workers."""
    total = collections.Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", []):
                if name == "tried" and getattr(report, "when", "") == "call":
                    total.update(value)
    if total:
        terminalreporter.write_line("counting: " + ", ".join(f"{n} {what}" for what, n in sorted(total.items())))
