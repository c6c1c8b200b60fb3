"""Server on the official Python SDK: the tools, resources and prompts that our small servers share. On stdio; with the
argument "http" or "sse" on that transport at $PORT."""

import asyncio
import os
import sys
from typing import Annotated

from mcp.server.mcpserver import Context, Elicit, ListRoots, MCPServer, Resolve, Sample
from mcp.types import Completion, ListRootsResult, SamplingMessage, TextContent
from mcp.types import CreateMessageResult
from pydantic import BaseModel

server = MCPServer("python", title="Python", version="1.0.0", instructions="For tests.")


class Name(BaseModel):
    name: str


def who() -> Elicit[Name]:
    return Elicit("Your name?", Name)


def sample() -> Sample:
    return Sample([SamplingMessage(role="user", content=TextContent(type="text", text="Say something"))], max_tokens=10)


def list_roots() -> ListRoots:
    return ListRoots()


@server.tool(description="Says it again", meta={"com.example/x": [1]})
def echo(text: str) -> str:
    return text


@server.tool(title="Sum")
def add(a: float, b: float) -> float:
    return a + b


@server.tool(description="To be hidden")
def secret() -> str:
    return "you should not see this"


@server.tool()
def error() -> str:
    raise ValueError("as asked")


@server.tool()
async def long(steps: int, ctx: Context) -> str:
    for i in range(1, steps + 1):
        await ctx.report_progress(i, steps, f"step {i}")
        await asyncio.sleep(0.02)
    return f"{steps} steps"


@server.tool()
def elicit(name: Annotated[Name, Resolve(who)]) -> str:
    return f"hello {name.name}"


@server.tool()
def ask(sampled: Annotated[CreateMessageResult, Resolve(sample)]) -> str:
    return f"sampled {sampled.content}"


@server.tool()
def roots(found: Annotated[ListRootsResult, Resolve(list_roots)]) -> str:
    return f"{len(found.roots)} roots"


@server.resource("test://text", mime_type="text/plain")
def text() -> str:
    return "text \u2028 \U0001f600"


@server.resource("test://item/{id}")
def item(id: str) -> str:
    return f"item {id}"


@server.prompt(description="A greeting")
def greet(name: str) -> str:
    return f"Greet {name}"


@server.completion()
async def complete(ref, argument, context) -> Completion:
    return Completion(values=[v for v in ("1", "2", "12") if v.startswith(argument.value)])


port = int(os.environ.get("PORT", "0"))
match sys.argv[1:]:
    case ["http"]:
        server.run("streamable-http", port=port)
    case ["sse"]:
        server.run("sse", port=port)
    case _:
        server.run()
