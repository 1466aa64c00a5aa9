'use strict';
// The page in a browser: asks the server that it came from, and hears from it when to ask again.
(() => {
  const TOKEN = 'firstmate.token';
  const SOONEST = 500;
  const LATEST = 10000;

  // For this tab only, and never in an address: `#token=` is taken out of it at once.
  const kept = () => { try { return sessionStorage.getItem(TOKEN) ?? ''; } catch { return ''; } };
  let token = kept();
  fm.setToken = (value) => {
    token = value;
    try { value ? sessionStorage.setItem(TOKEN, value) : sessionStorage.removeItem(TOKEN); } catch { /* It lasts as long as the page. */ }
  };
  fm.takeToken = () => {
    const given = /^#token=([^&]*)(?:&(.*))?$/.exec(location.hash);
    if (!given) return;
    fm.setToken(decodeURIComponent(given[1]));
    history.replaceState(null, '', `${location.pathname}#${given[2] ?? '/runs'}`);
  };

  const headers = () => token ? { authorization: `Bearer ${token}` } : {};

  const problemOf = async (answer) => {
    const said = await answer.json().catch(() => null);
    if (answer.status === 401) return { unauthorized: true, message: token ? 'The token is not the right one.' : 'This server wants a token.' };
    if (said?.message) return said;
    return { message: said?.error?.message ?? `The server answered with status ${answer.status}.`, hint: answer.status === 503 ? 'It has as much to do as it may. Try again in a moment.' : '' };
  };

  /** Asks the server; what it refuses is thrown as {code, message, hint}. */
  fm.askServer = async (what, given = {}) => {
    const asked = Object.entries(given).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams(asked).toString();
    let answer;
    try {
      answer = await fetch(`ui/api/${what}${query ? `?${query}` : ''}`, { headers: headers(), cache: 'no-store', redirect: 'error' });
    } catch {
      throw { gone: true, message: 'The server cannot be reached.', hint: 'Is firstmate serve --http still running? This page tries again by itself.' };
    }
    if (!answer.ok) throw await problemOf(answer);
    return answer.json();
  };

  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  /** Reads events from a stream of text, as far as this page needs the format. */
  const events = async (body, heard) => {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const field = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart()).join('\n');
        if (field('data')) heard(field('event'), field('data'));
      }
    }
  };

  /** Listens for ever; `told` gets counts, `linked` how the connection stands. */
  fm.listen = async (told, linked) => {
    let pause = SOONEST;
    for (;;) {
      let problem = { message: 'The connection ended.' };
      try {
        const answer = await fetch('ui/events', { headers: headers(), cache: 'no-store', redirect: 'error' });
        if (answer.ok) {
          linked('live');
          pause = SOONEST;
          await events(answer.body, (event, data) => {
            if (event === 'news') told(JSON.parse(data));
            if (event === 'end') problem = { message: 'The server stopped.' };
          });
        } else {
          problem = await problemOf(answer);
        }
      } catch {
        problem = { message: 'The server cannot be reached.' };
      }
      linked(problem.unauthorized ? 'locked' : 'lost', problem);
      if (problem.unauthorized) return;
      await wait(pause);
      pause = Math.min(pause * 2, LATEST);
    }
  };
})();
