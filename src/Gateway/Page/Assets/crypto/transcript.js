/**
 * What the messages of an encrypted stream say about each other. The server chooses which of them a reader gets, in which
 * order and with which dates; each message says what stood before it. This compares the two.
 */

import { CLOCKS } from '../clock.js';
import { visible } from '../text.js';
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
 * @param {Pick<Entry, 'id'|'hash'|'created'|'author'|'name'>[]} [known] all that the reader was ever shown, with the server's first dates
 * @param {number} [since] the server's date from which it holds messages: what is older may have faded for the authors of what follows
 * @returns {Map<string, Finding[]>} by id; a message without findings is left out
 */
export function findings(entries, isWhole, known = [], since = 0) {
  const places = new Map(entries.map(({ hash }, place) => [hash, place]));
  const written = Map.groupBy(entries, ({ author }) => author);
  const numbers = new Map([...written].map(([author, all]) => [author, numbersOf(all)]));
  const keys = keysOfNames([...known, ...entries]);
  const highest = new Map(); // author → the highest number so far
  const reached = new Map(); // author → the last place of what the author had seen so far
  const excused = new Set(); // authors with what they name that is not here: it may be older than all here
  const settled = new Set(); // authors who have written since all that is older should have reached them
  const dates = new Map(known.map(({ id, created }) => [id, created]));
  const shown = new Set(known.map(({ hash }) => hash)); // on this visit or before: the reader knows them, also where they are gone
  const withheld = holes(entries, known);
  const found = new Map();
  entries.forEach((entry, place) => {
    const { id, author, seen, time, created } = entry;
    const last = highest.get(author);
    const unseen = seen.filter(hash => !places.has(hash) && !shown.has(hash));
    const named = seen.map(hash => places.get(hash));
    reached.set(author, Math.max(reached.get(author) ?? -1, ...named.filter(at => at !== undefined)));
    if (!isWhole && !settled.has(author)) for (const hash of unseen) excused.add(author + hash);
    if (Math.min(time, created) > entries[0].created + DELIVERY) settled.add(author);
    const was = dates.get(id) ?? created;
    const all = [
      ...inSequence(entry, numbers.get(author), last, isWhole),
      ...told('unseen', unseen.filter(hash => !excused.has(author + hash)).length),
      ...amongOthers(entry, place, named, reached.get(author), entries, since),
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

/**
 * What one author has written: the hash of each number, the numbers that the author says could not be sent, how many below a
 * number are neither, and the hashes after which the author went on.
 */
function numbersOf(entries) {
  const hashes = new Map(entries.toReversed().map(({ number, hash }) => [number, hash]));
  const skipped = new Set(entries.flatMap(({ number, skipped: count }) => Array.from({ length: count }, (_, at) => number - 1 - at)));
  const present = [...new Set([...hashes.keys(), ...skipped])].sort((one, other) => one - other);
  const absent = new Map(present.map((number, rank) => [number, number - rank]));
  return { hashes, skipped, absent, followed: new Set(entries.map(({ previous }) => previous)) };
}

/** Compares a message with the others of its author. */
function* inSequence({ number, skipped: count, previous, hash }, { hashes, skipped, absent, followed }, last, isWhole) {
  const before = number === count ? NONE : hashes.get(number - count - 1);
  const isTakenBack = skipped.has(number) && followed.has(hash);
  if (hashes.get(number) !== hash || (before && before !== previous) || isTakenBack) yield { kind: 'changed' };
  if (last > number) yield { kind: 'late' };
  if (skipped.has(number) && !isTakenBack) yield { kind: 'skipped' };
  if (last === undefined) yield* isWhole ? told('faded', absent.get(number)) : [];
  else yield* told('missing', absent.get(number) - absent.get(last));
}

/** Compares what its author had seen, now and before, with what stands above it. */
function* amongOthers({ author, time, created }, place, named, reached, entries, since) {
  if (named.some(at => at > place)) yield { kind: 'before' };
  if (named.includes(undefined)) return;
  const before = Math.min(time, created) - DELIVERY;
  const newest = entries.findLastIndex((other, at) => at < place && other.author !== author && other.created >= since && other.created < before);
  if (newest > reached) yield { kind: 'behind' };
}

// Letters of other alphabets, and digits, that look like Latin letters in one case or the other (the common ones of Unicode's UTS 39).
const LOOKS = [...'авеікмнорсутхѕјһԁԛԝѵӏгүѡҽԍьαβεζηικμνορτυχγσςϳΝΥıi1|0ɑɡɪɩʋᴄᴏᴜᴠᴡᴢꜱʏօսհոզց'];
const LIKE = [...'abelkmhopcytxsjhdqwvlrywegbabezhlkmvoptuxyocjnylllloagllucouvwzsyouhnqg'];

const lookOf = one => LIKE[LOOKS.indexOf(one)];

/** The name as people take it in: without case, look-alike forms, spaces, marks, and letters that nobody sees (Hangul fillers, a Braille blank). */
const fold = name => Array.from(name.normalize('NFKC').replace(/[^\p{L}\p{N}\p{S}]|[\u115F\u1160\u2800]/gu, ''),
  one => lookOf(one) ?? lookOf(one.toLowerCase()) ?? one.toLowerCase()).join('').replaceAll('rn', 'm').replaceAll('vv', 'w');

/** What two names that people may confuse have in common; of one like `???`, all that is shown. */
const lookOfName = name => fold(name) || visible(name.normalize('NFKC'));

function keysOfNames(entries) {
  const keys = new Map();
  for (const { name, author } of entries) {
    const look = lookOfName(name);
    if (look) keys.set(look, (keys.get(look) ?? new Set()).add(author));
  }
  return keys;
}

function* namesakes({ name, author }, keys) {
  const all = [...keys.get(lookOfName(name)) ?? []];
  if (all.length > 1) yield { kind: 'namesake', place: all.indexOf(author) + 1, count: all.length };
}

/** @param {Entry[]} entries in the server's order @param {string} own @returns {string[]} the newest message of each of the others who wrote last */
export function heads(entries, own) {
  const newest = new Map();
  for (const { author, hash } of entries.toReversed())
    if (author !== own && !newest.has(author) && newest.size < SEEN_MOST) newest.set(author, hash);
  return [...newest.values()];
}
