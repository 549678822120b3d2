// The acts of the console. Each is one call of a control; an act that cannot be undone is confirmed.

import { get, post, put, remove, segment } from './api.js';
import { ask, say, tell } from './dialog.js';
import { count, counted } from './format.js';
import { address } from './route.js';

const KINDS = [
  ['checking', 'Checking'], ['savings', 'Savings'], ['credit_card', 'Credit card'], ['line_of_credit', 'Line of credit'],
  ['mortgage', 'Mortgage'], ['investment', 'Investment'],
];
const FEATURES = [['balance', 'Balance'], ['ownership', 'Owners'], ['transactions', 'Transactions']];
const PERMISSIONS = [
  ['balances', 'Balances'], ['ownership', 'Owners'], ['payment_method', 'Account numbers'], ['transactions', 'Transactions'],
];
const all = (options) => options.map(([value]) => value);

/** Makes a world with accounts, or adds accounts to `world`. */
export function seed(world) {
  const numbers = [
    { name: 'accounts', label: 'Accounts', type: 'number', value: 25, min: world ? 1 : 0, max: 100_000, required: true },
    { name: 'transactions', label: 'Transactions of all accounts together', type: 'number', value: 1000, min: 0, required: true },
  ];
  return ask({
    title: world ? 'Add accounts' : 'Seed a world',
    text: 'Each account has its own customer, all permissions, and transactions of the last 180 days.',
    fields: world ? numbers : [
      { name: 'key', label: 'Key', value: 'sk_test_console', required: true, hint: 'Any key that begins with sk_test_.' }, ...numbers,
    ],
    action: world ? 'Add accounts' : 'Seed the world',
    act: async (values) => {
      const made = await post(world ? `worlds/${segment(world)}/population` : 'worlds', values);
      say(`${counted(values.accounts, 'account')} linked.`);
      if (!world) location.hash = address(made.world);
    },
  });
}

/** Links accounts to an open session, or to a new customer. */
export async function linkAccounts(world, session) {
  const { banks } = await get('banks');
  const names = ['Test Institution', ...banks.map(({ name }) => name)];
  return ask({
    title: 'Link an account',
    text: session ? `As the user of ${session} would.` : 'As the user of a new customer would.',
    fields: [
      { name: 'kind', label: 'Kind', type: 'select', options: KINDS, value: 'checking' },
      { name: 'institution', label: 'Bank', type: 'select', options: names.map((name) => [name, name]), value: names[0] },
      { name: 'count', label: 'How many', type: 'number', value: 1, min: 1, max: 100, required: true },
      { name: 'transactions', label: 'Transactions of each', type: 'number', value: 40, min: 0, max: 1_000_000, required: true },
      !session && { name: 'name', label: 'Name of the customer', value: 'Jane Diaz', required: true },
      !session && { name: 'permissions', label: 'Permissions', type: 'checks', options: PERMISSIONS, value: all(PERMISSIONS) },
      !session && {
        name: 'prefetch', label: 'Refresh at once', type: 'checks', value: ['transactions'],
        options: [['balances', 'Balance'], ['ownership', 'Owners'], ['transactions', 'Transactions']],
      },
    ].filter(Boolean),
    action: 'Link',
    act: async ({ kind, institution, count: number, transactions, name, permissions, prefetch }) => {
      const accounts = Array.from({ length: number }, () => (institution === 'Test Institution'
        ? { kind, transactions } : { kind, institution, transactions }));
      const linked = session
        ? await post('link', { session, accounts })
        : await post(`worlds/${segment(world)}/link`, { session: { name, permissions, prefetch }, accounts });
      say(`${counted(linked.accounts.length, 'account')} linked.`);
      return linked;
    },
  });
}

export function createSession(world) {
  return ask({
    title: 'Create a session',
    text: 'Open its linking page, or link accounts to it here.',
    fields: [
      { name: 'name', label: 'Name of the new customer', value: 'Jane Diaz', required: true },
      { name: 'permissions', label: 'Permissions', type: 'checks', options: PERMISSIONS, value: all(PERMISSIONS) },
      { name: 'account_limit', label: 'Account limit', type: 'number', min: 1, hint: 'Leave it empty for no limit.' },
    ],
    action: 'Create',
    act: async (values) => {
      const created = await post(`worlds/${segment(world)}/sessions`, values);
      say('Session created.');
      return created;
    },
  });
}

