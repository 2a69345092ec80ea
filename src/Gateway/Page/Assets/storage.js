/** The tab's own storage, gone when the tab is closed. Where the browser forbids it, values last as long as the page is open. */

const instead = new Map();

/** @param {string} key @returns {string|null} */
export function recall(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return instead.get(key) ?? null;
  }
}

/** @param {string} key @param {string} value an empty one removes the entry */
export function remember(key, value) {
  try {
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  } catch {
    instead.set(key, value);
  }
}
