// The console: shows the view of the address, and reads it again when something changes.

import { get, Refused } from './api.js';
import { h, link } from './dom.js';
import { time } from './format.js';
import { watch } from './live.js';
import { address, place, replace } from './route.js';
import { nameOf } from './view_overview.js';
import { VIEWS, viewOf } from './views.js';

/** The shortest time between two readings of a view, in milliseconds. */
const PAUSE = 400;

const [main, places, clock, live, find] = ['view', 'places', 'clock', 'live', 'find'].map((id) => document.getElementById(id));
let current;

/** A place as it is shown: its view, where its data goes, and what was drawn. */
function open() {
  const to = place();
  const view = viewOf(to);
  const title = h('h1', { tabindex: '-1' }, view.title(to));
  const region = h('div', { class: 'region' });
  const shown = { to, view, region, title, drawn: undefined };
  const context = {
    place: to,
    /** Narrows the list, and keeps it in the address. */
    narrow(change) {
      Object.assign(to.query, change);
      replace(address(to.world, to.view, to.id, to.query));
      read();
    },
  };
  shown.context = context;
  const isFirst = current === undefined;
  current = shown;
  main.replaceChildren(title, view.tools?.(context) ?? '', region);
  document.title = `${view.title(to)} · Sandbox console`;
  navigate();
  read().then(() => {
    if (current !== shown) return;
    window.scrollTo(0, 0);
    // A screen reader announces the new view by its heading, and continues from there.
    if (!isFirst) title.focus({ preventScroll: true });
  });
}

/** Reads the view and draws it if it has changed. */
async function read() {
  const shown = current;
  const { to, view, region, context } = shown;
  let content;
  let drawn;
  try {
    const data = await view.load(to);
    drawn = JSON.stringify(data);
    if (current !== shown || drawn === shown.drawn) return;
    content = view.render(data, to, context);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // While the sandbox is away, the view stays as it was.
    if (current !== shown || (error.status === 0 && shown.drawn !== undefined)) return;
    content = h('p', { class: 'problem', role: 'alert' }, error.message);
    drawn = undefined;
  }
  shown.drawn = drawn;
  draw(region, [content].flat(Infinity).filter((child) => child || child === 0));
}

/** Replaces the content, and keeps the focus, the selection and what is open. */
function draw(region, content) {
  const focus = document.activeElement;
  const inside = region.contains(focus);
  const key = inside && keyOf(focus, region);
  const selection = inside && focus.tagName === 'INPUT' ? [focus.value, focus.selectionStart, focus.selectionEnd] : undefined;
  const opened = new Set([...region.querySelectorAll('details[open][data-key]')].map((details) => details.dataset.key));
  region.replaceChildren(...content);
  for (const details of region.querySelectorAll('details[data-key]')) details.open = opened.has(details.dataset.key);
  if (!key) return;
  const again = [...region.querySelectorAll('a, button, input, select, summary, pre')].find((element) => keyOf(element, region) === key);
  again?.focus({ preventScroll: true });
  if (selection && again?.tagName === 'INPUT') {
    again.value = selection[0];
    again.setSelectionRange(selection[1], selection[2]);
  }
}

/** What names an element when the view is drawn again. */
function keyOf(element, region) {
  const owner = element.closest('[data-key]');
  const name = region.contains(owner) ? owner.dataset.key : '';
  const own = element.getAttribute('aria-label') ?? (element.tagName === 'INPUT' ? '' : element.textContent);
  return `${name} ${element.tagName} ${own}`;
}

let worlds = [];

/** The links to the views, and the choice of the world. */
function navigate() {
  const { world, view = '' } = current.to;
  const chosen = world && world !== 'find' ? world : undefined;
  const options = worlds.map((one) => h('option', { value: one.id, selected: one.id === chosen }, nameOf(one)));
  const select = h('select', { id: 'world' }, h('option', { value: '', selected: !chosen }, 'Choose a world'),
    h('option', { value: 'all', selected: chosen === 'all' }, 'Requests of all keys'), options);
  select.addEventListener('change', () => {
    const keeps = view === 'requests' || select.value !== 'all';
    location.hash = address(select.value, select.value === 'all' ? 'requests' : keeps ? view : '');
  });
  const links = chosen && chosen !== 'all' ? VIEWS.map(([name, text]) => [address(chosen, name), text, name === view]) : [];
  const drawn = JSON.stringify([worlds.map(nameOf), worlds.map(({ id }) => id), chosen, view]);
  if (places.dataset.drawn === drawn) return;
  const focused = places.contains(document.activeElement) ? document.activeElement.id || document.activeElement.textContent : undefined;
  places.dataset.drawn = drawn;
  places.replaceChildren(
    h('div', { class: 'field' }, h('label', { for: 'world' }, 'World'), select),
    h('ul', {}, h('li', {}, link('#/', 'All worlds', { 'aria-current': chosen ? false : 'page' })),
      links.map(([href, text, isHere]) => h('li', {}, link(href, text, { 'aria-current': isHere ? 'page' : false })))));
  if (focused) [...places.querySelectorAll('a, select')].find((element) => (element.id || element.textContent) === focused)?.focus();
}

async function readWorlds() {
  try {
    ({ worlds } = await get('worlds'));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return;
  }
  navigate();
}

let ahead = 0;
let frozenAt;

/** Shows the time of the sandbox. */
function showClock() {
  const now = frozenAt ?? Math.floor((Date.now() + ahead) / 1000);
  clock.replaceChildren(h('span', { class: 'unseen' }, 'Time of the sandbox: '), time(now), frozenAt === undefined ? '' : h('span', { class: 'badge' }, 'frozen'));
}

let due = false;

/** Reads the view again, at most once in a while. */
function changed(revisions) {
  const { frozen, running } = revisions.clock;
  frozenAt = frozen === undefined ? undefined : Math.floor(frozen / 1000);
  ahead = running?.ahead ?? 0;
  showClock();
  if (due) return;
  due = true;
  setTimeout(async () => {
    due = false;
    await Promise.all([readWorlds(), read()]);
  }, PAUSE);
}

function showLive(state) {
  live.dataset.state = state;
  live.textContent = state;
  // What happened meanwhile is read, also if the sandbox that started has the same counters.
  if (state === 'connected') {
    readWorlds();
    read();
  }
}

find.addEventListener('submit', (event) => {
  event.preventDefault();
  const id = find.elements.id.value.trim();
  if (id) location.hash = address('find', id);
});

window.addEventListener('hashchange', () => {
  open();
});

document.getElementById('skip').addEventListener('click', (event) => {
  // The address is the place of the console, so the link does not change it.
  event.preventDefault();
  main.focus();
});

window.addEventListener('unhandledrejection', (event) => {
  // An act without a dialog was refused.
  if (!(event.reason instanceof Refused)) return;
  event.preventDefault();
  const said = document.getElementById('said');
  said.textContent = event.reason.message;
});

setInterval(showClock, 1000);
await chooseWorld();
open();
watch(changed, showLive);

/** With one world, the console begins there. */
async function chooseWorld() {
  if (location.hash.length > 2) return;
  try {
    ({ worlds } = await get('worlds'));
    if (worlds.length === 1) replace(address(worlds[0].id));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}
