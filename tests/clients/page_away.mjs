// Looks at the page where things go wrong, in a real browser: page_away.mjs URL CHROMIUM MODULES
//
// Connections that say nothing any more, answers that take long, tabs that nobody sees, refusals, tokens, and hosts that give little.

import { connect, createServer } from 'node:net';

import { asBrowser, call, check, hostIn, pass, reached, rpc, url } from './page_help.mjs';

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const text = (page) => page.evaluate(() => document.body.innerText);
const json = (body, status = 200) => ({ status, contentType: 'application/json', body: JSON.stringify(body) });

// Between the page and the server: when it is held, nothing is closed and nothing comes through.
const between = async () => {
  let held = false;
  const pairs = new Set();
  const { hostname, port } = new URL(url);
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    pairs.add([near, far]);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on('data', (bytes) => { if (!held) to.write(bytes); });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise((done) => proxy.listen(0, hostname, done));
  const release = () => { held = false; for (const pair of pairs) for (const end of pair) end.destroy(); pairs.clear(); };
  return { url: `http://${hostname}:${proxy.address().port}`, hold: () => { held = true; }, release, close: () => { release(); proxy.close(); } };
};

const opened = async (browser, answer) => {
  const page = await browser.newPage();
  if (answer) {
    await page.setRequestInterception(true);
    page.on('request', (request) => void answer(request));
  }
  return page;
};

const silent = async (browser) => {
  const line = await between();
  const page = await opened(browser);
  // The page waits for 45 seconds; this test does not.
  await page.evaluateOnNewDocument(() => {
    const later = window.setTimeout;
    window.setTimeout = (what, ms, ...rest) => later(what, ms === 45000 ? 2000 : ms, ...rest);
  });
  await page.goto(`${line.url}/ui`);
  await reached(page, 'live');
  line.hold();
  await reached(page, 'Trying again');
  await page.evaluate(() => {
    window.spoken = 0;
    new MutationObserver(() => { window.spoken += 1; }).observe(document.getElementById('link'), { childList: true, subtree: true, characterData: true });
  });
  await call('run_crew', { task: 'Begun while the page was away', plan: { steps: [{ id: 'a', goal: 'Say one.' }] } });
  await wait(6000);
  check(await page.evaluate(() => window.spoken) === 0, 'the same words are put there with every try');
  line.release();
  await reached(page, 'live');
  await reached(page, 'Begun while the page was away');
  await page.close();
  line.close();
};

const slow = async (browser) => {
  const running = new Map();
  let most = 0;
  const page = await opened(browser, async (request) => {
    const path = new URL(request.url()).pathname;
    if (!path.startsWith('/ui/api/')) return request.continue();
    running.set(path, (running.get(path) ?? 0) + 1);
    most = Math.max(most, running.get(path));
    await wait(900);
    running.set(path, running.get(path) - 1);
    return request.continue();
  });
  await page.goto(`${url}/ui#/decisions`);
  await reached(page, 'live');
  const until = Date.now() + 6000;
  let n = 0;
  const judged = (async () => {
    while (Date.now() < until) {
      n += 1;
      await call('enforce_policy', { action: { kind: 'shell', tool: 'bash', content: `rm -rf / --no-preserve-root # ${n}` } });
      await wait(150);
    }
  })();
  await wait(5000);
  check((await text(page)).includes('denied'), `nothing is shown while things happen: ${await text(page)}`);
  await judged;
  check(most === 1, `${most} questions for the same at once`);
  await page.close();
};

const tabs = async (browser) => {
  const pages = [];
  for (let n = 0; n < 7; n += 1) {
    const page = await opened(browser);
    pages.push(page);
    await page.bringToFront();
    await page.goto(`${url}/ui`, { timeout: 20000 });
    await reached(page, 'live');
  }
  await call('run_crew', { task: 'Begun behind the tab', plan: { steps: [{ id: 'a', goal: 'Say one.' }] } });
  await wait(1500);
  check(await pages[0].evaluate(() => document.hidden), 'the tab is not behind the others');
  check(!(await text(pages[0])).includes('Begun behind the tab'), 'a tab that nobody sees is kept up to date');
  await pages[0].bringToFront();
  await reached(pages[0], 'Begun behind the tab');
  for (const page of pages) await page.close();
};

const refused = async (browser) => {
  let tries = 0;
  const page = await opened(browser, (request) => {
    if (!request.url().endsWith('/ui/events')) return request.continue();
    tries += 1;
    return request.respond(json({ code: 'policy.denied', message: 'Nobody watches here.', hint: '' }, 403));
  });
  await page.goto(`${url}/ui`);
  await reached(page, 'Not told of changes: Nobody watches here.');
  await wait(2500);
  check(tries === 1, `what was refused is asked ${tries} times`);
  await page.close();
};

const tokens = async (browser) => {
  const page = await opened(browser, (request) => {
    const asks = /\/ui\/(api|events)/.test(request.url());
    return asks && request.headers().authorization !== 'Bearer secret' ? request.respond(json({}, 401)) : pass(request);
  });
  await page.goto(`${url}/ui`);
  await reached(page, 'locked');
  await page.evaluate(() => { location.hash = '#token=%'; });
  await page.waitForFunction(() => location.hash === '#/runs', { timeout: 5000 });
  await page.evaluate(() => { location.hash = '#token=secret'; });
  await reached(page, 'Begun behind the tab');
  await reached(page, 'live');
  check(!page.url().includes('token'), page.url());
  await page.close();
};

