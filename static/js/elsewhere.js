// What other tabs and devices do in this shop, while this page is busy with something of its own or away.
/** @import {CheckoutContext, Transaction} from "./types" */
import { sameLines } from "./summary.js";

const OPEN = new Set(["pending", "requires_action", "processing"]);

export class Elsewhere {
  /** The newest of each that was heard and not yet looked at. @type {Map<string, Transaction>} */
  #heard = new Map();

  /** @param {Transaction} transaction */
  hear(transaction) {
    this.#heard.set(transaction.id, transaction);
  }

  /**
   * What has paid this very basket since the page was opened: then it is not paid again here.
   * @param {CheckoutContext} page
   * @returns {Transaction | null}
   */
  paid(page) {
    return this.#here(page).find((transaction) => paidSinceOpened(transaction, page)) ?? null;
  }

  /**
   * What runs in this shop, if it isn't known to the page already.
   * @param {CheckoutContext} page
   * @param {(transaction: Transaction) => boolean} isShown
   * @returns {Transaction | null}
   */
  running(page, isShown) {
    return this.#here(page).find((transaction) => OPEN.has(transaction.status) && !isShown(transaction)) ?? null;
  }

  clear() {
    this.#heard.clear();
  }

  /** @param {CheckoutContext} page */
  #here(page) {
    return [...this.#heard.values()].filter(({ cogId }) => cogId === page.cogId);
  }
}

/** A refund of an older order of the same things is no payment. @param {Transaction} transaction @param {CheckoutContext} page */
function paidSinceOpened({ status, paid_at, items }, page) {
  const isNew = paid_at !== null && Date.parse(paid_at) > Date.parse(page.openedAt);
  return status === "succeeded" && isNew && sameLines(items, page.items);
}
