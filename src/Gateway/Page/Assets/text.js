/** Message text. Everything here makes nodes, never markup: a message is text and stays text. */

import { atNode } from './node.js';

export const TEXT_MOST = 1024;
export const COMMAND = '/malten ';
export const NAME_MOST = 32;

/** @param {string} text @returns {number} its characters as the server counts them: Unicode scalar values */
export function characters(text) {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

// What nobody sees, or what turns the writing around (Default_Ignorable_Code_Point, as UTS 39 recommends). Joiners and
// variation selectors stay after letters of scripts that need them, and in emoji.
const UNSEEN = /(?<=[[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]--[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Inherited}]]\uFE0F?)([\u200C\u200D\uFE0F])|[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Zl}\p{Zp}\u2800]/gv;

/** @param {string} name @returns {string} what of it may be shown: no invisible characters, and no tower of marks on one letter */
export const visible = name => name.normalize('NFC').replace(UNSEEN, '$1').replace(/(\p{M}{4})\p{M}+/gu, '$1').trim();

const TURNS = /[\u202A-\u202E\u2066-\u2069]/; // the writing around
const TOKENS = /\bhttps?:\/\/[^\s<>"“”]+|(?<=^|[\s(])#[\p{L}\p{N}_-]{1,64}/giu;

/**
 * @param {string} text
 * @returns {DocumentFragment} the text, with web addresses and #streams as links
 */
export function linked(text) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    const token = match[0].startsWith('#') ? match[0] : withoutTrail(match[0]);
    const link = TURNS.test(token) ? null : token.startsWith('#') ? streamLink(token) : webLink(token);
    if (!link) continue;
    fragment.append(text.slice(at, match.index), link);
    at = match.index + token.length;
  }
  fragment.append(text.slice(at));
  return fragment;
}

/** Punctuation that ends a sentence is not part of the address, nor is a mark that ends a turn of the writing, nor a closing bracket whose opening one is not. */
function withoutTrail(address) {
  let end = address.length;
  while (end > 0) {
    const last = address[end - 1];
    if (/[.,;:!?'’\u202C\u2069]/.test(last)) end--;
    else if (last === ')' && !address.slice(0, end).includes('(')) end--;
    else break;
  }
  return address.slice(0, end);
}

function streamLink(token) {
  const link = document.createElement('a');
  link.href = `#${encodeURIComponent(token.slice(1).normalize('NFC'))}`;
  link.textContent = token;
  link.className = 'stream';
  return link;
}

function webLink(token) {
  const url = tryUrl(token);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  if (url.username || url.password) return null; // https://bank.example@evil.example leads to evil.example
  const link = document.createElement('a');
  link.href = url.href;
  link.textContent = token;
  const here = atNode('./');
  if (url.origin === here.origin && url.pathname === here.pathname && url.hash) {
    link.href = url.hash; // stays in a page that was opened from a file, and keeps the key from the one that the node serves
    return link;
  }

  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow';
  return link;
}

function tryUrl(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
