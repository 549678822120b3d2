// Who opened the page: a front end through fc.js, around the page's frame; or a person or a script, with the client secret
// in the address.

const framed = window.parent !== window;
let hostOrigin;

/** What the page was opened with: the client secret, and whether the front end's key is one for live mode. */
export function opening() {
  // What follows a # is not sent to the server. It does not stay in the history either.
  const clientSecret = location.hash.slice(1);
  if (clientSecret) {
    history.replaceState(null, '', location.pathname);
    return Promise.resolve({ clientSecret });
  }
  return new Promise((resolve) => {
    window.addEventListener('hashchange', () => opening().then(resolve), { once: true });
    if (!framed) return;
    window.addEventListener('message', (event) => {
      if (event.source !== window.parent || event.data?.fcSandbox !== 'open') return;
      // Whoever holds the secret may know how it ends, and nobody else.
      hostOrigin = event.origin;
      const { clientSecret, livemode } = event.data;
      resolve({ clientSecret, livemode });
    });
    window.parent.postMessage({ fcSandbox: 'ready' }, '*'); // Says nothing but that the page is there.
  });
}

/** Calls `leave` when the front end wants the page to close. */
export function onLeave(leave) {
  window.addEventListener('message', (event) => {
    const fromHost = event.source === window.parent && event.origin === hostOrigin;
    if (framed && fromHost && event.data?.fcSandbox === 'leave') leave();
  });
}

/** Tells the front end how it ended. */
export function finish(result) {
  if (framed && hostOrigin !== undefined) window.parent.postMessage({ fcSandbox: 'result', result }, hostOrigin);
}
