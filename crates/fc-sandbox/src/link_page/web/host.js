// The opener of the page: a front end that frames the page through fc.js, or a person or script that put the client secret
// in the URL.

import { Refused } from './api.js';

const NO_ORIGIN = 'The front end has no origin, so it cannot get the result. Serve it over http, and not as a file. ' +
  'The session was not used.';

export const framed = window.parent !== window;
let hostOrigin;

/** The client secret, and whether the front end's key is for live mode. */
export function opening() {
  // The fragment is not sent to the server. The tab shows it no longer, but the browser's history keeps it.
  const clientSecret = location.hash.slice(1);
  if (clientSecret) {
    history.replaceState(null, '', location.pathname);
    return Promise.resolve({ clientSecret });
  }
  return new Promise((resolve, reject) => {
    window.addEventListener('hashchange', () => opening().then(resolve), { once: true });
    if (!framed) return;
    window.addEventListener('message', (event) => {
      if (event.source !== window.parent || event.data?.fcSandbox !== 'open') return;
      // Only the origin that sent the secret gets the result. A page without one could never get it.
      if (event.origin === 'null') return reject(new Refused(NO_ORIGIN));
      hostOrigin = event.origin;
      const { clientSecret, livemode } = event.data;
      resolve({ clientSecret, livemode });
    });
    window.parent.postMessage({ fcSandbox: 'ready' }, '*'); // Safe for every origin: it says only that the page is ready.
  });
}

/** Calls `leave` when the front end asks the page to close. */
export function onLeave(leave) {
  window.addEventListener('message', (event) => {
    const fromHost = event.source === window.parent && event.origin === hostOrigin;
    if (framed && fromHost && event.data?.fcSandbox === 'leave') leave();
  });
}

/** Sends the result to the front end. */
export function finish(result) {
  if (framed && hostOrigin !== undefined) window.parent.postMessage({ fcSandbox: 'result', result }, hostOrigin);
}
