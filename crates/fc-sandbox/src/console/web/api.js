// The page's calls of the controls. The address of a control is relative to the page.

/** An error response with the sandbox's message. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body) {
  let response;
  try {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    response = await fetch(path, { method, body: sent });
  } catch {
    throw new Refused('The sandbox does not respond. Is it still running?', 0);
  }
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Refused(`The sandbox answered ${response.status} without JSON.`, response.status);
  }
  if (!response.ok) throw new Refused(answer.sandbox_error ?? `The sandbox answered ${response.status}.`, response.status);
  return answer;
}

export const get = (path) => call('GET', path);
export const post = (path, body = {}) => call('POST', path, body);
export const put = (path, body) => call('PUT', path, body);
export const remove = (path) => call('DELETE', path);

/** A path with a query of those values that are not empty. */
export function query(path, values) {
  const given = Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

/** A segment of a path. */
export const segment = encodeURIComponent;
