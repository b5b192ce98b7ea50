// The form that adds a card to the wallet: Stripe's objects, our server's check, and the bank's question if it has one.
/** @import {Ack, AddCardRequest, Card, PageContext} from "./types" */
/** @import {Stripe} from "@stripe/stripe-js" */
/** @import {Link} from "./socket.js" */
/** @import {Notices} from "./notices.js" */
import { asPerson } from "./captcha.js";
import { CardForm, CardProblem } from "./card-form.js";
import { announce, find, makeButton } from "./dom.js";
import { words } from "./words.js";

/** The card may still wait for its bank: then with a secret to ask with. @typedef {Ack<{ card: Card, client_secret?: string }>} Answer */

export class AddCard {
  #page;
  #link;
  #stripe;
  #notices;
  #onAdded;
  #cardForm;
  #form = find("data-add-form");
  #opener = find("data-add-open");
  #busy = false;
  /** The expired card that the next saved one replaces. @type {string | null} */
  #replaced = null;

  /**
   * @param {PageContext} page
   * @param {Link} link
   * @param {Stripe | null} stripe
   * @param {Notices} notices
   * @param {(cardId: string, replaced: string | null) => void} onAdded with the id of the card that it replaces
   */
  constructor(page, link, stripe, notices, onAdded) {
    this.#page = page;
    this.#link = link;
    this.#stripe = stripe;
    this.#notices = notices;
    this.#onAdded = onAdded;
    this.#cardForm = new CardForm(stripe, this.#form);
    this.#listen();
  }

  /** @param {string | null} [replaced] id of the expired card that the new one is for */
  open(replaced = null) {
    if (this.#busy) return;
    this.#replaced = replaced;
    this.#form.hidden = false;
    this.#opener.setAttribute("aria-expanded", "true");
    this.#notices.rest();
    this.#cardForm.mount();
    this.#form.scrollIntoView({ block: "nearest" });
    this.#cardForm.focus();
  }

  /** What was typed stays, for the next time it is opened; what it was opened for doesn't. */
  close() {
    if (this.#busy) return;
    const { activeElement } = document;
    // Who has gone on to something else while the card was saved stays there.
    const isElsewhere = activeElement !== document.body && !this.#form.contains(activeElement);
    this.#replaced = null;
    this.#form.hidden = true;
    this.#opener.setAttribute("aria-expanded", "false");
    // Nor does the bank's question, which would still save this card.
    this.#notices.rest();
    if (!isElsewhere) this.#opener.focus();
  }

  #listen() {
    this.#opener.removeAttribute("disabled");
    this.#opener.addEventListener("click", () => (this.#form.hidden ? this.open() : this.close()));
    find("data-add-close", this.#form).addEventListener("click", () => this.close());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(() => this.#added());
    });
  }

  /** @param {() => Promise<Answer>} bring the card as typed, or the bank's answer for what was brought before */
  async #save(bring) {
    if (this.#busy) return;
    this.#setBusy(true);
    try {
      const ack = await bring();
      if (ack.status === "error") return this.#notices.error(ack.error.message);
      if (!isSaved(ack.card)) return this.#unanswered(ack.card, ack.client_secret);
      const replaced = this.#replaced;
      this.#cardForm.clear();
      this.#setBusy(false);
      this.close();
      this.#notices.status(words.wallet.saved, "ok");
      this.#onAdded(ack.card.id, replaced);
    } catch (problem) {
      if (!(problem instanceof CardProblem)) throw problem;
      this.#notices.rest();
      announce(problem.message);
    } finally {
      this.#setBusy(false);
    }
  }

  /**
   * The bank's question wasn't shown, or was closed. What was typed stays, and so does the card that it replaces.
   * @param {Card} card
   * @param {string} [secret] none once the bank has been answered and only Stripe has to make up its mind
   */
  #unanswered(card, secret) {
    const goOn = secret ? [makeButton(words.pay.goOn, () => this.#save(() => this.#confirmed(card, secret)))] : [];
    this.#notices.status(words.wallet.unanswered, "wait", ...goOn);
  }

  /** @returns {Promise<Answer>} */
  async #added() {
    const { token, paymentMethod } = await this.#cardForm.tokenise(this.#page.email);
    this.#notices.status(words.wallet.saving);
    const { userId, cogId, email } = this.#page;
    /** @type {AddCardRequest} */
    const request = { paymentMethod, token, userId, cogId, email: email ?? "", tokenType: "permanent" };
    const ack = await asPerson(request, (asked) => this.#link.request("create-payment-method", asked));
    if (ack.status === "error" || ack.next_action !== "confirm-card" || !ack.client_secret) return ack;
    return this.#confirmed(ack.card, ack.client_secret);
  }

  /**
   * Whatever the browser is told of the bank's answer, the server asks Stripe.
   * @param {Card} card
   * @param {string} secret
   * @returns {Promise<Answer>}
   */
  async #confirmed(card, secret) {
    this.#notices.status(words.wallet.authenticating);
    await this.#stripe?.handleNextAction({ clientSecret: secret }).catch(() => null);
    this.#notices.status(words.wallet.saving);
    return this.#link.request("confirm-card", { card_id: card.id });
  }

  /** A card that is on its way can't be cancelled, and the next one has to wait for its form. @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    const save = find("data-add-save", this.#form);
    save.toggleAttribute("data-busy", busy);
    for (const button of [save, find("data-add-close", this.#form), this.#opener]) button.setAttribute("aria-disabled", String(busy));
  }
}

/** Success alone means that the server knows where the card stands. @param {Card} card */
function isSaved(card) {
  return card.verified;
}
