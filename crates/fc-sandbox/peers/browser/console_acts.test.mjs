// The acts of the console.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { api, at, press, url } from './bench.mjs';
import { act, linked, look, newWorld, openConsole, ownSandbox, receiver } from './console_bench.mjs';

const dialog = (page) => page.getByRole('dialog');
const go = (page, name) => dialog(page).getByRole('button', { name, exact: true }).click();
const said = (page, text) => page.locator('#said', { hasText: text }).waitFor();

test('accounts are linked to a new customer, and added as a population', async (t) => {
  const { world } = await newWorld();
  const page = await openConsole(t, `/${world}/accounts`);
  await at(page, 'Accounts');
  await press(page, 'Link an account');
  await dialog(page).getByLabel('Kind').selectOption('mortgage');
  await dialog(page).getByLabel('Bank').selectOption('Test (OAuth)');
  await dialog(page).getByLabel('Name of the customer').fill('Ada');
  await at(page, 'Accounts', 'console-link');
  await go(page, 'Link');
  // The institution identifies its accounts by name, or does not offer this kind; either way the reason is shown or it is linked.
  await page.getByRole('row').filter({ hasText: 'mortgage' }).waitFor();
  const { accounts: [account] } = await look(`worlds/${world}/accounts`);
  assert.deepEqual([account.subcategory, account.institution_name], ['mortgage', 'Test (OAuth)']);

  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await at(page, 'Overview');
  await press(page, 'Add accounts');
  await dialog(page).getByLabel('Accounts', { exact: true }).fill('3');
  await dialog(page).getByLabel('Transactions').fill('9');
  await go(page, 'Add accounts');
  await page.getByRole('link', { name: '4 accounts' }).waitFor();
});

test('a refused act keeps the dialog open with the reason and what was typed', async (t) => {
  const { world } = await newWorld();
  const page = await openConsole(t, `/${world}`);
  await press(page, 'Link an account');
  await dialog(page).getByLabel('Bank').selectOption('Down (Error)');
  await dialog(page).getByLabel('Name of the customer').fill('Ada');
  await go(page, 'Link');
  await dialog(page).getByRole('alert').getByText('Down (Error)').waitFor();
  await at(page, 'Overview', 'console-refused');
  assert.equal(await dialog(page).getByLabel('Name of the customer').inputValue(), 'Ada');
  assert.equal((await look(`worlds/${world}/accounts`)).total, 0);
});

test('a session is created, its linking page opened, and accounts linked to it', async (t) => {
  const { world } = await newWorld();
  const page = await openConsole(t, `/${world}/sessions`);
  await at(page, 'Sessions');
  await press(page, 'Create a session');
  await go(page, 'Create');
  await page.getByRole('cell', { name: 'open', exact: true }).waitFor();
  const [opened] = await Promise.all([page.waitForEvent('popup'), press(page, 'Open the linking page')]);
  await opened.getByRole('heading', { name: 'Share your account data' }).waitFor();
  assert.equal(opened.url(), `${url}/_sandbox/link`, 'the client secret is in no address');
  await opened.close();
  await press(page, 'Link accounts');
  await go(page, 'Link');
  await page.getByRole('cell', { name: 'finished', exact: true }).waitFor();
  assert.equal((await look(`worlds/${world}/sessions`)).sessions[0].accounts.length, 1);
});

test('an account is refreshed, its next refresh fails, and its connection breaks and works again', async (t) => {
  const { world } = await newWorld();
  await act('clock', { frozen: true });
  const account = await linked(world);
  await act('clock', { advance: 86_400 });
  const page = await openConsole(t, `/${world}/accounts/${account}`);
  await at(page, `Account ${account}`);
  await press(page, 'Fail the next refresh');
  await dialog(page).getByLabel('Feature').selectOption('balance');
  await go(page, 'Plan it');
  await page.getByText('balance failed').waitFor();
  await page.getByRole('button', { name: 'Refresh', exact: true }).click();
  await dialog(page).getByLabel('Owners').uncheck();
  await dialog(page).getByLabel('Transactions').uncheck();
  await go(page, 'Refresh');
  await said(page, 'Started: balance.');
  await page.getByRole('row', { name: 'balance pending' }).waitFor();
  await act('clock', { advance: 1 });
  await page.getByRole('row', { name: 'balance failed' }).waitFor();
  await press(page, 'Break the connection');
  await press(page, 'Restore the connection');
  await page.getByRole('button', { name: 'Break the connection' }).waitFor();
  const kinds = (await look(`worlds/${world}/events`)).events.map(({ type }) => type.split('.').at(-1));
  assert.deepEqual(kinds.slice(0, 3), ['reactivated', 'deactivated', 'refreshed_balance']);
  await act('clock', { frozen: false });
});

