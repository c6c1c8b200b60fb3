"""Client on the official Python SDK. Runs the same script as tests/peers/node/script.mjs and prints one document."""

import asyncio
import contextlib
import json
import sys

import anyio
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp import types
from mcp.client import stdio
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

stdio.PROCESS_TERMINATION_TIMEOUT = 0.4  # some servers ignore their input's end
scenario = json.load(open(sys.argv[1], encoding="utf-8"))
sent = {}
wire = {"answers": [], "requests": [], "notifications": {}}
muted = False


def dump(model):
    return json.loads(model.model_dump_json(by_alias=True, exclude_unset=True)) if hasattr(model, "model_dump_json") else model


class Reading:
    """The stream that the session reads, with a note of what goes by."""

    def __init__(self, inner):
        self.inner = inner

    async def receive(self):
        return note(await self.inner.receive())

    def __aiter__(self):
        return self

    async def __anext__(self):
        return note(await self.inner.__anext__())

    async def __aenter__(self):
        await self.inner.__aenter__()
        return self

    async def __aexit__(self, *error):
        return await self.inner.__aexit__(*error)

    async def aclose(self):
        await self.inner.aclose()


class Writing(Reading):
    async def send(self, item):
        message = dump(item.message)
        if "method" in message and "id" in message:
            params = message.get("params") or {}
            sent[message["id"]] = [message["method"], params.get("name") or params.get("uri")]
        await self.inner.send(item)


def note(item):
    if isinstance(item, Exception):
        wire["answers"].append({"to": None, "message": {"unreadable": type(item).__name__}})
        return item
    message = dump(item.message)
    if "method" in message and "id" in message:
        wire["requests"].append(message)
    elif "method" in message:
        if not (muted and message["method"] == "notifications/progress"):
            wire["notifications"].setdefault(message["method"], []).append(message)
    else:
        wire["answers"].append({"to": sent.get(message.get("id")), "message": message})
    return item


@contextlib.asynccontextmanager
async def transport():
    if scenario.get("transport", "stdio") != "stdio":
        connect = streamable_http_client if scenario["transport"] == "http" else sse_client
        async with connect(scenario["url"]) as streams:
            yield Reading(streams[0]), Writing(streams[1])
        return
    parameters = StdioServerParameters(
        command=scenario["command"],
        args=scenario["args"],
        cwd=scenario["cwd"],
        env={k: v for k, v in __import__("os").environ.items()} | scenario["env"],
    )
    with open("/dev/null", "w") as nowhere:
        async with stdio_client(parameters, errlog=nowhere) as (read, write):
            yield Reading(read), Writing(write)


async def on_sampling(context, params):
    text = f"sampled {len(params.messages)}"
    return types.CreateMessageResult(role="assistant", model="test-model", stop_reason="endTurn", content=types.TextContent(type="text", text=text))


async def on_elicitation(context, params):
    schema = getattr(params, "requested_schema", None)
    if schema is None:
        return types.ElicitResult(action="decline")
    return types.ElicitResult(action="accept", content={name: "xxx" for name in schema.get("required", [])})


async def on_roots(context):
    return types.ListRootsResult(roots=[types.Root(**root) for root in scenario["roots"]])


steps = []


async def step(name, call):
    try:
        steps.append({"step": name, "result": dump(await call())})
    except MCPError as error:
        steps.append({"step": name, "error": {"code": error.code, "message": error.message, "data": error.data}})
    except Exception as error:  # whatever the SDK says is part of what is compared
        steps.append({"step": name, "error": {"name": type(error).__name__, "message": str(error)[:500]}})
    return steps[-1].get("result")


async def one(client, call):
    global muted
    progress = []
    if call.get("cancel"):
        with anyio.CancelScope() as scope:

            async def first(*p):
                global muted
                progress.append(p)
                muted = True
                scope.cancel()

            await client.call_tool(call["name"], call["arguments"], progress_callback=first)
        return {"cancelled": scope.cancelled_caught, "progress": progress[:1]}

    async def more(*p):
        progress.append(p)

    result = await client.call_tool(call["name"], call["arguments"], progress_callback=more if call.get("progress") else None)
    # The last event may share a read with the result, and is then handled after it; all of them are in `wire`.
    return {"progress": progress[:2], "result": dump(result)} if call.get("progress") else result


async def main():
    client = Client(
        transport(),
        mode=scenario.get("mode") or "legacy",
        sampling_callback=on_sampling,
        elicitation_callback=on_elicitation,
        list_roots_callback=on_roots,
        client_info=types.Implementation(name="test-client", version="1.0.0"),
    )
    with anyio.fail_after(60):
        async with client:
            await script(client)
            await asyncio.sleep(0.1)
            print(json.dumps({"steps": steps, "wire": wire}), flush=True)


async def script(client):
    capabilities = dump(client.server_capabilities)
    legacy = client.protocol_version < "2026"
    steps.append({"step": "connected", "result": [dump(client.server_info), capabilities, client.instructions, client.protocol_version]})
    await asyncio.sleep(scenario.get("settle", 0) / 1000)
    if legacy:
        await step("ping", client.send_ping)
        if scenario.get("level") and "logging" in capabilities:
            await step("level", lambda: client.set_logging_level(scenario["level"]))
    await step("tools", client.list_tools)
    for call in scenario["calls"]:
        await step(f"call {call['name']}", lambda: one(client, call))
    if "resources" in capabilities:
        listed = await step("resources", client.list_resources)
        await step("templates", client.list_resource_templates)
        uris = [r["uri"] for r in listed["resources"][:2]] + scenario.get("reads", []) + ["no://such/resource"]
        for uri in uris:
            await step(f"read {uri}", lambda: client.read_resource(uri))
    if "prompts" in capabilities:
        listed = await step("prompts", client.list_prompts)
        for prompt in listed["prompts"][:4]:
            arguments = {a["name"]: "1" for a in prompt.get("arguments") or []}
            await step(f"prompt {prompt['name']}", lambda: client.get_prompt(prompt["name"], arguments))
    for params in scenario.get("completions", []):
        kind = types.PromptReference if params["ref"]["type"] == "ref/prompt" else types.ResourceTemplateReference
        await step("complete", lambda: client.complete(kind(**params["ref"]), params["argument"]))


asyncio.run(main())
