// The overview of a world, and the list of worlds.

import { get, segment } from './api.js';
import { clearFaults, injectFault, linkAccounts, rollSecret, seed, setBank } from './acts.js';
import { button, h, link, part, table } from './dom.js';
import { count, counted, id, relative, short, status, time } from './format.js';
import { empty } from './parts.js';
import { address } from './route.js';
import { start } from './start.js';

/** The name of a world for people: its key without its secret part, and its account. */
export const nameOf = ({ key, account }) => (account ? `${key}, ${account}` : key);

export const home = {
  title: () => 'Worlds',
  load: () => get('worlds'),
  render({ worlds }) {
    if (worlds.length === 0) return start();
    const rows = worlds.map((world) => ({
      key: world.id,
      cells: [
        link(address(world.id), nameOf(world)), h('code', {}, world.id),
        { content: count(world.accounts), class: 'number' }, { content: count(world.events), class: 'number' },
      ],
    }));
    return [
      h('p', { class: 'lead' }, 'Each key has its own world, and each connected account under a key too.'),
      table('Worlds', ['Key', 'World', 'Accounts', 'Events'], rows),
      h('div', { class: 'acts' }, button('Seed a world', () => seed(), 'primary'), link(address('all', 'requests'), 'Requests of all keys', { class: 'plain' })),
    ];
  },
};

export const overview = {
  title: () => 'Overview',
  async load({ world }) {
    const [summary, faults, clock, all] = await Promise.all([
      get(`worlds/${segment(world)}`), get('faults'), get('clock'), get('worlds'),
    ]);
    return { summary, faults: faults.faults, frozen: clock.frozen, next: all.next_due_at, now: clock.frozen ? clock.now : undefined };
  },
  render({ summary, faults, next, now }, { world }) {
    const { accounts, deliveries, sessions, webhook_endpoints: endpoints, banks, recent_events: events } = summary;
    const number = (value, text, to, kind = '') =>
      h('li', { class: kind }, link(to, [h('strong', {}, count(value)), ' ', h('span', {}, text)]));
    const to = (view, query) => address(world, view, undefined, query);
    return [
      h('div', { class: 'acts' },
        button('Link an account', () => linkAccounts(world), 'primary'), button('Add accounts', () => seed(world)),
        button('Inject a fault', injectFault)),
      h('ul', { class: 'numbers', 'aria-label': 'The world in numbers' },
        number(accounts.total, accounts.total === 1 ? 'account' : 'accounts', to('accounts')),
        number(accounts.active, 'active', to('accounts', { status: 'active' })),
        number(accounts.inactive, 'inactive', to('accounts', { status: 'inactive' }), accounts.inactive > 0 ? 'warns' : ''),
        number(accounts.last_refresh_failed, 'with a failed refresh', to('accounts', { status: 'failed' }), accounts.last_refresh_failed > 0 ? 'warns' : ''),
        number(accounts.refreshing, 'refreshing', to('accounts', { status: 'pending' })),
        number(sessions.open, sessions.open === 1 ? 'open session' : 'open sessions', to('sessions', { state: 'open' })),
        number(summary.events, summary.events === 1 ? 'event' : 'events', to('events')),
        number(deliveries.pending, 'deliveries waiting', to('deliveries', { state: 'pending' })),
        number(deliveries.failed, 'deliveries failed', to('deliveries', { state: 'failed' }), deliveries.failed > 0 ? 'warns' : '')),
      part('Next', h('p', {}, next ? ['Something is due at ', time(next), now === undefined ? '.' : `, ${relative(next, now)}.`] : 'Nothing is due.')),
      part('Banks', banks.length === 0 ? empty('No account is linked yet.') : table('Banks', ['Bank', 'Accounts', 'State', 'Act'], banks.map((bank) => ({
        key: bank.name,
        cells: [
          link(to('accounts', { search: bank.name }), bank.name), { content: count(bank.accounts), class: 'number' },
          status(bank.down ? 'down' : 'up'),
          button(bank.down ? 'Make it work again' : 'Make it fail', () => setBank(bank.name, !bank.down), 'plain small', { 'aria-label': `${bank.down ? 'Make it work again' : 'Make it fail'}: ${bank.name}` }),
        ],
      })))),
      part('Faults that wait', faults.length === 0 ? empty('None.') : [
        h('ul', { class: 'plainly' }, faults.map((fault) => h('li', {}, fault))), button('Remove all faults', clearFaults),
      ]),
      part('Webhook endpoints', endpoints.length === 0
        ? empty('None. A client creates one with ', h('code', {}, 'POST /v1/webhook_endpoints'), ' and gets its signing secret.')
        : table('Webhook endpoints', ['URL', 'Id', 'State', 'Waiting', 'Failed', 'Act'], endpoints.map((endpoint) => ({
          key: endpoint.id,
          cells: [
            link(to('deliveries', { search: endpoint.id }), endpoint.url), h('code', {}, endpoint.id), status(endpoint.status),
            { content: count(endpoint.deliveries.pending), class: 'number' }, { content: count(endpoint.deliveries.failed), class: 'number' },
            button('Roll the secret', () => rollSecret(endpoint.id), 'plain small', { 'aria-label': `Roll the secret of ${endpoint.id}` }),
          ],
        })))),
      part('Last events', events.length === 0 ? empty('None.') : table('Last events', ['Time', 'Type', 'About'], events.map((event) => ({
        key: event.id,
        cells: [time(event.created), link(address(world, 'events', event.id), short(event.type)), id(event.data.object.id)],
      })))),
      h('p', { class: 'hint' }, `${counted(summary.customers, 'customer')}, ${counted(sessions.total, 'session')}, ${counted(deliveries.succeeded, 'delivery', 'deliveries')} succeeded.`),
    ];
  },
};
