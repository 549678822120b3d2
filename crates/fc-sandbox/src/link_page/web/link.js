// The way through the page, from the consent to the linked accounts. Each pane is a function that ends with what the user
// did there; leaving is possible at any time.

import { connect, Refused } from './api.js';
import { finish, onLeave, opening } from './host.js';
import { chooseAccounts, chooseInstitution, consent, ended, finished, succeeded } from './panes.js';
import { logIn, unavailable } from './log_in.js';
import { show } from './view.js';

const close = document.getElementById('close');
const leaving = document.getElementById('leaving');
let over = false;
// What closing does, and whether the user is asked before.
let onClose = () => {};
let mayAsk = true;

/** Ends the flow once, with what `collectFinancialConnectionsAccounts` resolves to. */
function end(result, message) {
  if (over) return;
  over = true;
  close.hidden = true;
  leaving.close();
  finished(message);
  finish(result);
}

/** Ends the flow with an error, once the user has read it. */
async function fail(error) {
  if (over) return;
  mayAsk = false;
  close.hidden = false;
  const message = error instanceof Refused ? error.message : 'The page has a fault: see the console.';
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

async function run() {
  show('opening');
  const { clientSecret, livemode } = await opening();
  const sandbox = connect(clientSecret);
  const session = await sandbox.session();
  if (livemode !== undefined && livemode !== session.livemode) {
    throw new Refused(`The session is of ${session.livemode ? 'live' : 'test'} mode, and the publishable key is not.`);
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

  await consent(session);
  for (;;) {
    const institution = await chooseInstitution(session);
    const offered = await logIn(sandbox, institution);
    const chosen = offered && (await chooseAccounts(session, institution, offered));
    if (!chosen) continue;
    if (over) return;
    const linked = await sandbox.complete(institution.name, chosen).catch((error) => {
      if (!error.down) throw error;
    });
    if (!linked) {
      await unavailable(institution);
      continue;
    }
    const { accounts } = linked;
    mayAsk = false;
    onClose = () => end(result(accounts), 'Your accounts are linked.');
    await succeeded(institution, accounts);
    return onClose();
  }
}

close.addEventListener('click', askToLeave);
onLeave(askToLeave);
document.addEventListener('keydown', (event) => {
  // In a search field with text the key clears the text.
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
