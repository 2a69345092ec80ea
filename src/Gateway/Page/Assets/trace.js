/** Streams that leave no trace. What they need is loaded when the first of them is opened. */

const LOST = 'A part of this page could not be loaded. Check your connection, then reload the page.';

/** @param {{label: string, key?: string}} address without a key, a new stream @returns {Promise<object|null>} a channel; null when the link is damaged */
export async function openTrace(address) {
  const { TraceChannel } = await import('./trace/channel.js').catch(() => {
    throw new Error(LOST);
  });
  return address.key ? TraceChannel.open(address) : TraceChannel.from(address.label);
}
