'use strict';
// What all parts of the page share. Texts become text nodes and nothing else, and what cannot be seen in them is made visible.
const fm = { views: { __proto__: null }, actions: { __proto__: null }, kept: new Map() };

(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  // Controls (ANSI begins with one), and what turns the direction of writing around.
  const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

  /** A text in which everything can be seen. */
  fm.plain = (text) => String(text).replace(/\r\n/g, '\n').replace(UNSEEN, (unseen) => {
    const number = unseen.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `\u2039U+${number}\u203a`;
  });

  /** A text of so many characters at most. */
  fm.cut = (text, most) => {
    const letters = Array.from(fm.plain(text));
    return letters.length > most ? `${letters.slice(0, most - 1).join('')}\u2026` : letters.join('');
  };

  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === undefined || value === null || value === false) continue;
      node.setAttribute(name, value === true ? '' : fm.plain(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child === undefined || child === null || child === false || child === '') continue;
      node.append(child instanceof Node ? child : document.createTextNode(fm.plain(child)));
    }
    return node;
  };

  /** An element; of the children those that are nothing are left out, and others than nodes are text. */
  fm.el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  fm.svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

  // What a control was made to say, whatever a person did with it since.
  const wantedOf = (control) => control.tagName === 'SELECT' ? ([...control.options].find((option) => option.defaultSelected) ?? control.options[0])?.value : control.defaultValue;

  /** Makes what is there into what is wanted, and leaves alone what is the same: focus, scrolling and what a person opened stay. */
  fm.morph = (have, want) => {
    if (have.nodeType === Node.TEXT_NODE) {
      if (have.data !== want.data) have.data = want.data;
      return;
    }
    const control = ['INPUT', 'SELECT'].includes(have.tagName) && have;
    const changed = control && wantedOf(have) !== wantedOf(want);
    const isEdited = control && have.tagName === 'INPUT' && document.activeElement === have && have.value !== wantedOf(have);
    for (const { name } of [...have.attributes]) {
      if (!want.hasAttribute(name) && name !== 'open') have.removeAttribute(name);
    }
    for (const { name, value } of want.attributes) {
      if (have.getAttribute(name) !== value && name !== 'open') have.setAttribute(name, value);
    }
    if (have.tagName === 'SELECT') for (const [n, option] of [...have.options].entries()) option.defaultSelected = want.options[n]?.defaultSelected ?? false;
    if (changed && !isEdited) have.value = wantedOf(want);
    if (!control) fm.morphChildren(have, want);
  };

  const key = (node) => node.nodeType === Node.ELEMENT_NODE ? node.getAttribute('data-key') : null;
  const alike = (one, other) => one.nodeName === other.nodeName && key(one) === key(other);

  fm.morphChildren = (have, want) => {
    const named = new Map();
    for (const node of have.childNodes) if (key(node)) named.set(key(node), node);
    let at = have.firstChild;
    for (const child of [...want.childNodes]) {
      const known = key(child) ? named.get(key(child)) : at && alike(at, child) ? at : undefined;
      if (!known || !alike(known, child)) {
        have.insertBefore(child, at);
        continue;
      }
      if (known === at) at = at.nextSibling;
      else have.insertBefore(known, at);
      fm.morph(known, child);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  };

  /** A table with a caption; a column is [heading, what stands in it, classes]. Wide ones scroll, by keyboard, too. */
  fm.table = (caption, columns, rows, keyOf) => {
    const named = fm.el('caption', {}, caption);
    const head = fm.el('tr', {}, columns.map(([heading, , look]) => fm.el('th', { scope: 'col', class: look }, heading)));
    const body = rows.map((row) => fm.el('tr', { 'data-key': keyOf?.(row) },
      columns.map(([, cell, look], n) => n === 0
        ? fm.el('th', { scope: 'row', class: look }, cell(row))
        : fm.el('td', { class: look }, cell(row)))));
    return fm.el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': caption },
      fm.el('table', {}, named, fm.el('thead', {}, head), fm.el('tbody', {}, body)));
  };

  /** Names and what they are. */
  fm.facts = (pairs) => fm.el('dl', { class: 'facts' }, pairs.filter(Boolean).map(([name, value, look]) =>
    fm.el('div', { class: look }, fm.el('dt', {}, name), fm.el('dd', {}, value))));

  fm.section = (id, heading, ...children) => fm.el('section', { 'data-key': id, 'aria-labelledby': `h-${id}` },
    fm.el('h2', { id: `h-${id}` }, heading), children);

  /** What is said where there is nothing yet: what it would be, and what to do. */
  fm.empty = (what, ...how) => fm.el('div', { class: 'empty' }, fm.el('p', {}, what), how.length > 0 && fm.el('p', { class: 'quiet' }, how));

  fm.button = (label, does, data = {}) => fm.el('button', { type: 'button', 'data-do': does,
    ...Object.fromEntries(Object.entries(data).map(([name, value]) => [`data-${name}`, value])) }, label);

  /** A problem in words: what failed, and what to do. */
  fm.problem = (problem) => fm.el('div', { class: 'problem', role: 'alert' },
    fm.el('p', {}, fm.el('strong', {}, problem.message ?? 'This did not work.')),
    problem.hint && fm.el('p', {}, problem.hint),
    problem.code && fm.el('p', { class: 'quiet' }, 'code ', fm.el('code', {}, problem.code)));
})();
