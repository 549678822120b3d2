// The views of the console.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { api, at, focused, press, startSandbox, url } from './bench.mjs';
import { act, fullWorld, linked, look, newWorld, openConsole, ownSandbox } from './console_bench.mjs';

const row = (page, text) => page.getByRole('row').filter({ hasText: text });

test('a new sandbox shows the three lines that point a client at it, and seeds a world', async (t) => {
  const { url: base } = await ownSandbox(t, []);
  const page = await openConsole(t, '', { base });
  await at(page, 'Worlds', 'console-start');
  for (const language of ['Rust', 'Python', 'Node']) {
    const lines = await page.locator('section', { has: page.getByRole('heading', { name: language }) }).locator('pre').textContent();
    assert.equal(lines.split('\n').length, 3, language);
    assert.ok(lines.includes(new URL(base).port), language);
  }
  await press(page, 'Seed a world');
  await at(page, 'Worlds', 'console-dialog');
  await page.getByLabel('Accounts', { exact: true }).fill('12');
  await page.getByRole('dialog').getByRole('button', { name: 'Seed the world' }).click();
  await at(page, 'Overview');
  await page.getByRole('link', { name: '12 accounts' }).waitFor();
  const { worlds } = await look('worlds', base);
  assert.deepEqual(worlds.map(({ accounts }) => accounts), [12]);
});

test('the overview counts what the world has, and its numbers lead to the lists', async (t) => {
  const { world } = await fullWorld(t);
  const page = await openConsole(t, `/${world}`);
  await at(page, 'Overview');
  await page.getByRole('link', { name: '2 accounts' }).waitFor();
  await page.getByRole('link', { name: '1 with a failed refresh' }).click();
  await at(page, 'Accounts');
  await page.getByText('1 account of 2').waitFor();
  await row(page, 'Harbor Bank').waitFor();
});

test('an account shows its balance over time, its time line, its owners and its transactions', async (t) => {
  const { key, world, account } = await fullWorld(t);
  const page = await openConsole(t, `/${world}/accounts/${account}`);
  await at(page, `Account ${account}`);
  const { at_bank: points } = await look(`worlds/${world}/accounts/${account}/balances`);
  const dollars = (cents) => new Intl.NumberFormat('en-US', { style: 'currency', currency: 'usd' }).format(cents / 100);
  const text = await page.getByRole('img').getAttribute('aria-label');
  assert.ok(text.includes(`${dollars(points.at(-1).current)} now`), text);
  assert.ok(text.includes(`lowest ${dollars(Math.min(...points.map(({ current }) => current)))}`), text);
  const group = page.locator('.groups > li', { hasText: 'Refresh of the balance' }).first();
  assert.deepEqual(await group.locator('.stage').allTextContents(), ['asked', 'pending', 'settled', 'delivered']);
  await group.getByText('failed', { exact: true }).waitFor();
  await group.getByRole('link', { name: `POST /v1/financial_connections/accounts/${account}/refresh` }).waitFor();

  const shown = page.locator('#transactions');
  await shown.getByText('120 transactions').waitFor();
  assert.equal(await shown.locator('tbody tr').count(), 50);
  const list = async (more = '') => (await api(`financial_connections/transactions?account=${account}&limit=50${more}`, undefined, { key })).data;
  const first = await list();
  assert.deepEqual(await shown.locator('tbody .id').allTextContents(), first.map(({ id }) => id));
  await shown.getByRole('link', { name: 'Older' }).click();
  await page.locator('#transactions tbody .id').filter({ hasText: (await list(`&starting_after=${first.at(-1).id}`))[0].id }).waitFor();
  await shown.getByLabel('Search the transactions').fill('payroll');
  await shown.getByText(/^\d+ transactions? of 120$/).waitFor();
  const found = await shown.locator('tbody tr').allTextContents();
  assert.ok(found.length > 0 && found.every((line) => line.includes('PAYROLL')));
  assert.equal(await focused(page).getAttribute('aria-label'), 'Search the transactions', 'the focus stays while the list is drawn');
});

test('the request log shows a request with its parts, and its curl repeats it', async (t) => {
  const { key, world } = await newWorld();
  await fetch(`${url}/v1/customers`, {
    method: 'POST', body: new URLSearchParams({ name: "Jane 'J' <b>Diaz</b>" }), headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'order 1' },
  });
  await fetch(`${url}/v1/customers/cus_none`, { headers: { authorization: `Bearer ${key}` } });
  const page = await openConsole(t, `/${world}/requests`);
  await at(page, 'Requests');
  assert.deepEqual(await page.locator('tbody .status').allTextContents(), ['404', '200']);
  await page.getByLabel('Status').selectOption('2xx');
  await row(page, 'cus_none').waitFor({ state: 'detached' });
  assert.ok(page.url().includes('code=2xx'));
  await page.getByRole('link', { name: '/v1/customers' }).click();
  await at(page, 'Request');
  const text = await page.locator('main').textContent();
  for (const part of ['order 1', '2026-09-30.endive', 'sk_test_****', '"object": "customer"']) assert.ok(text.includes(part), part);
  assert.ok(!text.includes(key), 'the key is masked');
  assert.equal(await page.locator('main b').count(), 0, 'a body is text');
  const curl = await page.locator('section', { has: page.getByRole('heading', { name: 'As curl' }) }).locator('pre').textContent();
  const { stdout } = await promisify(execFile)('bash', ['-c', `${curl} --silent --show-error --include`], { env: { ...process.env, STRIPE_API_KEY: key } });
  assert.match(stdout, /idempotent-replayed: true/);
  assert.match(stdout, /Jane 'J' <b>Diaz<\/b>/);
});

