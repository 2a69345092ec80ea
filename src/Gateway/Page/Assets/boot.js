/**
 * A classic script, so that it runs even when the modules don't. If a module can't be fetched (a phone changes networks,
 * a node stops), nothing on the page works, so this script reloads the page, a few times at most.
 */

(() => {
  const KEY = 'malten.boots';
  const MOST = 5;

  const again = event => {
    if (event.target?.type !== 'module') return;
    let boots = MOST;
    try {
      boots = Number(sessionStorage.getItem(KEY)) + 1;
      sessionStorage.setItem(KEY, boots);
    } catch {
      // without storage the attempts can't be counted, so the page is not reloaded
    }
    if (boots < MOST) setTimeout(() => location.reload(), 500 * boots);
    else document.getElementById('status').textContent = 'The page did not load completely. Check your connection, then reload it.';
  };

  addEventListener('error', again, true);
  addEventListener('malten-is-up', () => {
    removeEventListener('error', again, true);
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // nothing was stored
    }
  });
})();
