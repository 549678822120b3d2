// A stand-in for the part of Stripe.js that links accounts, so that a front end can be developed against the sandbox:
//
//   <script src="http://127.0.0.1:PORT/_sandbox/fc.js"></script>
//
//   const stripe = Stripe('pk_test_123');
//   const { financialConnectionsSession, error } =
//     await stripe.collectFinancialConnectionsAccounts({ clientSecret });
//
// `financialConnectionsSession` is `{ id, accounts: [...] }`, with no accounts when the user left early. The page is shown in
// a frame of the sandbox's own origin; the secret goes there by message, never in an address.

(() => {
  const page = new URL('link', document.currentScript.src);
  // How long the page may take to answer once its frame has loaded, in milliseconds.
  const PATIENCE = 10_000;
  const STYLE = `
    dialog { width: min(100vw, 28rem); height: min(100dvh, 48rem); max-width: none; max-height: none; padding: 0;
      border: 0; border-radius: 1rem; overflow: hidden; background: #fff; box-shadow: 0 16px 48px rgb(20 33 61 / 35%); }
    dialog::backdrop { background: rgb(20 33 61 / 55%); }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media (max-width: 30rem) { dialog { height: 100dvh; border-radius: 0; } }`;
  let open = false;

  function collect(publishableKey, clientSecret) {
    return new Promise((resolve) => {
      const host = document.createElement('div');
      const root = host.attachShadow({ mode: 'closed' });
      // A style sheet that is made by script is let through by a front end's content security policy.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
      const dialog = document.createElement('dialog');
      dialog.setAttribute('aria-label', 'Link your accounts');
      const frame = document.createElement('iframe');
      frame.title = 'Link your accounts';
      frame.src = page.href;
      dialog.append(frame);
      root.append(dialog);

      let ready = false;
      let patience;
      const say = (message) => frame.contentWindow.postMessage(message, page.origin);
      const end = (result) => {
        window.removeEventListener('message', hear);
        clearTimeout(patience);
        dialog.close(); // Gives the focus back to where it was.
        host.remove();
        open = false;
        resolve(result);
      };
      const unreachable = () =>
        end({ error: { type: 'api_connection_error', message: `The sandbox's linking page at ${page.origin} does not answer.` } });
      const hear = ({ source, origin, data }) => {
        if (source !== frame.contentWindow || origin !== page.origin) return;
        if (data?.fcSandbox === 'ready') {
          ready = true;
          say({ fcSandbox: 'open', clientSecret, livemode: publishableKey.startsWith('pk_live_') });
        }
        if (data?.fcSandbox === 'result') end(data.result);
      };
      frame.addEventListener('load', () => {
        patience = setTimeout(() => ready || unreachable(), PATIENCE);
      });
      dialog.addEventListener('cancel', (event) => {
        // The page asks the user, and tells the sandbox.
        event.preventDefault();
        if (ready) say({ fcSandbox: 'leave' });
        else unreachable();
      });
      window.addEventListener('message', hear);
      document.body.append(host);
      dialog.showModal();
      frame.focus();
    });
  }

  globalThis.Stripe = function Stripe(publishableKey) {
    if (!/^pk_(test|live)_./.test(publishableKey)) {
      throw new Error('Stripe() takes a publishable key, such as pk_test_123. A secret key must never be in a browser.');
    }
    return {
      async collectFinancialConnectionsAccounts({ clientSecret } = {}) {
        if (typeof clientSecret !== 'string' || clientSecret === '') {
          throw new Error('collectFinancialConnectionsAccounts takes { clientSecret }, the client_secret of a session.');
        }
        if (open) throw new Error('The linking page is open already: wait for the first call to end.');
        open = true;
        return collect(publishableKey, clientSecret);
      },
    };
  };
})();
