/** Assembles the page: the address says what is open, and everything else follows. */

import { Activity } from './activity.js';
import { DAMAGED, parse } from './address.js';
import { postLast } from './api.js';
import { refreshTimes, showReceipts } from './bubble.js';
import { prepareCalls, ring } from './calls.js';
import { EncryptedChannel } from './channels/encrypted.js';
import { PlainChannel } from './channels/plain.js';
import { Composer } from './composer.js';
import { connect } from './connect.js';
import { readKey } from './crypto/enc2.js';
import { ask, byId, closeAll, prepareDialogs, show } from './dialogs.js';
import { button, element } from './elements.js';
import { prepareFiles, showFiles } from './files.js';
import { Life } from './life.js';
import { Muted } from './muted.js';
import { prepareName, showName } from './naming.js';
import { fragmentOf, node } from './node.js';
import { part } from './parts.js';
import { newsOf, postSurely } from './pipes.js';
import { Presence } from './presence.js';
import { Room } from './room.js';
import { prepareSpeech } from './speech.js';
import { card, fillStart } from './start.js';
import { ICONS, Tab } from './tab.js';
import { COMMAND } from './text.js';
import { Timeline } from './timeline.js';
import { openTrace } from './trace.js';
import { Unread } from './unread.js';

const MARKS = { encrypted: 'Encrypted', trace: 'Encrypted, and held by no server', pipe: 'One to one, encrypted' };
const tab = new Tab(channel => part(import('./leaving.js')).then(({ leave }) => leave(channel, tab, room)).catch(failure => view.status(failure.message)));
let room = null;

const timeline = new Timeline(byId('scroller'), byId('log'), ({ atEnd, nearStart }) => {
  if (nearStart) room?.older();
  if (atEnd) unread.seen();
  else unread.show();
});
const unread = new Unread(timeline);
const muted = new Muted(timeline, () => room?.fill());
const activity = new Activity();
const life = new Life();
const presence = new Presence(names => activity.typing(names));
const composer = new Composer(() => presence.typing());
let explore = null; // loaded when somebody looks
let forms = null; // likewise

/**
 * @typedef {object} View
 * @property {Timeline} timeline
 * @property {Life} life
 * @property {Presence} presence
 * @property {Muted} muted
 * @property {(text: string) => void} status
 * @property {(state: 'begun'|'more'|'empty'|'none') => void} start
 * @property {(command: ?string, isSo: boolean, text?: string) => void} answering null: any command
 * @property {() => void} unread
 * @property {(isAbsent: boolean) => void} absent the other side of a pipe is not connected
 * @property {(channel: object) => void} arrived
 */
const view = {
  timeline, life, presence, muted,
  status: text => (byId('status').textContent = text),
  start: showStart,
  unread: () => {
    unread.add();
    tab.tell(room.channel);
  },
  absent: isSo => activity.absent(isSo),
  arrived: channel => showReceipts(byId('log'), number => channel.written.hasArrived(number)),
  answering: (command, isSo, text) => activity.answering(command, isSo, text),
};

// Opening

/** Opens what the address names. */
async function follow() {
  closeAll();
  const fragment = fragmentOf(location);
  const address = parse(fragment);
  if (['encrypted', 'trace', 'invitation'].includes(address.kind) && !canEncrypt()) return openNothing('Encryption needs https.');
  if (address.kind === 'plain') return enter(known(new PlainChannel(address.name)));
  if (tab.get(fragment)) return enter(tab.get(fragment));
  if (address.kind === 'encrypted' || address.kind === 'trace') {
    let [channel, why] = [null, DAMAGED];
    try {
      channel = await (address.kind === 'trace' ? openTrace(address) : openEncrypted(address));
    } catch (failure) {
      why = failure.message;
    }
    if (fragmentOf(location) !== fragment) return null; // something else was opened meanwhile
    return channel ? enter(known(channel)) : openNothing(why);
  }
  if (address.kind === 'invitation') return offerPipe(address, fragment).catch(failure => fragmentOf(location) === fragment && openNothing(failure.message));
  if (address.kind === 'pipe') {
    const pipe = tab.get(location.hash);
    return pipe ? enter(pipe) : openNothing('This pipe belonged to a page that was closed, and its keys are gone with it. Start a new one with “Talk to one person”.');
  }
  return openNothing(address.why);
}

