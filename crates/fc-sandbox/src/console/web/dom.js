// Elements. Every text goes into the page as text, so no id, name or body can become markup.

/**
 * An element. `attributes` has attributes, `class` among them, and functions for events. False, null and undefined leave an
 * attribute out. Children are elements and texts; null, undefined and false are left out.
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  fill(element, attributes, children);
  return element;
}

/** An element of SVG. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  fill(element, attributes, children);
  return element;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

/** A link to a place of the console. */
export const link = (href, text, attributes = {}) => h('a', { href, ...attributes }, text);

/** A button that acts. */
export const button = (text, click, kind = 'plain', attributes = {}) =>
  h('button', { type: 'button', class: kind, click, ...attributes }, text);

/**
 * A table. Its roles are written out, because on a narrow screen its rows are laid out as blocks, and a browser drops the
 * roles of a table that is no table any more. A row is `{ key, cells }`; its key keeps the focus when it is drawn again.
 */
export function table(caption, columns, rows) {
  const head = h('tr', { role: 'row' }, columns.map((name) => h('th', { role: 'columnheader', scope: 'col' }, name)));
  const body = rows.map(({ key, cells, class: kind }) =>
    h('tr', { role: 'row', 'data-key': key, class: kind }, cells.map((cell, place) =>
      h('td', { role: 'cell', 'data-label': columns[place], class: cell?.class }, cell?.content ?? cell))));
  return h('table', { role: 'table', class: 'table' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, head),
    h('tbody', { role: 'rowgroup' }, body));
}

/** Names with values. An entry without a value is left out. */
export const facts = (entries) =>
  h('dl', { class: 'facts' }, entries.filter(([, value]) => value !== null && value !== undefined && value !== false)
    .map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));

/** A part of a view with its heading. */
export const part = (title, ...children) =>
  h('section', { class: 'part' }, h('h2', {}, title), children);
