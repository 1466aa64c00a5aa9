'use strict';
// The page in a host that shows MCP Apps: it gets the result of a tool, and asks the host for the rest. JSON-RPC by postMessage,
// as SEP-1865 has it (2026-01-26).
(() => {
  fm.host = document.documentElement.dataset.in === 'host';
  fm.ask = (what, given) => fm.host ? askHost(what, given) : fm.askServer(what, given);
  if (!fm.host) return;

  const VERSION = '2026-01-26';
  const LONGEST = 30000;
  const waiting = new Map();
  let lastId = 0;
  let context = {};
  let reads = false;

  /** Whether this host reads resources. */
  fm.reads = () => reads;

  const post = (message) => window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*');
  const notify = (method, params = {}) => post({ method, params });
  const request = (method, params = {}) => new Promise((done, failed) => {
    lastId += 1;
    const id = lastId;
    const timer = setTimeout(() => { waiting.delete(id); failed({ message: 'The host did not answer.', hint: 'Ask again.' }); }, LONGEST);
    waiting.set(id, (message) => {
      clearTimeout(timer);
      message.error ? failed({ code: String(message.error.code ?? ''), message: message.error.message ?? 'The host refused.' }) : done(message.result);
    });
    post({ id, method, params });
  });

  const read = async (uri) => {
    const { contents } = await request('resources/read', { uri });
    return JSON.parse(contents?.[0]?.text ?? 'null');
  };

  /** What the server would have been asked for, by way of the host: as much of it as there is a resource for. */
  async function askHost(what) {
    const [kind, run, steps, step] = what.split('/').map(decodeURIComponent);
    if (!reads) throw { message: 'This host gives no more than the answer itself.', hint: 'firstmate serve --http shows it at /ui.' };
    if (kind === 'runs' && steps === 'steps') return (await read(`firstmate://run/${run}/step/${step}`)).page;
    if (kind === 'runs' && run) return read(`firstmate://run/${run}/history`);
    throw { message: 'This cannot be asked for through the host.', hint: 'firstmate serve --http shows it at /ui.' };
  }

  const dress = (changed) => {
    context = { ...context, ...changed };
    const root = document.documentElement;
    if (context.theme === 'light' || context.theme === 'dark') root.style.colorScheme = context.theme;
    for (const [name, value] of Object.entries(context.styles?.variables ?? {})) {
      if (name.startsWith('--') && typeof value === 'string') root.style.setProperty(name, value);
    }
  };

  const size = () => notify('ui/notifications/size-changed', { width: document.documentElement.scrollWidth, height: Math.ceil(document.body.getBoundingClientRect().height) });

  /** Begins; `shown` gets each result of the tool, `input` its arguments, `cancelled` why there is none. */
  fm.startInHost = async ({ shown, input, cancelled }) => {
    window.addEventListener('message', ({ source, data }) => {
      if (source !== window.parent || data?.jsonrpc !== '2.0') return;
      if (data.method === undefined) {
        waiting.get(data.id)?.(data);
        waiting.delete(data.id);
        return;
      }
      if (data.method === 'ui/notifications/tool-input') input(data.params?.arguments ?? {});
      if (data.method === 'ui/notifications/tool-result') shown(data.params ?? {});
      if (data.method === 'ui/notifications/tool-cancelled') cancelled(data.params?.reason);
      if (data.method === 'ui/notifications/host-context-changed') dress(data.params ?? {});
      // Nothing has to be kept: whatever else is asked may go on.
      if (data.id !== undefined) post(data.method === 'ping' || data.method === 'ui/resource-teardown' ? { id: data.id, result: {} } : { id: data.id, error: { code: -32601, message: 'not known here' } });
    });
    const greeted = await request('ui/initialize', { appInfo: { name: 'firstmate', version: '1' }, appCapabilities: { availableDisplayModes: ['inline', 'fullscreen'] }, protocolVersion: VERSION });
    dress(greeted?.hostContext ?? {});
    reads = Boolean(greeted?.hostCapabilities?.serverResources);
    notify('ui/notifications/initialized');
    new ResizeObserver(size).observe(document.body);
    size();
  };

  /** Calls a tool of the server through the host; its whole result. */
  fm.callTool = (tool, given) => request('tools/call', { name: tool, arguments: given });
})();
