// Client for the conformance suite on the TypeScript SDK 2.x, both eras.
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { play } from './fixture_client.mjs';

const revision = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION ?? process.env.MCP_CONFORMANCE_SPEC_VERSION;
const mode = revision === undefined ? 'auto' : revision > '2026' ? { pin: revision } : 'legacy';

await play(
  (authProvider) => {
    const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]), { authProvider });
    const client = new Client(
      { name: 'fixture', version: '1.0.0' },
      { capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} }, versionNegotiation: { mode } },
    );
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }));
    client.setRequestHandler('sampling/createMessage', async () => ({ role: 'assistant', model: 'm', content: { type: 'text', text: 'said' } }));
    client.setRequestHandler('roots/list', async () => ({ roots: [] }));
    return { client, transport, open: () => client.connect(transport), finish: (returned) => transport.finishAuth(returned) };
  },
  (error) => error instanceof UnauthorizedError,
);
