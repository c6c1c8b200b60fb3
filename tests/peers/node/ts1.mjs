// Client on @modelcontextprotocol/sdk 1.x. See script.mjs.
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { answers, finish, play, recorder } from './script.mjs';

const scenario = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const transports = {
  stdio: () =>
    new StdioClientTransport({
      command: scenario.command,
      args: scenario.args,
      env: { ...process.env, ...scenario.env },
      cwd: scenario.cwd,
      stderr: 'ignore',
    }),
  http: () => new StreamableHTTPClientTransport(new URL(scenario.url)),
  sse: () => new SSEClientTransport(new URL(scenario.url)),
};
const transport = transports[scenario.transport ?? 'stdio']();
const client = new Client(
  { name: 'test-client', version: '1.0.0', title: 'Test' },
  { capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } } },
);
client.setRequestHandler(CreateMessageRequestSchema, async (r) => answers['sampling/createMessage'](r));
client.setRequestHandler(ElicitRequestSchema, async (r) => answers['elicitation/create'](r));
client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots: scenario.roots ?? [] }));
client.fallbackRequestHandler = async (request) => ({ seen: request.method });
const state = recorder(transport);
await client.connect(transport);
const steps = await play(client, scenario, state, (params, options) => client.callTool(params, undefined, options));
await finish(client, state, steps);
