// The panes before and after the log-in.

import { announce, complain, find, fit, piece, sent, show } from './view.js';

/** Asks for the client secret of a session. */
export async function secret() {
  const form = show('secret');
  await sent(form);
  return { clientSecret: form.elements.client_secret.value.trim() };
}

/** Shows the permissions of the session until the user agrees. */
export async function consent({ permissions }) {
  const form = show('consent');
  for (const item of document.querySelectorAll('[data-permission]')) {
    if (!permissions.includes(item.dataset.permission)) item.remove();
  }
  await sent(form);
}

/** What {@link chooseInstitution} resolves to if the user wants to enter an account by hand. */
export const BY_HAND = Symbol('by hand');

/** Resolves to the institution that the user chooses. */
export function chooseInstitution({ institutions, custom_manual_entry: byHand }) {
  const form = show('institutions');
  find('#by-hand').hidden = !byHand;
  const [list, none, search] = [find('.choices'), find('.none'), find('#search')];
  form.addEventListener('submit', (event) => event.preventDefault());
  return new Promise((resolve) => {
    const render = () => {
      const found = matching(institutions, search.value);
      list.replaceChildren(...found.map((institution) => choice(institution, () => resolve(institution))));
      none.hidden = found.length > 0;
      return found.length;
    };
    render();
    find('#by-hand').addEventListener('click', () => resolve(BY_HAND));
    search.addEventListener('input', () => {
      const count = render();
      announce(count === 1 ? '1 bank found.' : `${count} banks found.`);
    });
  });
}

/** The institutions whose name or older name contains every word; without words, the featured ones. */
function matching(institutions, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return institutions.filter(({ featured }) => featured);
  return institutions.filter(({ name, older_name: older }) => {
    const names = `${name} ${older ?? ''}`.toLowerCase();
    return words.every((word) => names.includes(word));
  });
}

function choice({ name, log_in: way }, choose) {
  const item = piece('institution');
  item.querySelector('.name').textContent = name;
  item.querySelector('.monogram').textContent = name[0];
  item.querySelector('.note').textContent = way === 'oauth' ? 'Opens the bank’s own page' : '';
  item.querySelector('button').addEventListener('click', choose);
  return item;
}

/** Resolves to the indices of the chosen accounts; undefined if the user wants another bank. */
export async function chooseAccounts(session, institution, offered) {
  const { account_limit: limit } = session;
  const name = { institution: institution.name };
  if (!offered.some(({ refusal }) => refusal === null)) {
    const form = show('no-accounts', name);
    fit(session);
    if (session.institution) find('.primary').textContent = 'Log in again';
    find('.facts').append(...offered.map(({ display_name, refusal }) => fact(display_name, `Not offered: ${refusal}.`)));
    await sent(form);
    return undefined;
  }
  const only = limit === 1 || Boolean(session.relink?.account);
  const rule = only ? 'has these accounts. Choose one.' : 'has these accounts. Choose one or more.';
  const form = show('accounts', { ...name, rule: limit > 1 ? `has these accounts. Choose up to ${limit}.` : rule });
  fit(session);
  if (session.relink) find('h1').textContent = 'Choose what to share again';
  const inputs = offered.map((account, place) => {
    const pick = option(account, place, only);
    find('fieldset').append(pick);
    return pick.querySelector('input');
  });
  const chosen = () => inputs.filter((input) => input.checked).map((input) => Number(input.value));
  form.addEventListener('change', () => {
    find('#problem').textContent = '';
    find('#count').textContent = `${chosen().length} chosen${limit > 1 ? ` of at most ${limit}` : ''}`;
  });
  for (;;) {
    if ((await sent(form)) === 'other') return undefined;
    const places = chosen();
    const problem = mistake(session, places.map((place) => offered[place]));
    if (!problem) return places;
    complain(problem, inputs.find((input) => !input.disabled));
  }
}

function mistake({ account_limit: limit, payment_method_support: support }, chosen) {
  if (chosen.length === 0) return 'Choose an account.';
  if (limit && chosen.length > limit) return `Choose at most ${limit}: you have chosen ${chosen.length}.`;
  if (support === 'at_least_one' && !chosen.some(({ payable }) => payable)) {
    return 'Choose at least one account that can be used for payments.';
  }
  return undefined;
}

function option({ display_name: name, last4, kind, refusal, again }, place, only) {
  const pick = piece('pick');
  const [input, label] = [pick.querySelector('input'), pick.querySelector('label')];
  Object.assign(input, { type: only ? 'radio' : 'checkbox', name: 'account', value: place, id: `account-${place}` });
  input.disabled = refusal !== null;
  input.checked = again;
  label.htmlFor = input.id;
  label.querySelector('.name').textContent = name;
  label.querySelector('.note').textContent = `${kind} •••• ${last4}${refusal ? `. Not offered: ${refusal}.` : ''}`;
  return pick;
}

function fact(title, text) {
  const item = document.createElement('li');
  const strong = document.createElement('strong');
  strong.textContent = title;
  item.append(strong, ` ${text}`);
  return item;
}

/** Shows the linked accounts until the user closes the pane. */
export async function succeeded(institution, accounts, isAgain) {
  const are = accounts.length === 1 ? 'Your account is linked' : `${accounts.length} accounts are linked`;
  const title = isAgain ? `${are} again` : are;
  const form = show('success', { institution: institution.name, title });
  find('.facts').append(...accounts.map(({ display_name, last4 }) => fact(display_name, `•••• ${last4}`)));
  await sent(form);
}

/** Shows the reason why linking ended, until the user closes the pane. */
export async function ended(message) {
  await sent(show('ended', { message }));
}

/** Shows the last pane. In a frame, the front end closes it immediately; a hosted page leads back to the application. */
export function finished(message, returnUrl) {
  show('finished', { message });
  if (!/^https?:/.test(returnUrl ?? '')) return;
  find('#back').href = returnUrl;
  find('#back').parentElement.hidden = false;
}
