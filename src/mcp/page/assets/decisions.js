'use strict';
// Where work was sent, and what policy said, with reasons.
(() => {
  const PAGE = 50;
  const MOST = 500;
  const DIFFICULTY = ['very easy', 'easy', 'middling', 'hard', 'very hard'];

  const reasons = (entry, rules) => {
    if (entry.rules.length === 0) return null;
    return fm.el('details', { class: 'reasons' }, fm.el('summary', {}, entry.rules[0], entry.rules.length > 1 && ` and ${entry.rules.length - 1} more`),
      fm.el('ul', {}, entry.rules.map((id) => fm.el('li', {}, fm.el('strong', {}, id), ' ', rules[id] ? `${rules[id].why} ${rules[id].fix}` : 'This rule is not in force any more.'))));
  };

  /** A table of policy's decisions; `none` is said where there are none. */
  fm.decided = ({ decisions, rules }, none) => {
    if (decisions.length === 0) return fm.el('p', { class: 'quiet' }, none);
    const columns = [
      ['When', (entry) => fm.ago(entry.at)],
      ['What', (entry) => [fm.words(entry.kind), entry.tool && [' ', fm.el('code', {}, entry.tool)]]],
      ['Through', (entry) => fm.el('code', {}, entry.via), 'wide-only'],
      ['Decision, and why', (entry) => fm.el('div', { class: 'verdict' }, fm.state(entry.effect),
        entry.outcome && fm.el('span', { class: 'quiet' }, `${fm.words(entry.outcome.result)}${entry.outcome.code ? `, ${entry.outcome.code}` : ''}`), reasons(entry, rules))],
      ['Run', (entry) => entry.run ? fm.el('a', { href: `#/runs/${encodeURIComponent(entry.run)}`, title: entry.run }, `\u2026${entry.run.slice(-6)}`) : '\u2013', 'wide-only'],
      ['Entry', (entry) => fm.number(entry.seq), 'figure wide-only'],
    ];
    return fm.table('Decisions of policy, the newest first', columns, decisions, (entry) => `entry-${entry.seq}`);
  };

  const routed = (routes) => {
    if (routes.length === 0) {
      return fm.empty('No work was routed yet.', 'An assistant asks ', fm.el('code', {}, 'route_task'), ' before a task of some size; by hand it is ',
        fm.el('code', {}, 'firstmate route --record "rename a variable"'), '.');
    }
    const columns = [
      ['When', (route) => fm.ago(route.at)],
      ['Kind of work', (route) => [fm.words(route.custom_type ?? route.task_type), fm.el('span', { class: 'quiet' }, ` ${DIFFICULTY[route.difficulty_bucket] ?? ''}`)]],
      ['Model', (route) => fm.el('code', {}, route.model)],
      ['Chance', (route) => fm.share(route.forecast?.p_success), 'figure'],
      ['Expected', (route) => fm.money(route.forecast?.cost_usd), 'figure'],
      ['Spent', (route) => fm.money(route.spent_usd), 'figure wide-only'],
      ['Came to', (route) => route.reward === undefined ? fm.el('span', { class: 'quiet' }, 'nobody said') : fm.state(route.reward >= 0.5 ? 'done' : 'failed', route.reward >= 1 ? 'success' : route.reward <= 0 ? 'failure' : fm.share(route.reward))],
    ];
    return fm.table('Decisions of the router, the newest first', columns, routes, (route) => `route-${route.id}`);
  };

  /** The newest entries, with those that were seen before: entries never change. After a gap it begins anew. */
  const joined = (known, head) => {
    if (!head.before || !known || known.total < head.before - 1) return head;
    const older = known.decisions.filter((entry) => entry.seq < head.before);
    return { ...head, decisions: [...head.decisions, ...older], rules: { ...known.rules, ...head.rules }, before: known.before };
  };

  fm.views.decisions = {
    kinds: ['routes', 'decisions'],
    title: () => 'Decisions',
    load: async (at) => {
      const stopped = at.query.get('only') === 'stopped';
      const given = { limit: PAGE, stopped: stopped || undefined };
      const [routes, head] = await Promise.all([fm.ask('routes', { limit: 20 }), fm.ask('decisions', given)]);
      at.said = joined(at.said, head);
      if (at.before && at.before === at.said.before) {
        const { decisions, rules, before } = await fm.ask('decisions', { ...given, limit: 2 * PAGE, before: at.before });
        at.said = { ...at.said, before, rules: { ...at.said.rules, ...rules }, decisions: [...at.said.decisions, ...decisions] };
      }
      return { routes, said: at.said, stopped };
    },
    draw: (at, { routes, said, stopped }) => [
      fm.section('routes', 'Where work was sent', routed(routes)),
      fm.section('policy', 'What policy said',
        fm.el('p', { class: 'choose' }, fm.el('label', { for: 'which' }, 'Show '), fm.el('select', { id: 'which', 'data-do': 'which' },
          fm.el('option', { value: '', selected: !stopped }, 'every decision'),
          fm.el('option', { value: 'stopped', selected: stopped }, 'only what was not simply allowed'))),
        said.total === 0 ? fm.empty('Nothing was judged yet.', 'Each call of a tool is judged by the rules and put on record; ', fm.el('code', {}, 'enforce_policy'), ' asks before an action.')
          : fm.decided(said, said.before ? `None is among the newest ${fm.number(said.total - said.before + 1)} entries of the record.`
            : stopped ? 'Everything that was asked was allowed.' : 'Nothing of this project was judged yet.'),
        said.before && (said.decisions.length < MOST ? fm.button('Show more', 'more', { before: said.before })
          : fm.el('p', { class: 'quiet' }, 'Older ones: ', fm.el('code', {}, 'firstmate audit export')))),
    ],
    heard: (before, now) => now.routes[0]?.id !== before.routes[0]?.id && now.routes[0] ? `Work was sent to ${now.routes[0].model}` : undefined,
  };

  fm.actions.which = (data, select) => fm.go(select.value ? `#/decisions?only=${select.value}` : '#/decisions');

  const turn = (what, { changes_at: place, to }) => place === undefined ? null
    : fm.el('li', {}, `${what} ${Number(place).toFixed(2)}: `, fm.el('code', {}, to ?? 'another'));

  /** The answer of `route_task`, as a host hands it over. */
  fm.route = (route) => {
    const { cheaper, stronger, price, without } = route.flip ?? {};
    const flips = [
      cheaper && turn('Quality target at or below', cheaper), stronger && turn('Quality target above', stronger), price && turn('Prices times', price),
      without && fm.el('li', {}, `Without the word \u201c${without.word}\u201d: `, fm.el('code', {}, without.to)),
    ].filter(Boolean);
    const columns = [
      ['Model', (one) => fm.el('code', {}, one.model)],
      ['Chance', (one) => fm.share(one.p_success), 'figure'],
      ['Cost', (one) => fm.money(one.cost_usd), 'figure'],
      ['What decided', (one) => one.verdict],
    ];
    const { expected, difficulty } = route;
    return [
      fm.facts([
        ['Model', fm.el('strong', {}, route.model ? `${route.model.provider}/${route.model.id}` : 'none fits'), 'whole'],
        ['Kind of work', [fm.words(route.custom_type ?? route.task_type), fm.el('span', { class: 'quiet' }, ` ${fm.share(route.task_type_confidence)} sure`)]],
        ['Difficulty', DIFFICULTY[difficulty?.bucket] ?? 'the task says too little'],
        ['Chance', fm.share(expected?.p_success)],
        ['Cost', fm.money(expected?.cost_usd)],
        ['Time', expected ? fm.span(expected.latency_ms / 1000) : '\u2013'],
        ['Template that fits', fm.words(route.suggested_workflow)],
      ]),
      route.advice && fm.el('p', {}, route.advice),
      (route.reasons ?? []).length > 0 && fm.section('reasons', 'Why', fm.el('ul', { class: 'notes' }, route.reasons.slice(0, 12).map((one) =>
        fm.el('li', {}, fm.words(one.signal), ' speaks for ', fm.words(one.towards))))),
      (route.candidates ?? []).length > 0 && fm.section('candidates', 'Models that were looked at', fm.table('All that were considered', columns, route.candidates.slice(0, 30), (one) => one.model)),
      flips.length > 0 && fm.section('flip', 'What would change it', fm.el('ul', { class: 'notes' }, flips)),
    ];
  };
})();
