// Drives a whole Financial Connections flow on the sandbox with Stripe's own Node SDK.
//
//     node flow.mjs http://127.0.0.1:PORT
//
// Every step asserts what Stripe documents, so the first difference ends the run. The sandbox's controls simulate the
// user, the bank and the time; everything else goes through the SDK.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';

import Stripe from 'stripe';

const DAY = 24 * 60 * 60;
const base = new URL(process.argv[2]);

async function control(path, body) {
  const answer = await fetch(new URL(`/_sandbox/${path}`, base), {
    method: body ? 'POST' : 'GET',
    body: body && JSON.stringify(body),
  });
  const value = await answer.json();
  assert.ok(answer.ok, `/_sandbox/${path} refused: ${value.sandbox_error}`);
  return value;
}

let now = (await control('clock', { frozen: true })).now;
const advance = async (seconds) => ({ now } = await control('clock', { advance: seconds }));
await advance(1);
// A new key has a new world, so the script can run twice on one sandbox.
const key = `sk_test_node${now}`;

function client(secret = key, options = {}) {
  const { hostname: host, port } = base;
  const stripe = new Stripe(secret, { host, port, protocol: 'http', maxNetworkRetries: 0, ...options });
  // The pause before a repetition is nothing that the sandbox could be held to.
  stripe.getInitialNetworkRetryDelay = () => 0;
  return stripe;
}

const step = (name) => console.log(`ok  ${name}`);
const ids = (list) => list.map((one) => one.id);
const all = async (list) => {
  const items = [];
  for await (const item of list) items.push(item);
  return items;
};

// Asserts that the call throws this class of error with these values.
async function refused(type, call, expected = {}) {
  const error = await call().then(
    () => assert.fail(`expected ${type}`),
    (error) => error,
  );
  assert.equal(error.type, type, error.message);
  for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, `${name}: ${error.message}`);
  return error;
}
const INVALID = 'StripeInvalidRequestError';

const stripe = client();
const { accounts, sessions, transactions } = stripe.financialConnections;
const { customers, events, webhookEndpoints } = stripe;

// Customers
const customer = await customers.create({ name: 'Jane Diaz', email: 'jane@example.com', metadata: { tier: 'gold' } });
assert.match(customer.id, /^cus_/);
assert.equal(customer.metadata.tier, 'gold');
assert.equal(customer.livemode, false);
assert.equal(customer.lastResponse.apiVersion, stripe.getApiField('version'));
assert.match(customer.lastResponse.requestId, /^req_/);
assert.ok(customer.lastResponse.idempotencyKey, 'the key that the SDK made is echoed');
assert.equal((await customers.retrieve(customer.id)).email, 'jane@example.com');
assert.deepEqual(ids((await customers.list()).data), [customer.id]);
step('create, retrieve and list customers');

// A webhook endpoint, created before the first account is linked
const received = [];
const receiver = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    received.push({ body: Buffer.concat(parts), signature: request.headers['stripe-signature'] });
    response.end();
  });
});
await new Promise((ready) => receiver.listen(0, '127.0.0.1', ready));
const endpoint = await webhookEndpoints.create({
  url: `http://127.0.0.1:${receiver.address().port}/hook`,
  enabled_events: ['*'],
});
assert.match(endpoint.secret, /^whsec_/);
assert.equal((await webhookEndpoints.retrieve(endpoint.id)).secret, undefined);
step('create a webhook endpoint');

// Session and link
const holder = { type: 'customer', customer: customer.id };
let session = await sessions.create({
  account_holder: holder,
  permissions: ['balances', 'ownership', 'transactions', 'payment_method'],
  prefetch: ['balances'],
  filters: { country: 'US', account_subcategories: ['checking', 'savings', 'credit_card'] },
  limits: { accounts: 3 },
});
assert.match(session.id, /^fcsess_/);
assert.match(session.client_secret, /^fcsess_client_secret_/);
assert.deepEqual(session.accounts.data, []);
assert.equal(session.filters.country, 'US');
assert.equal(session.limits.accounts, 3);
const linked = (
  await control('link', {
    session: session.client_secret,
    accounts: [
      {
        kind: 'checking', last4: '6789', institution: 'Harbor Bank', transactions: 120,
        owners: [{ name: 'Jane Diaz', email: 'jane@example.com' }, { name: 'Ben Diaz' }],
      },
      { kind: 'savings' },
      { kind: 'credit_card' },
    ],
  })
).accounts;
session = await sessions.retrieve(session.id, { expand: ['account_holder.customer'] });
assert.equal(session.account_holder.customer.email, 'jane@example.com');
assert.deepEqual(ids(session.accounts.data).sort(), [...linked].sort());
let [checking, savings, card] = await Promise.all(linked.map((id) => accounts.retrieve(id)));
assert.equal(checking.status, 'active');
assert.deepEqual([checking.category, checking.subcategory], ['cash', 'checking']);
assert.deepEqual([card.category, card.subcategory], ['credit', 'credit_card']);
assert.equal(checking.last4, '6789');
assert.equal(checking.balance, null);
assert.equal(checking.balance_refresh.status, 'pending');
assert.equal(checking.balance_refresh.next_refresh_available_at, null);
assert.ok(!('status_details' in checking), 'absent when there is nothing to say');
step('create a session, link three accounts, read them with the prefetched refresh pending');

