"""The real servers and clients: how each is started, and what a client does with it.

A server's scenario is what the clients' fixed script reads (tests/peers/node/script.mjs describes it). `hidden` is the
tool that the second policy hides."""

import os
import pathlib

import pytest

from harness import BUILD, PEERS, TESTS

NODE = str(BUILD / "node/bin/node")
PYTHON = str(BUILD / "venv/bin/python")
MODULES = PEERS / "node/node_modules"


def node(path, *args):
    return [NODE, str(MODULES / path), *args]


def tool(name, arguments=None, **how):
    return {"name": name, "arguments": arguments or {}, **how}


OURS = [  # the calls that each of our own small servers understands
    tool("echo", {"text": "hi \u2028 \U0001f600"}),
    tool("add", {"a": 1, "b": 2}),
    tool("add", {"a": 1}),
    tool("long", {"steps": 3}, progress=True),
    tool("long", {"steps": 500}, cancel=True),
    tool("ask"),
    tool("elicit"),
    tool("roots"),
    tool("error"),
    tool("secret"),
    tool("no-such-tool"),
]
OURS_MORE = {
    "level": "debug",
    "reads": ["test://item/7"],
    "completions": [{"ref": {"type": "ref/resource", "uri": "test://item/{id}"}, "argument": {"name": "id", "value": "1"}}],
    "hidden": "secret",
}

