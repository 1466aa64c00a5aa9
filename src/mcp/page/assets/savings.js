'use strict';
// What routing came to: money beside one model for everything, and what became of the work.
(() => {
  const PERIODS = [['7', 'the last 7 days'], ['30', 'the last 30 days'], ['90', 'the last 90 days'], ['', 'all there is']];
  const HOW = {
    named: 'named by who asked', best_single: 'the best single model by the router\u2019s own rule',
    best_below_dearest: 'the likeliest to succeed below the dearest, against which nearly any choice saves',
  };

  const interval = (mean) => mean ? [fm.share(mean.value), fm.el('span', { class: 'quiet' }, ` ${fm.share(mean.low)} to ${fm.share(mean.high)}`)] : fm.el('span', { class: 'quiet' }, 'no outcome');

  const lines = (caption, what, rows) => fm.table(caption, [
    [what, (line) => what === 'Model' ? fm.el('code', {}, line.name) : fm.words(line.name)],
    ['Calls', (line) => fm.number(line.calls), 'figure'],
    ['Expected', (line) => fm.money(line.expected_usd), 'figure'],
    ['Baseline', (line) => fm.money(line.saved?.baseline_usd), 'figure'],
    ['Saved', (line) => fm.share(line.saved?.share), 'figure'],
    ['Chance', (line) => fm.share(line.mean_p), 'figure wide-only'],
    ['Came to', (line) => interval(line.observed.mean)],
  ], rows.slice(0, 50), (line) => line.name);

  /** So much less than the baseline, or more: a share where it is one, else how many times. */
  const money = (share) => share < -1
    ? [fm.el('strong', { class: 'big' }, `${(1 - share).toFixed(1)} times`), ' the money of ']
    : [fm.el('strong', { class: 'big' }, fm.share(Math.abs(share))), share < 0 ? ' more money than ' : ' less money than '];

  /** Two bars to compare, each with its figure. */
  const bars = (pairs) => {
    const most = Math.max(...pairs.map(([, usd]) => usd), 1e-9);
    return fm.el('ul', { class: 'bars' }, pairs.map(([name, usd, look]) => fm.el('li', { class: look },
      fm.el('span', { class: 'bar-name' }, name),
      fm.svg('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true', class: 'bar' },
        fm.svg('rect', { class: 'rail', width: 100, height: 10 }), fm.svg('rect', { class: 'fill', width: Math.max(0.6, 100 * usd / most), height: 10 })),
      fm.el('span', { class: 'figure' }, fm.money(usd)))));
  };

  fm.views.savings = {
    kinds: ['routes'],
    title: () => 'Savings',
    load: async (at) => {
      const days = at.query.get('days') ?? '30';
      return { days, report: await fm.ask('savings', { days: days || undefined }) };
    },
    draw: (at, { days, report }) => {
      const choose = fm.el('p', { class: 'choose' }, fm.el('label', { for: 'days' }, 'Over '), fm.el('select', { id: 'days', 'data-do': 'days' },
        PERIODS.map(([value, name]) => fm.el('option', { value, selected: value === days }, name))));
      if (report.all.calls === 0) {
        return [choose, fm.empty(days ? 'No work was routed in this time.' : 'No work was routed yet.', 'Ask ', fm.el('code', {}, 'route_task'), ' before a task, and tell ', fm.el('code', {}, 'record_lesson'),
          ' with outcome.ref how it went: then this shows what was saved, and at which quality.')];
      }
      const { all, baseline, spent, regret } = report;
      const saved = baseline?.saved;
      return [
        choose,
        fm.el('p', { class: 'lead' }, saved?.share !== null && saved?.share !== undefined && baseline
          ? [money(saved.share), fm.el('code', {}, baseline.model), ' for everything',
            baseline.quality_kept !== null && baseline.quality_kept !== undefined && [', at ', fm.el('strong', {}, fm.share(baseline.quality_kept)), ' of its chance of success'], '.']
          : 'There is no call that can be compared with another model.'),
        baseline && bars([['As routed', saved.routed_usd, 'routed'], [`All by ${baseline.model}`, saved.baseline_usd, 'baseline']]),
        fm.facts([
          ['Calls', [fm.number(all.calls), report.is_cut && fm.el('span', { class: 'quiet' }, ' the newest of more')]],
          ['Expected to cost', fm.money(all.expected_usd)],
          ['Reported as spent', spent ? [fm.money(spent.usd), fm.el('span', { class: 'quiet' }, ` for ${fm.counted(spent.calls, 'call')}`)] : fm.el('span', { class: 'quiet' }, 'nobody said')],
          ['Came to', interval(all.observed.mean)],
          ['Nobody said of', fm.counted(all.observed.without, 'call')],
          regret && ['Lost against the best for each', interval(regret.regret)],
        ]),
        baseline && fm.el('p', { class: 'quiet' }, `Compared with ${baseline.model}: ${HOW[baseline.how] ?? fm.words(baseline.how)}, over ${fm.counted(baseline.calls, 'call')} that both have a price and a chance for. `,
          'Costs are those expected when it was decided, chances what is known now.', baseline.is_dearest && ' No model of the catalogue would have cost more, so the saving says little.'),
        fm.section('types', 'By kind of work', lines('What routing came to, by kind of work', 'Kind of work', report.types)),
        fm.section('models', 'By model', lines('What routing came to, by model', 'Model', report.models)),
        report.singles.length > 0 && fm.section('singles', 'One model for everything', fm.table('What single models would have come to', [
          ['Model', (one) => fm.el('code', {}, one.model)],
          ['Chance', (one) => fm.share(one.mean_p), 'figure'],
          ['Would have cost', (one) => fm.money(one.cost_usd), 'figure'],
        ], report.singles, (one) => one.model)),
      ];
    },
  };

  fm.actions.days = (data, select) => fm.go(`#/savings?days=${select.value}`);
})();