test('a delivery shows each attempt, its body, its answer and the next try', async (t) => {
  const { world } = await fullWorld(t);
  const [{ id }] = (await look(`worlds/${world}/deliveries?state=pending`)).deliveries;
  const page = await openConsole(t, `/${world}/deliveries?state=pending`);
  await at(page, 'Deliveries');
  assert.equal(await page.locator('tbody tr').count(), 1);
  await page.locator('tbody a').first().click();
  await at(page, `Delivery of ${id.split(':')[0]}`);
  await page.getByRole('table', { name: 'Attempts' }).getByText('500').waitFor();
  await page.getByText('Next try').waitFor();
  await page.locator('details.sent summary').click();
  const sent = page.locator('details.sent');
  await sent.getByText('"answer": "<b>from the receiver</b>"').waitFor();
  await sent.getByText('"object": "event"').waitFor();
  assert.equal(await page.locator('main b').count(), 0);
});

test('any id that is pasted finds its object', async (t) => {
  const { key, world, account } = await fullWorld(t);
  const { data: [customer] } = await api('customers?limit=1', undefined, { key });
  const { data: [transaction] } = await api(`financial_connections/transactions?account=${account}&limit=1`, undefined, { key });
  const [event] = (await look(`worlds/${world}/events`)).events;
  const [request] = (await look(`requests?world=${world}`)).requests;
  const page = await openConsole(t, '');
  const paste = async (id) => {
    await page.getByLabel('Find any id').fill(id);
    await page.keyboard.press('Enter');
  };
  for (const [id, heading, hash] of [
    [account, `Account ${account}`, `/accounts/${account}`], [event.id, `Event ${event.id}`, `/events/${event.id}`],
    [request.request_id, 'Request', `/requests/${request.number}`], [customer.id, 'Accounts', `search=${customer.id}`],
    [world, 'Overview', `#/${world}`],
  ]) {
    await paste(id);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    assert.ok(page.url().includes(hash) && page.url().includes(world), page.url());
  }
  await paste(transaction.id);
  await at(page, `Account ${account}`);
  await page.locator('#transactions').getByText('1 transaction of 120').waitFor();
  await paste('fca_nothing');
  await page.getByRole('alert').getByText('nothing here has the id fca_nothing').waitFor();
  await at(page, 'Find');
  // The ids in an object are links too.
  await page.goBack();
  await page.locator('main details', { hasText: 'The object' }).locator('summary').click();
  await page.locator('pre').getByRole('link', { name: /^fctxnref_/ }).waitFor();
});

test('two worlds are kept apart, and the choice of the world keeps the view', async (t) => {
  const [first, second] = [await newWorld(), await newWorld()];
  await linked(first.world, { kind: 'checking', display_name: 'Mine' });
  await linked(second.world, { kind: 'checking', display_name: 'Theirs' });
  const page = await openConsole(t, `/${first.world}/accounts`);
  await row(page, 'Mine').waitFor();
  assert.equal(await row(page, 'Theirs').count(), 0);
  await page.getByLabel('World').selectOption(second.world);
  await row(page, 'Theirs').waitFor();
  assert.equal(await row(page, 'Mine').count(), 0);
  assert.ok(page.url().endsWith(`#/${second.world}/accounts`));
  // A change in one world reaches the page of that world only.
  const other = await openConsole(t, `/${first.world}/accounts`);
  await linked(second.world, { kind: 'savings', display_name: 'New' });
  await row(page, 'New').waitFor();
  await linked(first.world, { kind: 'savings', display_name: 'Also new' });
  await row(other, 'Also new').waitFor();
  assert.deepEqual([await row(other, 'New').filter({ hasNotText: 'Also' }).count(), await row(page, 'Also new').count()], [0, 0]);
  for (const [view, id] of [['events', 'fca_'], ['sessions', 'fcsess_'], ['requests', '']]) {
    await page.goto(`${url}/_sandbox/console#/${second.world}/${view}`);
    await page.locator('.region > *').first().waitFor();
    const text = await page.locator('main').textContent();
    const { accounts } = await look(`worlds/${first.world}/accounts`);
    assert.ok(text.includes(id) && accounts.every((account) => !text.includes(account.id)), view);
  }
});

