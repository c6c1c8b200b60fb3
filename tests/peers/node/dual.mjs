// Server on @modelcontextprotocol/server 2.x that speaks both eras: input_required and subscriptions/listen in
// 2026-07-28, requests of its own before. On stdio; with the argument "http" on HTTP at $PORT.
import { McpServer, ResourceTemplate, acceptedContent, fromJsonSchema, inputRequired } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { serveHttp } from './http2.mjs';

const object = (properties = {}, required = Object.keys(properties)) => fromJsonSchema({ type: 'object', properties, required });
const said = (text) => ({ content: [{ type: 'text', text }] });
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function make() {
  const server = new McpServer(
    { name: 'dual', version: '1.0.0', title: 'Both eras' },
    { instructions: 'For tests.', capabilities: { logging: {} } },
  );
  server.registerTool('echo', { description: 'Says it again', inputSchema: object({ text: { type: 'string' } }), annotations: { readOnlyHint: true }, _meta: { 'com.example/x': [1] } }, async ({ text }) => said(text));
  server.registerTool(
    'add',
    { title: 'Sum', inputSchema: object({ a: { type: 'number' }, b: { type: 'number' } }), outputSchema: object({ sum: { type: 'number' } }) },
    async ({ a, b }) => ({ ...said(String(a + b)), structuredContent: { sum: a + b } }),
  );
  server.registerTool('secret', { description: 'To be hidden', inputSchema: object() }, async () => said('you should not see this'));
  server.registerTool('error', { inputSchema: object() }, async () => {
    throw new Error('as asked');
  });
  server.registerTool('long', { inputSchema: object({ steps: { type: 'integer' } }) }, async ({ steps }, ctx) => {
    const token = ctx.mcpReq._meta?.progressToken;
    for (let i = 1; i <= steps && !ctx.mcpReq.signal.aborted; i++) {
      if (token !== undefined) {
        await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken: token, progress: i, total: steps, message: `step ${i}` } });
      }
      await wait(20);
    }
    return said(`${steps} steps`);
  });
  server.registerTool('elicit', { inputSchema: object() }, async (_, ctx) => {
    const answer = acceptedContent(ctx.mcpReq.inputResponses, 'name');
    if (answer === undefined) {
      return inputRequired({
        inputRequests: {
          name: inputRequired.elicit({ message: 'Your name?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } }),
        },
        requestState: 'state \u00e9 1',
      });
    }
    return said(`hello ${answer.name}`);
  });
  server.registerTool('ask', { inputSchema: object() }, async (_, ctx) => {
    const sampled = ctx.mcpReq.inputResponses?.sample;
    if (sampled === undefined) {
      return inputRequired({
        inputRequests: {
          sample: inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: 'Say something' } }], maxTokens: 10 }),
          roots: inputRequired.listRoots(),
        },
      });
    }
    return said(`sampled ${JSON.stringify(ctx.mcpReq.inputResponses)}`);
  });
  server.registerTool('grow', { inputSchema: object() }, async () => {
    server.registerTool('grown', { inputSchema: object() }, async () => said('new'));
    return said('grown');
  });
  server.registerResource('text', 'test://text', { mimeType: 'text/plain' }, async (uri) => ({ contents: [{ uri: uri.href, text: 'text \u2028 \u{1f600}' }] }));
  server.registerResource(
    'item',
    new ResourceTemplate('test://item/{id}', { list: undefined, complete: { id: (value) => ['1', '2', '12'].filter((id) => id.startsWith(value)) } }),
    {},
    async (uri, { id }) => ({ contents: [{ uri: uri.href, text: `item ${id}` }] }),
  );
  server.registerPrompt(
    'greet',
    { description: 'A greeting', argsSchema: object({ name: { type: 'string' } }) },
    async ({ name }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name}` } }] }),
  );
  return server;
}

if (process.argv[2] === 'http') serveHttp(make);
else serveStdio(make);
