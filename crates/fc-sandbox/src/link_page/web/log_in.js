// The log-in at an institution. The sandbox decides the next step from all input so far, and this file asks for the input.

import { Refused } from './api.js';
import { complain, find, fit, piece, sent, show } from './view.js';

/**
 * The accounts that the institution offers; undefined if the user wants another institution, which a session for one
 * institution does not offer.
 */
export async function logIn(sandbox, institution, session) {
  const name = { institution: institution.name, session };
  let entered = {};
  for (;;) {
    const answer = await sandbox.logIn(institution.name, entered);
    const more = answer.step === 'accounts' ? answer : await steps[answer.step](answer, name, entered);
    if (answer.step === 'accounts') return answer.accounts;
    if (more === undefined) return undefined;
    entered = more;
  }
}

/** Shows that the institution went down after the log-in. */
export function unavailable({ name }, session) {
  return steps.unavailable({ outage: 'unscheduled' }, { institution: name, session });
}

/** Shows a pane of the log-in, as the session has it. */
function pane(id, { session, ...fill }) {
  const form = show(id, fill);
  fit(session);
  return form;
}

/** Says in the first pane why the user has to log in again. */
function explain({ session: { relink } }) {
  if (!relink) return;
  const text = document.createElement('p');
  const { display_name: name, last4 } = relink.account ?? {};
  const what = relink.account ? `${name ?? 'your account'} •••• ${last4}` : 'your accounts';
  text.textContent = `Log in again to keep sharing ${what}.`;
  find('h1').after(text);
}

// Each step shows its pane and resolves to all input so far, or to undefined if the user wants another institution.
const steps = {
  async unavailable({ outage }, name) {
    const form = pane(`outage-${outage}`, name);
    const primary = find('.primary');
    if (name.session.institution && primary) primary.textContent = 'Try again';
    return (await sent(form)) === 'again' || name.session.institution ? {} : undefined;
  },

  async simple(_, name) {
    const form = pane('simple', name);
    explain(name);
    return (await sent(form)) === 'on' ? { authorized: true } : undefined;
  },

  async credentials({ incorrect }, name, before) {
    const form = pane('credentials', name);
    explain(name);
    const { user_name: userName, password } = form.elements;
    if (incorrect) {
      userName.value = before.user_name;
      complain('The user name or the password is wrong. Try again.', password);
    }
    if ((await sent(form)) !== 'on') return undefined;
    return { user_name: userName.value, password: password.value };
  },

  async oauth(_, name) {
    const form = pane('oauth', name);
    explain(name);
    for (;;) {
      if ((await sent(form)) !== 'on') return undefined;
      const outcome = await visit(name.institution);
      if (outcome === 'authorized') return { authorized: true };
      complain(REFUSALS[outcome], find('.primary'));
    }
  },

  async method({ methods }, name, before) {
    const form = pane('method', name);
    for (const { key, label } of methods) {
      const pick = piece('pick');
      const [input, text] = [pick.querySelector('input'), pick.querySelector('label')];
      Object.assign(input, { type: 'radio', name: 'method', value: key, id: `method-${key}` });
      text.htmlFor = input.id;
      text.querySelector('.name').textContent = label;
      form.querySelector('fieldset').append(pick);
    }
    for (;;) {
      await sent(form);
      const method = form.elements.method.value;
      if (method) return { ...before, method };
      complain('Choose one of these methods.', find('input'));
    }
  },

  async code({ sent_to }, name, before) {
    const form = pane('code', { ...name, sent_to });
    await sent(form);
    return { ...before, code: form.elements.code.value };
  },

  async confirm(_, name, before) {
    await sent(pane('confirm', name));
    return { ...before, confirmed: true };
  },

  async security_question({ question }, name, before) {
    const form = pane('security_question', { ...name, question });
    await sent(form);
    return { ...before, answer: form.elements.answer.value };
  },

  async ended({ message }) {
    throw Object.assign(new Refused(message), { type: 'api_error' });
  },
};

const REFUSALS = {
  blocked: 'Your browser did not open the window. Allow windows for this page and try again.',
  closed: 'The bank’s window was closed before you were done. You can open it again.',
  denied: 'You did not allow the sharing at the bank. You can open its page again.',
};

/** Opens the institution's own page, and resolves to how the user left it. */
function visit(institution) {
  const size = 'popup,width=440,height=600';
  const bank = window.open(`link/oauth#${encodeURIComponent(institution)}`, 'fc-sandbox-bank', size);
  if (!bank) return Promise.resolve('blocked');
  return new Promise((resolve) => {
    const done = (outcome) => {
      clearInterval(watch);
      window.removeEventListener('message', receive);
      resolve(outcome);
    };
    const receive = ({ source, origin, data }) => {
      if (source === bank && origin === location.origin && data?.fcSandboxBank) done(data.fcSandboxBank);
    };
    // A window that the user closes sends no message.
    const watch = setInterval(() => bank.closed && done('closed'), 300);
    window.addEventListener('message', receive);
  });
}
