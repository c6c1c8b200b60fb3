// What the clients for the conformance suite do, apart from any SDK: connect, list, call each tool once with arguments
// made from its schema, and authorise when asked to (a browser that consents at once). Usage: node CLIENT.mjs URL

// An OAuthClientProvider that keeps everything in memory and follows the authorization URL by itself.
export class Consenting {
  redirectUrl = 'http://localhost:3000/callback';
  clientMetadataUrl = 'https://conformance-test.local/client-metadata.json';
  clientMetadata = {
    client_name: 'fixture client',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
  };
  #kept = {};
  constructor(context) {
    if (context?.client_id) this.#kept.client = { client_id: context.client_id, client_secret: context.client_secret };
  }
  clientInformation = () => this.#kept.client;
  saveClientInformation = (client) => void (this.#kept.client = client);
  tokens = () => this.#kept.tokens;
  saveTokens = (tokens) => void (this.#kept.tokens = tokens);
  codeVerifier = () => this.#kept.verifier;
  saveCodeVerifier = (verifier) => void (this.#kept.verifier = verifier);
  invalidateCredentials = (what) => {
    if (what === 'all' || what === 'tokens') delete this.#kept.tokens;
    if (what === 'all' || what === 'client') delete this.#kept.client;
  };
  async redirectToAuthorization(url) {
    const answer = await fetch(url, { redirect: 'manual' });
    const location = answer.headers.get('location');
    if (location) this.returned = new URL(location).searchParams;
  }
}

function made(schema, number) {
  if (schema?.default !== undefined) return schema.default;
  if (schema?.enum) return schema.enum[0];
  if (schema?.type === 'number' || schema?.type === 'integer') return number;
  if (schema?.type === 'boolean') return true;
  if (schema?.type === 'array') return [];
  if (schema?.type === 'object') return {};
  return 'x';
}

function callOf(tool) {
  const given = {};
  let number = 5;
  for (const [name, schema] of Object.entries(tool.inputSchema.properties ?? {})) {
    given[name] = made(schema, number);
    number = 3;
  }
  return { name: tool.name, arguments: given };
}

// `connect(provider)` gives {client, transport, finish(params)}; `unauthorized(error)` tells whether consent is asked for.
export async function play(connect, unauthorized) {
  const context = process.env.MCP_CONFORMANCE_CONTEXT ? JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT) : undefined;
  const provider = new Consenting(context);
  const consenting = async (work) => {
    for (let left = 4; ; left--) {
      const it = await connect(provider);
      try {
        await it.open();
        return await work(it.client, it);
      } catch (error) {
        if (!unauthorized(error) || !provider.returned || left === 0) throw error;
        const returned = provider.returned;
        provider.returned = undefined;
        await it.finish(returned);
      }
    }
  };
  await consenting(async (client, it) => {
    const { tools } = await client.listTools();
    for (const call of context?.toolCalls ?? tools.map(callOf)) {
      try {
        await client.callTool(call);
      } catch (error) {
        if (unauthorized(error)) throw error;
        console.error(`${call.name}: ${error.message}`);
      }
    }
    if (client.getServerCapabilities()?.prompts) await client.listPrompts().catch(() => {});
    if (client.getServerCapabilities()?.resources) await client.listResources().catch(() => {});
    await it.transport.close();
  });
  process.exit(0);
}