/** Opens the linking page of a session in a new window. */
export async function openLinkPage(world, session) {
  // A browser allows a window only at once after the press, so it opens before the address is known.
  const opened = window.open('about:blank');
  try {
    const { url } = await get(`worlds/${segment(world)}/sessions/${segment(session)}/link_page`);
    opened.location.replace(url);
  } catch (error) {
    opened?.close();
    throw error;
  }
}

export const refresh = (account) => ask({
  title: 'Refresh the account',
  fields: [{ name: 'features', label: 'What to refresh', type: 'checks', options: FEATURES, value: all(FEATURES) }],
  action: 'Refresh',
  act: async ({ features }) => {
    const { started, too_early: early } = await post(`accounts/${segment(account)}/refresh`, { features });
    const rest = early.length > 0 ? ` Too early for another one, or pending: ${early.join(', ')}.` : '';
    say(`${started.length > 0 ? `Started: ${started.join(', ')}.` : 'Nothing started.'}${rest}`);
  },
});

export const failNextRefresh = (account) => ask({
  title: 'Fail the next refresh',
  text: 'The next refresh of this account that ends has this outcome, a pending one included.',
  fields: [
    { name: 'feature', label: 'Feature', type: 'select', options: FEATURES, value: 'balance' },
    {
      name: 'outcome', label: 'Outcome', type: 'select', value: 'failed',
      options: [['failed', 'Failed'], ['failed_and_inactive', 'Failed, and the account turns inactive'], ['succeeded', 'Succeeded']],
    },
  ],
  action: 'Plan it',
  act: async (values) => {
    await post(`accounts/${segment(account)}/refresh_outcomes`, values);
    say('Planned.');
  },
});

/** Cuts or restores the connection of one account. */
export async function setConnection(account, status) {
  await post(`accounts/${segment(account)}/status`, { status });
  say(status === 'active' ? 'The connection works again.' : 'The bank has cut the connection.');
}

/** Makes a bank unavailable or available again. */
export async function setBank(name, down) {
  await post('banks', { name, down });
  say(down ? `${name} is down.` : `${name} works again.`);
}

const STEPS = { hour: 3600, day: 86_400, month: 30 * 86_400 };

/** Moves the clock. It never goes back, so each step is confirmed. */
export function moveClock(step) {
  const names = { hour: 'an hour', day: 'a day', month: 'thirty days', next: 'to the next thing that is due' };
  return ask({
    title: `Move the clock ${names[step]}?`,
    text: 'What falls due on the way happens, in all worlds. The clock does not go back; only a saved state does.',
    action: 'Move the clock',
    act: async () => {
      await post('clock', step === 'next' ? { to_next_due: true } : { advance: STEPS[step] });
      say('The clock was moved.');
    },
  });
}

export async function setFrozen(frozen) {
  await post('clock', { frozen });
  say(frozen ? 'The clock stands still.' : 'The clock runs.');
}

const MEMBERS = {
  rate_limited: ['reason'], slow_head: ['milliseconds'], slow_body: ['milliseconds'], refresh_fails: ['feature', 'outcome'],
  institution_down: ['institution'], webhook_delayed: ['seconds'], webhooks_reversed: ['count'],
};
const FAULTS = [
  'rate_limited', 'lock_timeout', 'api_key_expired', 'permission_denied', 'internal_error', 'internal_error_kept', 'unavailable',
  'bad_gateway', 'connection_closed', 'reply_lost', 'slow_head', 'slow_body', 'truncated_json', 'broken_body', 'refresh_fails',
  'institution_down', 'webhook_duplicated', 'webhook_delayed', 'webhooks_reversed', 'webhook_lost',
];
const VALUES = {
  reason: { label: 'Reason', type: 'select', options: ['endpoint-rate', 'endpoint-concurrency', 'global-rate', 'global-concurrency', 'resource-specific'].map((name) => [name, name]), value: 'endpoint-rate' },
  milliseconds: { label: 'Milliseconds', type: 'number', value: 500, min: 0 },
  feature: { label: 'Feature', type: 'select', options: FEATURES, value: 'balance' },
  outcome: { label: 'Outcome', type: 'select', options: [['failed', 'Failed'], ['failed_and_inactive', 'Failed and inactive']], value: 'failed' },
  institution: { label: 'Bank', value: 'Test Institution', required: true },
  seconds: { label: 'Seconds', type: 'number', value: 3600, min: 0 },
  count: { label: 'Deliveries', type: 'number', value: 2, min: 2 },
};

