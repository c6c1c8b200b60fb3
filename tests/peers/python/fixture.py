"""The fixture server on the Python SDK, both eras at $PORT: what the file $FIXTURE says. See tests/peers/node/fixture.mjs."""

import asyncio
import json
import os
import re

import uvicorn
from mcp import MCPError, types
from mcp.server.lowlevel import Server

FIXTURE = json.load(open(os.environ["FIXTURE"], encoding="utf-8"))


class Kept:
    """Keeps what was said on each stream, so that a client can ask for what it missed."""

    def __init__(self):
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send_callback):
        from mcp.server.streamable_http import EventMessage

        stream = self.events[int(last_event_id) - 1][0]
        for number, (of, message) in enumerate(self.events, 1):
            if number > int(last_event_id) and of == stream and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream


def said(text):
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


def asking(round):
    return types.InputRequiredResult.model_validate({"resultType": "input_required", **round})


def filled(value, given):
    def put(found):
        return json.dumps(str(given[found[1]]))[1:-1] if found[1] in given else found[0]

    return json.loads(re.sub(r"\{(\w+)\}", put, json.dumps(value)))


def following(rounds, params):
    """The round of questions that comes next, or None when all were answered."""
    state = params.get("requestState")
    at = next((i for i, r in enumerate(rounds) if r.get("requestState") == state), None)
    if at is None:
        if state is not None:
            raise MCPError(-32602, "requestState is not ours")
        at = 0
    complete = all(key in (params.get("inputResponses") or {}) for key in rounds[at]["inputRequests"])
    return (rounds[at + 1] if at + 1 < len(rounds) else None) if complete else rounds[at]


NEEDED = {"elicitation/create": "elicitation", "sampling/createMessage": "sampling", "roots/list": "roots"}


def modern(ctx):
    return ctx.protocol_version >= "2026"


def capabilities(ctx):
    known = ctx.session.client_capabilities
    return known.model_dump(exclude_none=True) if known else {}


async def ask(ctx, asked):
    if asked["method"] == "elicitation/create":
        request = types.ElicitRequest(params=types.ElicitRequestFormParams.model_validate(asked["params"]))
        answer = await ctx.session.send_request(request, types.ElicitResult)
        return f"action={answer.action}, content={json.dumps(answer.content)}"
    request = types.CreateMessageRequest(params=types.CreateMessageRequestParams.model_validate(asked["params"]))
    return (await ctx.session.send_request(request, types.CreateMessageResult)).content.text


async def call_tool(ctx, params):
    known = next((t for t in FIXTURE["tools"] if t["tool"]["name"] == params.name), None)
    if not known:
        raise MCPError(-32602, f"Unknown tool: {params.name}")
    if known.get("needs") and known["needs"] not in capabilities(ctx):
        raise MCPError(-32021, f"The client lacks {known['needs']}", {"requiredCapabilities": {known["needs"]: {}}})
    if known.get("error"):
        return types.CallToolResult.model_validate({**known["result"], "isError": True})
    for data in known.get("log", []):
        await ctx.session.send_log_message("info", data, related_request_id=ctx.request_id)
        await asyncio.sleep(0.05)
    for progress in known.get("progress", []):
        token = (ctx.meta or {}).get("progress_token", 0)
        await ctx.session.send_progress_notification(token, progress, 100, f"{progress} of 100", related_request_id=ctx.request_id)
        await asyncio.sleep(0.05)
    if known.get("reconnect"):
        if ctx.close_sse_stream:
            await ctx.close_sse_stream()
        await asyncio.sleep(0.1)
    if known.get("ask"):
        try:
            return said(known["say"] + await ask(ctx, filled(known["ask"], params.arguments or {})))
        except Exception as error:
            return said(f"not supported: {error}")
    if known.get("rounds"):
        raw = dict(ctx.params or {})
        round = following(known["rounds"], raw)
        if round is None:
            return said(known["say"] + json.dumps(raw.get("inputResponses")))
        if known.get("capable"):
            able = {k: r for k, r in round["inputRequests"].items() if NEEDED[r["method"]] in capabilities(ctx)}
            round = {**round, "inputRequests": able}
        return asking(round)
    return types.CallToolResult.model_validate(known["result"])


async def read_resource(ctx, params):
    uri = str(params.uri)
    if uri in FIXTURE["contents"]:
        return types.ReadResourceResult.model_validate({"contents": [{"uri": uri, **FIXTURE["contents"][uri]}]})
    found = re.fullmatch("test://template/(.+)/data", uri)
    if not found:
        raise MCPError(-32602 if modern(ctx) else -32002, f"Resource not found: {uri}", {"uri": uri})
    text = json.dumps({"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"})
    return types.ReadResourceResult.model_validate({"contents": [{"uri": uri, "mimeType": "application/json", "text": text}]})


async def get_prompt(ctx, params):
    known = next((p for p in FIXTURE["prompts"] if p["prompt"]["name"] == params.name), None)
    if not known:
        raise MCPError(-32602, f"Unknown prompt: {params.name}")
    round = following(known["rounds"], dict(ctx.params or {})) if "rounds" in known else None
    return asking(round) if round else types.GetPromptResult.model_validate({"messages": filled(known["messages"], params.arguments or {})})


def listing(model, **result):
    async def answer(ctx, params):
        return model.model_validate(result)

    return answer


server = Server(
    FIXTURE["server"]["name"],
    version=FIXTURE["server"]["version"],
    on_list_tools=listing(types.ListToolsResult, tools=[t["tool"] for t in FIXTURE["tools"]]),
    on_call_tool=call_tool,
    on_list_resources=listing(types.ListResourcesResult, resources=FIXTURE["resources"]),
    on_list_resource_templates=listing(types.ListResourceTemplatesResult, resourceTemplates=FIXTURE["templates"]),
    on_read_resource=read_resource,
    on_subscribe_resource=listing(types.EmptyResult),
    on_unsubscribe_resource=listing(types.EmptyResult),
    on_list_prompts=listing(types.ListPromptsResult, prompts=[p["prompt"] for p in FIXTURE["prompts"]]),
    on_get_prompt=get_prompt,
    on_completion=listing(types.CompleteResult, completion={"values": ["paris", "park", "party"], "total": 3, "hasMore": False}),
    on_set_logging_level=listing(types.EmptyResult),
)
app = server.streamable_http_app(event_store=Kept(), retry_interval=500)
uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error")
