// The page that links: opens the linking window, and tells the server when it is closed.
//
// `Stripe` comes from Stripe.js, or from the script of the sandbox, which has the same function.

const button = document.querySelector('#link');
const status = document.querySelector('#status');
let isOpen = false;

async function post(path) {
  const response = await fetch(path, { method: 'POST' });
  // The sign-in ended meanwhile, and the server led to the first page.
  if (response.redirected) return location.assign(response.url);
  if (!response.ok) throw new Error('The app does not answer as it should. Try again in a moment.');
  return response.text();
}

async function link() {
  if (typeof Stripe !== 'function') throw new Error('The linking window could not be loaded. Reload the page.');
  status.textContent = 'Opening the window…';
  const clientSecret = await post('/link/session');
  if (!clientSecret) return;
  const stripe = Stripe(button.dataset.key);
  const { financialConnectionsSession: session, error } = await stripe.collectFinancialConnectionsAccounts({ clientSecret });
  if (error) throw error;
  status.textContent = 'Fetching what your bank sends. This takes a few seconds.';
  // Also if the user left without linking: the server looks for itself.
  location.assign(await post(`/link/session/${session.id}/end`));
}

button.addEventListener('click', async () => {
  if (isOpen) return;
  isOpen = true;
  try {
    await link();
  } catch (error) {
    status.textContent = error.message;
  }
  isOpen = false;
});
