// A sandbox, a browser, and shortcuts for both.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const { CHROMIUM, FC_SANDBOX, SCREENSHOTS } = process.env;
const KEY = 'sk_test_browser';

export let url;
let server;
let browser;

before(async () => {
  ({ server, url } = await startSandbox());
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
});

after(async () => {
  await browser?.close();
  server?.kill('SIGINT');
});

/** Starts a sandbox of its own, with arguments of the program. */
export async function startSandbox(args = []) {
  const started = spawn(FC_SANDBOX, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(createInterface(started.stdout), 'line');
  return { server: started, url: JSON.parse(line).url };
}

/** Calls Stripe's surface of the sandbox with the secret key. */
export async function api(path, form, { key = KEY, at: base = url, version } = {}) {
  const response = await fetch(`${base}/v1/${path}`, {
    method: form ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, ...(version && { 'stripe-version': version }) },
    body: form && new URLSearchParams(form),
  });
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body;
}

/** Sends a control what to do; without anything, it forgets what it was told. */
export async function control(path, body) {
  const method = body ? 'POST' : 'DELETE';
  const response = await fetch(`${url}/_sandbox/${path}`, { method, body: body && JSON.stringify(body) });
  assert.equal(response.status, 200, await response.text());
}

/** A session with all permissions, and these parameters. */
export async function newSession(more = {}) {
  const customer = await api('customers', { name: 'Jane Diaz' });
  const permissions = ['balances', 'ownership', 'payment_method', 'transactions'];
  return api('financial_connections/sessions', {
    'account_holder[type]': 'customer',
    'account_holder[customer]': customer.id,
    ...Object.fromEntries(permissions.map((name, place) => [`permissions[${place}]`, name])),
    ...more,
  });
}

/** The accounts that a session has collected, as the server sees them. */
export async function collected(session) {
  const { data } = await api(`financial_connections/accounts?session=${session.id}`);
  return data;
}

/** A page of a browser that was never used. Whatever goes wrong in it fails the test. */
export async function newPage(test, { expected = /with a status of/, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 480, height: 780 }, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const faults = [];
  context.on('weberror', (error) => faults.push(String(error.error())));
  // The browser writes each refusal to the console, those that the page is meant to show among them.
  context.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) faults.push(message.text());
  });
  test.after(async () => {
    await context.close();
    assert.deepEqual(faults, []);
  });
  return page;
}

/** Opens the linking page for `session` at its first pane. */
export async function openLink(test, session, options) {
  const page = await newPage(test, options);
  await page.goto(`${url}/_sandbox/link#${session.client_secret}`);
  return page;
}

/** Opens it and goes on to the pane after the institution called `name` was chosen. */
export async function openAt(test, session, name, options) {
  const page = await openLink(test, session, options);
  await press(page, 'Agree and continue');
  await page.getByLabel('Search for a bank').fill(name);
  await page.getByRole('button', { name, exact: false }).first().click();
  return page;
}

export const press = (page, name) => page.getByRole('button', { name }).click();

/** Presses a button that takes away the page or the frame that it is in, maybe before the browser has said that it was pressed. */
export async function pressLast(place, name) {
  await press(place, name).catch((error) => {
    if (!/closed|detached/.test(error.message)) throw error;
  });
}

/** Logs in at the institution with credentials. */
export async function logIn(page, password) {
  await page.getByLabel('User name').fill('jane');
  await page.getByLabel('Password').fill(password);
  await press(page, 'Log in');
}

/** Waits for the pane with this heading: the focus is on it, no rule of axe is broken, and nothing is cut off. */
export async function at(page, heading, picture) {
  const title = page.getByRole('heading', { level: 1, name: heading });
  await title.waitFor();
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
  const [scrollWidth, clientWidth] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  assert.ok(scrollWidth <= clientWidth, `${heading}: ${scrollWidth} px wide in ${clientWidth} px`);
  if (SCREENSHOTS && picture) await page.screenshot({ path: `${SCREENSHOTS}/${picture}.png`, fullPage: true });
  return title;
}

/** The element that has the focus. */
export const focused = (page) => page.locator('*:focus');

/** Serves `html` from another origin, like a front end. */
export async function frontEnd(test, html, headers = {}) {
  const host = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html);
  });
  await new Promise((resolve) => host.listen(0, '127.0.0.1', resolve));
  host.unref();
  return `http://127.0.0.1:${host.address().port}/`;
}
