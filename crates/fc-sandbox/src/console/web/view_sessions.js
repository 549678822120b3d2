// The sessions of a world.

import { get, query, segment } from './api.js';
import { createSession, linkAccounts, openLinkPage } from './acts.js';
import { button, h, table } from './dom.js';
import { id, status } from './format.js';
import { choice, empty, pages, search, tools } from './parts.js';

const LIMIT = 50;

export const sessions = {
  title: () => 'Sessions',
  tools: (context) => tools(
    search(context, 'Search the sessions', 'Id or customer'),
    choice(context, 'state', 'State', [['', 'Any state'], ['open', 'Open'], ['finished', 'Finished']]),
    button('Create a session', () => createSession(context.place.world), 'primary')),
  load: ({ world, query: asked }) => get(query(`worlds/${segment(world)}/sessions`, {
    search: asked.search, state: asked.state, starting_after: asked.after, limit: LIMIT,
  })),
  render({ sessions: found, has_more: hasMore, total }, place) {
    if (total === 0) return empty('No session yet. A client creates one, or you do here.');
    if (found.length === 0) return empty('No session fits.');
    const { world } = place;
    const rows = found.map((session) => ({
      key: session.id,
      cells: [
        h('code', { class: 'id' }, session.id), session.account_holder.customer ? id(session.account_holder.customer) : session.account_holder.account ?? '–',
        status(session.finished ? 'finished' : 'open'),
        session.accounts.length === 0 ? '–' : h('ul', { class: 'plainly' }, session.accounts.map((account) => h('li', {}, id(account)))),
        session.permissions.join(', '),
        session.finished ? '–' : h('div', { class: 'acts' },
          button('Open the linking page', () => openLinkPage(world, session.id), 'plain small', { 'aria-label': `Open the linking page of ${session.id}` }),
          button('Link accounts', () => linkAccounts(world, session.id), 'plain small', { 'aria-label': `Link accounts to ${session.id}` })),
      ],
    }));
    return [table('Sessions', ['Session', 'Holder', 'State', 'Accounts', 'Permissions', 'Act'], rows), pages(place, found.at(-1).id, hasMore)];
  },
};
