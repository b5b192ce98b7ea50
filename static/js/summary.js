// The order on the page: which lines it has, and fetching it afresh without losing what was typed.
/** @import {CheckoutContext, Line, Transaction} from "./types" */
import { find, maybe } from "./dom.js";

/**
 * The checkout of these lines as the server has it now. The summary on the page is replaced by the server's.
 * @param {{ item_id: string, quantity: number }[]} lines
 * @returns {Promise<CheckoutContext | null>} null when it can't be had
 */
export async function refreshOrder(lines) {
  const page = await fetchPage(addressOf(lines));
  const context = page?.getElementById("checkout-context")?.textContent;
  const fresh = page && maybe("data-summary", page);
  if (!context || !fresh) return null;
  const shown = find("data-summary");
  fresh.toggleAttribute("open", shown.hasAttribute("open"));
  shown.replaceWith(document.importNode(fresh, true));
  return JSON.parse(context);
}

/** Where this order can be opened again. @param {{ item_id: string, quantity: number }[]} lines */
export function addressOf(lines) {
  const query = new URLSearchParams({ cog: find("data-checkout").dataset.cogSlug ?? "" });
  for (const line of lines) query.append("item", `${line.item_id}:${line.quantity}`);
  return `/checkout?${query}`;
}

/**
 * What has been bought leaves the basket of this visit. One line at a time: the basket is a cookie.
 * @param {Line[]} lines
 */
export async function emptyBasket(lines) {
  const { cogSlug = "", csrf = "" } = find("data-checkout").dataset;
  for (const { item_id } of lines) {
    const body = new URLSearchParams({ item_id, quantity: "0", csrf_token: csrf });
    const headers = { Accept: "application/json" };
    await fetch(`/shop/${cogSlug}/basket`, { method: "POST", body, headers, keepalive: true }).catch(() => null);
  }
}

/**
 * Whether a transaction buys exactly these lines.
 * @param {Transaction} transaction
 * @param {Line[]} lines
 */
export function buys(transaction, lines) {
  return sameLines(transaction.items, lines);
}

/** Whether both are the same order, in whatever sequence. @param {Line[]} some @param {Line[]} others */
export function sameLines(some, others) {
  /** @param {Line[]} all */
  const text = (all) => all.map((line) => `${line.item_id} ${line.quantity} ${line.price_cents}`).sort().join();
  return text(some) === text(others);
}

/** @param {string} address */
async function fetchPage(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}
