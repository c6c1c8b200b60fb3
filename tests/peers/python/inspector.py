"""Drives the Inspector's CLI: one run a method, all its JSON in one document."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

scenario = json.load(open(sys.argv[1], encoding="utf-8"))
build = pathlib.Path(__file__).resolve().parents[3] / "build"
inspector = build / "peers/node/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
if "url" in scenario:
    server = {"type": {"http": "streamable-http", "sse": "sse"}[scenario["transport"]], "url": scenario["url"]}
else:
    server = {"command": scenario["command"], "args": scenario["args"], "env": scenario["env"], "cwd": scenario["cwd"]}


def run(*arguments):
    with tempfile.TemporaryDirectory() as home:
        config = pathlib.Path(home) / "mcp.json"
        config.write_text(json.dumps({"mcpServers": {"it": server}}))
        done = subprocess.run(
            [build / "node/bin/node", inspector, "--cli", "--config", config, "--server", "it", "--format", "json", "-q",
             "--protocol-era", scenario["mode"], *arguments],
            capture_output=True,
            env={**os.environ, "HOME": home},
            timeout=60,
        )  # fmt: skip
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"status": done.returncode, "said": done.stderr.decode(errors="replace")[-400:]}


def call(name, arguments):
    return run("--method", "tools/call", "--tool-name", name, "--tool-args-json", json.dumps(arguments))


first = scenario["calls"][0]
with concurrent.futures.ThreadPoolExecutor() as pool:
    runs = {
        "tools": pool.submit(run, "--method", "tools/list"),
        f"call {first['name']}": pool.submit(call, first["name"], first["arguments"]),
        "prompts": pool.submit(run, "--method", "prompts/list"),
    }
print(json.dumps({"steps": [{"step": name, "result": done.result()} for name, done in runs.items()]}))