SERVERS = {
    "everything": {
        "command": node("@modelcontextprotocol/server-everything/dist/index.js", "stdio"),
        "settle": 300,
        "level": "emergency",
        "calls": [
            tool("echo", {"message": "hi \U0001f600"}),
            tool("echo"),
            tool("get-sum", {"a": 1.5, "b": 1e3}),
            tool("get-annotated-message", {"messageType": "success", "includeImage": True}),
            tool("get-structured-content", {"location": "Chicago"}),
            tool("get-resource-links", {"count": 2}),
            tool("get-resource-reference", {"resourceType": "Blob", "resourceId": 2}),
            tool("trigger-long-running-operation", {"duration": 0.3, "steps": 3}, progress=True),
            tool("trigger-long-running-operation", {"duration": 20, "steps": 400}, cancel=True),
            tool("get-roots-list"),
            tool("trigger-sampling-request", {"prompt": "hello", "maxTokens": 5}),
            tool("trigger-elicitation-request"),
            tool("get-tiny-image"),
            tool("no-such-tool"),
        ],
        "completions": [
            {"ref": {"type": "ref/prompt", "name": "completable-prompt"}, "argument": {"name": "department", "value": "E"}},
            {"ref": {"type": "ref/resource", "uri": "demo://resource/dynamic/text/{resourceId}"}, "argument": {"name": "resourceId", "value": "1"}},
        ],
        "hidden": "get-tiny-image",
    },
    "filesystem": {
        "command": node("@modelcontextprotocol/server-filesystem/dist/index.js", "{work}"),
        "settle": 200,
        "calls": [
            tool("list_allowed_directories"),
            tool("write_file", {"path": "{work}/a.txt", "content": "one\ntwo \U0001f600\n"}),
            tool("read_text_file", {"path": "{work}/a.txt"}),
            tool("read_text_file", {"path": "{work}/a.txt", "head": 1}),
            tool("edit_file", {"path": "{work}/a.txt", "edits": [{"oldText": "one", "newText": "1"}]}),
            tool("create_directory", {"path": "{work}/d"}),
            tool("move_file", {"source": "{work}/a.txt", "destination": "{work}/d/b.txt"}),
            tool("list_directory", {"path": "{work}"}),
            tool("directory_tree", {"path": "{work}"}),
            tool("search_files", {"path": "{work}", "pattern": "**/*.txt"}),
            tool("read_text_file", {"path": "/etc/hostname"}),
            tool("read_text_file"),
            tool("get_file_info", {"path": "{work}"}),
        ],
        "hidden": "get_file_info",
    },
    "memory": {
        "command": node("@modelcontextprotocol/server-memory/dist/index.js"),
        "env": {"MEMORY_FILE_PATH": "{work}/memory.jsonl"},
        "calls": [
            tool("create_entities", {"entities": [{"name": "A", "entityType": "t", "observations": ["o\u2028"]}, {"name": "B", "entityType": "t", "observations": []}]}),
            tool("create_relations", {"relations": [{"from": "A", "to": "B", "relationType": "knows"}]}),
            tool("read_graph"),
            tool("search_nodes", {"query": "A"}),
            tool("delete_entities", {"entityNames": ["A"]}),
            tool("open_nodes", {"names": 7}),
        ],
        "hidden": "search_nodes",
    },
    "sequential-thinking": {
        "command": node("@modelcontextprotocol/server-sequential-thinking/dist/index.js"),
        "calls": [tool("sequentialthinking", {"thought": "t", "nextThoughtNeeded": False, "thoughtNumber": 1, "totalThoughts": 1}), tool("nope")],
        "hidden": "sequentialthinking",
    },
    "context7": {
        "command": node("@upstash/context7-mcp/dist/index.js", "--transport", "stdio"),
        "calls": [tool("query-docs"), tool("resolve-library-id")],
        "hidden": "resolve-library-id",
    },
    "airtable": {
        "command": node("airtable-mcp-server/dist/main.js"),
        "env": {"AIRTABLE_API_KEY": "dummy"},
        "calls": [tool("list_records"), tool("create_record", {"baseId": 1})],
        "hidden": "create_record",
    },
    "notion": {
        "command": node("@notionhq/notion-mcp-server/bin/cli.mjs"),
        "env": {"NOTION_TOKEN": "ntn_dummy"},
        "calls": [tool("no-such-tool")],
        "hidden": "API-get-self",
    },
    "twilio": {
        "command": node(
            "@twilio-alpha/mcp/build/index.js", "AC00000000000000000000000000000000/SK00000000000000000000000000000000:dummy"
        ),
        "settle": 200,
        "calls": [tool("no-such-tool")],
        "hidden": "TwilioApiV2010--CreateAccount",
    },
    "tailwind": {
        "command": node("tailwindcss-mcp-server/build/index.js"),
        "calls": [tool("get_tailwind_colors", {}), tool("convert_css_to_tailwind", {"css": "p { color: red; }"}), tool("install_tailwind", {})],
        "hidden": "install_tailwind",
    },
    "puppeteer": {
        "command": node("@modelcontextprotocol/server-puppeteer/dist/index.js"),
        "calls": [tool("no-such-tool")],
        "hidden": "puppeteer_evaluate",
    },
    "commands": {
        "command": node("mcp-server-commands/build/index.js"),
        "calls": [tool("run_command", {"command": "echo hi; echo oops >&2; exit 3"})],
        "hidden": "run_command",
    },
    "figma": {
        "command": node("figma-developer-mcp/dist/bin.js", "--stdio", "--figma-api-key=dummy"),
        "env": {"FIGMA_API_KEY": "dummy", "DO_NOT_TRACK": "1"},
        "calls": [tool("get_figma_data")],
        "hidden": "download_figma_images",
    },
    "excel": {
        "command": node("@negokaz/excel-mcp-server/dist/launcher.js"),
        "calls": [
            tool("excel_write_to_sheet", {"fileAbsolutePath": "{work}/x.xlsx", "sheetName": "S", "newSheet": True, "range": "A1:B1", "values": [["a", 1]]}),
            tool("excel_describe_sheets", {"fileAbsolutePath": "{work}/absent.xlsx"}),
            tool("excel_copy_sheet", {"fileAbsolutePath": "{work}/absent.xlsx", "srcSheetName": "S", "dstSheetName": "T"}),
        ],
        "hidden": "excel_copy_sheet",
    },
    "linear": {
        "command": node("@tacticlaunch/mcp-linear/dist/index.js"),
        "env": {"LINEAR_API_TOKEN": "lin_api_dummy", "LINEAR_API_KEY": "lin_api_dummy"},
        "calls": [tool("no-such-tool")],
        "hidden": "linear_getViewer",
    },
    # our own, on other SDKs
    "dual": {"command": [NODE, str(PEERS / "node/dual.mjs")], "calls": OURS, "listen": True, **OURS_MORE},
    "python": {"command": [PYTHON, str(TESTS / "peers/python/server.py")], "calls": OURS, **OURS_MORE},
    "go": {"command": [str(PEERS / "go/server")], "calls": OURS, **OURS_MORE},
    "rust": {"command": [str(PEERS / "rust/debug/server")], "calls": OURS, **OURS_MORE},
}

REAL = [name for name in SERVERS if name not in ("dual", "python", "go", "rust")]

CLIENTS = {
    "ts1": [NODE, str(PEERS / "node/ts1.mjs")],
    "ts2": [NODE, str(PEERS / "node/ts2.mjs")],
    "inspector": [PYTHON, str(TESTS / "peers/python/inspector.py")],
    "python": [PYTHON, str(TESTS / "peers/python/client.py")],
    "go": [str(PEERS / "go/client")],
    "rust": [str(PEERS / "rust/debug/client")],
}


def need(*names):
    """Skips what a missing toolchain leaves out; in CI (CI=true) nothing may be."""
    for name in names:
        command = {"go": PEERS / "go/server", "rust": PEERS / "rust/debug/server"}.get(name, pathlib.Path(NODE))
        if not os.access(command, os.X_OK):
            message = f"the {name} peers are not built (scripts/lib/peers)"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
