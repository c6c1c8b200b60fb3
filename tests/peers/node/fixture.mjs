// What the fixture servers answer, apart from any SDK: the file $FIXTURE says it, this reads it. The conformance suite calls
// these tools, resources and prompts by name. `io` is what an SDK offers in a call: notify(method, params),
// send(method, params), closeStream(), meta, capabilities; throw is the SDK's error for a code.
import { readFileSync } from 'node:fs';

export const fixture = JSON.parse(readFileSync(process.env.FIXTURE, 'utf8'));

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const said = (text) => ({ content: [{ type: 'text', text }] });

// `value` with {name} replaced by arguments.
export function filled(value, given) {
  return JSON.parse(JSON.stringify(value).replace(/\{(\w+)\}/g, (whole, name) => (name in given ? JSON.stringify(String(given[name])).slice(1, -1) : whole)));
}

// The round of questions that comes next, or undefined when all were answered.
function next(rounds, params, io) {
  const state = params.requestState;
  const at = state === undefined ? -1 : rounds.findIndex((round) => round.requestState === state);
  if (state !== undefined && at < 0) throw io.error(-32602, 'requestState is not ours');
  const answered = params.inputResponses ?? {};
  const current = state === undefined ? 0 : at;
  const complete = Object.keys(rounds[current].inputRequests).every((key) => key in answered);
  return complete ? rounds[current + 1] : rounds[current];
}

function able(round, io) {
  const needed = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' };
  const requests = Object.entries(round.inputRequests).filter(([, request]) => needed[request.method] in (io.capabilities ?? {}));
  return { ...round, inputRequests: Object.fromEntries(requests) };
}

export async function callTool(params, io) {
  const known = fixture.tools.find(({ tool }) => tool.name === params.name);
  if (!known) throw io.error(-32602, `Unknown tool: ${params.name}`);
  if (known.needs && !(known.needs in (io.capabilities ?? {}))) throw io.error(-32021, `The client lacks ${known.needs}`, { requiredCapabilities: { [known.needs]: {} } });
  if (known.error) return { ...known.result, isError: true };
  const wanted = !io.modern || io.meta?.['io.modelcontextprotocol/logLevel'] !== undefined;
  for (const data of (wanted && known.log) || []) {
    await io.notify('notifications/message', { level: 'info', data });
    await sleep(50);
  }
  for (const progress of known.progress ?? []) {
    await io.notify('notifications/progress', { progressToken: io.meta?.progressToken ?? 0, progress, total: 100, message: `${progress} of 100` });
    await sleep(50);
  }
  if (known.reconnect) {
    io.closeStream?.();
    await sleep(100);
  }
  if (known.ask) {
    try {
      const { method, params: asked } = filled(known.ask, params.arguments ?? {});
      const answer = await io.send(method, asked);
      return said(known.say + (answer.content?.text ?? `action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`));
    } catch (error) {
      return said(`not supported: ${error.message}`);
    }
  }
  if (known.rounds) {
    const round = next(known.rounds, params, io);
    if (round) return { resultType: 'input_required', ...(known.capable ? able(round, io) : round) };
    return said(known.say + JSON.stringify(params.inputResponses));
  }
  return known.result;
}

export function readResource({ uri }, io) {
  const known = fixture.contents[uri];
  if (known) return { contents: [{ uri, ...known }] };
  const id = /^test:\/\/template\/(.+)\/data$/.exec(uri)?.[1];
  if (!id) throw io.error(io.modern ? -32602 : -32002, `Resource not found: ${uri}`, { uri });
  return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] };
}

export function getPrompt(params, io) {
  const known = fixture.prompts.find(({ prompt }) => prompt.name === params.name);
  if (!known) throw io.error(-32602, `Unknown prompt: ${params.name}`);
  const round = known.rounds && next(known.rounds, params, io);
  return round ? { resultType: 'input_required', ...round } : { messages: filled(known.messages, params.arguments ?? {}) };
}

export const lists = {
  'tools/list': () => ({ tools: fixture.tools.map(({ tool }) => tool) }),
  'resources/list': () => ({ resources: fixture.resources }),
  'resources/templates/list': () => ({ resourceTemplates: fixture.templates }),
  'prompts/list': () => ({ prompts: fixture.prompts.map(({ prompt }) => prompt) }),
  'completion/complete': () => ({ completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } }),
};