/** Injects a fault. The second dialog asks for the members of the chosen one. */
export async function injectFault() {
  const fault = await ask({
    title: 'Inject a fault',
    fields: [{ name: 'fault', label: 'Fault', type: 'select', options: FAULTS.map((name) => [name, name.replaceAll('_', ' ')]), value: FAULTS[0] }],
    action: 'Next',
    act: ({ fault: chosen }) => chosen,
  });
  if (!fault) return undefined;
  const ofCalls = FAULTS.indexOf(fault) < FAULTS.indexOf('refresh_fails');
  return ask({
    title: `Inject ${fault.replaceAll('_', ' ')}`,
    fields: [
      ...(MEMBERS[fault] ?? []).map((name) => ({ name, ...VALUES[name] })),
      ofCalls && { name: 'on', label: 'Operation', hint: 'Such as refresh_account. Leave it empty for any.' },
      { name: 'times', label: 'How many times', type: 'number', min: 1, hint: 'Leave it empty for the usual number.' },
    ].filter(Boolean),
    action: 'Inject',
    act: async (values) => {
      const given = Object.entries(values).filter(([, value]) => value !== '' && value !== undefined);
      await post('faults', { fault, ...Object.fromEntries(given) });
      say('Fault injected.');
    },
  });
}

export const clearFaults = () => ask({
  title: 'Remove all faults?',
  text: 'Those that have not happened yet are removed, and every bank that is down works again.',
  action: 'Remove all',
  danger: true,
  act: async () => {
    await remove('faults');
    say('All faults removed.');
  },
});

const attempts = (world, delivery) => `worlds/${segment(world)}/deliveries/${segment(delivery)}/attempts`;

function sent({ attempts: results }) {
  const texts = results.map(({ status, error }) => status ?? error);
  say(`Sent ${counted(results.length, 'time')}: ${texts.join(', ')}.`);
}

export async function resend(world, delivery) {
  sent(await post(attempts(world, delivery)));
}

export const editAndRepeat = (world, delivery, body) => ask({
  title: 'Edit and repeat',
  text: 'The body is signed with the secret of the endpoint. An edited body leaves the delivery as it is.',
  fields: [
    { name: 'body', label: 'Body', type: 'long', value: body, required: true },
    { name: 'times', label: 'How many times', type: 'number', value: 1, min: 1, max: 100, required: true },
  ],
  action: 'Send',
  act: async ({ body: edited, times }) => {
    // A text field changes the ends of lines. An unchanged body is that of the event.
    const isSame = edited.replaceAll('\r\n', '\n') === body;
    sent(await post(attempts(world, delivery), isSame ? { times } : { body: edited, times }));
  },
});

export async function rollSecret(endpoint) {
  const secret = await ask({
    title: 'Roll the signing secret?',
    text: 'The endpoint gets a new secret. The old one stops signing after the overlap, and does not come back.',
    fields: [{ name: 'overlap', label: 'Overlap in seconds', type: 'number', value: 0, min: 0, max: 86_400, required: true }],
    action: 'Roll the secret',
    danger: true,
    act: async ({ overlap }) => (await post(`webhook_endpoints/${segment(endpoint)}/secret`, { overlap })).secret,
  });
  if (secret) tell('The new signing secret', 'Give it to the receiver. It is not shown again.', secret);
}

/** Saves the whole state in a file. */
export async function saveState() {
  const state = JSON.stringify(await get('state'));
  const url = URL.createObjectURL(new Blob([state], { type: 'application/json' }));
  const anchor = document.createElement('a');
  Object.assign(anchor, { href: url, download: 'fc-sandbox-state.json' });
  anchor.click();
  URL.revokeObjectURL(url);
  say(`State saved: ${count(state.length)} characters, with the keys and secrets of all worlds.`);
}

export const restoreState = () => ask({
  title: 'Restore a saved state?',
  text: 'It replaces all worlds and the clock. Save the present state first if you need it.',
  fields: [{ name: 'file', label: 'File of a saved state', type: 'file', required: true }],
  action: 'Restore',
  danger: true,
  act: async ({ file }) => {
    await put('state', await file.text());
    say('State restored.');
  },
});

export const wipeState = () => ask({
  title: 'Remove all worlds?',
  text: 'All worlds of all keys, the faults and the request log are removed. Save the state first if you need it.',
  action: 'Remove all worlds',
  danger: true,
  act: async () => {
    await remove('state');
    say('All worlds removed.');
    location.hash = '#/';
  },
});

export const clearLog = () => ask({
  title: 'Empty the request log?',
  text: 'The requests of all keys and the bodies of webhook requests are removed.',
  action: 'Empty the log',
  danger: true,
  act: async () => {
    await remove('requests');
    say('The log is empty.');
  },
});
