// An example front end. The first function belongs on your server: it uses the secret key, which must never be in a browser.

async function createSession(options) {
  const post = async (path, form) => {
    const response = await fetch(path, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_example' },
      body: new URLSearchParams(form),
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.error.message);
    return body;
  };
  const customer = await post('../v1/customers', { name: 'Jane Diaz' });
  const form = new URLSearchParams(options);
  form.set('account_holder[type]', 'customer');
  form.set('account_holder[customer]', customer.id);
  return post('../v1/financial_connections/sessions', form);
}

const stripe = Stripe('pk_test_example');
const section = document.querySelector('section');

function report(title, details) {
  const heading = section.querySelector('h2');
  heading.textContent = title;
  section.querySelector('pre').textContent = JSON.stringify(details, null, 2);
  section.hidden = false;
  heading.focus();
}

document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const session = await createSession(new FormData(event.target));
    const result = await stripe.collectFinancialConnectionsAccounts({ clientSecret: session.client_secret });
    const count = result.financialConnectionsSession?.accounts.length;
    report(result.error ? 'Linking ended with an error' : `Accounts linked: ${count}`, result);
  } catch (error) {
    report('Linking could not start', { message: error.message });
  }
});
