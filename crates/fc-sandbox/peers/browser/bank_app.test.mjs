// The example app in examples/bank-app: its pages, its forms and the linking window, with the sandbox inside and with a key.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInterface } from 'node:readline';
import { at, focused, newPage, press, pressLast, url } from './bench.mjs';

const { BANK_APP } = process.env;
const skip = BANK_APP ? false : 'BANK_APP does not name the program';
const WIDE = { viewport: { width: 1100, height: 900 } };
const PHONE = { viewport: { width: 360, height: 740 } };

/** Starts the app with new data, and with these settings: its address, and a call of its sandbox's controls. */
async function start(test, settings = {}) {
  const data = mkdtempSync(join(tmpdir(), 'bank-app-'));
  const app = spawn(BANK_APP, [], { env: { ADDRESS: '127.0.0.1:0', DATA: data, ...settings }, stdio: ['ignore', 'pipe', 'inherit'] });
  test.after(async () => {
    const closed = once(app, 'close');
    app.kill('SIGINT');
    assert.deepEqual(await closed, [0, null], 'it ends when it is told to');
    rmSync(data, { recursive: true });
  });
  const lines = createInterface(app.stdout)[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value.split(': ').pop();
  const address = await next();
  const sandbox = settings.STRIPE_BASE_URL ?? new URL(await next()).origin;
  const control = async (path, body) => {
    const response = await fetch(`${sandbox}/_sandbox/${path}`, body && { method: 'POST', body: JSON.stringify(body) });
    const answer = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    return answer;
  };
  return { address, control };
}

async function signIn(test, app, options) {
  const page = await newPage(test, options);
  await page.goto(app.address);
  await press(page, 'Continue as Jane Diaz');
  await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
  return page;
}

/** Links accounts of a bank in the linking window, and returns when the app shows its accounts. */
async function link(page, names = ['Success', 'Savings', 'Credit Card'], bank = 'Test (Non-OAuth)') {
  await page.getByRole('link', { name: /^Link (a bank|again)$/ }).first().click();
  const attached = page.waitForEvent('frameattached');
  await press(page, 'Continue to your bank');
  const frame = await attached;
  await press(frame, 'Agree and continue');
  await press(frame, bank);
  await press(frame, 'Log in');
  for (const name of names) await frame.getByLabel(name, { exact: false }).first().check();
  await frame.getByRole('button', { name: 'Link', exact: true }).click();
  await pressLast(frame, 'Done');
  await page.getByRole('status').filter({ hasText: 'Your accounts are linked' }).waitFor({ timeout: 30_000 });
}

/** The id of the account that a link leads to. */
async function idOf(page, name) {
  const path = await page.getByRole('link', { name }).first().getAttribute('href');
  return path.split('/').pop();
}

/** Loads the page until it has the text. */
async function until(page, text) {
  const end = Date.now() + 60_000;
  while (!(await page.getByText(text).count()) && Date.now() < end) await page.reload();
  await page.getByText(text).first().waitFor();
}

for (const scheme of ['light', 'dark']) {
  for (const [size, options] of [['wide', WIDE], ['phone', PHONE]]) {
    test(`bank-app: every page passes axe and fits (${scheme}, ${size})`, { skip }, async (t) => {
      const app = await start(t);
      const picture = (name) => `bank-app-${name}-${scheme}-${size}`;
      const page = await newPage(t, { ...options, colorScheme: scheme });
      await page.goto(app.address);
      await at(page, 'Sign in', picture('sign-in'));
      await press(page, 'Continue as Jane Diaz');
      await at(page, 'Accounts', picture('empty'));
      await page.getByRole('link', { name: 'Link a bank' }).click();
      await at(page, 'Link a bank', picture('link'));
      await page.goto(`${app.address}/accounts`);
      await link(page);
      await at(page, 'Accounts', picture('accounts'));

      const account = await idOf(page, /Success/);
      await page.getByRole('link', { name: /Success/ }).click();
      await app.control('clock', { advance: 9 * 86_400 });
      await press(page, 'Refresh the balance');
      await page.getByText('The balance is up to date.').waitFor();
      await at(page, 'Success ••6789', picture('account'));
      await page.getByText('The balances as a table').click();
      await page.getByRole('region', { name: /Balance in USD/ }).waitFor();
      await page.getByText('Disconnect this account').click();
      await at(page, 'Success ••6789', picture('account-open'));

      await page.getByRole('link', { name: 'Transactions', exact: true }).click();
      await page.getByLabel('Search descriptions').fill('payroll');
      await press(page, 'Search');
      await page.getByRole('heading', { name: /transactions? with “payroll”/ }).waitFor();
      await at(page, 'Transactions', picture('transactions'));

      await app.control(`accounts/${account}/status`, { status: 'inactive' });
      await page.goto(`${app.address}/accounts`);
      await until(page, /has ended/);
      await at(page, 'Accounts', picture('relink'));

      await page.getByRole('link', { name: 'Your data' }).click();
      await at(page, 'Your data', picture('data'));
      await page.goto(`${app.address}/nothing`);
      await at(page, 'Not found', picture('not-found'));
    });
  }
}

test('bank-app: link, look, search, link again, disconnect and erase', { skip }, async (t) => {
  const app = await start(t);
  const page = await signIn(t, app, WIDE);
  await link(page);
  const cards = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3 }) });
  assert.equal(await cards.count(), 3);
  assert.match(await cards.filter({ hasText: 'Success' }).innerText(), /\$[\d,]+\.\d\d[\s\S]*available/);

  // The chart: what the bank gave, and what was computed.
  const old = await idOf(page, /Success/);
  await page.getByRole('link', { name: /Success/ }).click();
  const chart = page.getByRole('img', { name: /^Balance from .* highest \$/ });
  const box = await chart.boundingBox();
  assert.ok(box.width > 500 && box.height > 100, JSON.stringify(box));
  assert.match(await chart.locator('.computed').getAttribute('d'), /^M0\.0 [\d.]+(H[\d.]+V[\d.]+){10,}$/);
  assert.match(await chart.locator('.dot').getAttribute('d'), /^M720\.0 [\d.]+h0$/);
  await page.getByText('The dashed line is computed from posted transactions').waitFor();

  // The search.
  await page.getByRole('link', { name: /^All \d+/ }).click();
  await page.getByLabel('Search descriptions').fill('no such shop');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '0 transactions with “no such shop”' }).waitFor();
  await page.getByLabel('Search descriptions').fill('Payroll');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /^[1-9]\d* transactions with/ }).waitFor();
  const found = await page.locator('.what').allInnerTexts();
  assert.ok(found.length > 0 && found.every((text) => /payroll/i.test(text)), found.join('\n'));

  // The bank ends the connection, and the user links again.
  await app.control(`accounts/${old}/status`, { status: 'inactive' });
  await until(page, /has ended/);
  await link(page, ['Success']);
  await page.getByText('Your accounts are linked again.').waitFor();
  assert.equal(await page.getByText(/has ended/).count(), 0);
  assert.notEqual(await idOf(page, /Success/), old);

  // Disconnect one, erase the rest.
  await page.getByRole('link', { name: /Savings/ }).click();
  await page.getByText('Disconnect this account').click();
  await press(page, /^Disconnect Savings/);
  await page.getByText('The account is disconnected.').waitFor();
  await page.getByRole('link', { name: 'Your data' }).click();
  await press(page, 'Erase my bank data');
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Your data', 'the box has to be checked first');
  await page.getByLabel('I want to erase my bank data').check();
  await press(page, 'Erase my bank data');
  await page.getByText('their data is erased').waitFor();
  await page.getByRole('heading', { name: 'No bank is linked yet' }).waitFor();
  await page.getByRole('link', { name: 'Your data' }).click();
  assert.deepEqual(await page.locator('dd').allInnerTexts(), ['0', '0', '0']);
  await press(page, 'Sign out');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('bank-app: a user who leaves the window links nothing and can try again', { skip }, async (t) => {
  const app = await start(t);
  const page = await signIn(t, app, WIDE);
  await page.getByRole('link', { name: 'Link a bank' }).click();
  const attached = page.waitForEvent('frameattached');
  await press(page, 'Continue to your bank');
  const frame = await attached;
  await frame.getByRole('heading', { level: 1, name: 'Share your account data' }).press('Escape');
  await pressLast(frame.getByRole('dialog'), 'Leave');
  await page.getByText('No account was linked.').waitFor();
  await link(page, ['Success']);
});

