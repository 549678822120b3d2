// One account: its state, its balance over time, its time line, its owners and its transactions.

import { get, query, segment } from './api.js';
import { failNextRefresh, refresh, setBank, setConnection } from './acts.js';
import { chart } from './chart.js';
import { button, facts, h, link, part, table } from './dom.js';
import { code, count, counted, id, json, linked, money, status, time } from './format.js';
import { choice, empty, pages, search } from './parts.js';
import { address } from './route.js';
import { balanceOf } from './view_accounts.js';

const LIMIT = 50;

export const account = {
  title: ({ id: name }) => `Account ${name}`,
  tools: ({ place }) => h('div', {}, link(address(place.world, 'accounts'), '← All accounts', { class: 'back' })),
  async load({ world, id: name, query: asked }) {
    const base = `worlds/${segment(world)}/accounts/${segment(name)}`;
    const [detail, balances, timeline, transactions] = await Promise.all([
      get(base), get(`${base}/balances`), get(`${base}/timeline`),
      get(query(`${base}/transactions`, { search: asked.search, status: asked.status, starting_after: asked.after, limit: LIMIT })),
    ]);
    return { detail, balances, timeline, transactions };
  },
  render({ detail, balances, timeline, transactions }, place, context) {
    const { account: shown, owners, bank_down: bankDown, planned_outcomes: planned } = detail;
    const { world } = place;
    const connected = shown.status !== 'disconnected';
    return [
      h('p', { class: 'lead' }, shown.display_name ?? '', ' ', h('span', { class: 'note' }, `${shown.institution_name}, ${shown.subcategory.replaceAll('_', ' ')}, •••• ${shown.last4}`)),
      connected && h('div', { class: 'acts' },
        button('Refresh', () => refresh(shown.id), 'primary'), button('Fail the next refresh', () => failNextRefresh(shown.id)),
        shown.status === 'active'
          ? button('Break the connection', () => setConnection(shown.id, 'inactive'))
          : button('Restore the connection', () => setConnection(shown.id, 'active')),
        button(bankDown ? 'Make the bank work again' : 'Make the bank fail', () => setBank(shown.institution_name, !bankDown))),
      facts([
        ['Status', [status(shown.status), bankDown ? [' ', status('down'), ' the bank'] : '']],
        ['Balance read', balanceOf(shown)],
        ['Linked', time(shown.created)],
        ['Holder', shown.account_holder.customer ? id(shown.account_holder.customer) : shown.account_holder.account],
        ['Session', detail.sessions.map((name) => link(address(world, 'sessions', undefined, { search: name }), name, { class: 'id' }))],
        ['Permissions', shown.permissions.join(', ')],
        ['Daily refresh', shown.subscriptions.length > 0 ? 'subscribed' : 'not subscribed'],
        ['Planned outcomes', planned.length > 0 && planned.map(({ feature, outcome }) => `${feature} ${outcome.replaceAll('_', ' ')}`).join(', ')],
      ]),
      part('Refreshes', table('Refreshes', ['Feature', 'Last', 'Asked', 'Next possible'], [
        ['balance', shown.balance_refresh], ['owners', shown.ownership_refresh], ['transactions', shown.transaction_refresh],
      ].map(([name, attempt]) => ({
        key: name,
        cells: [name, status(attempt?.status), time(attempt?.last_attempted_at), time(attempt?.next_refresh_available_at)],
      })))),
      part('Balance', balances.at_bank.length === 0 ? empty('The account is disconnected, so its data is gone.') : [
        chart(balances.at_bank, balances.currency),
        h('p', { class: 'hint' }, 'This is the balance at the bank. A client sees the one of its last refresh: ',
          balances.last_read ? [money(balances.last_read.current, balances.currency), ', as of ', time(balances.last_read.as_of)] : 'none yet', '.'),
      ]),
      part('Time line', timeline.groups.length === 0 ? empty('Nothing has happened.') : h('ol', { class: 'groups' }, timeline.groups.map((group) => groupOf(group, world)))),
      part('Owners', owners.length === 0 ? empty('None were read. Refresh the owners.') : table('Owners', ['Name', 'E-mail', 'Telephone', 'Address'], owners.map((owner) => ({
        key: owner.id, cells: [owner.name ?? '–', owner.email ?? '–', owner.phone ?? '–', owner.raw_address ?? '–'],
      })))),
      h('section', { class: 'part', id: 'transactions' }, h('h2', {}, 'Transactions'), transactionsOf(transactions, place, context)),
      h('details', { class: 'part', 'data-key': 'object' }, h('summary', {}, 'The object'), json(shown)),
    ];
  },
};

function groupOf({ title, steps }, world) {
  return h('li', {}, h('h3', {}, linked(title)), h('ol', { class: 'steps' }, steps.map((step) => h('li', { class: step.stage }, h('span', { class: 'stage' }, step.stage), ' ', stepOf(step, world)))));
}

function stepOf(step, world) {
  if (step.stage === 'asked') {
    const name = step.what ?? step.request_id;
    return [time(step.at), ' ', step.request ? link(address(world, 'requests', step.request), name) : name, ' ', step.what ? code(step.status) : ''];
  }
  if (step.stage === 'settled') {
    return [time(step.at), ' ', link(address(world, 'events', step.event), step.type), ' ', step.status ? status(step.status) : ''];
  }
  if (step.stage === 'delivered') {
    return [time(step.at), ' ', link(address(world, 'deliveries', step.delivery), step.url), ' ', status(step.status), ' ',
      step.next_attempt_at ? ['next try ', time(step.next_attempt_at)] : step.answer ? String(step.answer) : ''];
  }
  return time(step.at);
}

function transactionsOf({ transactions, has_more: hasMore, total, matching }, place, context) {
  if (total === null) return empty('None were read. Refresh the transactions.');
  const controls = h('div', { class: 'tools' },
    search(context, 'Search the transactions', 'Description'),
    choice(context, 'status', 'Status of transactions', [['', 'Any status'], ['pending', 'Pending'], ['posted', 'Posted'], ['void', 'Void']]));
  controls.querySelector('input').dataset.key = 'search';
  controls.querySelector('select').dataset.key = 'status';
  const rows = transactions.map((transaction) => ({
    key: transaction.id,
    cells: [
      time(transaction.transacted_at), transaction.description, { content: money(transaction.amount, transaction.currency), class: 'number' },
      status(transaction.status), h('code', { class: 'id' }, transaction.id),
    ],
  }));
  return [
    controls,
    h('p', { class: 'hint', role: 'status' }, matching === total ? counted(total, 'transaction') : `${counted(matching, 'transaction')} of ${count(total)}`),
    rows.length === 0 ? empty('No transaction fits.') : table('Transactions', ['Time', 'Description', 'Amount', 'Status', 'Id'], rows),
    rows.length > 0 && pages(place, transactions.at(-1).id, hasMore),
  ];
}
