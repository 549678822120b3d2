// Logging in at an institution. The sandbox decides what comes next from what was entered so far; here it is asked for.

import { Refused } from './api.js';
import { complain, find, piece, sent, show } from './view.js';

/** The accounts that the institution offers to the user; none when the user wants another institution. */
export async function logIn(sandbox, institution) {
  const name = { institution: institution.name };
  let entered = {};
  for (;;) {
    const answer = await sandbox.logIn(institution.name, entered);
    const more = answer.step === 'accounts' ? answer : await steps[answer.step](answer, name, entered);
    if (answer.step === 'accounts') return answer.accounts;
    if (more === undefined) return undefined;
    entered = more;
  }
}

/** The institution went down after the user had logged in. */
export function unavailable({ name }) {
  return steps.unavailable({ outage: 'unscheduled' }, { institution: name });
}

// Each step shows its pane, and gives all that has been entered by its end; nothing when the user turns away.
const steps = {
  async unavailable({ outage }, name) {
    return (await sent(show(`outage-${outage}`, name))) === 'again' ? {} : undefined;
  },

  async simple(_, name) {
    return (await sent(show('simple', name))) === 'on' ? { authorized: true } : undefined;
  },

  async credentials({ incorrect }, name, before) {
    const form = show('credentials', name);
    const { user_name: userName, password } = form.elements;
    if (incorrect) {
      userName.value = before.user_name;
      complain('The user name or the password is wrong. Try again.', password);
    }
    if ((await sent(form)) !== 'on') return undefined;
    return { user_name: userName.value, password: password.value };
  },

  async oauth(_, name) {
    const form = show('oauth', name);
    for (;;) {
      if ((await sent(form)) !== 'on') return undefined;
      const outcome = await visit(name.institution);
      if (outcome === 'authorized') return { authorized: true };
      complain(REFUSALS[outcome], find('.primary'));
    }
  },

  async method({ methods }, _, before) {
    const form = show('method');
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
      complain('Choose one of these.', find('input'));
    }
  },

  async code({ sent_to }, name, before) {
    const form = show('code', { ...name, sent_to });
    await sent(form);
    return { ...before, code: form.elements.code.value };
  },

  async confirm(_, name, before) {
    await sent(show('confirm', name));
    return { ...before, confirmed: true };
  },

  async security_question({ question }, _, before) {
    const form = show('security_question', { question });
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

/** Opens the institution's own page; how the user left it. */
function visit(institution) {
  const size = 'popup,width=440,height=600';
  const bank = window.open(`link/oauth#${encodeURIComponent(institution)}`, 'fc-sandbox-bank', size);
  if (!bank) return Promise.resolve('blocked');
  return new Promise((resolve) => {
    const done = (outcome) => {
      clearInterval(watch);
      window.removeEventListener('message', hear);
      resolve(outcome);
    };
    const hear = ({ source, origin, data }) => {
      if (source === bank && origin === location.origin && data?.fcSandboxBank) done(data.fcSandboxBank);
    };
    // A window that is closed by hand tells nobody.
    const watch = setInterval(() => bank.closed && done('closed'), 300);
    window.addEventListener('message', hear);
  });
}
