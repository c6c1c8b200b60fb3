// Client for the conformance suite on the TypeScript SDK 1.x.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { play } from './fixture_client.mjs';

await play(
  (authProvider) => {
    const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]), { authProvider });
    const client = new Client({ name: 'fixture', version: '1.0.0' }, { capabilities: { elicitation: { form: { applyDefaults: true } } } });
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: {} }));
    return { client, transport, open: () => client.connect(transport), finish: (returned) => transport.finishAuth(returned.get('code')) };
  },
  (error) => error instanceof UnauthorizedError,
);
