// Relinking in the browser: a broken account, the page at the log-in of its bank, and the same account active again.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { api, at, control, logIn, newPage, newSession, openLink, press, url } from './bench.mjs';

const version = '2026-09-30.preview';
const read = (path) => api(`financial_connections/${path}`, undefined, { version });
const create = (form) => api('financial_connections/sessions', form, { version });

/** An account that was linked at the institution, with its transactions read, and then lost its access. */
async function broken(institution, cause = 'access_denied') {
  const session = await newSession();
  await control('link', { session: session.id, accounts: [{ kind: 'checking', institution, display_name: 'Success', last4: '6789' }] });
  const [{ id }] = (await read(`accounts?session=${session.id}`)).data;
  await api(`financial_connections/accounts/${id}/refresh`, { 'features[0]': 'transactions' });
  await control('clock', { advance: 1 });
  const account = await read(`accounts/${id}`);
  assert.equal(account.transaction_refresh.status, 'succeeded');
  await control(`accounts/${id}/status`, { status: 'inactive', cause });
  return account;
}

/** A session that relinks the account. */
function relinking({ id, authorization }, more = {}) {
  return create({
    'permissions[0]': 'balances',
    'permissions[1]': 'transactions',
    'relink_options[authorization]': authorization,
    'relink_options[account]': id,
    ...more,
  });
}

async function transactions(account, more = '') {
  const found = [];
  for (let after = ''; ; after = `&starting_after=${found.at(-1)}`) {
    const { data, has_more: more_pages } = await read(`transactions?account=${account}&limit=100${more}${after}`);
    found.push(...data.map(({ id }) => id));
    if (!more_pages) return found;
  }
}

/** A webhook endpoint in the version of the preview, and the events that it got. */
async function receive(t) {
  const events = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    events.push(JSON.parse(Buffer.concat(parts)));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const form = { url: `http://127.0.0.1:${port}/`, 'enabled_events[0]': '*', api_version: version };
  const endpoint = await api('webhook_endpoints', form);
  t.after(async () => {
    await fetch(`${url}/v1/webhook_endpoints/${endpoint.id}`, { method: 'DELETE', headers: { authorization: 'Bearer sk_test_browser' } });
    server.close();
  });
  return events;
}

test('a broken account is active again with the keyboard alone, and its transactions continue', async (t) => {
  const account = await broken('Bank (Non-OAuth)');
  const before = await transactions(account.id);
  await control('clock', { advance: 20 * 86_400 });
  const events = await receive(t);
  const page = await openLink(t, await relinking(account));
  const key = (...keys) => keys.reduce((done, name) => done.then(() => page.keyboard.press(name)), Promise.resolve());
  const isFocused = async (heading, picture) => {
    const title = await at(page, heading, picture);
    assert.equal(await title.evaluate((element) => element === document.activeElement), true, heading);
  };

  await isFocused('Log in to Bank (Non-OAuth)', 'relink-credentials');
  await page.getByText('Log in again to keep sharing Success •••• 6789.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Choose another bank' }).count(), 0);
  await key('Tab');
  await page.keyboard.type('jane');
  await key('Tab');
  await page.keyboard.type('new password');
  await key('Enter');
  await isFocused('Choose what to share again', 'relink-accounts');
  assert.equal(await page.getByLabel('Success').isChecked(), true);
  await key('Tab', 'Enter');
  await isFocused('Your account is linked again', 'relink-success');
  await key('Tab', 'Enter');
  await isFocused('All done');

  const relinked = await read(`accounts/${account.id}`);
  assert.equal(relinked.status, 'active');
  await control('deliveries', {});
  assert.deepEqual(
    events.map(({ type }) => type.replace('financial_connections.', '')),
    ['account.reactivated', 'session.updated'],
  );
  assert.equal(events[0].data.object.id, account.id);
  assert.deepEqual(events[1].data.object.relink_result, { account: account.id, authorization: account.authorization, failure_reason: null });

  await api(`financial_connections/accounts/${account.id}/refresh`, { 'features[0]': 'transactions' });
  await control('clock', { advance: 1 });
  const changed = await transactions(account.id, `&transaction_refresh[after]=${account.transaction_refresh.id}`);
  const now = await transactions(account.id);
  assert.ok(now.length > before.length);
  assert.equal(new Set(now).size, now.length);
  assert.deepEqual([...new Set([...before, ...changed])].sort(), now.sort());
});

