// fc.js in a front end of another origin.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, collected, frontEnd, logIn, newPage, newSession, press, pressLast, url } from './bench.mjs';

/** A front end with a button, and the linking page that it opened for `session`. */
async function embed(test, session, { key = 'pk_test_123', headers } = {}) {
  const html = `<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1><button>Pay</button></main>
    <script src="${url}/_sandbox/fc.js"></script>`;
  const page = await newPage(test, { viewport: { width: 1000, height: 800 } });
  await page.goto(await frontEnd(test, html, headers));
  await page.getByRole('button', { name: 'Pay' }).focus();
  await page.evaluate(
    ([key, clientSecret]) => {
      globalThis.outcome = Stripe(key).collectFinancialConnectionsAccounts({ clientSecret });
    },
    [key, session.client_secret],
  );
  // The frame is in a closed shadow tree, so that no style of the front end reaches it.
  const frame = page.frames()[1] ?? (await page.waitForEvent('frameattached'));
  return { page, frame, outcome: () => page.evaluate(() => globalThis.outcome) };
}

test('collectFinancialConnectionsAccounts resolves to the session with a plain list of accounts', async (t) => {
  const session = await newSession();
  const { page, frame, outcome } = await embed(t, session);
  await at(frame, 'Share your account data');
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/embedded.png` });
  await press(frame, 'Agree and continue');
  await press(frame, 'Test (Non-OAuth)');
  await press(frame, 'Log in');
  await frame.getByLabel('Success').check();
  await frame.getByLabel('Savings').check();
  await frame.getByRole('button', { name: 'Link', exact: true }).click();
  await pressLast(frame, 'Done');

  const result = await outcome();
  assert.deepEqual(Object.keys(result), ['financialConnectionsSession']);
  assert.equal(result.financialConnectionsSession.id, session.id);
  const { accounts } = result.financialConnectionsSession;
  const newestFirst = await collected(session);
  assert.deepEqual(accounts, newestFirst.toReversed());
  assert.deepEqual(accounts.map(({ display_name: name }) => name), ['Success', 'Savings']);
  assert.equal(page.frames().length, 1, 'the page is gone');
  const focused = await page.evaluate(() => document.activeElement.textContent);
  assert.equal(focused, 'Pay', 'the focus returns to the button');
});

test('a user who leaves early links no accounts, without an error', async (t) => {
  const session = await newSession();
  const { frame, outcome } = await embed(t, session);
  await at(frame, 'Share your account data');
  await frame.getByRole('heading', { level: 1 }).press('Escape');
  await pressLast(frame.getByRole('dialog'), 'Leave');
  assert.deepEqual(await outcome(), { financialConnectionsSession: { id: session.id, accounts: [] } });
});

test('the escape key leaves from the front end too', async (t) => {
  const { page, frame } = await embed(t, await newSession());
  await at(frame, 'Share your account data');
  await page.evaluate(() => document.activeElement.shadowRoot ?? document.activeElement.blur());
  await page.evaluate(() => document.body.focus());
  await page.keyboard.press('Escape');
  await frame.getByRole('dialog', { name: 'Leave without linking?' }).waitFor();
});

test('a finished session, a failing bank and a key of the other mode are errors', async (t) => {
  const used = await newSession();
  const first = await embed(t, used);
  await press(first.frame, 'Agree and continue');
  await press(first.frame, 'Bank (Non-OAuth)');
  await logIn(first.frame, 'error');
  await pressLast(first.frame.locator('main'), 'Close');
  assert.equal((await first.outcome()).error.type, 'api_error');

  const second = await embed(t, used);
  await at(second.frame, 'Linking could not continue');
  await pressLast(second.frame.locator('main'), 'Close');
  const { error } = await second.outcome();
  assert.equal(error.type, 'invalid_request_error');
  assert.match(error.message, /is finished/);

  const live = await embed(t, await newSession(), { key: 'pk_live_123' });
  await at(live.frame, 'Linking could not continue');
  await pressLast(live.frame.locator('main'), 'Close');
  assert.match((await live.outcome()).error.message, /test mode/);
});

test('a result from another window is ignored', async (t) => {
  const session = await newSession();
  const { page, frame, outcome } = await embed(t, session);
  await at(frame, 'Share your account data');
  await page.evaluate(() => {
    window.postMessage({ fcSandbox: 'result', result: 'forged' }, '*');
    const stranger = document.createElement('iframe');
    document.body.append(stranger);
    stranger.contentWindow.eval("parent.postMessage({ fcSandbox: 'result', result: 'forged' }, '*')");
  });
  await press(frame, 'Close');
  await pressLast(frame.getByRole('dialog'), 'Leave');
  assert.deepEqual(await outcome(), { financialConnectionsSession: { id: session.id, accounts: [] } });
});

test('the page accepts messages of its front end and of no other frame', async (t) => {
  const session = await newSession();
  const html = `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>
    <iframe title="Linking" src="${url}/_sandbox/link" width="480" height="700"></iframe>`;
  const page = await newPage(t, { viewport: { width: 600, height: 900 } });
  await page.goto(await frontEnd(t, html));
  const frame = page.frames()[1];
  await at(frame, 'Opening…');
  const strange = (message) =>
    page.evaluate((message) => {
      const stranger = document.createElement('iframe');
      document.body.append(stranger);
      stranger.contentWindow.eval(`parent.frames[0].postMessage(${JSON.stringify(message)}, '*')`);
    }, message);
  await strange({ fcSandbox: 'open', clientSecret: 'fcsess_client_secret_of_a_stranger' });
  await page.evaluate((clientSecret) => {
    frames[0].postMessage({ fcSandbox: 'open', clientSecret }, '*');
  }, session.client_secret);
  await at(frame, 'Share your account data');
  await strange({ fcSandbox: 'leave' });
  await press(frame, 'Agree and continue');
  await at(frame, 'Choose your bank');
  await page.evaluate(() => frames[0].postMessage({ fcSandbox: 'leave' }, '*'));
  await frame.getByRole('dialog', { name: 'Leave without linking?' }).waitFor();
});

test('fc.js works under a content security policy that allows the sandbox only', async (t) => {
  const policy = `default-src 'none'; script-src ${url}; frame-src ${url}`;
  const { frame } = await embed(t, await newSession(), { headers: { 'content-security-policy': policy } });
  const title = await at(frame, 'Share your account data');
  const { width } = await title.evaluate((element) => element.getBoundingClientRect());
  assert.ok(width > 300, 'the dialog has its style');
});

test('a stopped sandbox is an API connection error', { timeout: 30_000 }, async (t) => {
  const session = await newSession();
  const page = await newPage(t);
  const html = `<!doctype html><title>Shop</title><script src="${url}/_sandbox/fc.js"></script>`;
  await page.clock.install();
  await page.goto(await frontEnd(t, html));
  await page.route('**/_sandbox/link', (route) => route.fulfill({ status: 502, body: 'gone' }));
  const outcome = page.evaluate(
    (clientSecret) => Stripe('pk_test_1').collectFinancialConnectionsAccounts({ clientSecret }),
    session.client_secret,
  );
  await page.waitForEvent('framenavigated');
  await page.clock.runFor(11_000);
  assert.equal((await outcome).error.type, 'api_connection_error');
});

test('mistakes of the front end are thrown', async (t) => {
  const page = await newPage(t);
  const html = `<!doctype html><title>Shop</title><script src="${url}/_sandbox/fc.js"></script>`;
  await page.goto(await frontEnd(t, html));
  const thrown = (code) => page.evaluate(`(async () => ${code})().then(() => 'nothing', ({ message }) => message)`);
  assert.match(await thrown("Stripe('sk_test_123')"), /publishable key/);
  assert.match(await thrown('Stripe()'), /publishable key/);
  assert.match(await thrown("Stripe('pk_test_1').collectFinancialConnectionsAccounts()"), /clientSecret/);
  const { client_secret: secret } = await newSession();
  await page.evaluate((clientSecret) => {
    Stripe('pk_test_1').collectFinancialConnectionsAccounts({ clientSecret });
  }, secret);
  const again = `Stripe('pk_test_1').collectFinancialConnectionsAccounts({ clientSecret: '${secret}' })`;
  assert.match(await thrown(again), /already open/);
});

test('the example front end links accounts', async (t) => {
  const page = await newPage(t);
  await page.goto(`${url}/_sandbox/example`);
  await at(page, 'Link accounts', 'example');
  await page.getByLabel('Maximum number of accounts').fill('1');
  const attached = page.waitForEvent('frameattached');
  await press(page, 'Link accounts');
  const frame = await attached;
  await press(frame, 'Agree and continue');
  await press(frame, 'Test (Non-OAuth)');
  await press(frame, 'Log in');
  await frame.getByRole('radio', { name: 'Success' }).check();
  await frame.getByRole('button', { name: 'Link', exact: true }).click();
  await pressLast(frame, 'Done');
  await page.getByRole('heading', { name: 'Accounts linked: 1' }).waitFor();
  await at(page, 'Link accounts', 'example-done');

  await page.getByLabel('Maximum number of accounts').fill('0');
  await press(page, 'Link accounts');
  await page.getByRole('heading', { name: 'Linking could not start' }).waitFor();
});
