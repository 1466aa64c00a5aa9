'use strict';
// The runs of the project, and the story of one.
(() => {
  const PAGE = 50;
  const MOST_RUNS = 200;
  const TIMELINE = 60;
  const MOST_STEPS = 100;

  const progress = (done, total) => fm.el('span', { class: 'progress' },
    fm.el('progress', { max: total || 1, value: done, 'aria-label': `${done} of ${total} steps done` }), ` ${done}/${total}`);

  fm.views.runs = {
    kinds: ['runs'],
    title: () => 'Runs',
    load: (at) => fm.ask('runs', { limit: at.limit ?? PAGE }),
    draw: (at, { runs, total }) => {
      if (runs.length === 0) {
        return fm.empty('No run has been started in this project.', 'An assistant starts one with ', fm.el('code', {}, 'run_crew'),
          '. To see one in a moment: ', fm.el('code', {}, 'firstmate call run_crew \'{"task":"review the error handling"}\''), '. It appears here by itself.');
      }
      const open = runs.filter((run) => run.status === 'working' || run.status === 'input_required').length;
      const left = total - runs.length;
      const columns = [
        ['Task', (run) => fm.el('a', { href: `#/runs/${encodeURIComponent(run.run_id)}` }, fm.cut(run.task, 90))],
        ['State', (run) => fm.state(run.status, run.waits_for.length > 0 ? fm.cut(`waits: ${run.waits_for.join(', ')}`, 32) : run.class && `failed: ${fm.words(run.class)}`)],
        ['Steps', (run) => progress(run.done, run.total)],
        ['Plan', (run) => [fm.words(run.plan), fm.el('span', { class: 'quiet' }, ` ${fm.words(run.strategy)}`)], 'wide-only'],
        ['Cost', (run) => fm.micro(run.usage.usd), 'figure'],
        ['Tokens', (run) => fm.number(run.usage.tokens), 'figure wide-only'],
        ['Last event', (run) => fm.ago(run.touched_at), 'figure'],
      ];
      return [
        fm.el('p', { class: 'lead' }, `${fm.counted(total, 'run')} in this project, ${open === 0 ? 'none' : open} of ${left > 0 ? 'those shown' : 'them'} open.`),
        fm.table('Runs, the newest first', columns, runs, (run) => run.run_id),
        left > 0 && (runs.length < MOST_RUNS ? fm.button(`Show ${Math.min(PAGE, left)} more of ${fm.number(left)}`, 'more', { limit: Math.min(runs.length + PAGE, MOST_RUNS) })
          : fm.el('p', { class: 'quiet' }, `${fm.counted(left, 'older run')}: `, fm.el('code', {}, 'firstmate run list --all --limit 1000'))),
      ];
    },
    heard: (before, now) => {
      const known = new Map(before.runs.map((run) => [run.run_id, run]));
      const changed = now.runs.find((run) => { const old = known.get(run.run_id); return !old || old.status !== run.status || old.done !== run.done; });
      return changed && `${fm.cut(changed.task, 40)}: ${fm.standing(changed.status)[0]}, ${changed.done} of ${changed.total} steps done`;
    },
  };

  const bounded = (used, most, say) => most === undefined || most === null ? say(used)
    : [`${say(used)} of ${say(most)} `, fm.el('progress', { max: most || 1, value: Math.min(used, most), 'aria-label': 'used of the budget' })];

  const facts = (run) => {
    const budget = run.budget ?? {};
    const done = run.steps.filter((step) => step.state === 'done').length;
    const expected = run.expected;
    return fm.facts([
      ['State', [fm.state(run.status), run.ended && fm.el('span', { class: 'why' }, run.status === 'cancelled' ? run.ended[1] : `${fm.words(run.ended[0])}: ${run.ended[1]}`)], 'whole'],
      ['Plan', [fm.words(run.plan), run.strategy && fm.el('span', { class: 'quiet' }, ` ${fm.words(run.strategy)}`)]],
      ['Steps done', progress(done, run.steps.length)],
      ['Cost', bounded(run.usage.usd, budget.max_usd, fm.micro)],
      ['Tokens', bounded(run.usage.tokens, budget.max_tokens, fm.number)],
      ['Submissions', bounded(run.submissions, budget.max_steps, fm.number)],
      ['Started', [fm.ago(run.started_at), ` by ${run.principal}`]],
      ['Last event', [fm.ago(run.touched_at), budget.max_wall_s && fm.el('span', { class: 'quiet' }, ` may take ${fm.span(budget.max_wall_s)}`)]],
      expected && ['Expected of the rest', `about ${fm.span(expected.seconds ?? 0)}, ${fm.money(expected.usd ?? 0)}, from ${fm.counted(expected.runs ?? 0, 'run')}`],
      ['Run', fm.el('code', {}, run.run_id)],
    ]);
  };

  const output = (run, step) => {
    const kept = fm.kept.get(`output:${run.run_id}:${step.id}`);
    const data = { run: run.run_id, step: step.id };
    if (!kept || kept.sha256 !== step.output.sha256) return fm.button(`Show the output (${fm.counted(step.output.bytes, 'byte')})`, 'output', data);
    return [
      fm.el('pre', { class: 'text', tabindex: '0', role: 'region', 'aria-label': `Output of ${step.id}` }, kept.text),
      // A host hands over the first part only.
      kept.next && fm.host && fm.el('p', { class: 'quiet' }, `The first ${fm.number(kept.next)} of ${fm.counted(step.output.bytes, 'byte')}; `, fm.el('code', {}, 'firstmate run export'), ' tells them all.'),
      kept.next && !fm.host ? fm.button(`Show more (${fm.number(kept.next)} of ${fm.counted(step.output.bytes, 'byte')} shown)`, 'output', data) : fm.button('Hide the output', 'hide', data),
    ];
  };

  const about = (step) => [
    step.by && `by ${step.by}`,
    step.attempts > 0 && `attempt ${step.attempts} of ${step.max_attempts}`,
    (step.sent_back ?? []).length > 0 && `sent back ${step.sent_back.length === 1 ? 'once' : `${step.sent_back.length} times`}`,
    step.round > 1 && `round ${step.round}`,
    step.began_at && step.done_at && `in ${fm.span(fm.seconds(step.began_at, step.done_at))}`,
    step.usage.tokens > 0 && fm.counted(step.usage.tokens, 'token'),
    step.usage.usd > 0 && fm.micro(step.usage.usd),
  ].filter(Boolean).join(', ');

  const stepTold = (run, step, chosen) => {
    const findings = [
      ...(step.failures ?? []).map(([attempt, kind, message]) => [attempt, `came to nothing, ${fm.words(kind)}`, message]),
      ...(step.sent_back ?? []).flatMap(([attempt, violations]) => violations.map((one) =>
        [attempt, `${one.rule}${one.path ? ` at ${one.path}` : ''}`, `${one.got}. ${one.fix}`])),
    ];
    const warnings = step.output?.warnings ?? [];
    return fm.el('details', { class: 'step', id: `step-${step.id}`, 'data-key': `step-${step.id}`, open: chosen || step.state === 'failed' },
      fm.el('summary', {}, fm.state(step.state), fm.el('strong', {}, step.id), fm.el('span', { class: 'quiet' }, [step.role, about(step)].filter(Boolean).join(' \u00b7 '))),
      fm.el('div', { class: 'inside' },
        step.needs.length > 0 && fm.el('p', {}, 'Works with what came of ', step.needs.join(', '), '.'),
        step.skipped && fm.el('p', {}, `Left out: ${step.skipped}`),
        findings.length > 0 && fm.el('ul', { class: 'findings' }, findings.map(([attempt, what, why]) =>
          fm.el('li', {}, fm.el('span', { class: 'quiet' }, `attempt ${attempt} `), fm.el('strong', {}, what), ' ', why))),
        warnings.length > 0 && fm.el('ul', { class: 'findings' }, warnings.map((warning) => fm.el('li', {}, `warning: ${warning}`))),
        (step.lessons ?? []).length > 0 && fm.el('p', {}, 'Was given: ', step.lessons.map(([id, title], n) => [n > 0 && '; ', fm.host ? fm.cut(title, 80) : fm.el('a', { href: `#/lessons/${encodeURIComponent(id)}` }, fm.cut(title, 80))])),
        step.output ? output(run, step) : fm.el('p', { class: 'quiet' }, 'No output is recorded.'),
        step.output?.repaired && fm.el('p', { class: 'quiet' }, 'Something unambiguous was mended in it.')));
  };

  const timeline = (run) => {
    const all = run.timeline;
    const shown = fm.kept.get(`timeline:${run.run_id}`) ?? TIMELINE;
    const told = all.slice(-shown);
    const hidden = all.length - told.length;
    return fm.section('timeline', 'Timeline',
      hidden > 0 && fm.button(`Show ${fm.number(Math.min(hidden, 400))} earlier of ${fm.number(hidden)}`, 'earlier', { run: run.run_id, shown: shown + 400 }),
      fm.el('ol', { class: 'timeline', start: told[0]?.seq ?? 1 }, told.map((moment) => fm.el('li', { 'data-key': `event-${moment.seq}` },
        fm.el('time', { datetime: moment.at, title: moment.at }, `+${fm.span(fm.seconds(run.started_at, moment.at))}`),
        fm.el('span', {}, moment.step && fm.el('strong', {}, moment.step, moment.attempt > 1 && ` (${moment.attempt})`), ' ', moment.said)))));
  };

  // Only the newest entries of the record are looked at.
  const judged = (said) => [
    fm.decided(said, said.before ? `No action of this run is among the newest ${fm.number(said.total - said.before + 1)} entries of the record.` : 'No action of this run was judged yet.'),
    said.before && said.decisions.length > 0 && fm.el('p', { class: 'quiet' }, `The newest ${fm.number(said.decisions.length)}, of the newest ${fm.number(said.total - said.before + 1)} entries of the record.`),
  ];

  fm.views.run = {
    kinds: ['runs', 'decisions'],
    within: 'runs',
    title: (at, data) => data ? fm.cut(data.run.task.split('\n')[0], 140) : 'Run',
    load: async (at) => {
      const run = await fm.ask(`runs/${encodeURIComponent(at.id)}`);
      // What policy said is asked by a rule of its own, and may be closed while the run is not.
      const said = fm.host ? null : await fm.ask('decisions', { run: run.run_id, limit: 100 }).catch((problem) => ({ problem }));
      return { run, said };
    },
    draw: (at, { run, said }) => [
      fm.el('p', { class: 'back' }, fm.host ? fm.button('Look again', 'again') : fm.el('a', { href: '#/runs' }, '\u2190 All runs')),
      facts(run),
      run.task.length > 140 || run.task.includes('\n') ? fm.el('details', { class: 'more' }, fm.el('summary', {}, 'The whole task'), fm.el('pre', { class: 'text' }, fm.cut(run.task, 20000))) : null,
      run.notes.length > 0 && fm.el('ul', { class: 'notes' }, run.notes.slice(0, 10).map((note) => fm.el('li', {}, note))),
      fm.section('plan', 'Plan', fm.graph(run.steps.slice(0, MOST_STEPS), fm.room(), (step) => `#/runs/${encodeURIComponent(run.run_id)}/${encodeURIComponent(step.id)}`)),
      fm.section('steps', 'Steps', run.steps.length > MOST_STEPS && fm.el('p', { class: 'quiet' }, `The first ${MOST_STEPS} of ${fm.number(run.steps.length)}; `, fm.el('code', {}, 'firstmate run show'), ' tells them all.'),
        run.steps.slice(0, MOST_STEPS).map((step) => stepTold(run, step, step.id === at.step))),
      said && fm.section('policy', 'What policy said', said.problem ? fm.problem(said.problem) : judged(said)),
      (run.suggestions ?? []).length > 0 && fm.section('suggestions', 'Suggestions', fm.el('ul', {}, run.suggestions.map((one) => fm.el('li', {}, one.text)))),
      timeline(run),
    ],
    heard: (before, now) => {
      const news = now.run.timeline.slice(before.run.timeline.length).map((moment) => `${moment.step ?? 'run'} ${moment.said}`);
      return news.length > 0 ? fm.cut(news.slice(-2).join('. '), 200) : undefined;
    },
  };

  /** The answer of `run_crew` itself, for a host through which nothing else can be asked. */
  fm.reply = (answer) => {
    const step = (state, one, more) => fm.el('li', {}, fm.state(state), ' ', fm.el('strong', {}, one.step_id), ' ', fm.el('span', { class: 'quiet' }, more));
    return [
      fm.el('p', { class: 'back' }, fm.button('Look again', 'again')),
      fm.facts([
        ['State', fm.state(answer.status), 'whole'],
        ['Plan', fm.words(answer.plan)],
        answer.progress && ['Steps done', progress(answer.progress.done, answer.progress.total)],
        answer.cost && ['Cost', [fm.money(answer.cost.usd), fm.el('span', { class: 'quiet' }, ` ${fm.counted(answer.cost.tokens ?? 0, 'token')}`)]],
        ['Run', fm.el('code', {}, answer.run_id)],
      ]),
      answer.ended && fm.el('p', {}, `${fm.words(answer.ended.class)}: ${answer.ended.reason ?? ''}`),
      fm.section('steps', 'Steps', fm.el('ul', { class: 'plain' },
        (answer.results ?? []).map((one) => step('done', one, '')), (answer.working ?? []).map((one) => step('runs', one, `${one.role}, by ${one.by}`)),
        (answer.pending ?? []).map((one) => step('waits', one, `${one.role}, attempt ${one.attempt} of ${one.max_attempts}`)))),
    ];
  };

  fm.actions.output = async ({ run, step }) => {
    const name = `output:${run}:${step}`;
    const kept = fm.kept.get(name);
    const page = await fm.ask(`runs/${encodeURIComponent(run)}/steps/${encodeURIComponent(step)}`, { offset: kept?.next ?? 0 });
    if (!page) return;
    const text = kept?.next && kept.sha256 === page.sha256 ? kept.text + page.text : page.text;
    fm.kept.set(name, { text, next: page.next_offset, sha256: page.sha256 });
  };
  fm.actions.hide = ({ run, step }) => { fm.kept.delete(`output:${run}:${step}`); };
  fm.actions.earlier = ({ run, shown }) => { fm.kept.set(`timeline:${run}`, Number(shown)); };
})();
