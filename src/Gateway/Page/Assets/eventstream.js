/**
 * A connection of server-sent events, as EventSource makes them, that notices silence: a node says something every 15 s, be it a
 * comment, which EventSource keeps to itself. So it would wait for ever on a connection that is dead and that nobody has closed.
 */

const RETRY = 2000; // milliseconds until the next attempt, unless the server says otherwise
const LOOK = 5000; // milliseconds between two looks whether something has come
const SILENT = 9; // looks in a row at which nothing had

/** Counts only while the page is awake: that nothing comes while it is suspended is no sign of a dead connection. */
const rest = milliseconds => new Promise(resolve => AbortSignal.timeout(milliseconds).addEventListener('abort', resolve));

export class EventStream {
  #url;
  #attempt;
  #hasCome = false;
  #retry = RETRY;

  /** Whether it tries no more: the server's answer was not one of events, or it was closed. */
  isClosed = false;

  /** Set by whoever opens it. */
  onData = () => {};
  onLost = () => {};

  /** @param {() => URL} url to be asked for each time */
  constructor(url) {
    this.#url = url;
    this.#run();
  }

  close() {
    this.isClosed = true;
    this.#attempt?.abort();
  }

  async #run() {
    await null; // until whoever opens it hears
    while (!this.isClosed) {
      const attempt = this.#attempt = new AbortController();
      this.#watch(attempt);
      const isRefused = await this.#listen(attempt.signal).catch(() => false);
      attempt.abort();
      if (this.isClosed) return;
      this.isClosed = isRefused;
      this.onLost();
      if (!this.isClosed) await rest(this.#retry);
    }
  }

  /** @returns {Promise<boolean>} whether the server refuses; false where the connection is lost */
  async #listen(signal) {
    // Chromium has six connections to a server for what goes without credentials, and six more for the rest: with 'omit', as posts go, all tabs together
    // would have six for both. A node sets no cookies that could go along.
    const answer = await fetch(this.#url(), {
      headers: { accept: 'text/event-stream' }, cache: 'no-store', credentials: 'same-origin', referrerPolicy: 'no-referrer', signal,
    });
    if (answer.status !== 200 || !answer.headers.get('content-type')?.startsWith('text/event-stream')) return true;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let begun = '';;) {
      const { done, value } = await reader.read();
      if (done) return false;
      this.#hasCome = true;
      const lines = value.split('\n');
      lines[0] = begun + lines[0];
      begun = lines.pop();
      for (const line of lines) this.#hear(line);
    }
  }

  /** Every event of a node is one line. */
  #hear(line) {
    if (line.startsWith('retry: ')) this.#retry = Number(line.slice(7)) || RETRY;
    else if (line.startsWith('data: ') && !this.isClosed) this.#tell(line.slice(6));
  }

  #tell(data) {
    try {
      this.onData(data);
    } catch (failure) {
      reportError(failure); // it is not the connection's
    }
  }

  async #watch(attempt) {
    for (let silent = 0; silent < SILENT; silent = this.#hasCome ? 0 : silent + 1) {
      this.#hasCome = false;
      await rest(LOOK);
      if (attempt.signal.aborted) return;
    }
    attempt.abort();
  }
}
