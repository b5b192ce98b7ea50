// From what is chosen and typed to the purchase request that one press of the button sends.
/** @import {Attempt} from "./attempts.js" */
/** @import {CardForm} from "./card-form.js" */
/** @import {CheckoutView} from "./checkout-view.js" */
/** @import {CheckoutContext, Means, PurchaseRequest} from "./types" */
import { keep, newRequestId, recall } from "./attempts.js";

/** Changes of a typed card are counted from one loading of the page to the next, where its fields are empty again. */
const PAGE = newRequestId();

/** @typedef {{ page: CheckoutContext, view: CheckoutView, cardForm: CardForm, retry: string | null }} Choice retry: the
 * declined transaction that is tried with another card */

/**
 * The unanswered attempt again, if nothing else was chosen since; else a new one, kept from now on.
 * @param {Choice} chosen
 * @returns {Promise<Attempt>}
 * @throws {CardProblem} when the typed card isn't complete, or Stripe can't read it
 */
export async function nextAttempt(chosen) {
  const { page, retry } = chosen;
  const attempt = recall(page);
  const choice = choiceOf(chosen);
  if (attempt?.choice === choice) return attempt;
  const means = await meansOf(chosen);
  /** @type {PurchaseRequest} */
  const request = {
    ...means,
    ...(retry ? { transaction_id: retry } : { items: linesOf(page) }),
    userId: page.userId,
    cogId: page.cogId,
    requestId: newRequestId(),
    openedAt: page.openedAt,
  };
  return keep(page, request, choice);
}

/** @param {Choice} chosen @returns {Promise<Means>} */
async function meansOf({ page, view, cardForm }) {
  const cardId = view.chosen;
  if (cardId) return { card_id: cardId };
  const email = view.email ?? page.email;
  const { token, paymentMethod } = await cardForm.tokenise(email);
  return { stripePayment: paymentMethod, tokenObj: token, save: view.saves, ...(email ? { email } : {}) };
}

/** @param {CheckoutContext} page */
function linesOf({ items }) {
  return items.map(({ item_id, price_cents, quantity }) => ({ item_id, price_cents, quantity }));
}

/** @param {Choice} chosen */
function choiceOf({ page, view, cardForm, retry }) {
  const typed = `new ${PAGE} ${cardForm.revision} ${view.saves} ${view.email}`;
  return JSON.stringify([view.chosen ?? typed, retry, linesOf(page)]);
}
