// The deliveries of events to webhook endpoints.

import { get, query, segment } from './api.js';
import { editAndRepeat, resend } from './acts.js';
import { button, facts, h, link, part, table } from './dom.js';
import { code, count, id, json, short, status, time, took } from './format.js';
import { choice, empty, pages, search, tools } from './parts.js';
import { address } from './route.js';

const LIMIT = 50;

const lastAnswer = ({ attempts }) => {
  const last = attempts.at(-1);
  return last ? (last.status === undefined ? last.error : code(last.status)) : '–';
};

export const deliveries = {
  title: () => 'Deliveries',
  tools: (context) => tools(
    search(context, 'Search the deliveries', 'Type, URL or id'),
    choice(context, 'state', 'State', [['', 'Any state'], ['pending', 'Waiting'], ['succeeded', 'Succeeded'], ['failed', 'Failed'], ['cancelled', 'Cancelled']])),
  load: ({ world, query: asked }) => get(query(`worlds/${segment(world)}/deliveries`, {
    search: asked.search, state: asked.state, starting_after: asked.after, limit: LIMIT,
  })),
  render({ deliveries: found, has_more: hasMore, total }, place) {
    if (total === 0) return empty('No delivery yet. Create a webhook endpoint with ', h('code', {}, 'POST /v1/webhook_endpoints'), ', then link an account.');
    if (found.length === 0) return empty('No delivery fits.');
    const rows = found.map((delivery) => ({
      key: delivery.id,
      cells: [
        h('div', {}, link(address(place.world, 'deliveries', delivery.id), short(delivery.type)), h('span', { class: 'note' }, delivery.event)),
        delivery.url, status(delivery.state), { content: count(delivery.attempts.length), class: 'number' }, lastAnswer(delivery), time(delivery.next_attempt_at),
        button('Resend', () => resend(place.world, delivery.id), 'plain small', { 'aria-label': `Resend ${delivery.event}`, disabled: delivery.state === 'cancelled' }),
      ],
    }));
    return [table('Deliveries', ['Event', 'Endpoint', 'State', 'Attempts', 'Last answer', 'Next try', 'Act'], rows), pages(place, found.at(-1).id, hasMore)];
  },
};

export const delivery = {
  title: ({ id: name }) => `Delivery of ${name.split(':')[0]}`,
  tools: ({ place }) => h('div', {}, link(address(place.world, 'deliveries'), '← All deliveries', { class: 'back' })),
  load: ({ world, id: name }) => get(`worlds/${segment(world)}/deliveries/${segment(name)}`),
  render(shown, { world }) {
    return [
      h('p', { class: 'lead' }, h('code', {}, shown.type), ' to ', h('span', { class: 'id' }, shown.url)),
      h('div', { class: 'acts' }, button('Resend', () => resend(world, shown.id), 'primary'), button('Edit and repeat', () => editAndRepeat(world, shown.id, shown.body))),
      facts([
        ['State', status(shown.state)], ['Next try', shown.next_attempt_at && time(shown.next_attempt_at)], ['Event', id(shown.event)], ['Endpoint', id(shown.webhook_endpoint)],
      ]),
      part('Attempts', shown.attempts.length === 0 ? empty('None yet.') : table('Attempts', ['Number', 'Time', 'Answer', 'Sent by'], shown.attempts.map((attempt, place) => ({
        key: place,
        cells: [String(place + 1), time(attempt.at), attempt.status === undefined ? attempt.error : code(attempt.status), attempt.resent ? 'the console' : 'the schedule'],
      })))),
      part('Requests in the log', shown.requests.length === 0
        ? empty('None. The log keeps the newest requests, and starts anew with the sandbox.')
        : shown.requests.map((request) => h('details', { class: 'sent', 'data-key': `sent-${request.number}` },
          h('summary', {}, time(request.at), ' ', request.kind, ' ', request.error ?? code(request.status), ' ', took(request.micros)),
          h('h3', {}, 'Body'), json(request.body.text), h('h3', {}, 'Answer'), request.answer.bytes === 0 ? empty('Without a body.') : json(request.answer.text)))),
      part('The body that is sent next', json(shown.body)),
    ];
  },
};