const newestFirst = [...linked].reverse();
for (const filter of [{}, { session: session.id }, { account_holder: { customer: customer.id } }]) {
  const page = await accounts.list(filter);
  assert.deepEqual(ids(page.data), newestFirst);
  assert.deepEqual([page.url, page.has_more], ['/v1/financial_connections/accounts', false]);
}
assert.deepEqual(ids(await all(accounts.list({ limit: 1 }))), newestFirst);
assert.deepEqual(ids(await accounts.list({ limit: 2 }).autoPagingToArray({ limit: 100 })), newestFirst);
assert.deepEqual(ids(await all(accounts.list({ limit: 1, ending_before: linked[0] }))), linked.slice(1));
assert.equal((await accounts.list({ limit: 0 })).data.length, 1);
const expanded = await accounts.list({ expand: ['data.account_holder.customer'] });
assert.deepEqual(expanded.data.map((one) => one.account_holder.customer.name), Array(3).fill('Jane Diaz'));
step('list accounts: newest first, by session, by customer, page by page, backward, expanded');

// Refresh
await advance(1);
checking = await accounts.retrieve(checking.id);
assert.equal(checking.balance_refresh.status, 'succeeded');
assert.equal(checking.balance.type, 'cash');
assert.ok(Number.isInteger(checking.balance.current.usd));
const refreshed = await accounts.refresh(checking.id, { features: ['balance', 'ownership', 'transactions'] });
assert.equal(refreshed.balance_refresh.status, 'succeeded', 'too early: nothing starts');
assert.equal(refreshed.ownership_refresh.status, 'pending');
assert.equal(refreshed.transaction_refresh.status, 'pending');
const firstRefresh = refreshed.transaction_refresh.id;
assert.match(firstRefresh, /^fctxnref_/);
await refused(INVALID, () => transactions.list({ account: checking.id }), {
  statusCode: 400, code: 'financial_connections_no_successful_transaction_refresh',
});
await advance(1);
checking = await accounts.retrieve(checking.id, { expand: ['ownership'] });
assert.equal(checking.ownership_refresh.status, 'succeeded');
assert.equal(checking.transaction_refresh.status, 'succeeded');
step('refresh balance, owners and transactions: pending, then succeeded');

// Owners
const { ownership } = checking;
assert.equal(ownership.object, 'financial_connections.account_ownership');
assert.ok(ownership.owners.url.endsWith(`/owners?ownership=${ownership.id}`));
const owners = await all(accounts.listOwners(checking.id, { ownership: ownership.id, limit: 1 }));
assert.deepEqual(owners.map((owner) => [owner.name, owner.email]).sort(), [
  ['Ben Diaz', null], ['Jane Diaz', 'jane@example.com'],
]);
step('expand the ownership, list owners page by page');

// Transactions
const read = (filter = {}) => all(transactions.list({ account: checking.id, limit: 50, ...filter }));
const known = await read();
assert.equal(new Set(ids(known)).size, 120);
for (const one of known) {
  assert.deepEqual([one.account, one.currency, one.transaction_refresh], [checking.id, 'usd', firstRefresh]);
  assert.equal(one.status === 'posted', one.status_transitions.posted_at !== null);
  assert.equal(one.status === 'void', one.status_transitions.void_at !== null);
}
assert.deepEqual(known.map((one) => one.transacted_at).sort((a, b) => b - a), known.map((one) => one.transacted_at));
const middle = known[60].transacted_at;
const [earlier, exact] = [(at) => at < middle, (at) => at === middle].map((inside) =>
  ids(known.filter((one) => inside(one.transacted_at))),
);
assert.deepEqual(ids(await read({ transacted_at: { lt: middle } })), earlier);
assert.deepEqual(ids(await read({ transacted_at: middle })), exact);
assert.deepEqual(ids(await read({ ending_before: known.at(-1).id })), ids(known.slice(0, -1)).reverse());
assert.equal((await transactions.retrieve(known[7].id)).description, known[7].description);
step('list 120 transactions in pages both ways, filter by time, retrieve one');

