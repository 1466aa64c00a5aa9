'use strict';
// The page in a browser: asks the server that it came from, and hears from it when to ask again.
(() => {
  const TOKEN = 'firstmate.token';
  const SOONEST = 500;
  const LATEST = 10000;
  // A server that is there says so three times as often.
  const SILENT = 45000;
  const LONGEST = 30000;

  // For this tab only, and never in an address: `#token=` is taken out of it at once.
  const kept = () => { try { return sessionStorage.getItem(TOKEN) ?? ''; } catch { return ''; } };
  let token = kept();
  fm.setToken = (value) => {
    token = value;
    try { value ? sessionStorage.setItem(TOKEN, value) : sessionStorage.removeItem(TOKEN); } catch { /* It lasts as long as the page. */ }
  };
  /** Whether there was one. */
  fm.takeToken = () => {
    const given = /^#token=([^&]*)(?:&(.*))?$/.exec(location.hash);
    if (!given) return false;
    history.replaceState(null, '', `${location.pathname}#${given[2] ?? '/runs'}`);
    try { fm.setToken(decodeURIComponent(given[1])); } catch { fm.setToken(given[1]); }
    return true;
  };

  const headers = () => token ? { authorization: `Bearer ${token}` } : {};

  const problemOf = async (answer) => {
    const said = await answer.json().catch(() => null);
    if (answer.status === 401) return { unauthorized: true, message: token ? 'The token is not the right one.' : 'This server wants a token.' };
    if (said?.message) return { ...said, closed: answer.status === 403 };
    return { message: said?.error?.message ?? `The server answered with status ${answer.status}.`, hint: answer.status === 503 ? 'It has as much to do as it may. Try again in a moment.' : '' };
  };

  /** Asks the server; what it refuses is thrown as {code, message, hint}. */
  fm.askServer = async (what, given = {}) => {
    const asked = Object.entries(given).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams(asked).toString();
    let answer;
    try {
      answer = await fetch(`ui/api/${what}${query ? `?${query}` : ''}`, { headers: headers(), cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(LONGEST) });
    } catch (error) {
      throw { gone: true, slow: error.name === 'TimeoutError', message: 'The server cannot be reached.', hint: 'Is firstmate serve --http still running? This page tries again by itself.' };
    }
    if (!answer.ok) throw await problemOf(answer);
    try {
      return await answer.json();
    } catch (error) {
      throw { gone: true, slow: error.name === 'TimeoutError', message: 'The answer of the server broke off.', hint: 'This page tries again by itself.' };
    }
  };

  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  /** Reads events from a stream of text, as far as this page needs the format. */
  const events = async (body, alive, heard) => {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      text += value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const field = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart()).join('\n');
        if (field('data')) heard(field('event'), field('data'));
      }
    }
  };

  const seen = () => document.hidden ? new Promise((done) => {
    const look = () => { if (!document.hidden) { document.removeEventListener('visibilitychange', look); done(); } };
    document.addEventListener('visibilitychange', look);
  }) : undefined;

  /** Hears events until the stream ends, is silent for too long, or `stop` is called; what was the matter. */
  const hear = async (stop, told, linked) => {
    let problem = { message: 'The connection ended.' };
    let silence;
    const alive = () => { clearTimeout(silence); silence = setTimeout(() => stop.abort(), SILENT); };
    // A browser has six connections for a server: a tab that nobody sees must not keep one.
    const hide = () => { if (document.hidden) stop.abort('hidden'); };
    document.addEventListener('visibilitychange', hide);
    try {
      alive();
      const answer = await fetch('ui/events', { headers: headers(), cache: 'no-store', redirect: 'error', signal: stop.signal });
      if (!answer.ok) return await problemOf(answer);
      linked('live');
      await events(answer.body, alive, (event, data) => {
        if (event === 'news') told(JSON.parse(data));
        if (event === 'end') problem = { message: 'The server stopped.' };
      });
      return problem;
    } catch {
      return { message: 'The server cannot be reached.' };
    } finally {
      clearTimeout(silence);
      document.removeEventListener('visibilitychange', hide);
    }
  };

  let current;
  /** Listens until it may not; `told` gets counts, `linked` how the connection stands. Begun again, it takes the place of the last. */
  fm.listen = async (told, linked) => {
    const round = {};
    current?.stop?.abort();
    current = round;
    let pause = SOONEST;
    for (;;) {
      await seen();
      if (current !== round) return;
      round.stop = new AbortController();
      const problem = await hear(round.stop, told, (how) => { pause = SOONEST; if (current === round) linked(how); });
      if (current !== round) return;
      if (round.stop.signal.reason === 'hidden') continue;
      linked(problem.unauthorized ? 'locked' : problem.closed ? 'closed' : 'lost', problem);
      if (problem.unauthorized || problem.closed) return;
      await wait(pause);
      pause = Math.min(pause * 2, LATEST);
    }
  };
})();
