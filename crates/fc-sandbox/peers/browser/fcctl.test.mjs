// `fcctl link` with a real browser: the sandbox's page, and the local page with a stub of Stripe.js.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { at, newPage, press, pressLast, url } from './bench.mjs';

const { FCCTL } = process.env;
const skip = FCCTL ? false : 'FCCTL does not name the program';

/** Starts `fcctl link` against a server, and returns the address of its page and its end. */
async function link(test, server, options = []) {
  const env = { STRIPE_API_KEY: 'sk_test_browser', STRIPE_BASE_URL: server, STRIPE_PUBLISHABLE_KEY: 'pk_test_1', HOME: '/nowhere' };
  const fcctl = spawn(FCCTL, ['link', '--no-browser', '--json', '--fields', 'name', ...options], { env });
  test.after(() => fcctl.kill());
  const [line] = await once(createInterface(fcctl.stderr), 'line');
  let out = '';
  fcctl.stdout.on('data', (text) => { out += text; });
  const end = once(fcctl, 'close').then(([code]) => ({ code, out }));
  return { page: line.match(/http:\S+/)[0], end };
}

/** A server that shows Stripe's surface of the sandbox only, and so passes for Stripe. */
async function withoutControls(test) {
  const { hostname, port } = new URL(url);
  const proxy = createServer((incoming, response) => {
    if (incoming.url.startsWith('/_sandbox')) return response.writeHead(404).end();
    const { method, headers } = incoming;
    const outgoing = request({ hostname, port, path: incoming.url, method, headers: { ...headers, host: `${hostname}:${port}` } },
      (answer) => answer.pipe(response.writeHead(answer.statusCode, answer.headers)));
    incoming.pipe(outgoing);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  test.after(() => proxy.close());
  return `http://127.0.0.1:${proxy.address().port}`;
}

/** Serves a script that stands in for Stripe.js. */
async function stub(test, script) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/v3/`;
}

test('fcctl link: a user links an account on the page of the sandbox', { skip }, async (t) => {
  const { page: address, end } = await link(t, url);
  const page = await newPage(t);
  await page.goto(address);
  await at(page, 'Share your account data');
  await press(page, 'Agree and continue');
  await press(page, 'Test (Non-OAuth)');
  await press(page, 'Log in');
  await page.getByLabel('Savings').check();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await pressLast(page, 'Done');
  const { code, out } = await end;
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).data, [{ name: 'Savings' }]);
});

test('fcctl link: the local page runs Stripe.js under its policy and reports how it ended', { skip }, async (t) => {
  const server = await withoutControls(t);
  const outcomes = [
    ['({ financialConnectionsSession: { accounts: [] } })', 'No account was linked.', 1],
    ['({ error: { message: "Invalid API Key provided" } })', 'Invalid API Key provided', 1],
  ];
  for (const [outcome, shown, expected] of outcomes) {
    const script = `globalThis.Stripe = (key) => ({ collectFinancialConnectionsAccounts: async ({ clientSecret }) => {
      globalThis.called = [key, clientSecret]; return ${outcome}; } });`;
    const { page: address, end } = await link(t, server, ['--stripe-js', await stub(t, script)]);
    const page = await newPage(t);
    await page.goto(address);
    await page.getByText(shown).waitFor();
    const [key, secret] = await page.evaluate(() => globalThis.called);
    assert.equal(key, 'pk_test_1');
    assert.match(secret, /^fcsess_client_secret_/);
    await at(page, 'Link accounts');
    assert.equal((await end).code, expected);
  }
});

test('fcctl link: the policy of the local page stops every other script', { skip }, async (t) => {
  const server = await withoutControls(t);
  // Stripe.js itself may not add an inline script or a script of another origin.
  const evil = await stub(t, 'globalThis.evil = true;');
  const script = `globalThis.Stripe = () => ({ collectFinancialConnectionsAccounts: () => new Promise(() => {}) });
    addEventListener('securitypolicyviolation', (event) => { (globalThis.stopped ??= []).push(event.effectiveDirective); });
    for (const source of ['inline', '${evil}']) {
      const element = document.createElement('script');
      if (source === 'inline') element.textContent = 'globalThis.evil = true;'; else element.src = source;
      document.head.append(element);
    }`;
  const { page: address } = await link(t, server, ['--stripe-js', await stub(t, script)]);
  const context = await newPage(t).then((page) => page.context());
  const page = await context.newPage();
  // What the policy stops is written to the console, which the test expects.
  context.removeAllListeners('console');
  await page.goto(address);
  await page.waitForFunction(() => globalThis.stopped?.length === 2);
  assert.equal(await page.evaluate(() => globalThis.evil), undefined);
});
