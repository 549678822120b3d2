// A page whose own name leads to this machine (DNS rebinding), in a browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { api, newSession, url } from './bench.mjs';

const NAME = 'rebound.example';
const { CHROMIUM } = process.env;

test('a page whose name leads to the sandbox reads and changes nothing', { timeout: 60_000 }, async (t) => {
  const session = await newSession();
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    // Without the browser's own guard of local addresses, which not all browsers have.
    args: ['--no-sandbox', '--disable-gpu', '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests', `--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
  });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const { port } = new URL(url);
  const evil = `http://${NAME}:${port}`;
  // The first answer comes from the attacker's server, and all others from the sandbox.
  await page.route(`${evil}/attack`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>Attack</title>' }));
  await page.goto(`${evil}/attack`);
  const attempts = await page.evaluate(async (clientSecret) => {
    const key = { authorization: 'Bearer sk_test_browser' };
    const post = (body, headers = key) => ({ method: 'POST', headers, body });
    const attempt = async (path, options) => {
      const response = await fetch(path, options);
      return [path, response.status, (await response.text()).slice(0, 60)];
    };
    return Promise.all([
      attempt('/v1/customers', { headers: key }),
      attempt('/v1/customers', post(new URLSearchParams({ name: 'Mallory' }))),
      attempt('/v1/webhook_endpoints', post(new URLSearchParams([['url', 'http://127.0.0.1:9/'], ['enabled_events[]', '*']]))),
      attempt('/_sandbox/link/session', { headers: { authorization: `Bearer ${clientSecret}` } }),
      attempt('/_sandbox/link/complete', post('{"accounts":[]}', { authorization: `Bearer ${clientSecret}` })),
      attempt('/_sandbox/link'),
      attempt('/_sandbox/example'),
      attempt('/_sandbox/state'),
      attempt('/_sandbox/clock', post('{"advance":86400}', {})),
    ]);
  }, session.client_secret);
  for (const [path, status, text] of attempts) assert.equal(status, 403, `${path}: ${text}`);

  const { data } = await api('customers?limit=100');
  assert.ok(data.every(({ name }) => name !== 'Mallory'));
  assert.deepEqual((await api('webhook_endpoints')).data, []);
  assert.equal((await api(`financial_connections/sessions/${session.id}`)).client_secret, session.client_secret);

  // The browser sends the name, so an allowed name would be served: the page is shown at the name of this machine.
  const own = await page.goto(`http://localhost:${port}/_sandbox/link`);
  assert.equal(own.status(), 200);
});
