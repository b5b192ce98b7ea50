// Some seconds to change one's mind. They stand still while the pointer is on the way out, or the focus of a keyboard.

const UNDO_MS = 6_000;
/** Nobody is surprised by what happens the moment he looks away. */
const AT_LEAST_MS = 2_000;

export class SecondThoughts {
  #place;
  #then;
  #left = UNDO_MS;
  #began = 0;
  #timer = 0;
  #listening = new AbortController();

  /**
   * @param {HTMLElement} place where it can be undone
   * @param {() => void} then once nobody has changed his mind
   */
  constructor(place, then) {
    this.#place = place;
    this.#then = then;
    const { signal } = this.#listening;
    for (const event of ["pointerenter", "focusin"]) place.addEventListener(event, () => this.#look(), { signal });
    for (const event of ["pointerleave", "focusout"]) place.addEventListener(event, () => this.#look(event), { signal });
    this.#look();
  }

  stop() {
    this.#listening.abort();
    this.#pause();
  }

  /** @param {string} [leaving] the event of what is about to be no longer so */
  #look(leaving) {
    // A finger leaves its hover behind where it last touched.
    const hasMouse = matchMedia("(hover: hover)").matches;
    const pointed = leaving !== "pointerleave" && hasMouse && this.#place.matches(":hover");
    const focused = leaving !== "focusout" && this.#place.querySelector(":focus-visible") !== null;
    if (pointed || focused) this.#pause();
    else this.#run();
  }

  #pause() {
    this.#place.dataset.paused = "";
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#left = Math.max(AT_LEAST_MS, this.#left - (performance.now() - this.#began));
  }

  #run() {
    if (this.#timer) return;
    delete this.#place.dataset.paused;
    this.#began = performance.now();
    this.#timer = setTimeout(() => this.#then(), this.#left);
  }
}