test('a bank breaks and works again', async (t) => {
  const { world } = await newWorld();
  await linked(world, { kind: 'checking', institution: 'Bank of the browser test' });
  const page = await openConsole(t, `/${world}`);
  const down = async () => (await look(`worlds/${world}`)).banks[0].down;
  await press(page, 'Make it fail: Bank of the browser test');
  await page.getByRole('button', { name: 'Make it work again: Bank of the browser test' }).waitFor();
  assert.equal(await down(), true);
  await press(page, 'Make it work again: Bank of the browser test');
  await page.getByRole('button', { name: 'Make it fail: Bank of the browser test' }).waitFor();
  assert.equal(await down(), false);
});

test('the clock moves by each step after a confirmation, stands still and runs', async (t) => {
  const { url: base } = await ownSandbox(t, []);
  const { world } = await newWorld({ accounts: 1 }, base);
  const page = await openConsole(t, `/${world}/controls`, { base });
  const now = async () => (await look('clock', base)).now;
  await press(page, 'Freeze it');
  await page.getByRole('button', { name: 'Let it run' }).waitFor();
  await page.locator('#clock').getByText('frozen').waitFor();
  for (const [name, seconds] of [['An hour', 3600], ['A day', 86_400], ['Thirty days', 30 * 86_400]]) {
    const before = await now();
    await press(page, name);
    await go(page, 'Cancel');
    assert.equal(await now(), before, name);
    await press(page, name);
    await go(page, 'Move the clock');
    await dialog(page).waitFor({ state: 'hidden' });
    assert.equal(await now(), before + seconds, name);
  }
  const { accounts: [{ id }] } = await look(`worlds/${world}/accounts`, base);
  await act(`accounts/${id}/refresh`, { features: ['balance'] }, base);
  const due = (await look('worlds', base)).next_due_at;
  await press(page, 'To the next thing due');
  await go(page, 'Move the clock');
  await page.getByText('Nothing is due.').waitFor();
  assert.equal(await now(), due);
  const shown = await page.locator('#clock time').getAttribute('datetime');
  assert.equal(Date.parse(shown) / 1000, due);
  await press(page, 'Let it run');
  await page.getByRole('button', { name: 'Freeze it' }).waitFor();
});

test('any fault can be injected, and all are removed after a confirmation', async (t) => {
  const { url: base } = await ownSandbox(t, []);
  const page = await openConsole(t, '', { base });
  const { world } = await newWorld({}, base);
  await page.goto(`${base}/_sandbox/console#/${world}/controls`);
  await press(page, 'Inject a fault');
  const names = await dialog(page).getByLabel('Fault').locator('option').evaluateAll((options) => options.map(({ value }) => value));
  await go(page, 'Cancel');
  // The control lists every fault that there is.
  const help = (await look('', base))['POST /_sandbox/faults'];
  const known = help.slice(help.indexOf('Faults of calls: ') + 17, help.indexOf('. Without outcome')).replace('. Others:', ',')
    .replaceAll(/\{[^}]*\}/g, '').split(',').map((name) => name.trim()).filter(Boolean);
  assert.deepEqual([...names].sort(), [...known].sort());
  for (const name of names) {
    await press(page, 'Inject a fault');
    await dialog(page).getByLabel('Fault').selectOption(name);
    await go(page, 'Next');
    await go(page, 'Inject');
    await dialog(page).waitFor({ state: 'hidden' });
  }
  const { faults } = await look('faults', base);
  assert.deepEqual(faults.map((fault) => fault.split(' ')[0]).sort(), [...names].sort());
  await page.locator('main li').nth(names.length - 1).waitFor();
  await press(page, 'Remove all faults');
  await go(page, 'Cancel');
  assert.equal((await look('faults', base)).faults.length, names.length);
  await press(page, 'Remove all faults');
  await go(page, 'Remove all');
  await page.getByText('None waits.').waitFor();
});

