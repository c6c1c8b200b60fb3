// The fixture server on the TypeScript SDK 2.x: both eras at $PORT.
import { ProtocolError, Server } from '@modelcontextprotocol/server';
import { callTool, fixture, getPrompt, lists, readResource } from './fixture.mjs';
import { serveHttp } from './http2.mjs';

const capabilities = 'io.modelcontextprotocol/clientCapabilities';

function make() {
  const server = new Server(fixture.server, { capabilities: fixture.capabilities });
  const io = (ctx) => ({
    meta: ctx.mcpReq._meta,
    modern: ctx.mcpReq._meta?.['io.modelcontextprotocol/protocolVersion'] !== undefined || ctx.mcpReq.envelope !== undefined,
    capabilities: ctx.mcpReq.envelope?.[capabilities] ?? ctx.mcpReq._meta?.[capabilities] ?? server.getClientCapabilities(),
    notify: (method, params) => ctx.mcpReq.notify({ method, params }),
    send: (method, params) => ctx.mcpReq.send({ method, params }),
    closeStream: () => ctx.http?.closeSSE?.(),
    error: (code, message, data) => new ProtocolError(code, message, data),
  });
  const also = (request, ctx) => ({ ...request.params, inputResponses: ctx.mcpReq.inputResponses, requestState: ctx.mcpReq.requestState?.() });
  server.setRequestHandler('tools/call', (request, ctx) => callTool(also(request, ctx), io(ctx)));
  server.setRequestHandler('prompts/get', (request, ctx) => getPrompt(also(request, ctx), io(ctx)));
  server.setRequestHandler('resources/read', (request, ctx) => readResource(request.params, io(ctx)));
  for (const [method, answer] of Object.entries(lists)) server.setRequestHandler(method, answer);
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
  return server;
}

serveHttp(make);
