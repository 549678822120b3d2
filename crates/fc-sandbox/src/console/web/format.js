// Values as people read them, and ids as links.

import { h, link } from './dom.js';

/** A time in UTC. Everyone who looks at the sandbox sees the same one. */
export function time(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const text = new Date(seconds * 1000).toISOString();
  return h('time', { datetime: text, class: 'time' }, `${text.slice(0, 10)} ${text.slice(11, 19)}`);
}

/** The day of a time in UTC. */
export const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

/** An amount in the smallest unit of its currency. */
export function money(amount, currency) {
  if (amount === null || amount === undefined) return '–';
  try {
    const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
    return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
  } catch {
    return `${amount} ${currency}`;
  }
}

export const count = (number) => new Intl.NumberFormat('en-US').format(number);

/** A number with its noun, such as `1 account`. */
export const counted = (number, noun, plural = `${noun}s`) => `${count(number)} ${number === 1 ? noun : plural}`;

/** A duration from microseconds. */
export const took = (micros) => (micros < 1000 ? `${micros} µs` : `${(micros / 1000).toFixed(1)} ms`);

/** How long ago or how soon a time is. */
export function relative(seconds, now) {
  const distance = Math.abs(seconds - now);
  const [size, unit] = [[86_400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']].find(([size]) => distance >= size) ?? [1, 's'];
  const text = `${Math.floor(distance / size)} ${unit}`;
  return seconds > now ? `in ${text}` : `${text} ago`;
}

const GOOD = ['active', 'succeeded', 'posted', 'open', 'enabled', 'up'];
const BAD = ['failed', 'inactive', 'disconnected', 'down', 'void'];

/** A status as a word in a colour that is never its only sign. */
export function status(word) {
  const text = word === null || word === undefined ? 'none' : String(word);
  const kind = GOOD.includes(text) ? 'good' : BAD.includes(text) ? 'bad' : 'quiet';
  return h('span', { class: `status ${kind}` }, text);
}

/** The status of a response. */
export function code(number) {
  if (number === null || number === undefined) return h('span', { class: 'status bad' }, 'no response');
  const kind = number < 300 ? 'good' : number < 500 ? 'warn' : 'bad';
  return h('span', { class: `status ${kind}` }, String(number));
}

const ID = /\b(?:fca|cus|fcsess|evt|we|fctxn|fctxnref|req|fcaowns|fcaown|fcauth|world)_[A-Za-z0-9]{6,}\b/g;

/** A text in which each id is a link to its object. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(ID)) {
    parts.push(text.slice(end, match.index), link(`#/find/${match[0]}`, match[0]));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

/** An id that is shown whole and leads to its object. */
export const id = (text) => link(`#/find/${encodeURIComponent(text)}`, text, { class: 'id' });

/** JSON with its ids as links. A text that is no JSON is shown as it is. */
export function json(value) {
  let text = value;
  try {
    text = JSON.stringify(typeof value === 'string' ? JSON.parse(value) : value, null, 2);
  } catch {
    // It stays as it is.
  }
  return h('pre', { class: 'json', tabindex: '0' }, text === '' ? '(empty)' : linked(text));
}

/** The type of an event without its common prefix. */
export const short = (type) => type.replace('financial_connections.', '');
