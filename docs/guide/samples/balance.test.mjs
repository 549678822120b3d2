// Tests of an integration in Node: Stripe's SDK against a sandbox that the tests start.
//
// Needs `stripe`, and the program `fc-sandbox` in the PATH or in FC_SANDBOX.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import Stripe from 'stripe';

const KEY = 'sk_test_sandboxneedsnorealkey';

// ANCHOR: setup
let sandbox, url, stripe;

before(async () => {
  sandbox = spawn(process.env.FC_SANDBOX ?? 'fc-sandbox', { stdio: ['ignore', 'pipe', 'ignore'] });
  const [ready] = await once(createInterface(sandbox.stdout), 'line');
  url = new URL(JSON.parse(ready).url);
  stripe = new Stripe(KEY, { host: url.hostname, port: url.port, protocol: 'http' });
  await control('clock', { frozen: true });
});

after(() => sandbox.kill());

// What Stripe's API cannot do: users, banks and time.
async function control(path, body) {
  const response = await fetch(new URL(`/_sandbox/${path}`, url), { method: 'POST', body: JSON.stringify(body) });
  return response.json();
}
// ANCHOR_END: setup

// ANCHOR: test
test('a refresh brings a balance', async () => {
  const customer = await stripe.customers.create({ name: 'Jane Diaz' });
  const { accounts, sessions } = stripe.financialConnections;
  const session = await sessions.create({
    account_holder: { type: 'customer', customer: customer.id },
    permissions: ['balances'],
  });
  const linked = await control('link', { session: session.id, accounts: [{ kind: 'checking' }] });
  const [account] = linked.accounts;
  const pending = await accounts.refresh(account, { features: ['balance'] });
  assert.equal(pending.balance_refresh.status, 'pending');
  await control('clock', { advance: 5 });
  const refreshed = await accounts.retrieve(account);
  assert.equal(refreshed.balance_refresh.status, 'succeeded');
  assert.ok(Number.isInteger(refreshed.balance.current.usd));
});
// ANCHOR_END: test