// Subscriptions
const subscribed = await accounts.subscribe(checking.id, { features: ['transactions'] });
assert.deepEqual(subscribed.subscriptions, ['transactions']);
assert.equal(subscribed.transaction_refresh.status, 'pending');
await advance(5 * DAY + 60);
const changes = ids(await read({ transaction_refresh: { after: firstRefresh } }));
assert.ok(changes.length > 0);
assert.deepEqual(new Set([...ids(known), ...changes]), new Set(ids(await read())));
const latest = (await accounts.retrieve(checking.id)).transaction_refresh;
assert.equal(latest.status, 'succeeded');
assert.deepEqual(await read({ transaction_refresh: { after: latest.id } }), []);
assert.deepEqual((await accounts.unsubscribe(checking.id, { features: ['transactions'] })).subscriptions, []);
step('subscribe, let five days pass, read the changes since the first refresh, unsubscribe');

// Inactive, and a refresh that fails
await control(`accounts/${savings.id}/status`, { status: 'inactive' });
await refused(INVALID, () => accounts.refresh(savings.id, { features: ['balance'] }), {
  statusCode: 400, code: 'financial_connections_account_inactive',
});
await control(`accounts/${savings.id}/status`, { status: 'active' });
await control(`accounts/${savings.id}/refresh_outcomes`, { feature: 'balance', outcome: 'failed' });
const kept = (await accounts.retrieve(savings.id)).balance;
await accounts.refresh(savings.id, { features: ['balance'] });
await advance(1);
savings = await accounts.retrieve(savings.id);
assert.equal(savings.balance_refresh.status, 'failed');
assert.deepEqual(savings.balance, kept);
step('an inactive account refuses a refresh; a failed one keeps the old data');

// Errors
const unknown = { statusCode: 404, code: 'resource_missing' };
await refused(INVALID, () => accounts.retrieve('fca_nope'), unknown);
await refused(INVALID, () => sessions.retrieve('fcsess_nope'), unknown);
await refused(INVALID, () => transactions.retrieve('fctxn_nope'), unknown);
await refused(INVALID, () => stripe.rawRequest('GET', '/v1/financial_connections/nothing'), { statusCode: 404 });
const create = (changes) => () => sessions.create({ account_holder: holder, permissions: ['balances'], ...changes });
for (const [call, code, param] of [
  [create({ permissions: undefined }), 'parameter_missing', 'permissions'],
  [create({ account_holder: { type: 'customer' } }), 'parameter_missing', 'account_holder[customer]'],
  [create({ filters: { countries: ['US'] } }), 'parameter_unknown', 'filters[countries]'],
  [create({ limits: { accounts: 'few' } }), 'parameter_invalid_integer', 'limits[accounts]'],
  [create({ permissions: ['balance'] }), undefined, 'permissions[0]'],
  [create({ return_url: '' }), 'parameter_invalid_empty', 'return_url'],
  [() => accounts.refresh(checking.id, { features: ['balances'] }), undefined, 'features[0]'],
  [() => accounts.list({ starting_after: 'fca_nope' }), 'resource_missing', 'starting_after'],
  [() => accounts.list({ starting_after: linked[0], ending_before: linked[1] }), undefined, undefined],
  [() => accounts.list({ expand: ['ownership'] }), undefined, undefined],
  [() => accounts.retrieve(checking.id, { expand: ['a.b.c.d.e'] }), 'property_expansion_max_depth', undefined],
  [() => accounts.listOwners(checking.id, {}), 'parameter_missing', 'ownership'],
  [() => transactions.list({ account: 'fca_nope' }), 'resource_missing', 'account'],
]) {
  await refused(INVALID, call, { statusCode: 400, code, param });
}
await refused('StripeAuthenticationError', () => client('not_a_key').customers.list(), { statusCode: 401 });
await refused('StripePermissionError', () => client('pk_test_123').customers.list(), {
  statusCode: 403, code: 'secret_key_required',
});
step("errors come as the SDK's own classes");

