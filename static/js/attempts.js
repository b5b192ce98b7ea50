// The attempt that has been sent and not answered, kept per shop and user for this tab: whatever happens to the page,
// the same purchase goes out under the same requestId, so it can be answered again but never made again.
/** @import {PageContext, PurchaseRequest} from "./types" */

/** Older than this, the person has left: nothing is sent again unasked. */
const KEPT_MS = 10 * 60_000;

/**
 * @typedef {object} Attempt
 * @property {PurchaseRequest} request
 * @property {string} choice what it was paid with, as the page puts it; another choice is another attempt
 * @property {number} at milliseconds since 1970
 */

/** @param {PageContext} page @returns {Attempt | null} */
export function recall(page) {
  const text = sessionStorage.getItem(keyOf(page));
  /** @type {Attempt | null} */
  const attempt = text ? JSON.parse(text) : null;
  return attempt && Date.now() - attempt.at < KEPT_MS ? attempt : null;
}

/** @param {PageContext} page @param {PurchaseRequest} request @param {string} choice */
export function keep(page, request, choice) {
  sessionStorage.setItem(keyOf(page), JSON.stringify({ request, choice, at: Date.now() }));
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
