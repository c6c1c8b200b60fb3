// Serves a server of the TypeScript SDK 2.x over Streamable HTTP at $PORT, path /mcp: 2026-07-28 without sessions, the
// older revisions with them, so that a server's own requests work there.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { NodeStreamableHTTPServerTransport, localhostHostValidation, localhostOriginValidation, toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';

// Keeps what was said on each stream, so that a client can ask for what it missed.
export class Kept {
  events = [];
  async storeEvent(stream, message) {
    this.events.push({ stream, message });
    return String(this.events.length);
  }
  async getStreamIdForEventId(id) {
    return this.events[Number(id) - 1]?.stream;
  }
  async replayEventsAfter(id, { send }) {
    const { stream } = this.events[Number(id) - 1];
    for (const [at, event] of this.events.entries()) {
      if (at >= Number(id) && event.stream === stream && event.message.jsonrpc) await send(String(at + 1), event.message);
    }
    return stream;
  }
}

const text = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

export function serveHttp(make, port = Number(process.env.PORT)) {
  const modern = createMcpHandler(make, { legacy: 'reject' });
  const node = toNodeHandler(modern);
  const sessions = new Map();
  const hosts = localhostHostValidation();
  const origins = localhostOriginValidation();
  const legacy = async (request, response, body) => {
    const known = sessions.get(request.headers['mcp-session-id']);
    if (known) return known.handleRequest(request, response, body);
    if (body?.method !== 'initialize') {
      const missing = request.headers['mcp-session-id'] === undefined;
      response.writeHead(missing ? 400 : 404, { 'Content-Type': 'application/json' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: missing ? -32000 : -32001, message: missing ? 'No session' : 'Session not found' } }));
    }
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new Kept(),
      retryInterval: 500,
      onsessioninitialized: (id) => sessions.set(id, transport),
      onsessionclosed: (id) => sessions.delete(id),
    });
    await make({ era: 'legacy' }).connect(transport);
    return transport.handleRequest(request, response, body);
  };
  createServer(async (request, response) => {
    if (new URL(request.url, 'http://x').pathname !== '/mcp') return response.writeHead(404).end();
    if (!hosts(request, response) || !origins(request, response)) return;
    const said = request.method === 'POST' ? await text(request) : '';
    let body;
    try {
      body = said ? JSON.parse(said) : undefined;
    } catch {
      response.writeHead(400, { 'Content-Type': 'application/json' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } }));
    }
    const old = await isLegacyRequest(await toWebRequest(request, body), body);
    return old ? legacy(request, response, body) : node(request, response, body);
  }).listen(port, '127.0.0.1');
}
