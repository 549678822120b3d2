// The views by the name of their place, and what an id leads to.

import { get, segment } from './api.js';
import { address, replace } from './route.js';
import { account } from './view_account.js';
import { accounts } from './view_accounts.js';
import { controls } from './view_controls.js';
import { deliveries, delivery } from './view_deliveries.js';
import { event, events } from './view_events.js';
import { home, overview } from './view_overview.js';
import { request, requests } from './view_requests.js';
import { sessions } from './view_sessions.js';

/** The views of a world, in the order of the navigation: the name in the address, the name for people, the list, one object. */
export const VIEWS = [
  ['', 'Overview', overview],
  ['accounts', 'Accounts', accounts, account],
  ['requests', 'Requests', requests, request],
  ['events', 'Events', events, event],
  ['deliveries', 'Deliveries', deliveries, delivery],
  ['sessions', 'Sessions', sessions],
  ['controls', 'Controls', controls],
];

const nowhere = {
  title: () => 'Nothing is here',
  load: async () => ({}),
  render: () => 'The address names no view of the console.',
};

/** The view of a place. */
export function viewOf({ world, view = '', id }) {
  if (world === undefined) return home;
  if (world === 'find') return finder;
  const [, , list, one] = VIEWS.find(([name]) => name === view) ?? [];
  return (id === undefined ? list : one) ?? nowhere;
}

/** The place of an object that an id names. */
function placeOf({ world, kind, id, account: of, number }) {
  switch (kind) {
    case 'account': return address(world, 'accounts', id);
    case 'event': return address(world, 'events', id);
    case 'delivery': return address(world, 'deliveries', id);
    case 'request': return address(world ?? 'all', 'requests', number);
    case 'session': return address(world, 'sessions', undefined, { search: id });
    case 'customer': return address(world, 'accounts', undefined, { search: id });
    case 'webhook_endpoint': return address(world, 'deliveries', undefined, { search: id });
    case 'world': return address(id);
    case 'transaction': return address(world, 'accounts', of, { search: id });
    default: return of ? address(world, 'accounts', of) : address(world);
  }
}

/** Looks for an id, and goes to its object. */
const finder = {
  title: () => 'Find',
  async load({ view: id }) {
    const found = await get(`find/${segment(id ?? '')}`);
    replace(placeOf(found));
    window.dispatchEvent(new HashChangeEvent('hashchange'));
    return found;
  },
  render: () => '',
};
