// The fixture server on the TypeScript SDK 1.x: the older era, with sessions, at $PORT.
import { randomUUID } from 'node:crypto';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import { callTool, fixture, getPrompt, lists, readResource } from './fixture.mjs';
import { Kept } from './http2.mjs';

const anything = types.ResultSchema;

function make() {
  const server = new Server(fixture.server, { capabilities: fixture.capabilities });
  const io = (extra) => ({
    meta: extra._meta,
    modern: false,
    capabilities: server.getClientCapabilities(),
    notify: (method, params) => extra.sendNotification({ method, params }),
    send: (method, params) => extra.sendRequest({ method, params }, anything),
    closeStream: () => extra.closeSSEStream?.(),
    error: (code, message, data) => new types.McpError(code, message, data),
  });
  server.setRequestHandler(types.CallToolRequestSchema, (request, extra) => callTool(request.params, io(extra)));
  server.setRequestHandler(types.GetPromptRequestSchema, (request, extra) => getPrompt(request.params, io(extra)));
  server.setRequestHandler(types.ReadResourceRequestSchema, (request, extra) => readResource(request.params, io(extra)));
  const schemas = {
    'tools/list': types.ListToolsRequestSchema,
    'resources/list': types.ListResourcesRequestSchema,
    'resources/templates/list': types.ListResourceTemplatesRequestSchema,
    'prompts/list': types.ListPromptsRequestSchema,
    'completion/complete': types.CompleteRequestSchema,
  };
  for (const [method, answer] of Object.entries(lists)) server.setRequestHandler(schemas[method], answer);
  server.setRequestHandler(types.SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(types.UnsubscribeRequestSchema, () => ({}));
  return server;
}

const sessions = new Map();
const app = createMcpExpressApp();
app.all('/mcp', async (request, response) => {
  const id = request.headers['mcp-session-id'];
  let transport = sessions.get(id);
  if (!transport && id !== undefined) {
    return response.status(404).json({ jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } });
  }
  if (!transport) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new Kept(),
      retryInterval: 500,
      onsessioninitialized: (made) => sessions.set(made, transport),
      onsessionclosed: (closed) => sessions.delete(closed),
    });
    await make().connect(transport);
  }
  await transport.handleRequest(request, response, request.body);
});
app.listen(Number(process.env.PORT), '127.0.0.1');
