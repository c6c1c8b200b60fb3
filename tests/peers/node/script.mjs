// The fixed script that every TypeScript client runs against a server, and the one document it prints: all that the
// client's program got from the SDK (steps), and all that came over the wire (wire). Usage of a client:
//   node ts1.mjs SCENARIO.json      scenario: {command, args, env, cwd, mode, settle, roots, calls, level, listen};
// with transport "http" or "sse" a url in place of the command
// The same script runs direct and through Intercept; the test compares the documents field for field.

export function recorder(transport) {
  const sent = new Map();
  const wire = { answers: [], requests: [], notifications: {} };
  const state = { wire, muted: false };
  let inner;
  const take = (message, extra) => {
    if (message.method !== undefined && message.id !== undefined) {
      wire.requests.push(message);
    } else if (message.method !== undefined) {
      if (!(state.muted && message.method === 'notifications/progress')) {
        (wire.notifications[message.method] ??= []).push(message);
      }
    } else {
      wire.answers.push({ to: sent.get(message.id) ?? null, message });
    }
    inner?.(message, extra);
  };
  Object.defineProperty(transport, 'onmessage', { get: () => (inner ? take : undefined), set: (f) => (inner = f) });
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if (message.method !== undefined && message.id !== undefined) {
      sent.set(message.id, [message.method, message.params?.name ?? message.params?.uri ?? null]);
    }
    return send(message, options);
  };
  return state;
}

export const answers = {
  'sampling/createMessage': (request) => ({
    role: 'assistant',
    model: 'test-model',
    stopReason: 'endTurn',
    content: { type: 'text', text: `sampled ${JSON.stringify(request.params.messages).length}` },
  }),
  'elicitation/create': (request) =>
    request.params.mode === 'url'
      ? { action: 'decline' }
      : { action: 'accept', content: fill(request.params.requestedSchema) },
};

function fill(schema) {
  const content = {};
  for (const [name, s] of Object.entries(schema?.properties ?? {})) {
    if (s.default !== undefined) content[name] = s.default;
    else if (s.enum) content[name] = s.enum[0];
    else if (s.oneOf) content[name] = s.oneOf[0].const;
    else if (s.type === 'array') content[name] = [s.items?.enum?.[0] ?? s.items?.anyOf?.[0]?.const];
    else if (s.type === 'boolean') content[name] = true;
    else if (s.type === 'number' || s.type === 'integer') content[name] = s.minimum ?? 1;
    else if (s.format === 'email') content[name] = 'a@example.com';
    else if (s.format === 'uri') content[name] = 'https://example.com/';
    else if (s.format === 'date') content[name] = '2026-01-01';
    else if (s.format === 'date-time') content[name] = '2026-01-01T00:00:00Z';
    else content[name] = 'x'.repeat(Math.max(3, s.minLength ?? 0));
  }
  return content;
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function play(client, scenario, state, callTool) {
  const steps = [];
  const step = async (name, f) => {
    try {
      steps.push({ step: name, result: (await f()) ?? null });
    } catch (error) {
      steps.push({ step: name, error: { name: error.constructor.name, code: error.code ?? null, message: error.message, data: error.data ?? null } });
    }
    return steps.at(-1).result;
  };
  const capabilities = client.getServerCapabilities() ?? {};
  await step('connected', () => ({
    capabilities,
    server: client.getServerVersion() ?? null,
    instructions: client.getInstructions() ?? null,
    revision: client.getNegotiatedProtocolVersion?.() ?? null,
  }));
  if (scenario.settle) await sleep(scenario.settle);
  if (scenario.ping ?? true) await step('ping', () => client.ping());
  if (scenario.level && capabilities.logging) await step('level', () => client.setLoggingLevel(scenario.level));
  await step('tools', () => client.listTools());
  for (const call of scenario.calls ?? []) {
    await step(`call ${call.name}`, () => one(call));
  }
  if (capabilities.resources) {
    const listed = await step('resources', () => client.listResources());
    await step('templates', () => client.listResourceTemplates());
    const uris = [...(listed?.resources ?? []).slice(0, 2).map((r) => r.uri), ...(scenario.reads ?? []), 'no://such/resource'];
    for (const uri of uris) await step(`read ${uri}`, () => client.readResource({ uri }));
    if (capabilities.resources.subscribe && listed?.resources?.length && (scenario.ping ?? true)) {
      const uri = listed.resources[0].uri;
      await step('subscribe', () => client.subscribeResource({ uri }));
      await step('unsubscribe', () => client.unsubscribeResource({ uri }));
    }
  }
  if (capabilities.prompts) {
    const listed = await step('prompts', () => client.listPrompts());
    for (const prompt of (listed?.prompts ?? []).slice(0, 4)) {
      const given = Object.fromEntries((prompt.arguments ?? []).map((a) => [a.name, '1']));
      await step(`prompt ${prompt.name}`, () => client.getPrompt({ name: prompt.name, arguments: given }));
    }
    await step('no prompt', () => client.getPrompt({ name: 'no-such-prompt' }));
  }
  for (const params of scenario.completions ?? []) await step('complete', () => client.complete(params));
  if (scenario.listen) await step('listen', () => scenario.listening(client));
  return steps;

  async function one(call) {
    const progress = [];
    const abort = new AbortController();
    const options = { signal: abort.signal };
    if (call.progress || call.cancel) {
      options.onprogress = (p) => {
        progress.push(p);
        if (call.cancel) {
          state.muted = true;
          abort.abort('enough');
        }
      };
    }
    try {
      const result = await callTool({ name: call.name, arguments: call.arguments ?? {} }, options);
      // The last event may share a read with the result, and SDKs then drop it; all of them are in `wire`.
      return call.progress ? { progress: progress.slice(0, 2), result } : result;
    } catch (error) {
      if (call.cancel) return { cancelled: String(error.message), progress: progress.slice(0, 1) };
      throw error;
    }
  }
}

export async function finish(client, state, steps, extra = {}) {
  if (steps.length) await sleep(100); // whatever the server still says
  const document = { steps, wire: state.wire, ...extra };
  const pid = client.transport.pid; // none over HTTP
  const impatient = setTimeout(() => pid && process.kill(pid, 'SIGTERM'), 400); // some ignore their input's end
  await client.transport.terminateSession?.().catch(() => {});
  await client.close();
  clearTimeout(impatient);
  await new Promise((done) => process.stdout.write(JSON.stringify(document) + '\n', done));
  process.exit(0);
}
