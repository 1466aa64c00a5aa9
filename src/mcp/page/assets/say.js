'use strict';
// How things are said: money, numbers, times, and where something stands.
(() => {
  const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  const known = (number) => typeof number === 'number' && Number.isFinite(number);

  fm.number = (number) => known(number) ? whole.format(number) : '\u2013';
  fm.counted = (number, one, many = `${one}s`) => `${fm.number(number)} ${number === 1 ? one : many}`;
  /** US dollars; as many digits everywhere, so that columns can be compared. */
  fm.money = (usd) => {
    if (!known(usd)) return '\u2013';
    if (usd > 0 && usd < 0.00005) return '< $0.0001';
    return `${usd < 0 ? '\u2212' : ''}$${Math.abs(usd).toFixed(Math.abs(usd) >= 1000 ? 0 : 4)}`;
  };
  fm.micro = (micro) => known(micro) ? fm.money(micro / 1e6) : '\u2013';
  /** 0 % means nothing and 100 % all: what is close to them says so. */
  fm.share = (share) => {
    if (!known(share)) return '\u2013';
    if (share > 0 && share < 0.0005) return '< 0.1 %';
    if (share > 0.9995 && share < 1) return '> 99.9 %';
    const size = Math.abs(share);
    const isClose = size !== 0 && size < 0.0995 || size >= 0.995 && size < 1;
    return `${(share * 100).toFixed(isClose ? 1 : 0).replace('-', '\u2212')} %`;
  };
  /** A stable word as people say it. */
  fm.words = (word) => fm.plain(word ?? '').replace(/_/g, ' ');

  fm.span = (seconds) => {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 172800) return `${Math.floor(s / 3600)} h`;
    return `${Math.floor(s / 86400)} days`;
  };
  fm.seconds = (from, to) => (Date.parse(to) - Date.parse(from)) / 1000;

  const ago = (at) => {
    const seconds = (Date.now() - Date.parse(at)) / 1000;
    if (!Number.isFinite(seconds)) return '\u2013';
    if (seconds < 0) return `in ${fm.span(-seconds)}`;
    return seconds < 5 ? 'just now' : `${fm.span(seconds)} ago`;
  };
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

  /** How long ago it was; the whole time is its title. */
  fm.ago = (at) => {
    const moment = Date.parse(at);
    if (!Number.isFinite(moment)) return '\u2013';
    return fm.el('time', { datetime: at, title: full.format(moment), 'data-at': at }, ago(at));
  };
  /** Keeps all of them right. */
  fm.tick = () => {
    for (const time of document.querySelectorAll('time[data-at]')) {
      const said = ago(time.dataset.at);
      if (time.textContent !== said) time.textContent = said;
    }
  };

  // Where a run, a step, a decision or a lesson stands: in words, a colour, and a shape for those who do not see the colour.
  const STATES = {
    __proto__: null,
    completed: ['completed', 'good', 'tick'], done: ['done', 'good', 'tick'], allow: ['allowed', 'good', 'tick'], active: ['in force', 'good', 'tick'],
    working: ['goes on', 'busy', 'play'], runs: ['runs', 'busy', 'play'],
    input_required: ['waits for the host', 'wait', 'pause'], waits: ['waits', 'wait', 'pause'], require_approval: ['needs a person', 'wait', 'pause'],
    sent_back: ['sent back', 'wait', 'back'], warn: ['warned', 'wait', 'alert'], redact: ['redacted', 'wait', 'alert'], candidate: ['candidate', 'wait', 'pause'],
    failed: ['failed', 'bad', 'cross'], deny: ['denied', 'bad', 'cross'],
    cancelled: ['cancelled', 'idle', 'stop'], retracted: ['taken back', 'idle', 'stop'], expired: ['expired', 'idle', 'stop'], superseded: ['replaced', 'idle', 'skip'], not_done: ['not done', 'idle', 'stop'], skipped: ['left out', 'idle', 'skip'],
    not_due: ['not due', 'idle', 'ring'],
  };
  const PATHS = {
    tick: 'M3 8.5l3.2 3.2L13 5', play: 'M5 3.5v9l7-4.5z', pause: 'M5.5 3.5v9M10.5 3.5v9', back: 'M12.5 11c0-3-1.5-5-5-5H4m3-3L4 6l3 3',
    alert: 'M8 3v6M8 11.8v.7', cross: 'M4 4l8 8M12 4l-8 8', stop: 'M4.5 4.5h7v7h-7z', skip: 'M3 8h9M9 5l3 3-3 3', ring: 'M8 4a4 4 0 100 8 4 4 0 000-8z',
  };

  /** A word, a tone, and a shape. */
  fm.standing = (state) => STATES[state] ?? [fm.words(state), 'idle', 'ring'];
  fm.icon = (shape, size = 12) => fm.svg('svg', { viewBox: '0 0 16 16', width: size, height: size, 'aria-hidden': 'true', class: `icon ${shape}` },
    fm.svg('path', { d: PATHS[shape] }));
  fm.iconPath = (shape) => PATHS[shape];
  fm.state = (state, words) => {
    const [said, tone, shape] = fm.standing(state);
    return fm.el('span', { class: `state ${tone}` }, fm.icon(shape), words ?? said);
  };
})();