test('a reload and a copied address show the same view', async (t) => {
  const { world, account } = await fullWorld(t);
  for (const place of [
    `/${world}`, `/${world}/accounts?search=harbor&status=failed`, `/${world}/accounts/${account}?search=payroll`, `/${world}/requests?code=2xx`,
    `/${world}/events?type=financial_connections.account.created`, `/${world}/deliveries?state=pending`, `/${world}/sessions?state=open`, '/all/requests',
  ]) {
    const page = await openConsole(t, place);
    const shown = async () => {
      await page.locator('.region > *').first().waitFor();
      await page.locator('#live[data-state="connected"]').waitFor();
      return [await page.locator('main').innerText(), await page.locator('main input').first().inputValue().catch(() => ''), page.url()];
    };
    page.setDefaultTimeout(5000);
    const before = await shown();
    await page.reload();
    assert.deepEqual(await shown(), before, place);
    await page.close();
  }
});

test('new things appear without a reload, and what is open stays open', async (t) => {
  const { world, account } = await fullWorld(t);
  const page = await openConsole(t, `/${world}/accounts/${account}`);
  await at(page, `Account ${account}`);
  await page.locator('main details', { hasText: 'The object' }).locator('summary').click();
  await page.getByRole('button', { name: 'Fail the next refresh' }).focus();
  await act(`accounts/${account}/status`, { status: 'inactive' });
  await page.getByRole('button', { name: 'Restore the connection' }).waitFor();
  assert.equal(await focused(page).textContent(), 'Fail the next refresh');
  assert.equal(await page.locator('main details', { hasText: 'The object' }).evaluate((details) => details.open), true);
});

test('the stream reconnects after the sandbox was started again', async (t) => {
  const { mkdtempSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const data = `${mkdtempSync(`${tmpdir()}/console-`)}/bank.db`;
  const { server, url: base } = await startSandbox(['--data', data]);
  const { world } = await act('worlds', { key: 'sk_test_restart', accounts: 1 }, base);
  const page = await openConsole(t, `/${world}/accounts`, { base });
  await page.getByText('1 account').first().waitFor();
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGINT');
  assert.equal(await ended, 0, 'an open stream does not delay the end of the sandbox');
  await page.locator('#live').getByText('reconnecting').waitFor();
  assert.equal(await page.locator('tbody tr').count(), 1, 'what was shown stays');
  const again = await startSandbox(['--data', data, '--port', new URL(base).port]);
  t.after(() => again.server.kill('SIGKILL'));
  await page.locator('#live').getByText('connected', { exact: true }).waitFor();
  await act(`worlds/${world}/population`, { accounts: 1 }, base);
  await page.getByText('2 accounts').first().waitFor();
});

test('the console is used with the keyboard alone', async (t) => {
  const { world } = await newWorld();
  const page = await openConsole(t, `/${world}`);
  await at(page, 'Overview');
  await page.keyboard.press('Tab');
  assert.equal(await focused(page).textContent(), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await focused(page).getAttribute('id'), 'view');
  assert.ok(page.url().endsWith(`#/${world}`), 'the address stays');
  await page.keyboard.press('Tab');
  assert.equal(await focused(page).textContent(), 'Link an account');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Link an account' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.equal(await focused(page).textContent(), 'Link an account', 'the focus returns');
  await page.getByRole('link', { name: 'Accounts', exact: true }).focus();
  await page.keyboard.press('Enter');
  const heading = await at(page, 'Accounts');
  assert.equal(await heading.evaluate((element) => element === document.activeElement), true, 'a new view focuses its heading');
  const outline = await page.getByRole('button', { name: 'Link an account' }).evaluate((element) => {
    element.focus({ focusVisible: true });
    return getComputedStyle(element).outlineStyle;
  });
  assert.equal(outline, 'solid');
});

test('messages appear without motion if the user prefers reduced motion', async (t) => {
  for (const [reducedMotion, animation] of [['reduce', 'none'], ['no-preference', 'appear']]) {
    const page = await openConsole(t, '', { reducedMotion });
    assert.equal(await page.locator('#said').evaluate((element) => getComputedStyle(element).animationName), animation);
  }
});

test('nothing is loaded from another origin, and no name becomes markup', async (t) => {
  const { key, world } = await newWorld();
  const evil = '<img src=x onerror="document.title=1"><script>1</script>';
  const account = await linked(world, { kind: 'checking', display_name: evil, institution: evil, owners: [{ name: evil, email: evil }] });
  await api('customers', { name: evil, 'metadata[a]': evil }, { key });
  await fetch(`${url}/v1/customers/${encodeURIComponent(evil)}?a=${encodeURIComponent(evil)}`, { headers: { authorization: `Bearer ${key}` } });
  const page = await openConsole(t, `/${world}`);
  const loaded = [];
  page.on('request', (request) => loaded.push(request.url()));
  for (const place of ['', '/accounts', `/accounts/${account}`, '/requests', '/events', '/sessions', '/controls']) {
    await page.goto(`${url}/_sandbox/console#/${world}${place}`);
    await page.reload();
    await page.locator('.region > *').first().waitFor();
    assert.equal(await page.locator('main img, main script').count(), 0, place);
  }
  assert.ok(loaded.length > 20 && loaded.every((address) => address.startsWith(url) || address.startsWith('data:')), loaded.join(' '));
});
