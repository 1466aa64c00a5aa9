// What the scripts that look at the page share: the server's tools, a browser, and a host that shows MCP Apps.

import { createRequire } from 'node:module';
import { join } from 'node:path';

export const [url, chromium, modules, directory, token = ''] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const puppeteer = require('puppeteer-core').default ?? require('puppeteer-core');

// What the server hears of a request whose token was looked at here: it wants none, and takes no wrong one.
export const pass = (request) => {
  const { authorization, ...headers } = request.headers();
  return request.continue({ headers });
};

export const fail = (what) => { throw new Error(what); };
export const check = (is, what) => { if (!is) fail(what); };

let calls = 0;
export const rpc = async (method, params) => {
  calls += 1;
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, 'mcp-name': params.name ?? params.uri };
  if (token) headers.authorization = `Bearer ${token}`;
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'page', version: '0' }, 'io.modelcontextprotocol/clientCapabilities': {} };
  const answer = await fetch(`${url}/mcp`, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: calls, method, params: { ...params, _meta } }) });
  const text = await answer.text();
  const lines = text.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim()).filter(Boolean);
  const message = JSON.parse(lines.at(-1) ?? text);
  return message.result ?? fail(`${method}: ${text}`);
};
export const call = async (name, given) => {
  const result = await rpc('tools/call', { name, arguments: given });
  check(!result.isError, `${name}: ${JSON.stringify(result)}`);
  return result.structuredContent;
};

// What somebody might write who means no good: markup, colours of a terminal, and turned writing.
export const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> \u001b[31mred \u202eevil';

export const problems = [];
export const watch = (page) => {
  page.on('console', (message) => { if (['error', 'warn'].includes(message.type())) problems.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => { if (!request.url().endsWith('/ui/events')) problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`); });
};

export const reached = (page, what) => page.waitForFunction((text) => document.body.innerText.includes(text), { timeout: 20000 }, what)
  .catch(async () => fail(`the page does not say ${JSON.stringify(what)} but: ${await page.evaluate(() => document.body.innerText)}`));

export const asBrowser = () => puppeteer.launch({ executablePath: chromium, headless: true, args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'] });

/** A host that shows MCP Apps in `host`: a frame without an origin, under the rules that hosts put on it. */
export const hostIn = async (host) => {
  const document_ = (await rpc('resources/read', { uri: 'ui://firstmate/dashboard' })).contents[0];
  check(document_.mimeType === 'text/html;profile=mcp-app', document_.mimeType);
  const asked = [];
  await host.exposeFunction('serve', async (method, params) => {
    asked.push(`${method} ${params.uri ?? params.name ?? ''}`);
    return rpc(method, params);
  });
  const rules = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'none'";
  const show = async (result, theme, reads = true, capabilities = { serverTools: {}, serverResources: {} }) => {
    await host.setContent('<!doctype html><html lang="en"><title>host</title><body><main><h1>Host</h1><iframe title="firstmate" sandbox="allow-scripts" width="720" height="400"></iframe></main></body></html>');
    await host.evaluate((html, rules, result, theme, reads, capabilities) => {
      window.said = [];
      const frame = document.querySelector('iframe');
      const send = (message) => frame.contentWindow?.postMessage({ jsonrpc: '2.0', ...message }, '*');
      window.onmessage = async ({ source, data }) => {
        if (source !== frame.contentWindow) return;
        window.said.push(data.method);
        if (data.method === 'ui/initialize') send({ id: data.id, result: { protocolVersion: data.params.protocolVersion, hostInfo: { name: 'host', version: '0' }, hostCapabilities: capabilities, hostContext: { theme, displayMode: 'inline' } } });
        if (data.method === 'ui/notifications/initialized') {
          send({ method: 'ui/notifications/tool-input', params: { arguments: {} } });
          send({ method: 'ui/notifications/tool-result', params: result });
        }
        if (data.method === 'ui/notifications/size-changed') frame.height = data.params.height;
        if (data.method === 'resources/read' && !reads) return send({ id: data.id, error: { code: -32601, message: 'not here' } });
        if (data.method === 'resources/read' || data.method === 'tools/call') send({ id: data.id, result: await window.serve(data.method, data.params) });
      };
      frame.srcdoc = html.replace('<head>', `<head><meta http-equiv="Content-Security-Policy" content="${rules}">`);
    }, document_.text, rules, result, theme, reads, capabilities);
    const frame = await (await host.waitForSelector('iframe')).contentFrame();
    return frame;
  };
  return { asked, show };
};
