"""The server of train.py: lists 200 tools and answers every call."""

import json
import sys

TOOLS = [{"name": f"tool_{i}", "description": f"Tool number {i}: reads a file, charges an amount and leaves a note.",
          "inputSchema": {"type": "object", "required": ["path"],
                          "properties": {"path": {"type": "string"}, "amount": {"type": "number"},
                                         "currency": {"type": "string", "enum": ["usd", "eur", "gbp"]},
                                         "note": {"type": "string"}}}} for i in range(200)]

for line in sys.stdin.buffer:
    message = json.loads(line)
    if "id" not in message:
        continue
    result = {"tools": TOOLS} if message["method"] == "tools/list" else {"content": [{"type": "text", "text": "done: \"ok\"\n"}]}
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
    sys.stdout.buffer.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
    sys.stdout.buffer.flush()