test('another account can be chosen, and the broken one stays as it is', async (t) => {
  const account = await broken('Test (OAuth)');
  const session = await relinking(account);
  const page = await openLink(t, session);
  await at(page, 'Continue at Test (OAuth)', 'relink-oauth');
  const [bank] = await Promise.all([page.context().waitForEvent('page'), press(page, "Open the bank's page")]);
  await press(bank, 'Log in and allow').catch(() => {});
  await at(page, 'Choose what to share again');
  await page.getByLabel('Savings').check();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  const title = await at(page, 'Your account is linked');
  assert.equal(await title.textContent(), 'Your account is linked', 'it was never linked before');
  const { relink_result: result } = await read(`sessions/${session.id}`);
  assert.notEqual(result.account, account.id);
  assert.equal((await read(`accounts/${account.id}`)).status, 'inactive');
});

test('an outage and a closed account leave the user at the bank of the session', async (t) => {
  const account = await broken('Test (Non-OAuth)', 'account_closed');
  const session = await relinking(account);
  await control('faults', { fault: 'institution_down', institution: 'Test (Non-OAuth)' });
  t.after(() => control('faults'));
  const page = await openLink(t, session);
  await at(page, 'Test (Non-OAuth) cannot be reached', 'relink-down');
  assert.equal(await page.getByText('Choose another bank').count(), 0);
  await control('faults');
  await press(page, 'Try again');
  await at(page, 'Log in to Test (Non-OAuth)');
  await press(page, 'Log in');
  await at(page, 'Choose what to share again');
  assert.equal(await page.getByLabel('Success').count(), 0, 'it is closed');
  await press(page, 'Close');
  await press(page.getByRole('dialog'), 'Leave');
  await at(page, 'All done');
  assert.equal((await read(`sessions/${session.id}`)).status, 'cancelled');
});

test('a hosted page is at the URL of its session, and leads back to the application', async (t) => {
  const account = await broken('Test (Non-OAuth)');
  const session = await relinking(account, { ui_mode: 'hosted', 'hosted[delivery_method]': 'url', return_url: `${url}/_sandbox/example` });
  assert.equal(session.client_secret, null);
  const page = await newPage(t);
  await page.goto(session.url);
  await at(page, 'Log in to Test (Non-OAuth)');
  await press(page, 'Log in');
  await at(page, 'Choose what to share again');
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await at(page, 'Your account is linked again');
  await press(page, 'Done');
  await at(page, 'All done', 'hosted-finished');
  assert.equal((await read(`accounts/${account.id}`)).status, 'active');
  await page.getByRole('link', { name: 'Return to the application' }).click();
  await page.waitForURL(`${url}/_sandbox/example`);
});

test('a session for one institution begins at its log-in, after the consent', async (t) => {
  const { data } = await read('institutions?limit=100');
  const institution = data.find(({ name }) => name === 'Bank (Non-OAuth)');
  const customer = await api('customers', { name: 'Jane Diaz' });
  const session = await create({
    'account_holder[type]': 'customer',
    'account_holder[customer]': customer.id,
    'permissions[0]': 'balances',
    'filters[institution]': institution.id,
  });
  const page = await openLink(t, session);
  await press(page, 'Agree and continue');
  await at(page, 'Log in to Bank (Non-OAuth)');
  await logIn(page, 'error');
  await at(page, 'Linking could not continue');
  assert.equal((await read(`sessions/${session.id}`)).status, 'failed');
});

test('a user can leave to enter an account by hand, if the application offers it', async (t) => {
  const customer = await api('customers', { name: 'Jane Diaz' });
  const session = await create({
    'account_holder[type]': 'customer',
    'account_holder[customer]': customer.id,
    'permissions[0]': 'balances',
    'manual_entry[mode]': 'custom',
  });
  const page = await openLink(t, session);
  await press(page, 'Agree and continue');
  await at(page, 'Choose your bank', 'institutions-by-hand');
  await press(page, 'Enter the account by hand');
  await at(page, 'All done');
  assert.equal((await read(`sessions/${session.id}`)).status_details.cancelled.reason, 'custom_manual_entry');
});
