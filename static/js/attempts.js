// The attempt that has been sent and not answered, kept per shop and user for this tab: whatever happens to the page,
// the same purchase goes out under the same requestId, so it can be answered again but never made again.
/** @import {CheckoutContext, Line, PageContext, PurchaseRequest} from "./types" */
import { sameLines } from "./summary.js";

/** Older than this, the person has left: nothing is sent again unasked. */
export const KEPT_MS = 10 * 60_000;

/**
 * @typedef {object} Attempt
 * @property {PurchaseRequest} request
 * @property {Line[]} lines what is bought with it
 * @property {string} choice what it was paid with, as the page puts it; another choice is another attempt
 * @property {number} at milliseconds since 1970
 * @property {boolean} [isSent] it has gone out, so it can't be taken back any more
 * @property {boolean} [isTold] the person was told that it did nothing: only their press sends it again
 */

/**
 * The unanswered attempt to pay what this page shows. One of another order is not this page's to send.
 * @param {CheckoutContext} page
 * @returns {Attempt | null}
 */
export function recall(page) {
  const text = sessionStorage.getItem(keyOf(page));
  /** @type {Attempt | null} */
  const attempt = text ? JSON.parse(text) : null;
  const isFresh = attempt && Date.now() - attempt.at < KEPT_MS;
  return isFresh && sameLines(attempt.lines ?? [], page.items) ? attempt : null;
}

/** @param {CheckoutContext} page @param {PurchaseRequest} request @param {string} choice @returns {Attempt} */
export function keep(page, request, choice) {
  const attempt = { request, lines: page.items, choice, at: Date.now() };
  sessionStorage.setItem(keyOf(page), JSON.stringify(attempt));
  return attempt;
}

/** @param {CheckoutContext} page @param {Attempt} attempt */
export function markSent(page, attempt) {
  sessionStorage.setItem(keyOf(page), JSON.stringify({ ...attempt, isSent: true, isTold: false }));
}

/** It did nothing, for certain. @param {CheckoutContext} page @param {Attempt} attempt */
export function markTold(page, attempt) {
  sessionStorage.setItem(keyOf(page), JSON.stringify({ ...attempt, isSent: false, isTold: true }));
}

/** A final answer is there. @param {PageContext} page */
export function forget(page) {
  sessionStorage.removeItem(keyOf(page));
}

/** A new requestId. (crypto.randomUUID would need https, which a shop on a local network lacks.) */
export function newRequestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {PageContext} page */
function keyOf(page) {
  return `cog-checkout:attempt:${page.cogId}:${page.userId}`;
}
