/** The forms that create something: a stream, an encrypted stream, a pipe for two. */

import * as api from './api.js';
import { faultOf } from './address.js';
import { EncryptedChannel } from './channels/encrypted.js';
import { PlainChannel } from './channels/plain.js';
import { byId, onSubmit, show } from './dialogs.js';
import { fillSpans } from './life.js';
import { now } from './clock.js';
import { rememberTtl } from './memory.js';
import { openTrace } from './trace.js';

const OTHER = 'other';
const TITLES = { encrypted: 'New encrypted stream', trace: 'Leave no trace' };

export class Forms {
  /**
   * @param {{canEncrypt: () => boolean, open: (channel: object) => void, invite: (ttl: number) => Promise<void>}} callbacks
   *   when `canEncrypt` returns false, it has told people why
   */
  constructor(callbacks) {
    prepare(callbacks);
  }

  /** @param {'public'|'encrypted'|'trace'|'pipe'} kind */
  show(kind) {
    if (kind === 'pipe') return void show('pipe');
    byId('create-form').elements.kind.value = kind;
    byId('create-title').textContent = TITLES[kind] ?? 'New stream';
    show('create');
    byId('create-name').focus();
  }
}

function prepare({ canEncrypt, open, invite }) {
  const [name, ttl, seconds] = [byId('create-name'), byId('create-ttl'), byId('create-seconds')];
  const kinds = byId('create-form').elements.kind;
  fillSpans(ttl, [OTHER, 'another time, in seconds']);
  fillSpans(byId('pipe-ttl'));
  ttl.addEventListener('change', () => {
    seconds.hidden = ttl.value !== OTHER;
    if (!seconds.hidden) seconds.focus();
  });

  onSubmit('create', async () => {
    const settings = { name: name.value.trim().normalize('NFC'), kind: kinds.value, ttl: Number(ttl.value === OTHER ? seconds.value : ttl.value) };
    if (TITLES[settings.kind] && !canEncrypt()) return;
    const fault = settings.name && faultOf(settings.name);
    if (fault) throw new Error(fault);
    const channel = await begin(settings);
    if (channel.kind !== 'trace') rememberTtl(channel.stream, settings.ttl); // of those, the browser's storage keeps nothing
    channel.begunAt = now();
    byId('create').close();
    name.value = '';
    open(channel);
  });

  onSubmit('pipe', async () => {
    await invite(Number(byId('pipe-ttl').value));
    byId('pipe').close();
  });
}

async function begin({ name, kind, ttl }) {
  if (kind === 'encrypted') {
    const channel = await EncryptedChannel.from(name || 'secret');
    await api.begin({ stream: channel.stream, private: true, ttl });
    return channel;
  }
  if (kind === 'trace') {
    const channel = await openTrace({ label: name || 'no trace' });
    channel.ttl = ttl;
    await channel.ready();
    return channel;
  }
  const { stream } = await api.begin({ ...(name ? { stream: name } : {}), private: kind === 'private', ttl });
  return new PlainChannel(stream);
}
