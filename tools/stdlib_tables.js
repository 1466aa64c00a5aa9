#!/usr/bin/env node
// Makes src/validation/imports/node.txt: the modules of Node and what each of them exports.
//
//     node tools/stdlib_tables.js [NODE]...
//
// Each NODE is an executable; without one it is the one that runs this. A name counts as known when any of them has it.

const { execFileSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

const DUMP = `
process.noDeprecation = true;
const schemed = ['node:sea', 'node:sqlite', 'node:test', 'node:test/reporters'];
const table = {};
for (const name of [...require('node:module').builtinModules, ...schemed]) {
  if (name.startsWith('_')) continue;
  let exported;
  try { exported = require(name); } catch { continue; }
  const names = new Set();
  for (let one = exported; one && one !== Object.prototype && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    Object.getOwnPropertyNames(one).forEach((key) => names.add(key));
    if (typeof exported === 'function') break;
  }
  table[name] = [...names];
}
console.log(JSON.stringify({ version: process.version, platform: process.platform, table }));
`;

const nodes = process.argv.length > 2 ? process.argv.slice(2) : [process.execPath];
const dumps = nodes.map((node) =>
  JSON.parse(execFileSync(node, ['-e', DUMP], { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 })));
const modules = new Map();
for (const { table } of dumps) {
  for (const [name, names] of Object.entries(table)) {
    const known = modules.get(name) ?? new Set();
    names.filter((one) => /^[A-Za-z$][\w$]*$/.test(one)).forEach((one) => known.add(one));
    modules.set(name, known);
  }
}
const lines = [...modules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, names]) => [name, ...[...names].sort()].join(' '));
const versions = dumps.map(({ version, platform }) => `${version} on ${platform}`).join(', ');
const out = join(__dirname, '..', 'src', 'validation', 'imports', 'node.txt');
writeFileSync(out, `# Made by tools/stdlib_tables.js from Node ${versions}.\n${lines.join('\n')}\n`);
console.log(out);
