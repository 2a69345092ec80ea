/* A classic script, so that it runs whatever becomes of the modules. When one of them can't be fetched (a phone that
   changes networks just then, a node that stops), nothing of the page would work: it is loaded again, a few times. */

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
      // without a memory it can't be counted, so it is not tried either
    }
    if (boots < MOST) setTimeout(() => location.reload(), 500 * boots);
    else document.getElementById('status').textContent = 'The page did not load whole. Check your connection, then load it again.';
  };

  addEventListener('error', again, true);
  addEventListener('malten-is-up', () => {
    removeEventListener('error', again, true);
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // nothing was remembered
    }
  });
})();
