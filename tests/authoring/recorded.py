"""Logs of real proxies, for tests of the commands that read them."""

import harness


def tool(name, arguments=None):
    """A tools/call: its method and params."""
    return ("tools/call", {"name": name} if arguments is None else {"name": name, "arguments": arguments})


def record(desk, calls, policy='version: "1"\n', flags=(), log_args="full", folder="log"):
    """Calls through a real proxy; `calls` are (method, params). Gives the folder of the log."""

    def serve(message):
        if "id" not in message or "method" not in message:
            return []
        return [{"jsonrpc": "2.0", "id": message["id"], "result": {"content": []}}]

    wire = harness.Wire(policy, flags=["--server-name", "srv", "--log-args", log_args, *flags], answer=serve)
    with wire:
        for number, (method, params) in enumerate(calls):
            wire.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            while wire.recv().get("id") != number:
                pass
        assert wire.close() == 0
        target = desk.folder / folder
        target.mkdir(exist_ok=True)
        for path in (wire.state / "intercept" / "audit").glob("*.jsonl"):
            (target / path.name).write_bytes(path.read_bytes())
    return folder
