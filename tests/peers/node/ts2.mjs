// Client on @modelcontextprotocol/client 2.x, in the mode that the scenario names: "legacy", "auto" or a revision to
// be pinned to. See script.mjs.
import { readFileSync } from 'node:fs';
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { answers, finish, play, recorder } from './script.mjs';

const scenario = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const mode = ['legacy', 'auto'].includes(scenario.mode) ? scenario.mode : { pin: scenario.mode };
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
  { name: 'test-client', version: '1.0.0' },
  {
    capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } },
    versionNegotiation: { mode },
  },
);
client.setRequestHandler('sampling/createMessage', async (r) => answers['sampling/createMessage'](r));
client.setRequestHandler('elicitation/create', async (r) => answers['elicitation/create'](r));
client.setRequestHandler('roots/list', async () => ({ roots: scenario.roots ?? [] }));
client.fallbackRequestHandler = async (request) => ({ seen: request.method });
const state = recorder(transport);
await client.connect(transport);
const modern = client.getProtocolEra() === 'modern';
scenario.ping = !modern;
if (modern) scenario.level = null;
scenario.listening = async () => {
  const changed = new Promise((done) => client.setNotificationHandler('notifications/tools/list_changed', () => done('changed')));
  const subscription = await client.listen({ toolsListChanged: true });
  await client.callTool({ name: 'grow', arguments: {} });
  const got = await changed;
  await subscription.close();
  return got;
};
scenario.listen = modern && scenario.listen;
const steps = await play(client, scenario, state, (params, options) => client.callTool(params, options));
await finish(client, state, steps, { era: client.getProtocolEra(), discovered: client.getDiscoverResult() ?? null });
