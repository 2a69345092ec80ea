/**
 * What the messages of an encrypted stream say about each other. The server chooses which of them a reader gets, in which
 * order and with which dates; each message says what stood before it. This compares the two.
 */

import { CLOCKS } from '../clock.js';
import { NONE, SEEN_MOST } from './enc2.js';

const DELIVERY = 60_000; // milliseconds after which a message should have reached everybody who is connected

/** @typedef {import('./enc2.js').Content & {id: string, hash: string, created: number}} Entry `created`: the server's date in milliseconds */

/**
 * @typedef {object} Finding
 * @property {'missing'|'faded'|'late'|'skipped'|'changed'|'unseen'|'before'|'behind'|'date'|'moved'|'withheld'|'namesake'} kind
 * @property {number} [count] of messages; for `namesake`, of keys @property {number} [place] of this key among them, from 1
 * @property {number} [was] the server's date on an earlier visit, in milliseconds
 */

/**
 * @param {Entry[]} entries in the server's order
 * @param {boolean} isWhole whether nothing that came before them should be gone
 * @param {{id: string, hash: string, created: number}[]} [known] all that the reader was ever shown, with the server's first dates
 * @returns {Map<string, Finding[]>} by id; a message without findings is left out
 */
export function findings(entries, isWhole, known = []) {
  const places = new Map(entries.map(({ hash }, place) => [hash, place]));
  const written = Map.groupBy(entries, ({ author }) => author);
  const numbers = new Map([...written].map(([author, all]) => [author, numbersOf(all)]));
  const keys = keysOfNames(entries);
  const highest = new Map(); // author → the highest number so far
  const excused = new Map(); // author → what the author's first message here names and is not here: it may be older than all here
  const dates = new Map(known.map(({ id, created }) => [id, created]));
  const shown = new Set(known.map(({ hash }) => hash)); // on this visit or before: the reader knows them, also where they are gone
  const withheld = holes(entries, known);
  const found = new Map();
  entries.forEach((entry, place) => {
    const { id, author, seen, time, created } = entry;
    const last = highest.get(author);
    const unseen = seen.filter(hash => !places.has(hash) && !shown.has(hash));
    if (!isWhole && last === undefined) excused.set(author, unseen);
    const was = dates.get(id) ?? created;
    const all = [
      ...inSequence(entry, numbers.get(author), last, isWhole),
      ...told('unseen', unseen.filter(hash => !excused.get(author)?.includes(hash)).length),
      ...amongOthers(entry, place, entries, places),
      ...(Math.abs(time - created) > CLOCKS ? [{ kind: 'date' }] : []),
      ...(was !== created ? [{ kind: 'moved', was }] : []),
      ...told('withheld', withheld.get(id)),
      ...namesakes(entry, keys),
    ];
    if (all.length > 0) found.set(id, all);
    highest.set(author, Math.max(last ?? 0, entry.number));
  });
  return found;
}

const told = (kind, count) => (count > 0 ? [{ kind, count }] : []);

/** Counts what is known and not here any more, by the message after which it stood. What is older than all here may have faded. */
function holes(entries, known) {
  const [ids, counts] = [new Set(entries.map(({ id }) => id)), new Map()];
  for (const { id, created } of known) {
    const above = ids.has(id) ? null : entries.findLast(other => other.created < created);
    if (above) counts.set(above.id, (counts.get(above.id) ?? 0) + 1);
  }
  return counts;
}

/** What one author has written: the hash of each number, and the numbers that the author could not send. */
function numbersOf(entries) {
  const hashes = new Map(entries.toReversed().map(({ number, hash }) => [number, hash]));
  const skipped = new Set(entries.flatMap(({ number, skipped: count }) => Array.from({ length: count }, (_, at) => number - 1 - at)));
  return { hashes, skipped };
}

/** Compares a message with the others of its author. */
function* inSequence({ number, skipped: count, previous, hash }, { hashes, skipped }, last, isWhole) {
  const before = number === count ? NONE : hashes.get(number - count - 1);
  if (hashes.get(number) !== hash || (before && before !== previous)) yield { kind: 'changed' };
  if (last > number) yield { kind: 'late' };
  if (skipped.has(number)) yield { kind: 'skipped' };
  if (last === undefined && !isWhole) return;
  const from = last ?? -1;
  const known = [...new Set([...hashes.keys(), ...skipped])].filter(one => one > from && one < number);
  yield* told(last === undefined ? 'faded' : 'missing', number - from - 1 - known.length);
}

/** Compares what its author had seen with what stands above it. */
function* amongOthers({ author, seen, time, created }, place, entries, places) {
  const known = seen.map(hash => places.get(hash));
  if (known.some(at => at > place)) yield { kind: 'before' };
  if (known.includes(undefined)) return;
  const before = Math.min(time, created) - DELIVERY;
  const newest = entries.findLastIndex((other, at) => at < place && other.author !== author && other.created < before);
  if (newest > Math.max(-1, ...known)) yield { kind: 'behind' };
}

// Letters of other alphabets, and digits, that look like Latin letters in one case or the other (the common ones of Unicode's UTS 39).
const LOOKS = [...'авеікмнорсутхѕјһԁԛԝѵӏгүѡҽԍьαβεζηικμνορτυχγσςϳΝΥıi1|0ɑɡɪɩʋᴄᴏᴜᴠᴡᴢꜱʏօսհոզց'];
const LIKE = [...'abelkmhopcytxsjhdqwvlrywegbabezhlkmvoptuxyocjnylllloagllucouvwzsyouhnqg'];

const lookOf = one => LIKE[LOOKS.indexOf(one)];

/** The name as people take it in: without case, look-alike forms, spaces and marks. */
export const fold = name => Array.from(name.normalize('NFKC').replace(/[^\p{L}\p{N}\p{S}]/gu, ''),
  one => lookOf(one) ?? lookOf(one.toLowerCase()) ?? one.toLowerCase()).join('').replaceAll('rn', 'm').replaceAll('vv', 'w');

function keysOfNames(entries) {
  const keys = new Map();
  for (const { name, author } of entries) {
    const folded = fold(name);
    if (folded) keys.set(folded, (keys.get(folded) ?? new Set()).add(author));
  }
  return keys;
}

function* namesakes({ name, author }, keys) {
  const all = [...keys.get(fold(name)) ?? []];
  if (all.length > 1) yield { kind: 'namesake', place: all.indexOf(author) + 1, count: all.length };
}

/** @param {Entry[]} entries in the server's order @param {string} own @returns {string[]} the newest message of each of the others who wrote last */
export function heads(entries, own) {
  const newest = new Map();
  for (const { author, hash } of entries.toReversed())
    if (author !== own && !newest.has(author) && newest.size < SEEN_MOST) newest.set(author, hash);
  return [...newest.values()];
}
