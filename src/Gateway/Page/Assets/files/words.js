/** What people are told about files. */

import { visible } from '../text.js';
import { FAULT } from './frames.js';

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];
const LONGEST_NAME = 120;

/** @param {number} bytes @returns {string} in decimal units */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  let [value, unit] = [bytes / 1000, 0];
  for (; value >= 999.95 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** @param {number} seconds @returns {string} */
export function timeOf(seconds) {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min left`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min left`;
}

/**
 * @param {string} name by its sender's word
 * @returns {string} as it may be shown and saved: no paths, nothing that nobody sees or that turns the writing around
 */
export function safeName(name) {
  const safe = visible(name).replace(/[/\\:*?"<>|\p{Cc}\p{Cf}]/gu, '_').replace(/^[.\-~ ]+/, '_').replace(/[. ]+$/, '');
  if (!safe) return 'file';
  const characters = [...(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(safe) ? `_${safe}` : safe)];
  return characters.length <= LONGEST_NAME ? characters.join('') : [...characters.slice(0, LONGEST_NAME - 20), '…', ...characters.slice(-19)].join('');
}

/** @param {import('./transfer.js').SentFile|import('./transfer.js').OfferedFile} file @returns {string} why it failed */
export function failureOf({ fault, isOwn }) {
  switch (fault) {
    case FAULT.declined: return isOwn ? 'The other person does not want it.' : 'Declined.';
    case FAULT.unread: return isOwn ? 'It can’t be read. Has it changed, or gone?' : 'The other side can’t read it.';
    case FAULT.unwritten: return isOwn ? 'The other side can’t save it.' : 'It can’t be saved. Is the disk full?';
    case FAULT.mismatch: return 'What came is not what was sent: its SHA-256 is another. It was thrown away.';
    case FAULT.changed: return 'It is not as long as was said: it was changed meanwhile, or somebody lies.';
    case FAULT.lost: return 'The connection was over before all of it had come.';
    default: return 'Stopped.';
  }
}
