"""What the release binary is optimised for: typical traffic through an instrumented build (scripts/profile).

    train.py INTERCEPT ECHO_SERVER

Forwarded, limited, denied and repeated calls, lists of tools, small and large messages, one and many in flight; then the
same over HTTP (train_http.py).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import train_http

RULES = "\n".join(f"""
  tool_{i}:
    rules:
      - name: limits {i}
        conditions:
          - {{path: args.path, op: regex, value: '^/srv/data/[a-z]+/file-[0-9]{{4}}\\.(txt|md)$'}}
          - {{path: args.currency, op: in, value: [usd, eur, gbp]}}
          - {{path: args.amount, op: lte, value: 5000}}""" for i in range(50))
POLICIES = {
    "empty": 'version: "1"\n',
    "rules": 'version: "1"\ntools:' + RULES + "\n",
    "session": 'tools:\n  "*":\n    rules:\n      - rate_limit: {max: 1000000000, window: 60}\n',
    "store": 'tools:\n  "*":\n    rules:\n      - rate_limit: 1000000000/hour\n',
    "deny": 'version: "1"\ntools:\n  "*": {rules: [{action: deny, when: [{path: args.amount, op: gt, value: 1}]}]}\n',
    "hide": "hide: [" + ", ".join(f"tool_{i * 10}" for i in range(20)) + "]\n",
}


def call(n, text="a note"):
    arguments = {"path": f"/srv/data/abc/file-{n % 10000:04}.txt", "currency": "usd", "amount": 12.5 + n % 100, "note": text}
    return {"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": {"name": f"tool_{n % 50}", "arguments": arguments}}


def run(binary, echo, policy, messages, depth, folder):
    path = pathlib.Path(folder) / "policy.yaml"
    path.write_text(POLICIES[policy])
    env = dict(os.environ, XDG_STATE_HOME=folder)
    process = subprocess.Popen([binary, "-c", str(path), "--log-level", "error", "--", sys.executable, echo],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    for start in range(0, len(messages), depth):
        bunch = messages[start:start + depth]
        process.stdin.write(b"".join(json.dumps(m, separators=(",", ":")).encode() + b"\n" for m in bunch))
        process.stdin.flush()
        for _ in bunch:
            process.stdout.readline()
    process.stdin.close()
    if process.wait(timeout=60) != 0:
        raise SystemExit(f"the run with policy {policy} failed")


def main():
    binary, echo = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for policy in POLICIES:
            for depth in (1, 64):
                run(binary, echo, policy, [call(n) for n in range(1, 6401)], depth, folder)
        lists = [{"jsonrpc": "2.0", "id": n, "method": "tools/list"} for n in range(1, 65)]
        for policy in ("empty", "hide"):
            run(binary, echo, policy, lists, 1, folder)
        run(binary, echo, "rules", [call(n, "x" * 300_000) for n in range(1, 17)], 1, folder)
        train_http.train(binary, echo, POLICIES, call, folder)


if __name__ == "__main__":
    main()
