// Shortcuts for tests of the console.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { api, newPage, startSandbox, url } from './bench.mjs';

let keys = 0;

/** A key that no other test has, and the name of its world, which has one customer. */
export async function newWorld(values = {}, base = url) {
  keys += 1;
  const key = `sk_test_console_${process.pid}_${keys}`;
  const { world } = await act('worlds', { key, ...values }, base);
  return { key, world };
}

/** Calls a control. */
export async function act(path, body = {}, base = url) {
  const response = await fetch(`${base}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer;
}

/** Reads a control. */
export async function look(path, base = url) {
  const response = await fetch(`${base}/_sandbox/${path}`);
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer;
}

/** Links an account to a new customer of a world. */
export async function linked(world, account = { kind: 'checking' }, base = url) {
  const { accounts } = await act(`worlds/${world}/link`, { session: { prefetch: ['balances', 'ownership', 'transactions'] }, accounts: [account] }, base);
  await act('clock', { advance: 1 }, base);
  return accounts[0];
}

/** Opens the console at a place, such as `/world_…/accounts`. */
export async function openConsole(test, place = '', { base = url, ...options } = {}) {
  // A sandbox of the test may end before the page, which then reports the end of its stream.
  const expected = base === url ? {} : { expected: /with a status of|net::ERR_/ };
  const page = await newPage(test, { viewport: { width: 1280, height: 900 }, ...expected, ...options });
  await page.goto(`${base}/_sandbox/console#${place || '/'}`);
  await page.locator('#live[data-state="connected"]').waitFor();
  return page;
}

/** A sandbox of a test. */
export async function ownSandbox(test, args) {
  const started = await startSandbox(args);
  test.after(() => started.server.kill('SIGKILL'));
  return started;
}

/** A webhook endpoint that keeps what it gets, and answers with the status that `answer` gives for a body, or 200. */
export async function receiver(test, answer = () => undefined) {
  const received = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    received.push({ body, signature: request.headers['stripe-signature'] });
    response.writeHead(answer(body, received.length) ?? 200).end('{"answer":"<b>from the receiver</b>"}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => server.close());
  return { received, url: `http://127.0.0.1:${server.address().port}/hook` };
}

/** A world with everything that a view can show. */
export async function fullWorld(t) {
  const { key, world } = await newWorld();
  const { url: hook } = await receiver(t, (body) => (body.includes('account.refreshed_balance') && body.includes('"failed"') ? 500 : 200));
  await api('webhook_endpoints', { url: hook, 'enabled_events[]': '*' }, { key });
  const account = await linked(world, { kind: 'checking', institution: 'Harbor Bank', transactions: 120 });
  await linked(world, { kind: 'credit_card' });
  await act(`accounts/${account}/refresh_outcomes`, { feature: 'balance', outcome: 'failed' });
  await act('clock', { advance: 3600 });
  await api(`financial_connections/accounts/${account}/refresh`, { 'features[]': 'balance' }, { key });
  await act('clock', { advance: 2 });
  await act('deliveries');
  await act(`worlds/${world}/sessions`);
  return { key, world, account };
}
