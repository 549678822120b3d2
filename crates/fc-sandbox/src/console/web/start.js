// What a new sandbox shows: the three lines that point a client at it.

import { seed } from './acts.js';
import { button, h, link } from './dom.js';
import { address } from './route.js';

/** The samples, each of three lines. */
export function samples(origin, key = 'sk_test_console') {
  const { hostname, port } = new URL(origin);
  return [
    ['Rust', [
      `let key = ApiKey::new("${key}")?;`,
      `let fc = FinancialConnections::new(Config::new(key).with_base_url("${origin}"))?;`,
      'let accounts = fc.accounts().list().send().await?;',
    ]],
    ['Python', [
      'import stripe',
      `client = stripe.StripeClient("${key}", base_addresses={"api": "${origin}"})`,
      'client.v1.customers.create({"name": "Jane"})',
    ]],
    ['Node', [
      "import Stripe from 'stripe';",
      `const stripe = new Stripe('${key}', { protocol: 'http', host: '${hostname}', port: ${port || 80} });`,
      "await stripe.customers.create({ name: 'Jane' });",
    ]],
  ];
}

export function start() {
  return [
    h('p', { class: 'lead' }, 'The sandbox is running, and no key has anything yet. Point a client at it. Any key that begins with ',
      h('code', {}, 'sk_test_'), ' is valid, and has a world of its own from its first write. ',
      link(address('all', 'requests'), 'All requests'), ' are logged.'),
    samples(location.origin).map(([language, lines]) =>
      h('section', { class: 'part' }, h('h2', {}, language), h('pre', { class: 'json', tabindex: '0' }, lines.join('\n')))),
    h('section', { class: 'part' }, h('h2', {}, 'Or begin with accounts'),
      h('p', {}, 'Make a world with linked accounts and look around.'),
      button('Seed a world', () => seed(), 'primary')),
  ];
}
