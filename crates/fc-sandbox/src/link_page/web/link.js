// The flow of the page, from the consent to the linked accounts. Each pane is a function that resolves to the user's action.
// The user can leave at any time.

import { connect, Refused } from './api.js';
import { finish, framed, onLeave, opening } from './host.js';
import { BY_HAND, chooseAccounts, chooseInstitution, consent, ended, finished, secret, succeeded } from './panes.js';
import { logIn, unavailable } from './log_in.js';
import { show } from './view.js';

const close = document.getElementById('close');
const leaving = document.getElementById('leaving');
let over = false;
// The action of the close button, and whether the user must confirm it.
let onClose = () => {};
let mayAsk = true;
// Where a hosted page leads at the end.
let returnUrl;

/** Ends the flow once, with what `collectFinancialConnectionsAccounts` resolves to. */
function end(result, message) {
  if (over) return;
  over = true;
  close.hidden = true;
  leaving.close();
  finished(message, returnUrl);
  finish(result);
}

/** Ends the flow with an error, once the user has read it. */
async function fail(error) {
  if (over) return;
  mayAsk = false;
  close.hidden = false;
  const message = error instanceof Refused ? error.message : 'The page has a bug: see the console of the browser.';
  if (!(error instanceof Refused)) console.error(error);
  const result = { error: { type: error.type ?? 'invalid_request_error', message } };
  onClose = () => end(result, 'Nothing was linked.');
  await ended(message);
  onClose();
}

function askToLeave() {
  if (over || leaving.open) return;
  if (mayAsk) leaving.showModal();
  else onClose();
}

/** The client secret, from the front end, the URL or the user. */
function opened() {
  const isInUrl = location.hash.length > 1;
  const given = opening();
  if (!framed && !isInUrl) return Promise.race([given, secret()]);
  show('opening');
  return given;
}

async function run() {
  const { clientSecret, livemode } = await opened();
  const sandbox = connect(clientSecret);
  const session = await sandbox.session();
  if (livemode !== undefined && livemode !== session.livemode) {
    throw new Refused(`The session is in ${session.livemode ? 'live' : 'test'} mode, but the publishable key is not.`);
  }
  const result = (accounts) => ({ financialConnectionsSession: { id: session.id, accounts } });
  onClose = async () => {
    try {
      await sandbox.leave();
      end(result([]), 'Nothing was linked.');
    } catch (error) {
      fail(error);
    }
  };
  close.hidden = false;
  returnUrl = session.return_url ?? undefined;

  // The user has agreed before, when the accounts were linked.
  if (!session.relink) await consent(session);
  for (;;) {
    const institution = session.institution ?? (await chooseInstitution(session));
    if (institution === BY_HAND) {
      await sandbox.enterByHand();
      return end(result([]), 'Enter your account in the application.');
    }
    const offered = await logIn(sandbox, institution, session);
    const chosen = offered && (await chooseAccounts(session, institution, offered));
    if (!chosen) continue;
    if (over) return;
    const linked = await sandbox.complete(institution.name, chosen).catch((error) => {
      if (!error.down) throw error;
    });
    if (!linked) {
      await unavailable(institution, session);
      continue;
    }
    const { accounts } = linked;
    mayAsk = false;
    onClose = () => end(result(accounts), 'Your accounts are linked.');
    await succeeded(institution, accounts, chosen.some((place) => offered[place].again));
    return onClose();
  }
}

close.addEventListener('click', askToLeave);
onLeave(askToLeave);
document.addEventListener('keydown', (event) => {
  // In a search field with text, Escape clears the text.
  const clears = event.target.type === 'search' && event.target.value !== '';
  if (event.key === 'Escape' && !clears && !close.hidden && !leaving.open) {
    event.preventDefault();
    askToLeave();
  }
});
leaving.addEventListener('close', () => {
  if (leaving.returnValue === 'leave' && !over) onClose();
  leaving.returnValue = '';
});

run().catch(fail);
