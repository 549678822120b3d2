// Places of the console: `#/WORLD/VIEW/ID?query`. The address has all of it, so a bookmark, a reload and a copied address
// show the same place.

/** The place of the address. */
export function place() {
  const [path, text = ''] = location.hash.slice(1).split('?');
  const parts = path.split('/').filter(Boolean).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  const [world, view, id] = parts;
  return { world, view, id, query: Object.fromEntries(new URLSearchParams(text)) };
}

/** The address of a place. */
export function address(world, view, id, query = {}) {
  const path = [world, view, id].filter(Boolean).map(encodeURIComponent).join('/');
  const given = Object.entries(query).filter(([, value]) => value !== '' && value !== undefined && value !== null);
  const text = new URLSearchParams(given).toString();
  return `#/${path}${text ? `?${text}` : ''}`;
}

/** Goes to a place without a new entry in the history. */
export function replace(to) {
  history.replaceState(null, '', to);
}
