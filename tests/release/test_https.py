"""The binary that ships fetches from an https server where there is nothing else: an empty root with a CA file."""

import json
import os
import shutil
import ssl
import subprocess
import sys

import pytest

import harness

sys.path.append(str(harness.TESTS / "http"))

from certificates import authority  # noqa: E402
from mcp_servers import StreamableServer  # noqa: E402

BINARY = os.environ.get("INTERCEPT_BIN", "")
PING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}) + "\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
@pytest.mark.parametrize("where", ["flag", "environment", "nowhere"])
def test_in_an_empty_root(tmp_path, where):
    certificate, key = authority().files(stem="release")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    shutil.copy(BINARY, tmp_path / "intercept")
    shutil.copy(authority().file, tmp_path / "ca.pem")
    (tmp_path / "policy.yaml").write_text("default: allow\n")
    with StreamableServer(tls=context) as server:
        command = ["chroot", tmp_path, "/intercept", "-c", "/policy.yaml", "--state-dir", "/state", "--upstream", server.url]
        command += ["--tls-ca", "/ca.pem"] if where == "flag" else []
        env = {"PATH": os.environ["PATH"], **({"SSL_CERT_FILE": "/ca.pem"} if where == "environment" else {})}
        ran = subprocess.run(command, input=PING, env=env, capture_output=True, text=True, timeout=harness.TIMEOUT, check=False)
    if where == "nowhere":
        assert ran.returncode == 2 and "--tls-ca" in ran.stderr, ran
        return
    assert ran.returncode == 0, ran
    assert "id" in json.loads(ran.stdout), ran
