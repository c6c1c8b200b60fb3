"""Process tests: the built binary in front of servers that misbehave. See proxy_process.py."""
import os

import pytest

from proxy_process import Proxy, binary


def pytest_configure(config):
    if not os.access(binary(), os.X_OK):
        pytest.exit(f"no binary at {binary()}: build it, or set INTERCEPT_BIN", returncode=2)


@pytest.fixture
def start(tmp_path):
    """start(*words, **options) -> Proxy; each gets a folder of its own, and is gone after the test."""
    running = []

    def run(*words, **options):
        proxy = Proxy(tmp_path / str(len(running)), *words, **options)
        running.append(proxy)
        return proxy

    yield run
    for proxy in running:
        proxy.clean_up()
