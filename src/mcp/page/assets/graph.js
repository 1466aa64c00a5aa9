'use strict';
// The plan of a run as a picture: who needs whom, and where each step stands.
(() => {
  const WIDE = 164;
  const HIGH = 56;
  const GAP = 44;
  const ASIDE = 18;

  /** How many steps come before each, on the longest way; a need that is not there is passed over. */
  const layersOf = (steps) => {
    const byId = new Map(steps.map((step) => [step.id, step]));
    const depth = new Map();
    const measure = (step, above) => {
      if (depth.has(step.id)) return depth.get(step.id);
      if (above.has(step.id)) return 0;
      above.add(step.id);
      const needs = (step.needs ?? []).filter((id) => byId.has(id));
      const found = needs.reduce((most, id) => Math.max(most, measure(byId.get(id), above) + 1), 0);
      above.delete(step.id);
      depth.set(step.id, found);
      return found;
    };
    const layers = [];
    for (const step of steps) (layers[measure(step, new Set())] ??= []).push(step);
    return layers.filter(Boolean);
  };

  /** Steps stand near those that they need, so that fewer arrows cross. */
  const ordered = (layers) => {
    const place = new Map();
    for (const layer of layers) {
      const middle = (step) => {
        const known = (step.needs ?? []).filter((id) => place.has(id)).map((id) => place.get(id));
        return known.length ? known.reduce((sum, at) => sum + at, 0) / known.length : Infinity;
      };
      const wanted = layer.map((step, at) => [step, Number.isFinite(middle(step)) ? middle(step) : at]);
      wanted.sort((one, other) => one[1] - other[1]);
      wanted.forEach(([step], at) => place.set(step.id, at - (layer.length - 1) / 2));
      layer.splice(0, layer.length, ...wanted.map(([step]) => step));
    }
    return layers;
  };

  const arrow = (from, to, across, tone) => {
    const [x1, y1] = across ? [from.x + WIDE, from.y + HIGH / 2] : [from.x + WIDE / 2, from.y + HIGH];
    const [x2, y2] = across ? [to.x - 2, to.y + HIGH / 2] : [to.x + WIDE / 2, to.y - 2];
    const bend = across ? (x2 - x1) / 2 : (y2 - y1) / 2;
    const path = across
      ? `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 6} ${y2}`
      : `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2 - 6}`;
    const head = across ? `M${x2 - 8} ${y2 - 5}L${x2} ${y2}L${x2 - 8} ${y2 + 5}z` : `M${x2 - 5} ${y2 - 8}L${x2} ${y2}L${x2 + 5} ${y2 - 8}z`;
    return fm.svg('g', { class: `edge ${tone}` }, fm.svg('path', { class: 'line', d: path }), fm.svg('path', { class: 'head', d: head }));
  };

  const node = (step, at, address) => {
    const [said, tone, shape] = fm.standing(step.state);
    const attempt = step.attempts > 1 ? `, attempt ${step.attempts}` : '';
    const picture = [
      fm.svg('rect', { class: 'box', x: at.x + 1, y: at.y + 1, width: WIDE - 2, height: HIGH - 2, rx: tone === 'bad' ? 2 : 9 }),
      fm.svg('circle', { class: 'spot', cx: at.x + 20, cy: at.y + HIGH / 2, r: 11 }),
      fm.svg('path', { class: `sign ${shape}`, d: fm.iconPath(shape), transform: `translate(${at.x + 13} ${at.y + HIGH / 2 - 7}) scale(.875)` }),
      fm.svg('text', { class: 'name', x: at.x + 38, y: at.y + 24 }, fm.cut(step.id, 16)),
      fm.svg('text', { class: 'role', x: at.x + 38, y: at.y + 41 }, fm.cut(`${said}${attempt}`, 19)),
    ];
    return fm.svg('a', { href: address, class: `node ${tone}`, 'data-key': step.id, 'aria-label': fm.plain(`${step.id}, ${step.role}: ${said}${attempt}`) },
      fm.svg('title', {}, fm.plain(`${step.id} (${step.role}): ${said}`)), picture);
  };

  /** The picture for so much room; from left to right where that fits, else from top to bottom. */
  fm.graph = (steps, room, addressOf) => {
    const layers = ordered(layersOf(steps));
    const most = Math.max(...layers.map((layer) => layer.length));
    const length = (size) => layers.length * size + (layers.length - 1) * GAP;
    const breadth = (size) => most * size + (most - 1) * ASIDE;
    const across = length(WIDE) <= room || breadth(WIDE) > room;
    const [width, height] = across ? [length(WIDE), breadth(HIGH)] : [breadth(WIDE), length(HIGH)];
    const places = new Map();
    layers.forEach((layer, depth) => layer.forEach((step, at) => {
      const free = (across ? height - layer.length * HIGH : width - layer.length * WIDE) - (layer.length - 1) * ASIDE;
      const aside = free / 2 + at * ((across ? HIGH : WIDE) + ASIDE);
      const along = depth * ((across ? WIDE : HIGH) + GAP);
      places.set(step.id, across ? { x: along, y: aside } : { x: aside, y: along });
    }));
    const edges = steps.flatMap((step) => (step.needs ?? []).filter((id) => places.has(id)).map((id) => {
      const needed = steps.find((other) => other.id === id);
      return arrow(places.get(id), places.get(step.id), across, needed.state === 'done' ? 'passed' : 'ahead');
    }));
    const label = `The plan: ${fm.counted(steps.length, 'step')}, with arrows from each to those that need it`;
    return fm.el('div', { class: 'scroll graph', role: 'region', tabindex: '0', 'aria-label': label },
      fm.svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'group', 'aria-label': label },
        edges, steps.map((step) => node(step, places.get(step.id), addressOf(step)))));
  };
})();
