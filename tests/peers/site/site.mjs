// Reads a site of the catalogue as a browser, an HTML validator and an accessibility checker do, and says what it found.
// Standard input: one JSON object a line, each a job; standard output: one JSON object a line, its answer. The browser
// (--browser PATH) lives as long as the program.
//   {"validate": [FILE…]}                                  -> {"messages": [{file, rule, message, line}…]}
//   {"visit": URL, "scheme": "light"|"dark", "width": N?, "axe": true?, "scripts": false?}
//       -> {"errors": [console and page errors, and requests that failed or went elsewhere], "axe": [{id, nodes}…],
//           "title", "dialogs", "overflow": pixels by which the page is wider than its window}
//   {"evaluate": JAVASCRIPT}, {"wait": JAVASCRIPT} (until it is true), {"press": KEY}, {"follow": KEY} (which loads another
//   page), {"type": TEXT}, {"click": SELECTOR}, {"save": SELECTOR} (a download's text), {"clipboard": true}
//       -> {"value": …}                                     on the page that was visited last
import {createInterface} from 'node:readline';
import {readFileSync} from 'node:fs';
import axe from 'axe-core';
import {HtmlValidate, StaticConfigLoader} from 'html-validate';
import {chromium} from 'playwright-core';

const executablePath = process.argv[process.argv.indexOf('--browser') + 1];
let browser = null, context = null, page = null;

// The recommended rules. Void elements are written as HTML does; what else is turned off is a matter of taste.
const validator = new HtmlValidate(new StaticConfigLoader({
  extends: ['html-validate:recommended'],
  rules: {
    'long-title': 'off',              // a tool's name is as long as it is,
    'no-trailing-whitespace': 'off',  // and what a server says may end in blanks
    'prefer-native-element': 'off',   // <pre role="region"> can be scrolled with the keyboard
  },
}));

const validate = async (files) => {
  const messages = [];
  for (const file of files) {
    const report = await validator.validateString(readFileSync(file, 'utf8'), file);
    for (const result of report.results)
      for (const m of result.messages) messages.push({file, rule: m.ruleId, message: m.message, line: m.line});
  }
  return {messages};
};

const visit = async (job) => {
  browser ??= await chromium.launch({executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']});
  await context?.close();
  context = await browser.newContext({
    viewport: {width: job.width ?? 1280, height: 900}, colorScheme: job.scheme ?? 'light', javaScriptEnabled: job.scripts ?? true,
    acceptDownloads: true, bypassCSP: job.axe ?? false,
  });
  page = await context.newPage();
  const errors = [], dialogs = [];
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') errors.push(m.text()); });
  page.on('pageerror', (e) => errors.push(String(e)));
  page.on('requestfailed', (r) => errors.push('failed: ' + r.url().slice(0, 200)));
  page.on('request', (r) => { if (!r.url().startsWith('file:') && !r.url().startsWith('data:')) errors.push('elsewhere: ' + r.url().slice(0, 200)); });
  page.on('dialog', async (d) => { dialogs.push(d.message()); await d.dismiss(); });
  await page.goto(job.visit);
  const answer = {errors, dialogs, title: await page.title()};
  answer.overflow = job.scripts === false ? 0 : await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  if (job.axe) {
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations'], preload: false}));
    answer.axe = found.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 300) + ' | ' + n.failureSummary)}));
  }
  return answer;
};

// Until the expression holds. Asked from here each time: the pages' own policy forbids to evaluate text in them later.
const waitFor = async (expression) => {
  const deadline = Date.now() + 10_000;
  while (!(await page.evaluate(expression))) {
    if (Date.now() > deadline) throw new Error(`still not so after ten seconds: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
};

const act = async (job) => {
  if (job.evaluate !== undefined) return {value: (await page.evaluate(job.evaluate)) ?? null};
  if (job.follow) return {value: (await Promise.all([page.waitForEvent('load'), page.keyboard.press(job.follow)])).length};
  if (job.press) return {value: await page.keyboard.press(job.press)};
  if (job.type) return {value: await page.keyboard.type(job.type)};
  if (job.click) return {value: await page.click(job.click)};
  if (job.wait) return {value: await waitFor(job.wait)};
  if (job.save) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(job.save)]);
    return {value: readFileSync(await download.path(), 'utf8'), name: download.suggestedFilename()};
  }
  if (job.clipboard) {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    return {value: await page.evaluate(() => navigator.clipboard.readText())};
  }
  throw new Error('unknown job');
};

for await (const line of createInterface({input: process.stdin})) {
  const job = JSON.parse(line);
  let answer;
  try {
    answer = job.validate ? await validate(job.validate) : job.visit ? await visit(job) : await act(job);
  } catch (error) {
    answer = {error: String(error)};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
await browser?.close();
