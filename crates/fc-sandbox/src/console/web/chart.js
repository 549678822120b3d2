// The chart of a balance: a line over time, and the same as a text and as a table.

import { h, svg, table } from './dom.js';
import { day, money } from './format.js';

const WIDTH = 720;
const HEIGHT = 180;
const LEFT = 8;
const TOP = 24;
const BOTTOM = 28;

/** The chart of `points` with `at` and `current`, oldest first. */
export function chart(points, currency) {
  const values = points.map(({ current }) => current);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [points[0], points.at(-1)];
  const x = (at) => LEFT + ((at - first.at) / Math.max(last.at - first.at, 1)) * (WIDTH - 2 * LEFT);
  const y = (value) => TOP + (1 - (value - low) / Math.max(high - low, 1)) * (HEIGHT - TOP - BOTTOM);
  // A balance stays until the next one, so the line has steps.
  const line = points.map(({ at, current }, place) =>
    (place === 0 ? `M${x(at).toFixed(1)} ${y(current).toFixed(1)}` : `H${x(at).toFixed(1)}V${y(current).toFixed(1)}`)).join('');
  const area = `${line}V${HEIGHT - BOTTOM}H${x(first.at).toFixed(1)}Z`;
  const text = `Balance at the bank from ${day(first.at)} to ${day(last.at)}: ${money(first.current, currency)} at the start, ` +
    `${money(last.current, currency)} now, lowest ${money(low, currency)}, highest ${money(high, currency)}.`;
  const zero = low < 0 && high > 0;
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': text, class: 'chart' },
    svg('path', { d: area, class: 'area' }),
    zero && svg('path', { d: `M${LEFT} ${y(0)}H${WIDTH - LEFT}`, class: 'zero' }),
    svg('path', { d: line, class: 'line' }),
    svg('circle', { cx: x(last.at), cy: y(last.current), r: 4, class: 'dot' }));
  const ends = h('p', { class: 'ends', 'aria-hidden': 'true' }, h('span', {}, day(first.at)), h('span', {}, day(last.at)));
  const scale = h('p', { class: 'ends', 'aria-hidden': 'true' },
    h('span', {}, `highest ${money(high, currency)}`), h('span', {}, `lowest ${money(low, currency)}`));
  const rows = [...points].reverse().map((point) => ({
    key: point.at,
    cells: [day(point.at), { content: money(point.current, currency), class: 'number' }],
  }));
  return h('div', {}, scale, picture, ends,
    h('details', { 'data-key': 'balances' }, h('summary', {}, 'The balances as a table'), table('Balance at the bank by day', ['Day', 'Balance'], rows)));
}
