// The accounts of a world.

import { get, query, segment } from './api.js';
import { linkAccounts, seed } from './acts.js';
import { button, h, link, table } from './dom.js';
import { counted, money, status, time } from './format.js';
import { choice, empty, pages, search, tools } from './parts.js';
import { address } from './route.js';

const LIMIT = 50;

/** The current balance of an account, as it was last read. */
export function balanceOf({ balance }) {
  const [currency, amount] = Object.entries(balance?.current ?? {})[0] ?? [];
  return currency ? money(amount, currency) : '–';
}

/** The worst state of the refreshes of an account. */
export function refreshOf(account) {
  const states = [account.balance_refresh, account.ownership_refresh, account.transaction_refresh].map((refresh) => refresh?.status);
  return ['failed', 'pending', 'succeeded'].find((state) => states.includes(state)) ?? null;
}

export const accounts = {
  title: () => 'Accounts',
  tools: (context) => tools(
    search(context, 'Search the accounts', 'Bank, name, digits, id or customer'),
    choice(context, 'status', 'Status', [
      ['', 'Any status'], ['active', 'Active'], ['inactive', 'Inactive'], ['disconnected', 'Disconnected'],
      ['failed', 'Last refresh failed'], ['pending', 'Refreshing'],
    ]),
    button('Link an account', () => linkAccounts(context.place.world), 'primary')),
  load: ({ world, query: asked }) => get(query(`worlds/${segment(world)}/accounts`, {
    search: asked.search, status: asked.status, starting_after: asked.after, limit: LIMIT,
  })),
  render({ accounts: found, has_more: hasMore, matching, total }, place) {
    const { world } = place;
    if (total === 0) {
      return [empty('No account is linked yet. Create a session with a client and open its linking page, or link one here.'),
        button('Add accounts', () => seed(world))];
    }
    if (found.length === 0) return empty('No account fits. Change the search or the status.');
    const rows = found.map((account) => ({
      key: account.id,
      cells: [
        h('div', {}, link(address(world, 'accounts', account.id), account.display_name ?? account.institution_name), h('span', { class: 'note' }, account.institution_name)),
        account.subcategory.replaceAll('_', ' '), `•••• ${account.last4}`,
        { content: balanceOf(account), class: 'number' }, status(account.status), status(refreshOf(account)), time(account.created),
      ],
    }));
    return [
      h('p', { class: 'hint', role: 'status' }, matching === total ? counted(total, 'account') : `${counted(matching, 'account')} of ${total}`),
      table('Accounts', ['Account', 'Kind', 'Number', 'Balance read', 'Status', 'Refreshes', 'Linked'], rows),
      pages(place, found.at(-1).id, hasMore),
    ];
  },
};
