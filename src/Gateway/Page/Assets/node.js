/** The node that this page speaks to: the one that served it, or for a page from the disk the one that people name. */

let base = location.protocol === 'file:' ? null : new URL('./', document.baseURI);

/** @returns {URL|null} null until a node is named */
export const node = () => base;

/**
 * @param {URL|Location} url
 * @returns {string} its fragment; a damaged one where the link was cut right after its #
 */
export const fragmentOf = ({ hash, href }) => hash || (href.endsWith('#') ? '#/' : '');

/** @param {string} path @returns {URL} */
export const atNode = path => new URL(path, base ?? document.baseURI);

/**
 * @param {string} text the address of a node, or a link to one of its streams
 * @returns {Promise<string|null>} the link's fragment; null when no node answers there
 */
export async function setNode(text) {
  let url;
  try {
    url = new URL(/^https?:\/\//i.test(text) ? text : `https://${text}`);
    const answer = await fetch(new URL('./healthz', url));
    if (!answer.ok) return null;
  } catch {
    return null;
  }
  base = new URL('./', url);
  const policy = document.createElement('meta'); // from here on the page can't send anything anywhere else
  Object.assign(policy, { httpEquiv: 'Content-Security-Policy', content: `connect-src ${base.origin}` });
  document.head.append(policy);
  return fragmentOf(url);
}