const words = async (browser) => {
  let answer;
  const page = await opened(browser, (request) => request.url().includes('/ui/api/decisions') && answer ? request.respond(json(answer)) : request.continue());
  for (let n = 0; n < 60; n += 1) await call('enforce_policy', { action: { kind: 'shell', tool: 'bash', content: `ls ${n}` } });
  await page.goto(`${url}/ui#/decisions`);
  await reached(page, 'live');
  const rows = () => page.evaluate(() => [...document.querySelectorAll('table')].at(-1).querySelectorAll('tbody tr').length);
  await page.waitForFunction(() => [...document.querySelectorAll('table')].at(-1)?.querySelectorAll('tbody tr').length >= 50, { timeout: 20000 });
  const before = await rows();
  await page.click('button[data-do="more"]');
  await page.waitForFunction((before) => [...document.querySelectorAll('table')].at(-1).querySelectorAll('tbody tr').length > before, { timeout: 20000 }, before);
  const shown = await rows();
  await call('enforce_policy', { action: { kind: 'shell', tool: 'bash', content: 'ls again' } });
  await page.waitForFunction((shown) => [...document.querySelectorAll('table')].at(-1).querySelectorAll('tbody tr').length > shown, { timeout: 20000 }, shown);
  // The list that was chosen, and back again.
  await page.select('#which', 'stopped');
  await page.waitForFunction(() => location.hash === '#/decisions?only=stopped' && ![...document.querySelectorAll('table')].at(-1).innerText.includes('allowed'), { timeout: 20000 });
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('#which').value === '' && document.body.innerText.includes('allowed'), { timeout: 20000 });
  // What is not among the entries that were looked at may still be there.
  answer = { decisions: [], rules: {}, total: 30000, before: 10001 };
  await call('enforce_policy', { action: { kind: 'shell', tool: 'bash', content: 'ls once more' } });
  await page.evaluate(() => { location.hash = '#/decisions?only=stopped'; });
  await reached(page, 'None is among the newest 20,000 entries of the record.');
  const { run_id: run } = await call('run_crew', { task: 'Judged long ago', plan: { steps: [{ id: 'a', goal: 'Say one.' }] } });
  await page.evaluate((run) => { location.hash = `#/runs/${run}`; }, run);
  await reached(page, 'No action of this run is among the newest 20,000 entries of the record.');
  const said = await page.evaluate(() => [fm.money(2e-6), fm.money(0), fm.money(0.25), fm.share(0.9999), fm.share(0.996), fm.share(1), fm.share(0), fm.share(1e-5)]);
  check(said.join() === '< $0.0001,$0.0000,$0.2500,> 99.9 %,99.6 %,100 %,0 %,< 0.1 %', said.join());
  await page.close();
};

const hosts = async (browser) => {
  const page = await browser.newPage();
  const { asked, show } = await hostIn(page);
  await call('record_lesson', { lesson: 'Discounts in total() are shares, never percents: 0.2 takes off a fifth.', title: 'Discounts are shares', tags: ['prices'], evidence: 'test_discount fails for 20' });
  const plan = { steps: [{ id: 'a', role: 'developer', goal: 'Let total() take discounts that are shares.' }, { id: 'b', goal: 'Say two.', needs: ['a'] }], strategy: 'graph' };
  const begun = await call('run_crew', { task: 'Let total() take discounts, which are shares', plan });
  const reply = await call('run_crew', { submissions: [{ step_token: begun.pending[0].step_token, output: Array.from({ length: 8000 }, (_, n) => String(n).padStart(4, '0')).join(' ').padEnd(40000, '.') }] });
  const status = await rpc('tools/call', { name: 'run_crew', arguments: { run_id: begun.run_id } });
  let frame = await show(status, 'light');
  await frame.waitForSelector('#step-a summary', { timeout: 20000 });
  await frame.evaluate(() => { document.querySelector('#step-a').open = true; document.querySelector('#step-a button[data-do="output"]').click(); });
  await frame.waitForSelector('#step-a pre', { timeout: 20000 });
  check(!(await frame.$('#step-a button[data-do="output"]')), 'a host gives the first part alone, and more is offered');
  check((await text(frame)).includes('of 40,000 bytes'), 'it is not said how much there is');
  check((await text(frame)).includes('Was given') && !(await frame.$('#content a[href^="#/lessons"]')), 'a lesson is not named, or its link leads nowhere');
  // One of the open runs is opened, and followed.
  frame = await show({ content: [], structuredContent: { open_runs: [{ run_id: begun.run_id, task: 'Let total() take discounts' }] } }, 'light');
  await (await frame.waitForSelector('button[data-do="status"]', { timeout: 20000 })).click();
  await frame.waitForSelector('#step-b summary', { timeout: 20000 });
  await call('run_crew', { submissions: [{ step_token: reply.pending[0].step_token, output: 'two' }] });
  await frame.waitForFunction(() => document.body.innerText.includes('completed'), { timeout: 20000 });
  // One that reads nothing is not asked to.
  asked.length = 0;
  frame = await show(status, 'light', false, {});
  await frame.waitForFunction(() => document.body.innerText.includes('Steps done'), { timeout: 5000 });
  check(!(await page.evaluate(() => window.said)).includes('resources/read'), 'a host is asked for what it does not have');
  await page.close();
};

const browser = await asBrowser();
try {
  for (const [name, part] of Object.entries({ silent, slow, tabs, refused, tokens, words, hosts })) {
    await part(browser).catch((error) => { throw new Error(`${name}: ${error.message}`); });
    console.log(`done: ${name}`);
  }
  console.log('ok: the page was looked at');
} finally {
  await browser.close();
}