async function openEncrypted({ label, key }) {
  const secret = await readKey(key);
  return secret && EncryptedChannel.from(label, secret);
}

/** Goes to a channel by its address. */
function go(channel) {
  tab.add(channel);
  if (location.hash === channel.fragment) enter(channel);
  else location.hash = channel.fragment;
}

function known(channel) {
  return tab.get(channel.fragment) ?? channel;
}

function enter(channel) {
  leaveRoom();
  tab.add(channel);
  tab.look(channel);
  room = new Room(channel, view);
  if (channel.kind === 'pipe') watchPipe(channel, room);
  dress(channel);
  const opened = room;
  composer.open(channel, text => send(opened, text));
  opened.enter().catch(failure => room === opened && view.status(failure.message));
  if (matchMedia('(hover: hover)').matches) composer.focus();
}

function leaveRoom() {
  if (room) room.channel.cursor = room.leave() ?? room.channel.cursor;
}

function openNothing(why) {
  leaveRoom();
  room = null;
  tab.look();
  timeline.clear();
  dress({ kind: 'plain', title: 'Malten' });
  life.watch({ stream: '' });
  showStart('none');
  byId('start').replaceChildren(typeof why === 'string' ? element('p', 'card', why) : why);
  composer.open();
  composer.close('Nothing is open');
}

/** Makes the page match what is open. */
function dress({ kind, title }) {
  document.documentElement.dataset.kind = kind;
  byId('title-text').textContent = title;
  const mark = byId('mark');
  mark.hidden = kind === 'plain';
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', MARKS[kind] ?? '');
  mark.querySelector('use').setAttribute('href', `#${ICONS[kind]}`);
  composer.close('');
  view.status('');
  showName();
  unread.watch(room ? `${title} – Malten` : 'Malten');
  activity.watch(room?.channel);
  muted.watch(room?.channel);
  for (const id of ['share-button', 'people-button']) byId(id).hidden = !room;
  showFiles(null, view.status);
  byId('call-button').hidden = true;
}

function create(kind) {
  if (kind !== 'public' && !canEncrypt()) return;
  part(import('./create.js')).then(({ Forms }) => (forms ??= new Forms({ canEncrypt, open: go, invite })).show(kind)).catch(failure => view.status(failure.message));
}

function canEncrypt() {
  if (globalThis.crypto?.subtle) return true;
  byId('insecure-origin').textContent = location.origin;
  show('insecure');
  return false;
}

// Pipes

async function invite(ttl) {
  const { PipeChannel } = await part(import('./channels/pipe.js'));
  go(await PipeChannel.invite(ttl, postSurely));
}

/** Asks first: a link may be opened by a scanner, or by mistake, and opens only once. */
async function offerPipe(invitation, fragment) {
  const { PipeChannel } = await part(import('./channels/pipe.js'));
  if (fragmentOf(location) !== fragment) return;
  const open = button('primary', 'Open the pipe', () => joinPipe(PipeChannel.join(invitation, postSurely)));
  openNothing(card('Somebody wants to talk with you alone', 'This link opens once, for one person, and is used up then. So far, nothing of it was sent to the server.', '', open));
}

function joinPipe(pipe) {
  history.replaceState(null, '', pipe.fragment); // keeps the seat and the secret out of the history
  enter(pipe);
}

