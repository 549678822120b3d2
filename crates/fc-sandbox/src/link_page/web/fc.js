// A replacement for the part of Stripe.js that links accounts, for developing a front end against the sandbox:
//
//   <script src="http://127.0.0.1:PORT/_sandbox/fc.js"></script>
//
//   const stripe = Stripe('pk_test_123');
//   const { financialConnectionsSession, error } =
//     await stripe.collectFinancialConnectionsAccounts({ clientSecret });
//
// The front end must be served over http: a page at `file://` has no origin that the result could be sent to.
// `financialConnectionsSession` is `{ id, accounts: [...] }`, with no accounts if the user left early. The page runs in a
// frame of the sandbox's origin. The secret is sent to it by message, and never in a URL.

(() => {
  const page = new URL('link', document.currentScript.src);
  // The time in milliseconds that the page has to respond after its frame has loaded.
  const TIMEOUT = 10_000;
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
      // A constructed style sheet needs no exception in the content security policy of the front end.
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
      let timeout;
      const send = (message) => frame.contentWindow.postMessage(message, page.origin);
      const end = (result) => {
        window.removeEventListener('message', receive);
        clearTimeout(timeout);
        dialog.close(); // Returns the focus to the element that had it.
        host.remove();
        open = false;
        resolve(result);
      };
      const unreachable = () =>
        end({ error: { type: 'api_connection_error', message: `The sandbox's linking page at ${page.origin} does not respond.` } });
      const receive = ({ source, origin, data }) => {
        if (source !== frame.contentWindow || origin !== page.origin) return;
        if (data?.fcSandbox === 'ready') {
          ready = true;
          send({ fcSandbox: 'open', clientSecret, livemode: publishableKey.startsWith('pk_live_') });
        }
        if (data?.fcSandbox === 'result') end(data.result);
      };
      frame.addEventListener('load', () => {
        timeout = setTimeout(() => ready || unreachable(), TIMEOUT);
      });
      dialog.addEventListener('cancel', (event) => {
        // The page asks the user to confirm, and finishes the session.
        event.preventDefault();
        if (ready) send({ fcSandbox: 'leave' });
        else unreachable();
      });
      window.addEventListener('message', receive);
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
        if (window.origin === 'null') {
          throw new Error('This page has no origin, so it cannot get the result. Serve it over http, and not as a file.');
        }
        if (open) throw new Error('The linking page is already open: wait until the first call ends.');
        open = true;
        return collect(publishableKey, clientSecret);
      },
    };
  };
})();