// Faults
const patient = client(key, { maxNetworkRetries: 2 });
const fault = (name, options = {}) => control('faults', { fault: name, on: 'retrieve_customer', ...options });
for (const [name, options, type, statusCode, retried] of [
  ['rate_limited', { reason: 'endpoint-rate' }, 'StripeRateLimitError', 429, false],
  ['lock_timeout', {}, 'StripeRateLimitError', 429, true],
  ['api_key_expired', {}, 'StripeAuthenticationError', 401, false],
  ['permission_denied', {}, 'StripePermissionError', 403, false],
  ['internal_error', {}, 'StripeAPIError', 500, true],
  ['unavailable', {}, 'StripeAPIError', 503, true],
  ['bad_gateway', {}, 'StripeAPIError', undefined, true],
  ['truncated_json', {}, 'StripeAPIError', undefined, false],
]) {
  await fault(name, options);
  const error = await refused(type, () => customers.retrieve(customer.id), statusCode ? { statusCode } : {});
  if (statusCode >= 500) assert.equal(error.rawType, 'api_error');
  await fault(name, options);
  const again = () => patient.customers.retrieve(customer.id);
  if (retried) assert.equal((await again()).id, customer.id, name);
  else await refused(type, again);
}
for (const name of ['connection_closed', 'reply_lost']) {
  // The SDK repeats a call once whose connection closed, even when it is told to repeat none.
  await fault(name, { times: 2 });
  await refused('StripeConnectionError', () => customers.retrieve(customer.id));
  await fault(name);
  assert.equal((await patient.customers.retrieve(customer.id)).id, customer.id);
}
await control('faults', { fault: 'reply_lost', on: 'create_customer', times: 2 });
const lost = await patient.customers.create({ name: 'Lost' });
assert.deepEqual(ids((await customers.list()).data.filter((one) => one.name === 'Lost')), [lost.id]);
assert.deepEqual((await control('faults')).faults, []);
step('rate limits, locks, failures and lost responses have their classes, and retries have no second effect');

// Idempotency, connected accounts
const options = { idempotencyKey: `node-${now}` };
const once = await customers.create({ name: 'Once' }, options);
const twice = await customers.create({ name: 'Once' }, options);
assert.equal(twice.id, once.id);
await refused('StripeIdempotencyError', () => customers.create({ name: 'Twice' }, options), { statusCode: 400 });
const connected = { stripeAccount: 'acct_1Sandbox' };
assert.deepEqual((await customers.list({}, connected)).data, []);
const theirs = await customers.create({ name: 'Theirs' }, connected);
await refused(INVALID, () => customers.retrieve(theirs.id), unknown);
step('a repeated key replays the first response and refuses other parameters; a connected account has its own objects');

// Disconnect
const gone = await accounts.disconnect(checking.id);
assert.equal(gone.status, 'disconnected');
assert.equal(gone.balance, null);
assert.equal((await accounts.disconnect(checking.id)).status, 'disconnected');
await refused(INVALID, () => transactions.list({ account: checking.id }), { statusCode: 400 });
await refused(INVALID, () => accounts.refresh(checking.id, { features: ['balance'] }), { statusCode: 400 });
step('disconnect removes the data permanently');

// Events and webhooks
await control('deliveries', {});
const log = new Map((await all(events.list({ limit: 10 }))).map((event) => [event.id, event]));
const sent = received.map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, endpoint.secret));
assert.ok(sent.length > 10);
assert.deepEqual(new Set(ids(sent)), new Set(log.keys()));
assert.equal(sent.length, log.size, 'each once');
for (const { pending_webhooks: pending, ...event } of sent) {
  const { pending_webhooks: left, ...logged } = log.get(event.id);
  assert.deepEqual([pending, left], [1, 0]);
  assert.deepEqual(event, JSON.parse(JSON.stringify(logged)));
}
const counted = {};
for (const event of log.values()) {
  if (event.data.object.id !== checking.id) continue;
  const name = event.type.replace('financial_connections.account.', '');
  counted[name] = (counted[name] ?? 0) + 1;
}
// Transactions: the first refresh, the one at subscribing, and one for each of the five days.
assert.deepEqual(counted, {
  created: 1, refreshed_balance: 1, refreshed_ownership: 1, refreshed_transactions: 7, disconnected: 1,
});
const [{ body, signature }] = received;
for (const [payload, header, secret] of [
  [Buffer.concat([body, Buffer.from(' ')]), signature, endpoint.secret],
  [body, signature.replace('v1=', 'v2='), endpoint.secret],
  [body, signature, 'whsec_other'],
]) {
  assert.throws(
    () => stripe.webhooks.constructEvent(payload, header, secret),
    (error) => error.type === 'StripeSignatureVerificationError',
  );
}
assert.equal((await webhookEndpoints.del(endpoint.id)).deleted, true);
step(`${sent.length} webhooks arrived, each once, signed, and equal to the events in the list; a changed one is refused`);

console.log(`all steps passed with stripe-node ${Stripe.PACKAGE_VERSION} at API ${stripe.getApiField('version')}`);
// The SDK keeps the 80-second timers of the calls whose connections broke.
process.exit(0);
