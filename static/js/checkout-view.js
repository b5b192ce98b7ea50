// What the checkout shows: the choice of cards, the pay button, the email field, the paid order.
/** @import {Card, Transaction} from "./types" */
import { cardElement, cardWords } from "./cards.js";
import { cloneTemplate, fill, find, findAll, maybe, setFieldProblem } from "./dom.js";
import { keepEmail, recallEmail } from "./typed-email.js";
import { words } from "./words.js";

const NEW_CARD = "new";

export class CheckoutView {
  #root;
  #form;
  #amount;
  /** What the running payment is about. */
  #paying = "";
  #queued = false;

  /** @param {string} amount what is to be paid, as people read it */
  constructor(amount) {
    this.#root = find("data-checkout");
    this.#form = find("data-checkout-form");
    this.#amount = amount;
    this.#form.addEventListener("change", () => this.#unfold());
    this.#restoreEmail();
    this.#unfold();
  }

  /** @param {() => void} handler */
  onPay(handler) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      handler();
    });
    findAll("data-pay").forEach((button) => button.removeAttribute("disabled"));
  }

  /** Call when the form for a new card is first seen, and each time again. @param {() => void} handler */
  onNewCard(handler) {
    const look = () => this.chosen === null && handler();
    this.#form.addEventListener("change", look);
    look();
  }

  /** The id of the chosen wallet card; null for a new card. @returns {string | null} */
  get chosen() {
    const checked = this.#form.querySelector("input[name=pay-with]:checked");
    return checked instanceof HTMLInputElement && checked.value !== NEW_CARD ? checked.value : null;
  }

  get saves() {
    const box = maybe("data-save-card", this.#form);
    return box instanceof HTMLInputElement && box.checked;
  }

  /** The guest's address, trimmed; null for an account. @returns {string | null} */
  get email() {
    return this.#emailInput?.value.trim() ?? null;
  }

  /** What is wrong with the guest's address; it is marked and focused. @returns {string | null} */
  checkEmail() {
    const input = this.#emailInput;
    if (!input) return null;
    const wrong = input.validity.valid ? null : words.email.wrong;
    const problem = this.email === "" ? words.email.missing : wrong;
    setFieldProblem(find("data-field=email"), problem);
    if (problem) input.focus();
    return problem;
  }

  /** @param {string} amount */
  setAmount(amount) {
    this.#amount = amount;
    find("data-pay-label").textContent = words.pay.idle(amount);
  }

  focusPay() {
    find("data-pay").focus();
  }

  /**
   * While a payment runs, nothing can be changed, and the focus stays on the button.
   * @param {boolean} busy
   * @param {boolean} [ours] false when the payment is another tab's
   * @param {string} [amount] of the payment, where it isn't this page's order
   */
  setBusy(busy, ours = true, amount = this.#amount) {
    const button = find("data-pay");
    if (busy && ours) button.focus();
    button.toggleAttribute("data-busy", busy && ours);
    button.setAttribute("aria-disabled", String(busy));
    this.#paying = busy && ours ? amount : "";
    if (!this.#paying) this.#queued = false;
    this.#label();
    find("data-fields").inert = busy;
  }

  /** Nothing has gone out yet. @param {boolean} queued */
  setQueued(queued) {
    this.#queued = queued;
    this.#label();
  }

  #label() {
    const doing = this.#queued ? words.pay.waiting : words.pay.busy;
    find("data-pay-label").textContent = this.#paying ? doing(this.#paying) : words.pay.idle(this.#amount);
    find("data-pay").toggleAttribute("data-queued", this.#queued);
  }

  /**
   * The wallet has changed: the same card stays chosen if it still is there.
   * @param {Card[]} cards
   */
  showCards(cards) {
    const list = maybe("data-card-choices");
    if (!list) return;
    const chosen = this.chosen;
    const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.value : null;
    list.replaceChildren(...cards.map((card) => cardElement("card-choice", card)));
    for (const input of list.querySelectorAll("input")) {
      input.value = input.closest("label")?.dataset.cardId ?? "";
      if (input.value === focused) input.focus();
    }
    const wanted = cards.some((card) => card.id === chosen) ? chosen : (cards[0]?.id ?? null);
    this.choose(chosen === null ? null : wanted);
  }

  /** @param {string | null} cardId null: a new card */
  choose(cardId) {
    for (const input of this.#form.querySelectorAll("input[name=pay-with]")) {
      if (input instanceof HTMLInputElement) input.checked = input.value === (cardId ?? NEW_CARD);
    }
    this.#form.dispatchEvent(new Event("change"));
  }

  /** @param {string} cardId that was just declined */
  markDeclined(cardId) {
    const tile = maybe(`data-card-id=${cardId}`, this.#form);
    if (!tile) return;
    tile.dataset.declined = "";
    find("data-when=declined", tile).hidden = false;
  }

  /** A wallet card that has not been declined in this checkout. @param {Card[]} cards @returns {Card | null} */
  nextCard(cards) {
    const fresh = cards.filter((card) => maybe(`data-card-id=${card.id}`, this.#form)?.dataset.declined === undefined);
    return fresh[0] ?? null;
  }

  /** @param {Transaction} transaction @param {boolean} elsewhere paid in another tab */
  showPaid(transaction, elsewhere) {
    const panel = cloneTemplate("paid");
    if (elsewhere) fill(panel, "headline", words.pay.doneElsewhere);
    fill(panel, "amount", transaction.amount_display);
    fill(panel, "card", transaction.card ? cardWords(transaction.card) : "");
    find("data-slot=receipt_email", panel).textContent = transaction.receipt_email;
    find("data-when=receipt_email", panel).hidden = !transaction.receipt_email;
    find("data-slot=receipt", panel).setAttribute("href", `/orders/${transaction.id}`);
    this.#form.replaceWith(panel);
    find("data-summary", this.#root).dataset.paid = "";
    document.title = words.pay.done(transaction.amount_display);
    find("data-slot=headline", panel).focus();
    // A reload now shows the receipt, not an empty checkout.
    history.replaceState(null, "", `/orders/${transaction.id}`);
  }

  /** Only a guest has one. @returns {HTMLInputElement | null} */
  get #emailInput() {
    return this.#form.querySelector("input[name=email]");
  }

  #unfold() {
    const body = maybe("data-new-card-body", this.#form);
    if (body) body.hidden = this.chosen !== null;
  }

  /** What a guest typed survives a detour to another page of this tab. */
  #restoreEmail() {
    const input = this.#emailInput;
    if (!input) return;
    input.value ||= recallEmail();
    input.addEventListener("input", () => {
      keepEmail(input.value);
      setFieldProblem(find("data-field=email"), null);
    });
  }
}
