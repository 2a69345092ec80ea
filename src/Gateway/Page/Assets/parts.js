/** The parts of this page that are loaded when somebody first needs them. */

const LOST = 'A part of this page could not be loaded. Check your connection, then reload the page.';

/** @param {Promise<object>} loading the import of a part @returns {Promise<object>} which fails in words for people, not in the browser's */
export const part = loading => loading.catch(() => {
  throw new Error(LOST);
});
