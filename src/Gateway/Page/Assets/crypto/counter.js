/** The IV of a pipe's messages: a counter for each direction, which reveals replays and losses. */

/** @param {bigint} count @returns {Uint8Array} four zero bytes and the count, big-endian */
export function ivOf(count) {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setBigUint64(4, count);
  return iv;
}

/** @param {Uint8Array} iv @returns {bigint|null} null when it is not a counter */
export function countOf(iv) {
  const view = new DataView(iv.buffer, iv.byteOffset, 12);
  return view.getUint32(0) === 0 ? view.getBigUint64(4) : null;
}
