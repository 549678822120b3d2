// The stream of changes. It says that something has changed, and the page reads again what it shows.

/**
 * Calls `changed` with the counters at the start, after each change, and after each new connection. `shown` gets the state of
 * the connection: `connecting`, `connected` or `reconnecting`.
 */
export function watch(changed, shown) {
  let source;
  let wait = 250;
  const open = () => {
    source = new EventSource('changes');
    source.addEventListener('open', () => {
      wait = 250;
      shown('connected');
    });
    source.addEventListener('changes', (event) => changed(JSON.parse(event.data)));
    source.addEventListener('error', () => {
      shown('reconnecting');
      // A browser gives up after some errors. The sandbox may start again at any time, so the page does not.
      source.close();
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 4000);
    });
  };
  shown('connecting');
  open();
}