function watchPipe(pipe, itsRoom) {
  pipe.onLine = (text, tone) => room === itsRoom && itsRoom.say(text, tone);
  prepareCalls(pipe, view.status);
  prepareFiles(pipe); // passes on what is not about files
  pipe.onPhase = () => {
    if (room !== itsRoom) return;
    const { text, tone, closed } = newsOf(pipe);
    itsRoom.say(text, tone);
    showPipe(pipe);
    activity.show();
    if (closed) itsRoom.hangUp();
  };
  pipe.onArrival = () => room === itsRoom && view.arrived(pipe);
  queueMicrotask(() => room === itsRoom && showPipe(pipe));
}

function showPipe(pipe) {
  const isWaiting = pipe.phase === 'waiting';
  const closed = newsOf(pipe)?.closed ?? '';
  composer.close(isWaiting ? 'Waiting for the other person…' : closed);
  byId('share-button').hidden = !pipe.isInviter || !isWaiting;
  byId('people-button').hidden = Boolean(closed);
  showFiles(pipe, view.status);
  byId('call-button').hidden = pipe.phase !== 'open';
  byId('title-text').textContent = pipe.phase === 'open' ? `Pipe · ${pipe.code}` : pipe.title;
  showStart('none');
}

// Sending

async function send(to, text) {
  const inClear = text.startsWith(COMMAND) && !['plain', 'trace'].includes(to.channel.kind); // without a trace, it is a text like others
  if (inClear && !await ask('Send this question unencrypted?',
    'ChatGPT can’t read encrypted messages. The server, OpenAI and everybody here will be able to read your question and the answer.', 'Send unencrypted',
    () => room === to && !to.channel.isLeft)) return false;
  await to.send(text, inClear);
  return true;
}

// Showing

function showStart(state) {
  fillStart(byId('start'), state, room?.channel);
}

// Wiring

prepareDialogs();
prepareSpeech(byId('mic'), byId('box'), text => composer.note(text));

const does = {
  explore() {
    show('explore');
    part(import('./explore.js')).then(({ Explore }) => (explore ??= new Explore()).open()).catch(failure => view.status(failure.message));
  },
  create() {
    byId('explore').close();
    create('public');
  },
  encrypt: () => create('encrypted'),
  trace: () => create('trace'),
  pipe: () => create('pipe'),
  people: () => show('people'),
  call: () => ring(room.channel).catch(failure => view.status(failure.message)),
  server: () => part(import('./server.js')).then(({ showServer }) => showServer(room?.channel)).catch(failure => view.status(failure.message)),
  share: () => room && part(import('./share.js')).then(({ share }) => share(room.channel)).catch(failure => view.status(failure.message)),
  alerts: () => tab.toggleAlerts().catch(failure => view.status(failure.message)),
  name: prepareName(() => room?.rename()),
};
document.addEventListener('click', event => does[event.target.closest?.('[data-does]')?.dataset.does]?.());

byId('skip').addEventListener('click', event => {
  event.preventDefault();
  composer.focus();
});
byId('home').addEventListener('click', event => {
  event.preventDefault();
  location.hash = '#_';
});
byId('rail').addEventListener('click', event => event.target.closest('a') && byId('rail').matches(':popover-open') && byId('rail').hidePopover());
byId('newer').addEventListener('click', () => {
  timeline.toEnd();
  composer.focus();
});
document.addEventListener('visibilitychange', () => timeline.atEnd && unread.seen());
addEventListener('hashchange', () => node() && follow());
addEventListener('pagehide', () => {
  for (const channel of tab.all) {
    const last = channel.leave?.();
    if (last) postLast(channel, { message: last.text, id: last.id });
  }
});
addEventListener('beforeunload', event => {
  for (const channel of tab.all) channel.prepareToLeave?.();
  if (tab.all.some(channel => channel.isAtStake || (channel.kind === 'pipe' && channel.phase === 'open'))) event.preventDefault();
});
setInterval(() => refreshTimes(byId('log')), 15_000);
connect(follow);
dispatchEvent(new Event('malten-is-up'));
