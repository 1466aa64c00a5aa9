'use strict';
// The plan of a run as a picture: who needs whom, and where each step stands.
(() => {
  const HIGH = 56;
  const GAP = 40;
  const ASIDE = 14;
  // What an arrow that passes a layer takes there.
  const LANE = 8;

  /** How many steps come before each, on the longest way; a need that is not there is passed over. */
  const depths = (steps) => {
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
    for (const step of steps) measure(step, new Set());
    return depth;
  };

  /** Steps in layers, with a lane in each layer that an arrow passes; and the ways of the arrows through them. */
  const laidOut = (steps) => {
    const depth = depths(steps);
    const layers = [];
    const items = new Map();
    const put = (at, item) => { (layers[at] ??= []).push(item); items.set(item.id, item); };
    for (const step of steps) put(depth.get(step.id), { id: step.id, step, from: [] });
    const ways = [];
    for (const step of steps) {
      for (const need of new Set(step.needs ?? [])) {
        if (!depth.has(need) || depth.get(need) >= depth.get(step.id)) continue;
        const way = [need];
        for (let at = depth.get(need) + 1; at < depth.get(step.id); at += 1) {
          const lane = { id: `${need}\n${step.id}\n${at}`, from: [way.at(-1)] };
          put(at, lane);
          way.push(lane.id);
        }
        items.get(step.id).from.push(way.at(-1));
        ways.push([...way, step.id]);
      }
    }
    // What belongs together stands together, so that fewer arrows cross.
    const place = new Map();
    for (const layer of layers) {
      const wanted = new Map(layer.map((item, at) => {
        const known = item.from.filter((id) => place.has(id)).map((id) => place.get(id));
        return [item, known.length > 0 ? known.reduce((sum, one) => sum + one, 0) / known.length : at];
      }));
      layer.sort((one, other) => wanted.get(one) - wanted.get(other));
      layer.forEach((item, at) => place.set(item.id, at - (layer.length - 1) / 2));
    }
    return { layers, items, ways };
  };

  /** An arrow along its way: through lanes straight, between layers bent. */
  const arrow = (points, across, passed) => {
    const swap = ([x, y]) => (across ? `${x} ${y}` : `${y} ${x}`);
    let [along, aside] = points[0];
    let line = `M${swap([along, aside])}`;
    for (const [from, to, level, isLast] of points.slice(1)) {
      const end = isLast ? from - 7 : from;
      const bend = (end - along) / 2;
      line += `C${swap([along + bend, aside])} ${swap([end - bend, level])} ${swap([end, level])}`;
      if (!isLast) line += `L${swap([to, level])}`;
      [along, aside] = [isLast ? from : to, level];
    }
    const head = `M${swap([along - 9, aside - 5])}L${swap([along - 1, aside])}L${swap([along - 9, aside + 5])}z`;
    return fm.svg('g', { class: `edge ${passed ? 'passed' : 'ahead'}` }, fm.svg('path', { class: 'line', d: line }), fm.svg('path', { class: 'head', d: head }));
  };

  const node = (step, { x, y }, wide, address) => {
    const [said, tone, shape] = fm.standing(step.state);
    const attempt = step.attempts > 1 ? `, try ${step.attempts}` : '';
    const letters = Math.floor((wide - 44) / 7.6);
    return fm.svg('a', { href: address, class: `node ${tone}`, 'data-key': step.id },
      fm.svg('rect', { class: 'box', x: x + 1.5, y: y + 1.5, width: wide - 3, height: HIGH - 3, rx: tone === 'bad' ? 2 : 9 }),
      fm.svg('circle', { class: 'spot', cx: x + 20, cy: y + HIGH / 2, r: 11 }),
      fm.svg('path', { class: `sign ${shape}`, d: fm.iconPath(shape), transform: `translate(${x + 13} ${y + HIGH / 2 - 7}) scale(.875)` }),
      fm.svg('text', { class: 'name', x: x + 38, y: y + 24 }, fm.cut(step.id, letters)),
      fm.svg('text', { class: 'role', x: x + 38, y: y + 41 }, fm.cut(`${said}${attempt}`, letters + 2)));
  };

  /** The picture for so much room; from left to right where that fits, else from top to bottom. */
  fm.graph = (steps, room, addressOf) => {
    const { layers, items, ways } = laidOut(steps);
    const wide = room < 420 ? 138 : 164;
    const sizeOf = (item, size) => (item.step ? size : LANE);
    const breadthOf = (layer, size) => layer.reduce((sum, item) => sum + sizeOf(item, size), (layer.length - 1) * ASIDE);
    const lengthOf = (size) => layers.length * size + (layers.length - 1) * GAP;
    const most = (size) => Math.max(...layers.map((layer) => breadthOf(layer, size)));
    const across = lengthOf(wide) <= room || most(wide) > room;
    const [long, broad] = across ? [wide, HIGH] : [HIGH, wide];
    const breadth = most(broad);
    layers.forEach((layer, depth) => {
      let aside = (breadth - breadthOf(layer, broad)) / 2;
      for (const item of layer) {
        const size = sizeOf(item, broad);
        Object.assign(item, { along: depth * (long + GAP), aside, level: aside + size / 2 });
        aside += size + ASIDE;
      }
    });
    const edges = ways.map((way) => {
      const [first, ...rest] = way.map((id) => items.get(id));
      const points = rest.map((item, at) => [item.along, item.along + long, item.level, at === rest.length - 1]);
      return arrow([[first.along + long, first.level], ...points], across, first.step.state === 'done');
    });
    const nodes = steps.map((step) => {
      const { along, aside } = items.get(step.id);
      return node(step, across ? { x: along, y: aside } : { x: aside, y: along }, wide, addressOf(step));
    });
    const [width, height] = across ? [lengthOf(long), breadth] : [breadth, lengthOf(long)];
    const label = `The plan: ${fm.counted(steps.length, 'step')}, with arrows from each to those that need it`;
    return fm.el('div', { class: 'scroll graph', role: 'region', tabindex: '0', 'aria-label': label },
      fm.svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'group', 'aria-label': 'Steps' }, edges, nodes));
  };
})();
