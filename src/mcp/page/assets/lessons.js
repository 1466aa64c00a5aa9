'use strict';
// What was learned: listed, searched, and where each comes from. Lessons are texts that somebody wrote, and are shown as such.
(() => {
  const PAGE = 50;
  const MOST = 500;

  const search = (q) => fm.el('form', { class: 'search', role: 'search', 'data-do': 'search', 'data-key': 'search' },
    fm.el('label', { for: 'q' }, 'Search'), fm.el('input', { id: 'q', name: 'q', type: 'search', value: q, autocomplete: 'off', maxlength: '400' }),
    fm.el('button', { type: 'submit' }, 'Search'));

  const tags = (all) => (all ?? []).slice(0, 8).map((tag) => [fm.el('span', { class: 'tag' }, fm.cut(tag, 40)), ' ']);
  const link = (id, title) => fm.el('a', { href: `#/lessons/${encodeURIComponent(id)}` }, fm.cut(title, 100));

  const listed = ({ lessons, total, unreadable }) => {
    if (total === 0) {
      return fm.empty('Nothing was learned in this project yet.', 'Assistants keep lessons with ', fm.el('code', {}, 'record_lesson'), '; notes that exist come in with ',
        fm.el('code', {}, 'firstmate import notes/'), '.');
    }
    const columns = [
      ['Title', (lesson) => link(lesson.id, lesson.title)],
      ['State', (lesson) => fm.state(lesson.state)],
      ['From', (lesson) => fm.words(lesson.kind), 'wide-only'],
      ['Trust', (lesson) => fm.words(lesson.trust), 'wide-only'],
      ['Sure', (lesson) => fm.share(lesson.confidence), 'figure'],
      ['Labels', (lesson) => tags(lesson.tags), 'wide-only'],
      ['Recorded', (lesson) => fm.ago(lesson.recorded_at), 'figure'],
    ];
    const left = total - lessons.length;
    return [
      fm.el('p', { class: 'lead' }, `${fm.counted(total, 'lesson')}.`, unreadable > 0 && ` ${fm.counted(unreadable, 'record')} cannot be read; firstmate doctor says more.`),
      fm.table('Lessons, the newest first', columns, lessons, (lesson) => lesson.id),
      left > 0 && (lessons.length < MOST ? fm.button(`Show more of ${fm.number(left)}`, 'more', { limit: Math.min(lessons.length + 100, MOST) })
        : fm.el('p', { class: 'quiet' }, `${fm.counted(left, 'older lesson')}: `, fm.el('code', {}, 'firstmate lessons list'))),
    ];
  };

  const found = ({ hits, total_considered: considered, omitted, advice }) => [
    fm.el('p', { class: 'lead', role: 'status' }, hits.length === 0 ? `Nothing fits, of ${fm.counted(considered, 'lesson')}.` : `${fm.counted(hits.length, 'lesson')} of ${fm.number(considered)}, the best first.`),
    advice && fm.el('p', {}, advice),
    fm.el('ol', { class: 'hits' }, hits.map((hit) => fm.el('li', { 'data-key': hit.id },
      fm.el('h2', {}, link(hit.id, hit.title)),
      fm.el('p', { class: 'text' }, fm.cut(hit.text, 600)),
      fm.el('p', { class: 'quiet' }, fm.state(hit.state), ` ${fm.words(hit.trust)}, score ${Number(hit.score).toFixed(2)} `,
        (hit.why?.matched ?? []).length > 0 && `matched ${hit.why.matched.map((one) => one.word).join(', ')} `, tags(hit.tags))))),
    omitted > 0 && fm.el('p', { class: 'quiet' }, `${fm.counted(omitted, 'more')} without room.`),
  ];

  fm.views.lessons = {
    kinds: ['lessons'],
    title: () => 'Lessons',
    load: async (at) => {
      const q = (at.query.get('q') ?? '').trim();
      return q ? { q, found: await fm.ask('search', { q, limit: 20 }) } : { q, listed: await fm.ask('lessons', { limit: at.limit ?? PAGE }) };
    },
    draw: (at, data) => [search(data.q), data.q && fm.el('p', { class: 'back' }, fm.el('a', { href: '#/lessons' }, '\u2190 All lessons')), data.found ? found(data.found) : listed(data.listed)],
    heard: (before, now) => before.listed && now.listed && now.listed.total > before.listed.total ? `A lesson was recorded: ${fm.cut(now.listed.lessons[0]?.title ?? '', 80)}` : undefined,
  };

  fm.actions.search = (data, form) => {
    const q = new FormData(form).get('q').trim();
    fm.go(q ? `#/lessons?q=${encodeURIComponent(q)}` : '#/lessons');
  };

  const reference = (what) => what && typeof what === 'object' ? Object.entries(what).filter(([, value]) => value !== null && value !== '')
    .map(([name, value], n) => [n > 0 && ', ', `${fm.words(name)} `, name === 'run' || name === 'run_id' ? fm.el('a', { href: `#/runs/${encodeURIComponent(value)}` }, value) : Array.isArray(value) ? value.join(', ') : String(value)]) : what;

  fm.views.lesson = {
    kinds: ['lessons'],
    within: 'lessons',
    title: (at, data) => data ? fm.cut(data.lesson.title, 140) : 'Lesson',
    load: (at) => fm.ask(`lessons/${encodeURIComponent(at.id)}`),
    draw: (at, { lesson, state, confidence, related }) => [
      fm.el('p', { class: 'back' }, fm.el('a', { href: '#/lessons' }, '\u2190 All lessons')),
      fm.el('pre', { class: 'text whole', tabindex: '0', role: 'region', 'aria-label': 'The lesson' }, fm.cut(lesson.text, 20000)),
      fm.facts([
        ['State', [fm.state(state), lesson.retired_because && fm.el('span', { class: 'why' }, lesson.retired_because)]],
        ['Sure', fm.share(confidence)],
        ['Trust', fm.words(lesson.trust)],
        ['From', fm.words(lesson.kind)],
        lesson.context && ['When it applies', lesson.context, 'whole'],
        lesson.evidence && ['Backed by', lesson.evidence, 'whole'],
        ['Where it was learned', reference(lesson.provenance), 'whole'],
        lesson.outcome && ['How the work went', reference(lesson.outcome), 'whole'],
        ['Recorded', [fm.ago(lesson.recorded_at), lesson.confirmations > 0 && `, and ${fm.counted(lesson.confirmations, 'time')} again`]],
        lesson.uses && ['Given to', `${fm.counted(lesson.uses.given, 'step')}, of which ${fm.number(lesson.uses.helped)} were right at once`],
        lesson.tags.length > 0 && ['Labels', tags(lesson.tags)],
        lesson.supersedes && ['Takes the place of', link(lesson.supersedes, lesson.supersedes)],
        lesson.superseded_by && ['Its place took', link(lesson.superseded_by, lesson.superseded_by)],
        ['Lesson', fm.el('code', {}, lesson.id)],
      ]),
      (related ?? []).length > 0 && fm.section('related', 'Tied to it', fm.el('ul', {}, related.slice(0, 50).map((one) => fm.el('li', {}, link(one.id, one.title), fm.el('span', { class: 'quiet' }, ` ${one.why}`))))),
    ],
  };
})();
