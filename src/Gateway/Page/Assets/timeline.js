/**
 * The messages and lines of a stream, in order, each once. When entries are added, what the reader
 * is looking at stays where it is; at the very end, the view follows new entries.
 */

const MOST = 2048; // a tab may stay open for days; the server holds 1024
const END = 48; // pixels from the end that still count as the end

export class Timeline {
  #scroller;
  #log;
  #entries = []; // {order, id, element}, by order
  #ids = new Set();
  #following = true;
  #onScroll;

  /**
   * @param {HTMLElement} scroller @param {HTMLElement} log
   * @param {(where: {atEnd: boolean, nearStart: boolean}) => void} onScroll
   */
  constructor(scroller, log, onScroll) {
    [this.#scroller, this.#log, this.#onScroll] = [scroller, log, onScroll];
    scroller.addEventListener('scroll', () => {
      this.#following = this.atEnd;
      this.#onScroll({ atEnd: this.atEnd, nearStart: scroller.scrollTop < 320 });
    }, { passive: true });
    new ResizeObserver(() => this.#following && this.toEnd()).observe(scroller);
  }

  get atEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < END;
  }

  /** Whether the view follows new entries. */
  get following() {
    return this.#following;
  }

  /** The order of the last entry, or 0. */
  get newest() {
    return this.#entries.at(-1)?.order ?? 0;
  }

  /** The order of the first message, or 0: a line has a place, but no date. */
  get oldest() {
    return this.#entries.find(({ element }) => element.matches('.message'))?.order ?? 0;
  }

  /** Whether there is more than fits on the screen. */
  get overflows() {
    return this.#scroller.scrollHeight > this.#scroller.clientHeight + END;
  }

  get size() {
    return this.#entries.length;
  }

  /** @param {(id: string, element: HTMLElement) => void} look */
  each(look) {
    for (const { id, element } of this.#entries) look(id, element);
  }

  has(id) {
    return this.#ids.has(id);
  }

  toEnd() {
    this.#following = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  clear() {
    this.#entries = [];
    this.#ids.clear();
    this.#log.replaceChildren();
    this.#following = true;
  }

  /**
   * @param {{order: number, id: string, element: HTMLElement}[]} entries
   * @param {{quietly?: boolean}} [how] quietly: not announced by screen readers
   */
  add(entries, { quietly = false } = {}) {
    const fresh = entries.filter(({ id }) => !this.#ids.has(id) && this.#ids.add(id));
    if (fresh.length === 0) return;
    if (quietly) this.#log.setAttribute('aria-live', 'off');
    this.keepingView(() => {
      for (const entry of fresh) this.#insert(entry);
      this.#trim();
    });
    if (quietly) requestAnimationFrame(() => this.#log.setAttribute('aria-live', 'polite'));
  }

  /** @param {string[]} ids of what is to vanish */
  remove(ids) {
    const gone = new Set(ids);
    this.keepingView(() => {
      for (const { id, element } of this.#entries) if (gone.has(id) && this.#ids.delete(id)) element.remove();
      this.#entries = this.#entries.filter(({ id }) => this.#ids.has(id));
      this.#entries.forEach((_, at) => this.#group(at));
    }, gone);
  }

  #insert(entry) {
    let at = this.#entries.length;
    while (at > 0 && this.#entries[at - 1].order > entry.order) at--;
    this.#log.insertBefore(entry.element, this.#entries[at]?.element ?? null);
    this.#entries.splice(at, 0, entry);
    this.#group(at);
    this.#group(at + 1);
  }

  /** A message that follows another of the same speaker within minutes does not repeat the name. */
  #group(at) {
    const [before, entry] = [this.#entries[at - 1]?.element.dataset, this.#entries[at]?.element];
    if (!entry) return;
    const follows = before?.speaker !== undefined && before.speaker === entry.dataset.speaker
      && entry.dataset.at - before.at < 180_000;
    entry.classList.toggle('follows', follows);
  }

  #trim() {
    const most = this.#following ? MOST : 2 * MOST; // whoever reads old messages keeps them longer, but not for ever
    for (const { element, id } of this.#entries.splice(0, Math.max(0, this.#entries.length - most))) {
      element.remove();
      this.#ids.delete(id);
    }
  }

  /**
   * @param {() => void} change of what is shown: what the reader looks at stays where it is
   * @param {Set<string>} [gone] ids of what does not stay
   */
  keepingView(change, gone = new Set()) {
    const [top, anchor] = [this.#scroller.scrollTop, this.#following ? null : this.#firstVisible(gone)];
    const before = anchor?.offsetTop;
    change();
    if (this.#following) this.toEnd();
    else if (anchor?.isConnected) this.#scroller.scrollTop = top + anchor.offsetTop - before;
  }

  #firstVisible(gone) {
    const top = this.#scroller.scrollTop;
    const shown = this.#entries.filter(({ element, id }) => !element.hidden && !gone.has(id));
    let [low, high] = [0, shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { offsetTop, offsetHeight } = shown[middle].element;
      if (offsetTop + offsetHeight <= top) low = middle + 1;
      else high = middle;
    }
    return shown[low]?.element;
  }
}
