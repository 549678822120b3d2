// The clock, the faults, the banks and the state: what all worlds share.

import { get } from './api.js';
import { clearFaults, injectFault, moveClock, restoreState, saveState, seed, setBank, setFrozen, wipeState } from './acts.js';
import { button, h, part, table } from './dom.js';
import { status, time } from './format.js';
import { empty } from './parts.js';

export const controls = {
  title: () => 'Controls',
  async load() {
    const [clock, faults, banks, worlds] = await Promise.all([get('clock'), get('faults'), get('banks'), get('worlds')]);
    // A running clock would be another value at each look; the header shows it.
    return { clock: clock.frozen ? clock : { frozen: false }, faults: faults.faults, banks: banks.banks, next: worlds.next_due_at, seed: worlds.seed };
  },
  render({ clock, faults, banks, next, seed: number }, { world }) {
    return [
      h('p', { class: 'lead' }, 'All worlds share these.'),
      part('Clock',
        h('p', {}, clock.frozen ? ['It stands still at ', time(clock.now), '. '] : 'It runs. ', next ? ['Next, something is due at ', time(next), '.'] : 'Nothing is due.'),
        h('div', { class: 'acts' },
          button('An hour', () => moveClock('hour')), button('A day', () => moveClock('day')), button('Thirty days', () => moveClock('month')),
          button('To the next thing due', () => moveClock('next'), 'plain', { disabled: !next }),
          clock.frozen ? button('Let it run', () => setFrozen(false)) : button('Freeze it', () => setFrozen(true)))),
      part('Faults', faults.length === 0 ? empty('None waits.') : h('ul', { class: 'plainly' }, faults.map((fault) => h('li', {}, fault))),
        h('div', { class: 'acts' }, button('Inject a fault', injectFault, 'primary'), faults.length > 0 && button('Remove all faults', clearFaults))),
      part('State', h('p', {}, 'A saved state has all worlds, the seed and the time. It contains keys and secrets.'),
        h('div', { class: 'acts' },
          button('Save the state', saveState), button('Restore a state', restoreState), button('Remove all worlds', wipeState, 'danger'),
          button(world ? 'Add accounts' : 'Seed a world', () => seed(world)))),
      part('Test institutions', table('Test institutions', ['Bank', 'State', 'Act'], banks.map((bank) => ({
        key: bank.name,
        cells: [
          bank.name, status(bank.down ? 'down' : 'up'),
          bank.name.startsWith('Down') ? 'always down' : button(bank.down ? 'Make it work again' : 'Make it fail', () => setBank(bank.name, !bank.down), 'plain small', { 'aria-label': `${bank.down ? 'Make it work again' : 'Make it fail'}: ${bank.name}` }),
        ],
      })))),
      h('p', { class: 'hint' }, `Seed ${number}. Every control is described at `, h('a', { href: '/_sandbox' }, '/_sandbox'), '.'),
    ];
  },
};
