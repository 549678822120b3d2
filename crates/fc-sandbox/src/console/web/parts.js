// Parts that several views have.

import { h, link } from './dom.js';
import { address } from './route.js';

/** A list without entries says what fills it. */
export const empty = (...text) => h('p', { class: 'empty' }, text);

/** A field that searches while its user types, and keeps the text in the address. */
export function search(context, label, hint) {
  const value = context.place.query.search ?? '';
  const input = h('input', { type: 'search', value, 'aria-label': label, placeholder: hint ?? label, autocomplete: 'off', spellcheck: 'false' });
  let timer;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => context.narrow({ search: input.value.trim(), after: '' }), 150);
  });
  return input;
}

/** A choice that narrows a list. `options` has pairs of a value and its text. */
export function choice(context, name, label, options) {
  const chosen = context.place.query[name] ?? '';
  const select = h('select', { 'aria-label': label }, options.map(([value, text]) =>
    h('option', { value, selected: value === chosen }, text)));
  select.addEventListener('change', () => context.narrow({ [name]: select.value, after: '' }));
  return select;
}

/** The controls above a list. */
export const tools = (...children) => h('div', { class: 'tools' }, children);

/** Links to the first page and to the page after `last`. */
export function pages(place, last, hasMore) {
  const { world, view, id, query } = place;
  const to = (after) => address(world, view, id, { ...query, after });
  if (!query.after && !hasMore) return null;
  return h('nav', { class: 'pages', 'aria-label': 'Pages' },
    query.after && link(to(''), 'Newest', { class: 'plain' }),
    hasMore && link(to(last), 'Older', { class: 'plain', rel: 'next' }));
}
