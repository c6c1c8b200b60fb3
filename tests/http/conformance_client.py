"""The command that the conformance suite runs as its client: puts Intercept between, then runs the real client.

    conformance_client.py CLIENT.mjs [direct] URL"""

import subprocess
import sys

sys.path[:0] = [sys.path[0] + "/..", sys.path[0] + "/../e2e"]

import peers  # noqa: E402
from listener import Listener  # noqa: E402

program, *how, url = sys.argv[1:]
if how:
    sys.exit(subprocess.run([peers.NODE, program, url]).returncode)
with Listener(upstream=url) as intercept:
    status = subprocess.run([peers.NODE, program, intercept.url.replace("127.0.0.1", "localhost")]).returncode
sys.exit(status)
