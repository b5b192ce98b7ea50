// The card field (Stripe's, in its frame), the name on the card, and turning both into Stripe's objects.
/** @import {PaymentMethod, Stripe, StripeCardElement, StripeElementStyle, Token} from "@stripe/stripe-js" */
import { find, findInput, setFieldProblem } from "./dom.js";
import { language } from "./translate.js";
import { words } from "./words.js";

/** What is missing or wrong, for the person; the field that it is about has been marked and focused. */
export class CardProblem extends Error {}

export class CardForm {
  /** Counts changes of what is typed: the same number means the same card. */
  revision = 0;
  #root;
  #stripe;
  /** @type {StripeCardElement | null} */
  #element = null;
  #complete = false;

  /**
   * @param {Stripe | null} stripe null when Stripe.js could not be loaded
   * @param {ParentNode} [root]
   */
  constructor(stripe, root = document) {
    this.#stripe = stripe;
    this.#root = find("data-card-form", root);
    findInput("data-name-on-card", this.#root).addEventListener("input", () => {
      this.revision += 1;
      this.#nameProblem(null);
    });
  }

  /** Put the card field into the page; again and again is harmless. */
  mount() {
    if (this.#element) return;
    if (!this.#stripe) return this.#cardProblem(words.card.unloaded);
    const element = this.#stripe.elements({ locale: language }).create("card", { style: cardStyle(), disableLink: true });
    element.on("change", (event) => {
      this.revision += 1;
      this.#complete = event.complete;
      this.#cardProblem(event.error?.message ?? "");
    });
    element.on("loaderror", () => this.#cardProblem(words.card.unloaded));
    element.mount(find("data-card-element", this.#root));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => element.update({ style: cardStyle() }));
    this.#element = element;
  }

  focus() {
    this.#element?.focus();
  }

  /** Forget what was typed: only after the card has been saved. */
  clear() {
    this.#element?.clear();
    findInput("data-name-on-card", this.#root).value = "";
  }

  /**
   * @param {string | null} email for the billing details
   * @returns {Promise<{ token: Token, paymentMethod: PaymentMethod }>}
   * @throws {CardProblem} when something is missing, or Stripe can't read the card
   */
  async tokenise(email) {
    const { stripe, element } = { stripe: this.#stripe, element: this.#element };
    if (!stripe || !element) throw this.#unreadable(words.card.unloaded);
    const name = findInput("data-name-on-card", this.#root).value.trim();
    this.#nameProblem(name ? null : words.card.name);
    if (this.#complete && !name) throw this.#nameless();
    // Asked also when it isn't complete for all we know: on a busy machine the field's last word comes late.
    const { token, error } = await stripe.createToken(element, { name });
    if (!token) throw this.#unreadable(error?.message);
    if (!name) throw this.#nameless();
    const made = await stripe.createPaymentMethod({
      type: "card",
      card: element,
      billing_details: { name, ...(email ? { email } : {}) },
    });
    if (!made.paymentMethod) throw this.#unreadable(made.error?.message);
    return { token, paymentMethod: made.paymentMethod };
  }

  #nameless() {
    findInput("data-name-on-card", this.#root).focus();
    return new CardProblem(words.card.name);
  }

  /** @param {string | undefined} message */
  #unreadable(message) {
    const sentence = message || words.card.unread;
    this.#cardProblem(sentence);
    this.focus();
    return new CardProblem(sentence);
  }

  /** @param {string} sentence empty when there is none */
  #cardProblem(sentence) {
    const note = find("data-card-note", this.#root);
    note.textContent = sentence;
    note.dataset.tone = sentence ? "danger" : "";
  }

  /** @param {string | null} problem */
  #nameProblem(problem) {
    setFieldProblem(find("data-field=name-on-card", this.#root), problem);
  }
}

/** The page's own type and colours, for the inside of Stripe's frame. @returns {StripeElementStyle} */
function cardStyle() {
  const body = getComputedStyle(document.body);
  const ink = token("--ink");
  return {
    base: {
      color: ink,
      iconColor: token("--ink-soft"),
      fontFamily: body.fontFamily,
      fontSize: "16px",
      fontSmoothing: "antialiased",
      "::placeholder": { color: token("--ink-soft") },
      ":-webkit-autofill": { color: ink },
    },
    invalid: { color: token("--danger"), iconColor: token("--danger") },
  };
}

/**
 * A colour token as `rgb(...)`: Stripe's frame may know fewer ways of writing colours than the page does.
 * @param {string} name
 */
function token(name) {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const value = getComputedStyle(document.documentElement).getPropertyValue(name);
  if (!context) return "";
  context.fillStyle = value;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}
