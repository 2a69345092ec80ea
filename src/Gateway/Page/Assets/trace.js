/** Streams that leave no trace. What they need is loaded when the first of them is opened. */

import { part } from './parts.js';

/** @param {{label: string, key?: string}} address without a key, a new stream @returns {Promise<object|null>} a channel; null when the link is damaged */
export async function openTrace(address) {
  const { TraceChannel } = await part(import('./trace/channel.js'));
  return address.key ? TraceChannel.open(address) : TraceChannel.from(address.label);
}
