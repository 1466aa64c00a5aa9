// Plays the workflow of docs/examples against a real server: n8n.mjs URL SECRET WORKFLOW
//
// The code of its nodes runs as it is, with as much of n8n around it as it uses; HTTP Request nodes send what their parameters
// say, and the two nodes that wait for the outside get it. Where the review waits for a host, this is the host.

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [url, secret, file] = process.argv.slice(2);
const workflow = JSON.parse(readFileSync(file, 'utf8'));
const require = createRequire(import.meta.url);
const $env = { FIRSTMATE_URL: url, FIRSTMATE_SECRET: secret };
const outputs = {};
const $ = (name) => ({ first: () => outputs[name] });

function signed(id, text) {
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': 'v1,' + mac };
}

async function send(method, to, headers, body) {
  const answer = await fetch(to, { method, headers, body });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${to}: ${answer.status} ${JSON.stringify(said)}`);
  return said;
}

/** The value of a parameter: `={{ $json.field }}` of the input, or as it is. */
function value(parameter, input) {
  const field = /^=\{\{ \$json\.(\w+) \}\}$/.exec(parameter)?.[1];
  return field ? input.json[field] : parameter;
}

function code(node, input) {
  const AsyncFunction = (async () => {}).constructor;
  const run = new AsyncFunction('$', '$env', '$input', 'require', node.parameters.jsCode);
  const helpers = { getBinaryDataBuffer: async () => input.raw };
  return run.call({ helpers }, $, $env, { first: () => input }, require);
}

async function request(node, input) {
  const { method, url: to, headerParameters, rawContentType, body } = node.parameters;
  const headers = Object.fromEntries(headerParameters.parameters.map(({ name, value: of }) => [name, value(of, input)]));
  if (rawContentType) headers['content-type'] = rawContentType;
  return send(method, value(to, input), headers, body && value(body, input));
}

/** Hands the review in, as a host would. */
async function review(run) {
  const [step] = run.pending;
  if (step?.step_id !== 'review') return;
  const text = JSON.stringify({ step_token: step.step_token, output: 'Rename it.' });
  const headers = { 'content-type': 'application/json', ...signed('review', text) };
  await send('POST', `${url}/hooks/v1/runs/${run.run_id}/submit`, headers, text);
}

async function play(name, input) {
  const node = workflow.nodes.find((one) => one.name === name);
  let output;
  switch (node.type.split('.')[1]) {
    case 'webhook':
      output = input;
      break;
    case 'wait':
      await review(outputs['Start the run'].json);
      output = { json: { body: { approved: true, note: 'Send it.' } } };
      break;
    case 'code':
      [output] = await code(node, input);
      break;
    default:
      output = { json: await request(node, input) };
  }
  outputs[name] = output;
  const next = workflow.connections[name]?.main[0][0]?.node;
  return next ? play(next, output) : output;
}

const raw = Buffer.from(JSON.stringify({ task: 'review the name of a variable' }));
const comes = (headers) => play('Webhook in', { json: { headers }, raw });
const forged = { ...signed('msg_1', raw), 'webhook-signature': 'v1,' + 'A'.repeat(43) + '=' };
for (const [headers, why] of [[forged, 'the signature is wrong'], [{ ...forged, 'webhook-timestamp': '1' }, 'too old']]) {
  const refused = await comes(headers).then(() => 'taken', (error) => error.message);
  if (!refused.includes(why)) throw new Error(`${why}: ${refused}`);
}
const { json: report } = await comes(signed('msg_1', raw));
if (report.status !== 'completed' || report.review !== 'Rename it.') throw new Error(JSON.stringify(report));
console.log('ok: the run was started, approved and reported');
