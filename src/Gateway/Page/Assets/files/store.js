/**
 * Where a file goes as it comes: into the file that people choose, where browsers let them; else into the browser's own file system, from which it is
 * downloaded; else into memory. In the first two, any size is as much work for the page as a small one.
 */

const PIECE = 2 ** 20; // bytes that are written at once
const HELD_MOST = 8; // of them in the whole page
const PREFIX = 'malten-file-';

/**
 * @typedef {object} Store
 * @property {(bytes: Uint8Array) => Promise<void>} write @property {() => Promise<void>} finish @property {() => void} discard
 * @property {{url: string, name: string}|null} result what is downloaded, once it is whole; null where it is in its place
 */

let held = 0; // pieces in the whole page

/** Puts pieces together before they are written: each write has its price. */
class Pieces {
  #held = null;
  #length = 0;
  #write;

  constructor(write) {
    this.#write = write;
  }

  async add(bytes) {
    if (!this.#held && held >= HELD_MOST) return this.#write(bytes); // a sender who begins many at once pays for it alone
    if (!this.#held) [this.#held, held] = [new Uint8Array(PIECE), held + 1];
    for (let at = 0; at < bytes.length;) {
      const some = bytes.subarray(at, at + PIECE - this.#length);
      this.#held.set(some, this.#length);
      [this.#length, at] = [this.#length + some.length, at + some.length];
      if (this.#length === PIECE) await this.#flush();
    }
    return undefined;
  }

  /** Writes the rest. */
  async end() {
    await this.#flush();
    this.forget();
  }

  forget() {
    if (this.#held) held--;
    [this.#held, this.#length] = [null, 0];
  }

  async #flush() {
    const some = this.#held?.subarray(0, this.#length);
    this.#length = 0;
    if (some?.length > 0) await this.#write(some);
  }
}

/** A file that a stream is open to; the browser puts it in its place when the stream is closed, and not before. */
class FileStore {
  result = null;
  #writable;
  #pieces;
  #on;
  #isDiscarded = false;
  #isWritten = false;
  #isFinished = false;

  /**
   * @param {FileSystemWritableFileStream} writable
   * @param {{finish: () => Promise<object|null>, cancel: (isWritten: boolean) => void, forget: () => void}} on
   */
  constructor(writable, on) {
    [this.#writable, this.#on] = [writable, on];
    this.#pieces = new Pieces(bytes => writable.write(bytes));
  }

  write(bytes) {
    return this.#pieces.add(bytes);
  }

  async finish() {
    await this.#pieces.end();
    await this.#writable.close();
    this.#isWritten = true;
    const result = await this.#on.finish();
    if (this.#isDiscarded) return revoke(result);
    [this.result, this.#isFinished] = [result, true];
    return undefined;
  }

  discard() {
    if (this.#isDiscarded) return;
    this.#isDiscarded = true;
    this.#pieces.forget();
    revoke(this.result);
    this.result = null;
    // Until it is closed, if it is being closed, nobody else can do anything with it.
    if (this.#isFinished) this.#on.forget();
    else this.#writable.abort().catch(() => {}).finally(() => this.#on.cancel(this.#isWritten));
  }
}

class MemoryStore {
  result = null;
  #blobs = [];
  #pieces = new Pieces(bytes => this.#blobs?.push(new Blob([bytes]))); // browsers may put these on a disk
  #name;

  constructor(name) {
    this.#name = name;
  }

  write(bytes) {
    return this.#pieces.add(bytes);
  }

  async finish() {
    await this.#pieces.end();
    if (this.#blobs) this.result = { url: URL.createObjectURL(new Blob(this.#blobs, { type: 'application/octet-stream' })), name: this.#name };
    this.#blobs = [];
  }

  discard() {
    this.#pieces.forget();
    revoke(this.result);
    [this.#blobs, this.result] = [null, null];
  }
}

const revoke = result => void (result && URL.revokeObjectURL(result.url));

/** @param {string} name safe @returns {Promise<Store|null>} null when people were asked where, and did not say */
export async function openStore(name) {
  if (globalThis.showSaveFilePicker) {
    try {
      const handle = await showSaveFilePicker({ suggestedName: name });
      const cancel = isWritten => removeCancelled(handle, isWritten);
      return new FileStore(await handle.createWritable(), { finish: async () => null, cancel, forget: () => {} });
    } catch (failure) {
      if (failure.name === 'AbortError') return null;
    }
  }
  try {
    return await inOwnFileSystem(name);
  } catch {
    return new MemoryStore(name); // it has none, or may not use it
  }
}

/** Browsers make the file, or empty it, when it is chosen. One that still holds what was there before stays. */
async function removeCancelled(handle, isWritten) {
  try {
    if (isWritten || (await handle.getFile()).size === 0) await handle.remove?.();
  } catch {
    // it is gone, or in use
  }
}

async function inOwnFileSystem(name) {
  await cleaned;
  const folder = await navigator.storage.getDirectory();
  const id = PREFIX + crypto.randomUUID();
  let letGo = () => {};
  // Whoever comes later sees by the lock that this page is there, and needs it.
  await new Promise(resolve => {
    navigator.locks.request(id, () => {
      resolve();
      return new Promise(done => (letGo = done));
    });
  });
  const handle = await folder.getFileHandle(id, { create: true });
  const remove = () => folder.removeEntry(id).catch(() => {}).finally(letGo);
  // Without a type, no browser shows it instead of saving it.
  const finish = async () => ({ url: URL.createObjectURL(new File([await handle.getFile()], name, { type: 'application/octet-stream' })), name });
  return new FileStore(await handle.createWritable(), { finish, cancel: remove, forget: remove });
}

/** Removes what pages left that were closed. */
async function clean() {
  const folder = await navigator.storage.getDirectory();
  for await (const id of folder.keys()) {
    if (!id.startsWith(PREFIX)) continue;
    await navigator.locks.request(id, { ifAvailable: true }, lock => lock && folder.removeEntry(id));
  }
}

const cleaned = globalThis.navigator?.storage?.getDirectory ? clean().catch(() => {}) : null;
