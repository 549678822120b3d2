// The events of a world.

import { get, query, segment } from './api.js';
import { facts, h, link, part, table } from './dom.js';
import { count, id, json, short, status, time } from './format.js';
import { choice, empty, pages, search, tools } from './parts.js';
import { address } from './route.js';

const LIMIT = 50;
const TYPES = [
  'account.account_numbers_updated', 'account.created', 'account.deactivated', 'account.disconnected',
  'account.expected_deactivation_date_updated', 'account.reactivated', 'account.refreshed_balance', 'account.refreshed_ownership',
  'account.refreshed_transactions', 'account.supported_payment_method_types_updated', 'account.upcoming_account_number_expiry',
  'account.upcoming_deactivation', 'authorization.expected_deactivation_date_updated', 'authorization.upcoming_deactivation',
];

export const events = {
  title: () => 'Events',
  tools: (context) => tools(
    search(context, 'Search the events', 'Type, or an id of the object'),
    choice(context, 'type', 'Type', [['', 'Any type'], ...TYPES.map((type) => [`financial_connections.${type}`, type])])),
  load: ({ world, query: asked }) => get(query(`worlds/${segment(world)}/events`, {
    search: asked.search, type: asked.type, starting_after: asked.after, limit: LIMIT,
  })),
  render({ events: found, has_more: hasMore, total }, place) {
    if (total === 0) return empty('No event yet. Link an account or refresh one. Events are kept for thirty days.');
    if (found.length === 0) return empty('No event fits.');
    const rows = found.map((event) => ({
      key: event.id,
      cells: [
        time(event.created), link(address(place.world, 'events', event.id), short(event.type)), id(event.data.object.id),
        { content: count(event.pending_webhooks), class: 'number' }, event.request.id ? id(event.request.id) : '–',
      ],
    }));
    return [table('Events', ['Time', 'Type', 'About', 'Undelivered', 'Caused by'], rows), pages(place, found.at(-1).id, hasMore)];
  },
};

export const event = {
  title: ({ id: name }) => `Event ${name}`,
  tools: ({ place }) => h('div', {}, link(address(place.world, 'events'), '← All events', { class: 'back' })),
  load: ({ world, id: name }) => get(`worlds/${segment(world)}/events/${segment(name)}`),
  render({ event: shown, deliveries }, { world }) {
    return [
      h('p', { class: 'lead' }, h('code', {}, shown.type)),
      facts([
        ['Time', time(shown.created)], ['About', id(shown.data.object.id)], ['Caused by', shown.request.id ? id(shown.request.id) : 'no call'],
        ['Undelivered', count(shown.pending_webhooks)],
      ]),
      part('Deliveries', deliveries.length === 0 ? empty('No webhook endpoint was enabled for this type.') : table('Deliveries', ['Endpoint', 'State', 'Attempts', 'Next try'], deliveries.map((delivery) => ({
        key: delivery.webhook_endpoint,
        cells: [
          link(address(world, 'deliveries', `${shown.id}:${delivery.webhook_endpoint}`), delivery.url), status(delivery.state),
          { content: count(delivery.attempts.length), class: 'number' }, time(delivery.next_attempt_at),
        ],
      })))),
      part('The event', json(shown)),
    ];
  },
};
