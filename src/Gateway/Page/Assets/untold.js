/** Lines that could not be shown because another stream was on the screen: they are told when theirs is again. */

const MOST = 32;

/** @param {{untold?: [string, string][]}} channel @param {string} text @param {string} tone */
export function keepLine(channel, text, tone) {
  channel.untold = [...channel.untold ?? [], [text, tone]].slice(-MOST);
}
