// The page's requests to the sandbox. The client secret authorises them, and is sent in a header only.

/** An error response, with the sandbox's message. `down` is true if the institution is down. */
export class Refused extends Error {
  down = false;
}

/** The requests that `clientSecret` authorises. */
export function connect(clientSecret) {
  async function call(path, body) {
    let response;
    try {
      response = await fetch(path, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${clientSecret}` },
        body: body && JSON.stringify(body),
      });
    } catch {
      throw new Refused('The sandbox does not respond. Is it still running?');
    }
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Refused(answer.sandbox_error), { down: response.status === 503 });
    return answer;
  }
  return {
    session: () => call('link/session'),
    logIn: (institution, entered) => call('link/log_in', { institution, ...entered }),
    complete: (institution, accounts) => call('link/complete', { institution, accounts }),
    leave: () => call('link/complete', { accounts: [] }),
    enterByHand: () => call('link/complete', { accounts: [], by_hand: true }),
  };
}
