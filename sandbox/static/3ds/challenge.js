// The page of a bank that does what it is told. Stripe.js shows it in a frame over the shop; an intent that was
// confirmed with a return_url is sent here instead, with source and client_secret in the address.

import { call } from "../elements/api.js";
import { listen } from "../elements/line.js";

/**
 * @typedef {"complete"|"fail"|"cancel"} Outcome
 * @typedef {{kind: "three_d_secure"|"captcha", amount: number|null, currency: string|null, card: {brand: string, last4: string}}} Facts
 */

const TEXTS = {
  three_d_secure: {
    name: "Sandbox Bank",
    service: "3D Secure",
    title: "Confirm that it’s you",
    note: "No bank is asked and no money moves: you decide what the bank answers.",
    complete: "Complete authentication",
    fail: "Fail authentication",
  },
  captcha: {
    name: "Sandbox",
    service: "Protection against card testing",
    title: "Are you a person?",
    note: "Nobody is checked and no money moves: you decide how the check ends.",
    complete: "I am a person",
    fail: "Fail the check",
  },
};
const BRANDS = /** @type {Record<string, string>} */ ({
  visa: "Visa", mastercard: "Mastercard", amex: "American Express", discover: "Discover", diners: "Diners Club",
  jcb: "JCB", unionpay: "UnionPay",
});
// Where Stripe's minor units are not those of ISO 4217. Source: Stripe docs, "Supported currencies".
const EXPONENTS = /** @type {Record<string, number>} */ ({ isk: 2, ugx: 2, mga: 0 });

const sheet = /** @type {HTMLElement} */ (document.querySelector("[data-sheet]"));
const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (sheet.querySelectorAll("[data-outcome]"));
/** @type {(outcome: Outcome) => void} */
let answer;
/** @type {Promise<Outcome>} */
const answered = new Promise((resolve) => { answer = resolve; });

/** @param {Facts} facts */
function show({ kind, amount, currency, card }) {
  const texts = TEXTS[kind];
  document.body.classList.add(`is-${kind}`);
  for (const [slot, text] of Object.entries(texts)) write(slot, text);
  write("amount-label", amount === null ? "Purpose" : "Amount");
  write("amount", amount === null || currency === null ? "Save this card" : display(amount, currency));
  write("card", `${BRANDS[card.brand] ?? card.brand} •••• ${card.last4}`);
  sheet.hidden = false;
  buttons[1].focus({ preventScroll: true });
}

/** @param {string} slot @param {string} text */
function write(slot, text) {
  /** @type {HTMLElement} */ (sheet.querySelector(`[data-${slot}]`)).textContent = text;
}

/** @param {number} amount in minor units @param {string} currency */
function display(amount, currency) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  const digits = EXPONENTS[currency] ?? format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

/** @param {Outcome} outcome */
function choose(outcome) {
  for (const button of buttons) {
    button.classList.toggle("is-chosen", button.dataset.outcome === outcome);
    button.disabled = true;
  }
  write("status", outcome === "cancel" ? "Cancelling…" : "Telling the shop…");
  answer(outcome);
}

// Chromium's Tab leaves a modal dialog for frames of other origins below it, inert or not: so it goes round in here.
/** @param {KeyboardEvent} event */
function keepFocus(event) {
  const [first, last] = [buttons[0], buttons[buttons.length - 1]];
  if (document.activeElement !== (event.shiftKey ? first : last)) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}

/** As a page of its own: from the intent that waits back to the shop's return_url. */
async function visit() {
  const query = new URLSearchParams(location.search);
  const [source, secret] = [query.get("source") ?? "", query.get("client_secret") ?? ""];
  const isSetup = secret.startsWith("seti_");
  const path = `${isSetup ? "setup" : "payment"}_intents/${secret.split("_secret_")[0]}`;
  const key = "pk_test_sandbox";
  const intent = await call(key, "GET", path, { client_secret: secret });
  const facts = await call(key, "GET", `3ds2/challenge/${source}`, { client_secret: secret });
  const back = intent.next_action?.redirect_to_url?.return_url;
  if (facts.error || !back) return refuse();
  show(/** @type {any} */ (facts));
  const outcome = await answered;
  await call(key, "POST", "3ds2/authenticate", { source, client_secret: secret, outcome });
  const address = new URL(back);
  const name = isSetup ? "setup_intent" : "payment_intent";
  address.searchParams.set(name, secret.split("_secret_")[0]);
  address.searchParams.set(`${name}_client_secret`, secret);
  address.searchParams.set("redirect_status", outcome === "complete" ? "succeeded" : "failed");
  location.replace(address);
}

function refuse() {
  sheet.replaceChildren("There is nothing to authenticate here: it was answered already, or it never was.");
  sheet.hidden = false;
}

for (const button of buttons) {
  button.addEventListener("click", () => choose(/** @type {Outcome} */ (button.dataset.outcome)));
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !buttons[0].disabled) choose("cancel");
  if (event.key === "Tab") keepFocus(event);
});

if (window.parent === window) visit();
else listen({ open: show, outcome: () => answered });
