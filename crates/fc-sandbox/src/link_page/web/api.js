// What the page asks of the sandbox. The client secret is the page's only right, and travels in a header alone.

/** A refusal, in the sandbox's words. `down` says that the institution cannot be reached. */
export class Refused extends Error {
  down = false;
}

/** The calls that the holder of `clientSecret` can make. */
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
      throw new Refused('The sandbox does not answer. Is it still running?');
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
  };
}
