/** The server's clock, and times in words. */

/** Milliseconds by which two honest clocks may differ. */
export const CLOCKS = 120_000;
const NANOSECONDS = 1e6; // in a millisecond
let [ahead, since] = [0, -Infinity];

/** Sets the clock by a timestamp that the server has just sent. @param {number} created Unix nanoseconds */
export function setClock(created) {
  [ahead, since] = [toMilliseconds(created) - Date.now(), toMilliseconds(created) - performance.now()];
}

/** @returns {number} Unix milliseconds, by the server's clock. This machine's may be set back, and what runs steadily may stop while it sleeps */
export const now = () => Math.max(Date.now() + ahead, performance.now() + since);

/** @param {number} timestamp Unix nanoseconds @returns {number} Unix milliseconds */
export const toMilliseconds = timestamp => timestamp / NANOSECONDS;

/**
 * A timestamp is a multiple of 1024, so a number holds it exactly, but prints rounded to its shortest form. This prints
 * every digit.
 * @param {number} timestamp @returns {string}
 */
export const exactly = timestamp => BigInt(timestamp).toString();

/** @param {number} count @param {string} one @param {string} more after the number */
export const several = (count, one, more) => (count === 1 ? one : `${count} ${more}`);

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** @param {number} milliseconds @returns {string} */
export const inFull = milliseconds => absolute.format(milliseconds);

/** @param {number} milliseconds a moment in the past @param {number} [at] the present, by the same clock @returns {string} how long ago it was */
export function ago(milliseconds, at = now()) {
  const seconds = Math.max(0, (at - milliseconds) / 1000);
  if (seconds < 45) return 'now';
  if (seconds < 45 * 60) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  const hours = Math.round(seconds / 3600);
  return hours < 24 ? `${hours} h ago` : `${Math.round(hours / 24)} d ago`;
}

/** @param {number} seconds @returns {string} a length of time, e.g. "16:42" or "3 h 20 min" */
export function span(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
