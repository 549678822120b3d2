// The page of the guide's first application, with a server that answers as the application does.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { api, newPage, newSession, press, pressLast, url } from './bench.mjs';

const PAGE = new URL('../../../../docs/guide/samples/first_app.html', import.meta.url);

/** Serves the page and the two routes that it posts to. */
async function application(test) {
  const html = readFileSync(PAGE, 'utf8')
    .replace('STRIPE_JS', `${url}/_sandbox/fc.js`)
    .replace('PUBLISHABLE_KEY', 'pk_test_sandbox');
  const routes = async (method, path) => {
    if (method === 'GET') return html;
    if (path === '/session') return (await newSession()).client_secret;
    const session = await api(`financial_connections/sessions/${path.split('/').pop()}`);
    return session.accounts.data.map((account) => account.institution_name).join('\n');
  };
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(await routes(request.method, request.url));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  test.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

async function open(test) {
  const page = await newPage(test, { viewport: { width: 1000, height: 800 } });
  await page.goto(await application(test));
  await press(page, 'Link a bank account');
  const frame = page.frames()[1] ?? (await page.waitForEvent('frameattached'));
  return { page, frame };
}

test('the page links accounts, and shows what its server says', async (t) => {
  const { page, frame } = await open(t);
  await press(frame, 'Agree and continue');
  await press(frame, 'Test (Non-OAuth)');
  await press(frame, 'Log in');
  await frame.getByLabel('Success').check();
  await frame.getByRole('button', { name: 'Link', exact: true }).click();
  await pressLast(frame, 'Done');
  await page.getByText('Test (Non-OAuth)').waitFor();
});

test('the page says that a user left without linking', async (t) => {
  const { page, frame } = await open(t);
  await frame.getByRole('heading', { level: 1, name: 'Share your account data' }).press('Escape');
  await pressLast(frame.getByRole('dialog'), 'Leave');
  await page.getByText('No account was linked.').waitFor();
  assert.equal(page.frames().length, 1);
});
