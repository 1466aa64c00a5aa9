// Looks at the page in a real browser: page.mjs URL CHROMIUM AXE DIRECTORY
//
// A crew runs meanwhile, whose steps are handed in from here, so that changes are seen as they come. Screenshots go to DIRECTORY.
// It fails on what keeps people out (axe, serious and critical), on errors in the console, on what the page's own rules of
// content forbid, and where a text that somebody wrote becomes more than text.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { HOSTILE, asBrowser, call, check, directory, fail, hostIn, modules, pass, problems, reached, rpc, token, url, watch } from './page_help.mjs';

const axe = readFileSync(join(modules, 'node_modules/axe-core/axe.min.js'), 'utf8');

const accessible = async (page, where) => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  for (const { id, impact, nodes, help } of violations) {
    const told = `${where}: ${impact} ${id}: ${help}: ${nodes.map((node) => `${node.target} ${node.any?.[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`;
    if (['serious', 'critical'].includes(impact)) problems.push(`axe: ${told}`);
    else console.log(`less than serious: ${told}`);
  }
};

const looks = { light: [1280, 900, 'light'], dark: [1280, 900, 'dark'], narrow: [390, 844, 'light'] };
const shoot = async (page, name) => {
  for (const [look, [width, height, theme]] of Object.entries(looks)) {
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
    await new Promise((done) => setTimeout(done, 250));
    await page.screenshot({ path: join(directory, `${name}-${look}.png`), fullPage: look !== 'narrow' ? false : true });
    await accessible(page, `${name}, ${look}`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(wider <= 0, `${name}, ${look}: the page is ${wider} px wider than the screen`);
  }
  await page.setViewport({ width: 1280, height: 900 });
};

const browser = await asBrowser();
try {
  const page = await browser.newPage();
  watch(page);
  await page.setViewport({ width: 1280, height: 900 });

  // Nothing yet: the page says what to do.
  await page.goto(`${url}/ui${token ? `#token=${token}` : ''}`);
  await reached(page, 'No run has been started');
  await reached(page, 'live');
  check(!page.url().includes('token'), 'the token stays in the address');
  await shoot(page, 'empty');

  // A crew begins, and is there by itself.
  const plan = { steps: [
    { id: 'understand', role: 'analyst', goal: 'Say what total() does today.' },
    { id: 'implement', role: 'developer', goal: 'Let total() take a discount.', needs: ['understand'], output_schema: { type: 'object', required: ['patch'], properties: { patch: { type: 'string' } } } },
    { id: 'test', role: 'tester', goal: 'Write the tests.', needs: ['understand'] },
    { id: 'document', role: 'writer', goal: 'Describe the parameter.', needs: ['implement'] },
    { id: 'review', role: 'reviewer', goal: 'Look for what is wrong.', needs: ['implement', 'test', 'document'] },
  ], strategy: 'graph' };
  const begun = await call('run_crew', { task: 'Let total() take a discount, a share between 0 and 1, and refuse all others', plan, budget: { max_usd: 0.5, max_steps: 20 } });
  await reached(page, 'Let total() take a discount');
  const token1 = begun.pending[0].step_token;
  await page.click(`a[href="#/runs/${begun.run_id}"]`);
  await reached(page, 'offered to the host');
  check(await page.evaluate(() => document.activeElement.id === 'title'), 'the title of a new view is not focused');

  // A step is handed in while the page is looked at.
  const seen = Date.now();
  let reply = await call('run_crew', { submissions: [{ step_token: token1, output: `total() adds up the prices. ${HOSTILE}`, usage: { usd: 0.0123, tokens: 4200 } }] });
  await page.waitForSelector('.graph a.node.good', { timeout: 20000 });
  console.log(`a step was seen ${Date.now() - seen} ms after it was handed in`);
  const tokenOf = (id) => reply.pending.find((step) => step.step_id === id)?.step_token ?? fail(`${id} does not wait: ${JSON.stringify(reply)}`);
  const [implement, test] = [tokenOf('implement'), tokenOf('test')];
  await call('run_crew', { submissions: [{ step_token: implement, output: '{"diff": "the wrong name"}' }] });
  await page.waitForFunction(() => document.querySelector('#step-implement')?.textContent.includes('schema.required'), { timeout: 20000 });

  // What came of a step is asked for, and is text.
  await page.click('#step-understand summary');
  await page.click('#step-understand button');
  await page.waitForSelector('#step-understand pre');
  const output = await page.$eval('#step-understand pre', (node) => node.textContent);
  check(output.includes('<script>window.pwned=1</script>') && output.includes('\u2039U+001B\u203a[31m') && !/[\u001b\u202e]/.test(output), `the output is not shown as text: ${output}`);
  reply = await call('run_crew', { submissions: [{ step_token: test, output: 'Tests for 0, 1, -1 and 2.', usage: { usd: 0.004, tokens: 900 } }] });
  await page.waitForFunction(() => document.querySelectorAll('.graph a.node.good').length === 2, { timeout: 20000 });
  check(await page.$('#step-understand pre'), 'what was opened is closed by a change');
  await page.evaluate(() => { document.querySelector('#step-understand').open = false; window.scrollTo(0, 0); });
  await shoot(page, 'run');

  // By keyboard alone: to a step in the picture, and into it.
  await page.evaluate(() => document.querySelector('.graph a.node').focus());
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#step-understand')?.open && document.activeElement.closest('#step-understand'), { timeout: 5000 });

  // Titles and lessons of hostile people.
  await call('run_crew', { task: HOSTILE });
  const lesson = await call('record_lesson', { lesson: `Discounts are shares, never percents: 0.2 takes off a fifth. ${HOSTILE.replace('\u001b', '')}`, title: `Discounts are shares <b>always</b>`, tags: ['prices', '<i>tag</i>'], evidence: 'test_discount fails for 20' });
  await call('record_lesson', { lesson: 'The payment tests need the clock held still, else they fail at midnight in Samoa.', title: 'Hold the clock in payment tests', tags: ['tests'] });
  const tasks = ['rename a variable in this function', 'prove the scheduler cannot deadlock, and redesign it if it can', 'summarise this paragraph', 'write a SQL query that lists the ten best customers', 'fix the typo in the readme', 'why does this loop never end'];
  for (const [n, task] of tasks.entries()) {
    const route = await call('route_task', { task });
    await call('record_lesson', { lesson: `Work of kind ${n} went as routed.`, outcome: { ref: route.route_id, success: n !== 1 } });
  }
  await call('enforce_policy', { action: { kind: 'shell', tool: 'bash', content: 'rm -rf / --no-preserve-root' } });
  await page.evaluate(() => { location.hash = '#/runs'; });
  await reached(page, '<script>window.pwned=1</script>');
  await shoot(page, 'runs');
  await page.evaluate(() => { location.hash = '#/decisions'; });
  await reached(page, 'denied');
  await page.evaluate(() => document.querySelectorAll('details.reasons')[0]?.setAttribute('open', ''));
  await shoot(page, 'decisions');
  await page.select('#which', 'stopped');
  await page.waitForFunction(() => location.hash === '#/decisions?only=stopped' && [...document.querySelectorAll('table')].at(-1).innerText.includes('denied') && ![...document.querySelectorAll('table')].at(-1).innerText.includes('allowed'), { timeout: 20000 });
  await page.evaluate(() => { location.hash = '#/savings'; });
  await reached(page, 'for everything');
  await shoot(page, 'savings');
  await page.evaluate(() => { location.hash = '#/lessons'; });
  await reached(page, 'Hold the clock');
  await shoot(page, 'lessons');
  await page.type('#q', 'discount');
  await page.keyboard.press('Enter');
  await reached(page, 'the best first');
  await shoot(page, 'search');
  await page.click(`a[href="#/lessons/${lesson.id}"]`);
  await reached(page, 'Backed by');
  await shoot(page, 'lesson');
  await page.evaluate(() => { location.hash = '#/runs/nothing'; });
  await page.waitForSelector('.problem');
  problems.splice(0, problems.length, ...problems.filter((problem) => !problem.includes('status of 404')));

  // The same page in a host that shows MCP Apps: a frame without an origin, under the rules that hosts put on it.
  const host = await browser.newPage();
  watch(host);
  await host.setViewport({ width: 760, height: 900 });
  await host.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  const { asked, show } = await hostIn(host);
  const status = await rpc('tools/call', { name: 'run_crew', arguments: { run_id: begun.run_id } });
  let frame = await show(status, 'dark');
  await frame.waitForSelector('.graph a.node.good', { timeout: 20000 }).catch(async () => fail(`the app shows no graph: ${await frame.evaluate(() => document.body.innerText)} ${JSON.stringify(problems)}`));
  check(asked.includes(`resources/read firstmate://run/${begun.run_id}/history`), asked.join());
  await frame.evaluate(() => document.querySelector('.graph a.node').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })));
  await frame.waitForFunction(() => document.querySelector('#step-understand')?.open, { timeout: 5000 });
  check((await frame.evaluate(() => getComputedStyle(document.documentElement).colorScheme)) === 'dark', 'the theme of the host is not taken over');
  await host.screenshot({ path: join(directory, 'app-run-dark.png') });
  await accessible(host, 'app, run');
  frame = await show(await rpc('tools/call', { name: 'route_task', arguments: { task: tasks[1], explain: true } }), 'light');
  await frame.waitForFunction(() => document.body.innerText.includes('Models that were looked at'), { timeout: 20000 });
  await host.screenshot({ path: join(directory, 'app-route-light.png') });
  await accessible(host, 'app, route');
  // One through which nothing else can be asked shows what the answer itself says.
  frame = await show(status, 'light', false);
  await frame.waitForFunction(() => document.body.innerText.includes('developer, attempt 2 of 3'), { timeout: 20000 });
  await accessible(host, 'app, alone');
  await frame.evaluate(() => document.querySelector('button[data-do="again"]').click());
  for (let n = 0; n < 100 && !asked.includes('tools/call run_crew'); n += 1) await new Promise((done) => setTimeout(done, 100));
  check(asked.includes('tools/call run_crew'), asked.join());
  check(!(await frame.evaluate(() => window.pwned)) && !(await page.evaluate(() => window.pwned)), 'a text was carried out');
  await host.close();

  // A server that wants a token: it is asked for, or taken out of the address.
  const guarded = await browser.newPage();
  await guarded.setRequestInterception(true);
  guarded.on('request', (request) => {
    const asks = /\/ui\/(api|events)/.test(request.url());
    if (asks && request.headers().authorization !== 'Bearer secret') return void request.respond({ status: 401, contentType: 'application/json', body: '{}' });
    void pass(request);
  });
  await guarded.goto(`${url}/ui`);
  await guarded.waitForSelector('#token');
  await guarded.screenshot({ path: join(directory, 'token-light.png') });
  await accessible(guarded, 'token');
  await guarded.type('#token', 'wrong');
  await guarded.keyboard.press('Enter');
  await reached(guarded, 'not the right one');
  await guarded.evaluate(() => { document.querySelector('#token').value = 'secret'; document.querySelector('form').requestSubmit(); });
  await reached(guarded, 'Let total() take a discount');
  await guarded.evaluate(() => sessionStorage.clear());
  await guarded.goto('about:blank');
  await guarded.goto(`${url}/ui#token=secret&/lessons`);
  await reached(guarded, 'Hold the clock');
  check(guarded.url().endsWith('/ui#/lessons'), guarded.url());
  await guarded.close();

  // The server goes: the page says so and keeps what it shows.
  await page.evaluate(() => { location.hash = '#/runs'; });
  await reached(page, 'Let total() take a discount');
  if (problems.length > 0) fail(problems.join('\n'));
  console.log('READY');
  await page.waitForFunction(() => document.getElementById('link').innerText.includes('Trying again'), { timeout: 60000 });
  check((await page.evaluate(() => document.body.innerText)).includes('Let total() take a discount'), 'what was shown is gone with the server');
  console.log('GONE');
  await page.waitForFunction(() => document.getElementById('link').innerText.includes('live'), { timeout: 60000 });
  console.log('ok: the page was looked at');
} finally {
  await browser.close();
}
