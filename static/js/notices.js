// The one place of a form where the page says how things stand (templates/macros/notice.html): a quiet line at rest,
// a state while something runs, or an error with its next step. Its height is reserved, so nothing jumps.
import { find } from "./dom.js";

export class Notices {
  #rest;
  #status;
  #error;

  /** @param {ParentNode} [root] */
  constructor(root = document) {
    this.#rest = find("data-rest", root);
    this.#status = find("data-status", root);
    this.#error = find("data-error", root);
  }

  rest() {
    this.#show(this.#rest);
  }

  /**
   * @param {string} sentence
   * @param {"wait" | "ok"} [tone]
   * @param {HTMLElement[]} actions what can be done now
   */
  status(sentence, tone = "wait", ...actions) {
    this.#status.dataset.tone = tone;
    this.#fill(this.#status, sentence, actions);
  }

  /**
   * @param {string} sentence
   * @param {HTMLElement[]} actions a list of facts, buttons, links
   */
  error(sentence, ...actions) {
    this.#fill(this.#error, sentence, actions);
    this.#error.focus();
  }

  /** @param {HTMLElement} notice @param {string} sentence @param {HTMLElement[]} actions */
  #fill(notice, sentence, actions) {
    find("data-text", notice).textContent = sentence;
    const place = find("data-actions", notice);
    place.replaceChildren(...actions);
    place.hidden = actions.length === 0;
    this.#show(notice);
  }

  /** @param {HTMLElement} shown */
  #show(shown) {
    for (const notice of [this.#rest, this.#status, this.#error]) notice.hidden = notice !== shown;
  }
}