test('bank-app: the keyboard reaches everything, and the focus is visible', { skip }, async (t) => {
  const app = await start(t);
  const page = await newPage(t, WIDE);
  await page.goto(app.address);
  const tabTo = async (name) => {
    for (let step = 0; step < 30; step += 1) {
      await page.keyboard.press('Tab');
      const text = await focused(page).first().innerText();
      if (text.includes(name)) return focused(page);
    }
    throw new Error(`the keyboard does not reach ${name}`);
  };
  const button = await tabTo('Continue as Jane Diaz');
  const outline = await button.evaluate((element) => getComputedStyle(element).outlineStyle);
  assert.equal(outline, 'solid');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page).innerText(), 'Skip to the page');
  await page.keyboard.press('Enter');
  await tabTo('Link a bank');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Link a bank' }).waitFor();
  await tabTo('Continue to your bank');
  const attached = page.waitForEvent('frameattached');
  await page.keyboard.press('Enter');
  const frame = await attached;
  await frame.getByRole('heading', { level: 1, name: 'Share your account data' }).waitFor();
  await page.keyboard.press('Escape');
  await frame.getByRole('dialog').waitFor();
  await pressLast(frame.getByRole('dialog'), 'Leave');
  await page.getByText('No account was linked.').waitFor();
});

test('bank-app: with a key it needs no webhook, and its page loads only the script that it names', { skip }, async (t) => {
  // The sandbox of the other tests passes for Stripe.
  const app = await start(t, {
    STRIPE_API_KEY: 'sk_test_bank_app_with_a_key',
    STRIPE_BASE_URL: url,
    STRIPE_PUBLISHABLE_KEY: 'pk_test_1',
    STRIPE_JS: `${url}/_sandbox/fc.js`,
  });
  const page = await signIn(t, app, WIDE);
  await page.getByText('The data comes from Stripe, in test mode.').waitFor();
  await link(page, ['Success']);
  const account = await idOf(page, /Success/);
  await app.control(`accounts/${account}/status`, { status: 'inactive' });
  await until(page, /has ended/);

  await page.goto(`${app.address}/link`);
  const context = page.context();
  context.removeAllListeners('console');
  const stopped = await page.evaluate(async () => {
    const seen = [];
    addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
    const inline = document.createElement('script');
    inline.textContent = 'globalThis.evil = true;';
    document.head.append(inline);
    await new Promise((resolve) => setTimeout(resolve, 0));
    return [seen, typeof globalThis.evil];
  });
  assert.deepEqual(stopped, [['script-src-elem'], 'undefined']);
});