test('a delivery is resent, and edited and repeated, with a valid signature', async (t) => {
  const { key, world } = await newWorld();
  const hook = await receiver(t, (_, number) => (number === 1 ? 500 : 200));
  const { secret } = await api('webhook_endpoints', { url: hook.url, 'enabled_events[]': 'financial_connections.account.created' }, { key });
  await linked(world);
  await act('deliveries');
  const [{ id }] = (await look(`worlds/${world}/deliveries`)).deliveries;
  const page = await openConsole(t, `/${world}/deliveries/${encodeURIComponent(id)}`);
  await page.getByRole('table', { name: 'Attempts' }).getByText('500').waitFor();
  await press(page, 'Resend');
  await said(page, 'Sent 1 time: 200.');
  await page.getByRole('row', { name: /2 .* the console/ }).waitFor();
  await page.getByText('succeeded', { exact: true }).waitFor();
  assert.equal(hook.received[1].body, hook.received[0].body);

  await press(page, 'Edit and repeat');
  await dialog(page).getByLabel('Body').fill('{"id":"evt_edited"}');
  await dialog(page).getByLabel('How many times').fill('3');
  await at(page, 'Delivery of', 'console-edit');
  await go(page, 'Send');
  await said(page, 'Sent 3 times: 200, 200, 200.');
  assert.equal(hook.received.length, 5);
  for (const { body, signature } of hook.received.slice(2)) {
    assert.equal(body, '{"id":"evt_edited"}');
    const parts = Object.fromEntries(signature.split(',').map((part) => part.split('=')));
    assert.equal(parts.v1, createHmac('sha256', secret).update(`${parts.t}.${body}`).digest('hex'));
  }
  await page.locator('details.sent').nth(4).waitFor();
  assert.equal(await page.getByRole('table', { name: 'Attempts' }).locator('tbody tr').count(), 2, 'edited copies are not attempts');
  // From the list, too.
  await page.getByRole('link', { name: '← All deliveries' }).click();
  await at(page, 'Deliveries');
  await press(page, 'Resend');
  await said(page, 'Sent 1 time: 200.');
  assert.equal(hook.received.length, 6);
});

test('a secret is rolled after a confirmation, shown once, and signs', async (t) => {
  const { key, world } = await newWorld();
  const hook = await receiver(t);
  const { id } = await api('webhook_endpoints', { url: hook.url, 'enabled_events[]': '*' }, { key });
  const page = await openConsole(t, `/${world}`);
  await press(page, `Roll the secret of ${id}`);
  await go(page, 'Cancel');
  await press(page, `Roll the secret of ${id}`);
  await go(page, 'Roll the secret');
  await dialog(page).getByRole('heading', { name: 'The new signing secret' }).waitFor();
  const secret = await dialog(page).locator('pre').textContent();
  assert.match(secret, /^whsec_[A-Za-z0-9]{32}$/);
  await go(page, 'Close');
  // The dialog is emptied by its event, after the click.
  await page.waitForFunction((secret) => !document.body.textContent.includes(secret), secret);
  await linked(world);
  await act('deliveries');
  const [{ body, signature }] = hook.received;
  const parts = Object.fromEntries(signature.split(',').map((part) => part.split('=')));
  assert.equal(parts.v1, createHmac('sha256', secret).update(`${parts.t}.${body}`).digest('hex'));
});

test('the state is saved, removed and restored, and the log emptied, each after a confirmation', async (t) => {
  const { url: base } = await ownSandbox(t, []);
  const { world } = await newWorld({ accounts: 2 }, base);
  await act('clock', { frozen: true }, base);
  await api('customers', { name: 'Jane' }, { key: 'sk_test_saved', at: base });
  const page = await openConsole(t, '/all/requests', { base });
  await page.getByRole('link', { name: '/v1/customers' }).waitFor();
  await press(page, 'Empty the log');
  await go(page, 'Cancel');
  assert.equal((await look('requests', base)).total, 1);
  await press(page, 'Empty the log');
  await go(page, 'Empty the log');
  await page.getByText('No request yet.').waitFor();

  await page.evaluate((hash) => { location.hash = hash; }, `/${world}/controls`);
  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Save the state')]);
  const file = await download.path();
  const state = await look('state', base);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), state);
  await press(page, 'Remove all worlds');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel', 'Enter removes nothing');
  await page.keyboard.press('Enter');
  assert.equal((await look('worlds', base)).worlds.length, 2);
  await press(page, 'Remove all worlds');
  await go(page, 'Remove all worlds');
  await at(page, 'Worlds');
  await page.getByText('no key has anything yet').waitFor();
  assert.deepEqual((await look('worlds', base)).worlds, []);

  await page.evaluate((hash) => { location.hash = hash; }, `/${world}/controls`);
  await at(page, 'Controls');
  await press(page, 'Restore a state');
  await dialog(page).getByLabel('File of a saved state').setInputFiles(file);
  await go(page, 'Restore');
  await said(page, 'State restored.');
  assert.deepEqual(await look('state', base), state);
});
