// The demo: the official SDK client talks to the official filesystem server through Intercept, and says in plain words
// what happened. Exits with 1 if anything was not as it should be.
//   node demo.mjs INTERCEPT POLICY
// POLICY is examples/demo.yaml; the demo uses a copy in which its project directory is a fresh one.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const here = dirname(fileURLToPath(import.meta.url));
const server = join(here, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
const [binary, policySource] = process.argv.slice(2).map((path) => resolve(path));
if (!binary || !policySource) {
  console.error('usage: node demo.mjs INTERCEPT POLICY');
  process.exit(2);
}

let failures = 0;
const say = (text) => console.log(text);
function expect(condition, text, seen) {
  if (!condition) failures += 1;
  say(`  ${condition ? 'ok    ' : 'WRONG '} ${text}`);
  if (!condition && seen !== undefined) say(`         ${JSON.stringify(seen)}`);
}
const textOf = (result) => result.content.map((part) => part.text ?? '').join(' ');

const work = realpathSync(mkdtempSync(join(tmpdir(), 'intercept-demo-')));
const project = join(work, 'project');
mkdirSync(join(project, 'drafts'), { recursive: true });
writeFileSync(join(project, 'notes.txt'), 'Buy milk.\n');
const policy = join(work, 'policy.yaml');
writeFileSync(policy, readFileSync(policySource, 'utf8').replaceAll('/home/me/project', project));

const state = join(work, 'state');
const transport = new StdioClientTransport({
  command: binary,
  args: ['-c', policy, '--state-dir', state, '--server-name', 'files', '--', process.execPath, server, project],
  env: process.env,
  stderr: 'ignore',
});
const client = new Client({ name: 'demo', version: '1.0.0' });
const call = (name, args) => client.callTool({ name, arguments: args });

say(`client -> intercept -c ${policy} -- server-filesystem ${project}`);
await client.connect(transport);

say('\n1. The agent lists the tools.');
const { tools } = await client.listTools();
const names = tools.map((tool) => tool.name);
expect(names.includes('read_text_file'), `it sees ${names.length} tools, read_text_file among them`, names);
expect(!names.includes('move_file'), 'move_file is hidden: not in the list', names);
const hidden = await call('move_file', { source: join(project, 'notes.txt'), destination: join(project, 'gone.txt') });
expect(hidden.isError && existsSync(join(project, 'notes.txt')), `calling it all the same: ${textOf(hidden)}`, hidden);

say('\n2. It reads a file.');
const read = await call('read_text_file', { path: join(project, 'notes.txt') });
expect(!read.isError && textOf(read).includes('Buy milk.'), `the server answers: ${textOf(read).trim()}`, read);

say('\n3. It writes.');
const draft = await call('write_file', { path: join(project, 'drafts/plan.txt'), content: 'A plan.\n' });
expect(!draft.isError && existsSync(join(project, 'drafts/plan.txt')), 'below drafts/: written', draft);
for (const path of ['plan.txt', 'drafts/../notes.txt']) {
  const refused = await call('write_file', { path: `${project}/${path}`, content: 'overwritten' });
  expect(refused.isError && textOf(refused).includes('Write below drafts/ only'), `${path}: ${textOf(refused)}`, refused);
}
expect(readFileSync(join(project, 'notes.txt'), 'utf8') === 'Buy milk.\n', 'notes.txt is as it was');

say('\n4. It reads in a loop.');
let reads = 1;
let limited;
while (reads < 10 && !(limited = await call('read_text_file', { path: join(project, 'notes.txt') })).isError) reads += 1;
expect(reads === 5 && textOf(limited).includes('Rate limit'), `${reads} reads went through, then: ${textOf(limited)}`, limited);

await client.close();

say('\n5. What was decided is on record.');
const audit = join(state, 'audit');
const file = existsSync(audit) ? readdirSync(audit).find((name) => name.endsWith('.jsonl')) : undefined;
const lines = file ? readFileSync(join(audit, file), 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : [];
const decisions = lines.filter((line) => line.event === 'decision');
const denied = decisions.filter((line) => line.decision === 'deny');
expect(denied.length === 4, `${decisions.length} decisions, ${denied.length} of them denials`, decisions);
expect(!JSON.stringify(lines).includes('overwritten'), 'arguments are recorded as digests, not in the clear');
const ask = (...words) => spawnSync(binary, [...words, '--state-dir', state], { encoding: 'utf8' });
const verified = ask('audit', 'verify');
expect(verified.status === 0 && verified.stdout.includes('intact'), `intercept audit verify: ${verified.stdout.trim()}`, verified);
const why = ask('why', denied[1]?.id ?? '');
expect(why.status === 0 && why.stdout.includes('drafts only'), `intercept why ${denied[1]?.id}:`, why);
say(why.stdout.replace(/^/gm, '           '));
say(`The record: ${file ? join(audit, file) : 'missing'}`);
say(failures === 0 ? 'All as it should be.' : `${failures} not as it should be.`);
process.exit(failures === 0 ? 0 : 1);
