// The request log.

import { get, query, segment } from './api.js';
import { clearLog } from './acts.js';
import { button, facts, h, link, part, table } from './dom.js';
import { say } from './dialog.js';
import { code, json, linked, time, took } from './format.js';
import { choice, empty, pages, search, tools } from './parts.js';
import { address } from './route.js';

const LIMIT = 50;

export const requests = {
  title: () => 'Requests',
  tools: (context) => tools(
    search(context, 'Search the requests', 'Path, id or text of a body'),
    choice(context, 'method', 'Method', [['', 'Any method'], ['GET', 'GET'], ['POST', 'POST'], ['DELETE', 'DELETE']]),
    choice(context, 'code', 'Status', [['', 'Any status'], ['2xx', '2xx'], ['4xx', '4xx'], ['5xx', '5xx'], ['none', 'No response']]),
    button('Empty the log', clearLog)),
  load: ({ world, query: asked }) => get(query('requests', {
    world: world === 'all' ? '' : world, search: asked.search, method: asked.method, status: asked.code, before: asked.after, limit: LIMIT,
  })),
  render({ requests: found, has_more: hasMore, total, on }, place) {
    if (!on) return empty('The log is off. Start the sandbox without ', h('code', {}, '--request-log 0'), '.');
    if (total === 0) return empty('No request yet. Point a client at ', h('code', {}, location.origin), '.');
    if (found.length === 0) return empty('No request fits.');
    const rows = found.map((request) => ({
      key: request.number,
      cells: [
        time(request.at), h('code', {}, request.method),
        h('div', {}, link(address(place.world, 'requests', request.number), request.path), place.world === 'all' && h('span', { class: 'note' }, request.key ?? 'no key')),
        code(request.status), { content: took(request.micros), class: 'number' },
        h('span', { class: 'note' }, request.replayed ? 'replayed' : request.idempotency_key ? 'with a key' : '–'),
      ],
    }));
    return [
      table('Requests', ['Time', 'Method', 'Path', 'Status', 'Took', 'Idempotency'], rows),
      pages(place, found.at(-1).number, hasMore),
    ];
  },
};

export const request = {
  title: ({ id }) => `Request ${id}`,
  tools: ({ place }) => h('div', {}, link(address(place.world, 'requests'), '← All requests', { class: 'back' })),
  load: ({ id }) => get(`requests/${segment(id)}`),
  render(shown) {
    const curl = curlOf(shown);
    return [
      h('p', { class: 'lead' }, h('code', {}, shown.method), ' ', h('span', { class: 'id' }, shown.path), ' ', code(shown.status)),
      facts([
        ['Time', time(shown.at)], ['Took', took(shown.micros)], ['Key', shown.key ?? 'none'], ['Account', shown.account],
        ['Request id', shown.request_id && linked(shown.request_id)], ['Version', shown.version],
        ['Idempotency key', shown.idempotency_key && `${shown.idempotency_key}${shown.replayed ? ' (replayed)' : ''}`],
      ]),
      part('Request body', bodyOf(shown.request_body)),
      part('Response body', bodyOf(shown.response_body)),
      part('As curl', h('pre', { class: 'json', tabindex: '0' }, curl), button('Copy', async () => {
        await navigator.clipboard.writeText(curl);
        say('Copied.');
      })),
    ];
  },
};

function bodyOf({ text, bytes, cut }) {
  if (bytes === 0) return empty('None.');
  return [json(text), cut && h('p', { class: 'hint' }, `The log has the start of ${bytes} bytes.`)];
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The request for a shell. The key is a variable, because the log does not have it. */
export function curlOf({ method, path, idempotency_key: key, account, version, request_body: body }) {
  return [
    `curl ${quoted(location.origin + path)}`,
    method === 'GET' || (method === 'POST' && body.text) ? '' : `--request ${method}`,
    '--oauth2-bearer "$STRIPE_API_KEY"',
    version ? `--header ${quoted(`Stripe-Version: ${version}`)}` : '',
    account ? `--header ${quoted(`Stripe-Account: ${account}`)}` : '',
    key ? `--header ${quoted(`Idempotency-Key: ${key}`)}` : '',
    body.text ? `--data-raw ${quoted(body.text)}` : '',
  ].filter(Boolean).join(' \\\n  ');
}
