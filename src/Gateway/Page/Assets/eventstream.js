/**
 * A connection of server-sent events, as EventSource makes them, that notices silence: a node says something every 15 s, be it a
 * comment, which EventSource keeps to itself. So it would wait for ever on a connection that is dead and that nobody has closed.
 */

const RETRY = { usual: 2000, least: 100, most: 60_000 }; // milliseconds until the next attempt: the usual unless the server says otherwise
const BACKOFF_MOST = 30_000; // where attempt after attempt brings nothing
const LINE_MOST = 16 * 2 ** 20; // characters
const LOOK = 5000; // milliseconds between two looks whether something has come
const SILENT = 9; // looks in a row at which nothing had

/** Counts only while the page is awake: that nothing comes while it is suspended is no sign of a dead connection. */
const rest = milliseconds => new Promise(resolve => AbortSignal.timeout(milliseconds).addEventListener('abort', resolve));

export class EventStream {
  #url;
  #attempt;
  #hasCome = false;
  #retry = RETRY.usual;
  #vain = 0; // attempts in a row that brought nothing
  #backOffMost;
  #id = ''; // of the event whose data comes next

  /** Whether it tries no more: the server's answer was not one of events, or it was closed. */
  isClosed = false;

  /** Set by whoever opens it. */
  onData = () => {}; // of the data of each event, and its id
  onLost = () => {};

  /** @param {() => URL} url to be asked for each time @param {number} [backOffMost] milliseconds between two attempts, unless the server asks for more */
  constructor(url, backOffMost = Infinity) {
    [this.#url, this.#backOffMost] = [url, Math.min(backOffMost, BACKOFF_MOST)];
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
      this.#tell(() => this.onLost());
      if (!this.isClosed) await rest(Math.max(this.#retry, Math.min(this.#backOffMost, this.#retry * 2 ** Math.max(0, this.#vain++ - 1))));
    }
  }

  /** @returns {Promise<boolean>} whether the server refuses, or says what has no end; false where the connection is lost */
  async #listen(signal) {
    // Over HTTP/1.1, Chromium has six connections to a server for what goes without credentials, and six more for the rest: pages, their parts, and by
    // default what a page asks of its own node. So what never ends goes without, and no number of tabs that hear can keep the node's page from loading,
    // or from posting. The saved page asks another origin than its own: all that it asks goes without, and shares six.
    const answer = await fetch(this.#url(), {
      headers: { accept: 'text/event-stream' }, cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer', signal,
    });
    if (answer.status !== 200 || !answer.headers.get('content-type')?.startsWith('text/event-stream')) return true;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let begun = '';;) {
      const { done, value } = await reader.read();
      if (done) return false;
      const lines = value.split('\n');
      lines[0] = begun + lines[0];
      begun = lines.pop();
      for (const line of lines) this.#hear(line);
      if (begun.length > LINE_MOST) return true;
    }
  }

  /** Every event of a node is one line. */
  #hear(line) {
    [this.#hasCome, this.#vain] = [true, 0];
    if (/^retry: \d+$/.test(line)) this.#retry = Math.min(RETRY.most, Math.max(RETRY.least, Number(line.slice(7))));
    else if (line.startsWith('id: ')) this.#id = line.slice(4);
    else if (line.startsWith('data: ') && !this.isClosed) this.#tell(() => this.onData(line.slice(6), this.#id));
    else if (line === '') this.#id = '';
  }

  #tell(act) {
    try {
      act();
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
