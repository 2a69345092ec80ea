/** The tab's own storage, gone when the tab is closed. Where the browser forbids it, the page remembers as long as it is open. */

const instead = new Map();

/** @param {string} key @returns {string|null} */
export function recall(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return instead.get(key) ?? null;
  }
}

/** @param {string} key @param {string} value nothing forgets it */
export function remember(key, value) {
  try {
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  } catch {
    instead.set(key, value);
  }
}
