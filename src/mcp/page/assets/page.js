'use strict';
// Puts the page together: which view is shown, when it is asked for anew, and what a person does.
(() => {
  const CALM = 120;
  const SLOW = 400;
  const SOONEST = 5000;
  const LATEST = 60000;
  const PATIENCE = 3600000;
  const main = document.getElementById('main');
  const title = document.getElementById('title');
  const content = document.getElementById('content');
  const heard = document.getElementById('heard');
  const link = document.getElementById('link');

  let at = { view: 'runs', query: new URLSearchParams() };
  let shown;
  let looking;

  /** How much room there is for a picture. */
  fm.room = () => Math.max(240, content.clientWidth - 4);

  const read = (address) => {
    const [path, query] = address.replace(/^#\/?/, '').split('?');
    const parts = path.split('/').map((part) => { try { return decodeURIComponent(part); } catch { return part; } });
    const [name, id, step] = parts;
    const single = { runs: 'run', lessons: 'lesson' }[name];
    const view = id && single ? single : fm.views[name] ? name : 'runs';
    return { view, id, step, query: new URLSearchParams(query ?? '') };
  };

  const put = (nodes) => {
    const wanted = document.createElement('div');
    wanted.append(...[nodes].flat(Infinity).filter((node) => node instanceof Node));
    fm.morphChildren(content, wanted);
  };

  const name = (text) => {
    if (title.textContent !== text) title.textContent = text;
    document.title = `${text} \u2013 firstmate`;
  };

  const draw = () => {
    const view = fm.views[at.view];
    name(view.title(at, shown));
    put(view.draw(at, shown));
    fm.tick();
  };

  const ask = async (mine, quietly) => {
    const view = fm.views[mine.at.view];
    try {
      const found = await view.load(mine.at);
      if (looking !== mine) return;
      const before = shown;
      shown = found;
      draw();
      const news = quietly && before && view.heard?.(before, found);
      if (news) heard.textContent = fm.plain(news);
    } catch (problem) {
      if (looking !== mine) return;
      if (problem.unauthorized) return locked(problem);
      if (problem.slow) soon();
      // What was there stays, where the server is only away for a moment.
      if (problem.gone && shown) return;
      put(fm.problem(problem instanceof Error ? { message: 'This page has a fault.', hint: problem.message } : problem));
    }
  };

  /** Asks for what is shown: one question at a time, and once more where something changed meanwhile. What was asked for
      another view never takes the place of this one. */
  const look = ({ quietly = true } = {}) => {
    if (looking?.at === at) {
      looking.again = true;
      return looking.done;
    }
    const mine = { at };
    looking = mine;
    mine.done = (async () => {
      do {
        mine.again = false;
        await ask(mine, quietly);
      } while (mine.again && looking === mine);
      if (looking === mine) looking = undefined;
    })();
    return mine.done;
  };

  const open = async (address) => {
    const next = read(address);
    const same = next.view === at.view && next.id === at.id;
    const stays = same && next.step && shown;
    // Each visit of a list begins with its usual length.
    at = stays ? Object.assign(at, next) : same ? { ...next, limit: at.limit } : next;
    if (!same) shown = undefined;
    for (const place of document.querySelectorAll('nav [data-view]')) {
      const current = place.dataset.view === (fm.views[at.view].within ?? at.view);
      current ? place.setAttribute('aria-current', 'page') : place.removeAttribute('aria-current');
    }
    if (!same) name(fm.views[at.view].title(at));
    const slow = same ? undefined : setTimeout(() => put(fm.el('p', { class: 'quiet' }, 'Loading.')), SLOW);
    if (stays) draw(); else await look({ quietly: false });
    clearTimeout(slow);
    const step = at.step && document.getElementById(`step-${at.step}`);
    if (step) {
      step.open = true;
      step.querySelector('summary').focus();
      step.scrollIntoView({ block: 'nearest' });
    } else if (!same && !fm.host) {
      // In a host the person is writing elsewhere.
      title.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
  };

  fm.go = (address) => { if (fm.host) void open(address); else location.hash = address.replace(/^#/, ''); };

  const locked = (problem) => {
    name('Token needed');
    put([fm.problem({ message: problem.message, hint: 'It was shown when the server was started.' }),
      fm.el('form', { class: 'search', 'data-do': 'unlock' }, fm.el('label', { for: 'token' }, 'Token'),
        fm.el('input', { id: 'token', name: 'token', type: 'password', autocomplete: 'off', required: true }), fm.el('button', { type: 'submit' }, 'Open'))]);
  };
  fm.actions.unlock = (data, form) => {
    fm.setToken(new FormData(form).get('token').trim());
    void listen();
  };
  fm.actions.more = ({ limit, before }) => { if (before) at.before = Number(before); else at.limit = Number(limit); return look(); };
  fm.actions.again = () => look();
  fm.actions.skip = () => main.focus();

  const act = async (element, event) => {
    const does = fm.actions[element.dataset.do];
    if (!does) return;
    event.preventDefault();
    try {
      await does(element.dataset, element);
      if (shown && element.tagName === 'BUTTON' && !['more', 'again'].includes(element.dataset.do)) draw();
    } catch (problem) {
      heard.textContent = fm.plain(problem.message ?? 'This did not work.');
      element.after(fm.problem(problem));
    }
  };
  document.addEventListener('click', (event) => {
    const element = event.target.closest('button[data-do], a[data-do]');
    if (element) return void act(element, event);
    const step = event.target.closest('a[href^="#/"]');
    // In a host's frame an address would lead away from the page; and the same address twice would do nothing.
    if (step && !event.metaKey && !event.ctrlKey && (fm.host || step.getAttribute('href') === location.hash)) {
      event.preventDefault();
      void open(step.getAttribute('href'));
    }
  });
  document.addEventListener('change', (event) => { if (event.target.matches('select[data-do]')) void act(event.target, event); });
  document.addEventListener('submit', (event) => { if (event.target.matches('form[data-do]')) void act(event.target, event); });

  let calm;
  const soon = () => { clearTimeout(calm); calm = setTimeout(() => { if (!document.hidden) void look(); }, CALM); };

  const linked = (how, problem) => {
    const said = { live: ['live', 'good', 'tick'], lost: [`${problem?.message ?? ''} Trying again.`, 'bad', 'alert'], closed: [`Not told of changes: ${problem?.message ?? ''}`, 'wait', 'pause'], locked: ['locked', 'wait', 'pause'] }[how];
    // The same words again would be read aloud again.
    if (link.textContent !== fm.plain(said[0])) link.replaceChildren(fm.el('span', { class: `state ${said[1]}` }, fm.icon(said[2]), said[0]));
    if (how === 'locked') locked(problem);
  };

  let known;
  const listen = async () => {
    known = undefined;
    await fm.listen((news) => {
      const first = known === undefined;
      const matters = first || fm.views[at.view].kinds.some((kind) => news[kind] !== known[kind]);
      known = news;
      if (matters) soon();
    }, (how, problem) => { known = undefined; linked(how, problem); });
  };

  const inHost = () => {
    put(fm.el('p', { class: 'quiet' }, 'Waiting for the result.'));
    // A host does not say when something changed, and each look is on record: less often the longer nothing happens.
    let pause = SOONEST;
    let since = Date.now();
    const follow = async () => {
      const events = shown?.run?.timeline.length;
      if (at.view === 'run' && !document.hidden && ['working', 'input_required'].includes(shown?.run?.status) && Date.now() - since < PATIENCE) {
        await look();
        const moved = shown?.run?.timeline.length !== events;
        pause = moved ? SOONEST : Math.min(pause * 1.5, LATEST);
        if (moved) since = Date.now();
      }
      setTimeout(() => void follow(), pause);
    };
    const status = async (run) => show(await fm.callTool('run_crew', { run_id: run }));
    fm.actions.status = ({ run }) => fm.reads() ? show({ structuredContent: { run_id: run } }) : status(run);
    const show = async (result) => {
      const answer = result.structuredContent ?? {};
      // Another run that was shown is not asked for any more.
      if (answer.run_id !== at.id) [at, shown, looking] = [{ view: 'runs', query: new URLSearchParams() }, undefined, undefined];
      const text = (result.content ?? []).map((block) => block.text ?? '').join('\n');
      if (result.isError) {
        let problem = { message: text };
        try { problem = JSON.parse(text); } catch { /* It is said as it is. */ }
        return put(fm.problem(problem));
      }
      if (answer.run_id) {
        const known = await fm.ask(`runs/${encodeURIComponent(answer.run_id)}`).catch(() => null);
        if (!known) {
          name(fm.cut(answer.task ?? 'Run', 140));
          put(fm.reply(answer));
          fm.actions.again = () => status(answer.run_id);
          return;
        }
        fm.actions.again = () => look();
        [pause, since] = [SOONEST, Date.now()];
        return open(`#/runs/${encodeURIComponent(answer.run_id)}`);
      }
      if (answer.route_id || answer.candidates) { name('Where the work goes'); return put(fm.route(answer)); }
      if (answer.open_runs) { name('Open runs'); return put(fm.el('ul', {}, answer.open_runs.map((one) => fm.el('li', {}, fm.button(fm.cut(one.task, 90), 'status', { run: one.run_id }))))); }
      put(fm.el('pre', { class: 'text' }, fm.cut(text, 20000)));
    };
    fm.startInHost({
      shown: (result) => void show(result),
      input: (given) => { if (!shown && given.task) name(fm.cut(given.task, 140)); },
      cancelled: (reason) => put(fm.problem({ message: 'The call was cancelled.', hint: reason ?? '' })),
    }).catch((problem) => put(fm.problem(problem)));
    void follow();
  };

  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    if (shown) draw();
  });
  setInterval(fm.tick, 5000);
  if (fm.host) {
    inHost();
  } else {
    fm.takeToken();
    window.addEventListener('hashchange', () => { if (fm.takeToken()) void listen(); void open(location.hash); });
    void open(location.hash);
    void listen();
  }
})();
