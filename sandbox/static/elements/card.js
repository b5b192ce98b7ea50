// The card field. It lives in a frame of its own: what is typed here goes to the sandbox's API and nowhere else,
// the page around it only hears what a change event says.

import { call } from "./api.js";
import { schemeOf } from "./brands.js";
import { faultOf, isFull } from "./checks.js";
import { digitsOf, format } from "./entry.js";
import { arrange } from "./layout.js";
import { listen } from "./line.js";
import { sheetFrom } from "./style.js";
import { wordsFor } from "./words.js";

/**
 * @typedef {import("./entry.js").FieldName} FieldName
 * @typedef {import("@stripe/stripe-js").StripeCardElementOptions} Options
 * @typedef {{key: string, path: "tokens"|"payment_methods", params: Record<string, any>}} Order
 */

const ORDER = /** @type {FieldName[]} */ (["number", "expiry", "cvc", "postal"]);
const form = /** @type {HTMLFormElement} */ (document.querySelector(".line"));
const mark = /** @type {HTMLElement} */ (form.querySelector("[data-mark]"));
const inputs = /** @type {Record<FieldName, HTMLInputElement>} */ (
  Object.fromEntries(ORDER.map((name) => [name, form.querySelector(`[data-field=${name}]`)]))
);
const parts = {
  inputs,
  track: /** @type {HTMLElement} */ (form.querySelector("[data-track]")),
  ruler: /** @type {HTMLElement} */ (form.querySelector("[data-ruler]")),
};

/** @type {Options} */
let options = {};
let words = wordsFor("en");
let texts = { number: "", expiry: "", cvc: "", postal: "" };
// Fields that were left unfinished, or were there when somebody tried to pay: only these are told so.
let left = { number: false, expiry: false, cvc: false, postal: false };
/** @type {FieldName|null} */
let focused = null;
/** @type {"number"|"details"} */
let view = "number";
let announced = "";
let height = 0;

const tell = listen({
  open,
  update: apply,
  focus: () => focusField(firstUnfinished()),
  blur: () => focused && inputs[focused].blur(),
  clear,
  fill,
  create,
});

/** @param {{options: Options, locale: string}} opening */
function open({ options: given, locale }) {
  words = wordsFor(locale);
  document.documentElement.lang = words.language;
  announced = JSON.stringify(stateOf());
  apply(given);
}

/** @param {Options} changed */
function apply(changed) {
  options = { ...options, ...changed };
  if (changed.style) document.adoptedStyleSheets = [sheetFrom(/** @type {any} */ (changed.style))];
  const postal = changed.value?.postalCode;
  if (postal !== undefined) texts.postal = format("postal", { text: postal, caret: 0 }, edit("postal")).text;
  mark.hidden = Boolean(options.hideIcon);
  mark.classList.toggle("is-solid", options.iconStyle === "solid");
  form.classList.toggle("is-disabled", Boolean(options.disabled));
  for (const name of ORDER) {
    inputs[name].disabled = Boolean(options.disabled);
    inputs[name].placeholder = words.placeholders[name];
    inputs[name].setAttribute("aria-label", words.labels[name]);
  }
  cellOf("postal").hidden = Boolean(options.hidePostalCode);
  refresh({ isStill: true });
}

/** The fields that are shown. */
const names = () => (options.hidePostalCode ? ORDER.slice(0, 3) : ORDER);

/** @param {FieldName} name */
const fault = (name) => faultOf(name, texts, new Date());

/** @param {FieldName} name */
const cellOf = (name) => /** @type {HTMLElement} */ (inputs[name].parentElement);

/** The first fault that may be said aloud: a wrong value at once, an unfinished one after its field was left. */
function shownFault() {
  for (const name of names()) {
    const found = fault(name);
    if (found && (found.certain || left[name])) return { name, code: found.code };
  }
  return null;
}

/** Everything that follows from the texts: classes, mark, places, and the change event. */
function refresh({ isStill = false } = {}) {
  const shown = shownFault();
  for (const name of ORDER) {
    const input = inputs[name];
    if (input.value !== texts[name]) input.value = texts[name];
    input.classList.toggle("is-empty", !texts[name]);
    input.classList.toggle("is-complete", !fault(name));
    input.classList.toggle("is-invalid", shown?.name === name);
    input.setAttribute("aria-invalid", String(shown?.name === name));
    input.setAttribute("aria-describedby", shown?.name === name ? "fault" : "");
  }
  const state = stateOf(shown?.code);
  form.classList.toggle("is-empty", state.empty);
  form.classList.toggle("is-complete", state.complete);
  form.classList.toggle("is-invalid", Boolean(shown));
  /** @type {HTMLElement} */ (form.querySelector("#fault")).textContent = state.error?.message ?? "";
  mark.querySelector("use")?.setAttribute("href", `#${markName(shown?.name)}`);
  redraw(isStill);
  announce(state);
}

/** @param {string} [code] of the fault that is shown */
function stateOf(code) {
  return {
    empty: names().every((name) => !texts[name]),
    complete: names().every((name) => !fault(name)),
    error: code ? { type: "validation_error", code, message: words.errors[code] } : undefined,
    value: { postalCode: options.hidePostalCode ? "" : texts.postal },
    brand: schemeOf(digitsOf(texts.number)).brand,
    autofilled: ORDER.some((name) => inputs[name].matches(":autofill")),
  };
}

/** @param {FieldName} [faulty] */
function markName(faulty) {
  const { brand } = schemeOf(digitsOf(texts.number));
  if (faulty === "number") return "error";
  if (focused === "cvc") return brand === "amex" ? "cvc-amex" : "cvc";
  return brand;
}

/** @param {boolean} isStill without the slide, as after a resize */
function redraw(isStill) {
  parts.track.classList.toggle("is-still", isStill);
  arrange(parts, { texts, placeholders: words.placeholders, names: names(), focus: view });
  if (form.offsetHeight === height) return;
  height = form.offsetHeight;
  tell("resize", { height });
}

/** @param {ReturnType<typeof stateOf>} state */
function announce(state) {
  const written = JSON.stringify(state);
  if (announced !== written) tell("change", { state });
  announced = written;
}

function clear() {
  texts = { number: "", expiry: "", cvc: "", postal: "" };
  left = { number: false, expiry: false, cvc: false, postal: false };
  view = focused && focused !== "number" ? "details" : "number";
  refresh();
}

/** A card of the sandbox's, as if it had been typed. @param {{number: string}} card */
function fill({ number }) {
  clear();
  const typed = { number, expiry: `12${String(new Date().getFullYear() + 5).slice(-2)}`, cvc: "1234", postal: "94107" };
  for (const name of ORDER) {
    texts[name] = format(name, { text: typed[name], caret: 0 }, edit(name)).text;
  }
  view = "details";
  refresh();
}

/** @param {FieldName} name @param {string} [inputType] */
function edit(name, inputType = "") {
  const direction = /^delete\w*(Backward|Forward)$/.exec(inputType)?.[1].toLowerCase() ?? "";
  return { before: texts[name], deleting: /** @type {""|"backward"|"forward"} */ (direction), number: texts.number };
}

/** @param {Event} event */
function typed(event) {
  const inputType = "inputType" in event ? String(event.inputType) : "";
  const name = fieldOf(event);
  if (!name || ("isComposing" in event && event.isComposing)) return;
  const input = inputs[name];
  const entry = { text: input.value, caret: input.selectionStart ?? input.value.length };
  const { text, caret } = format(name, entry, edit(name, inputType));
  texts[name] = input.value = text;
  left[name] = false;
  // The brand decides how long the CVC is.
  if (name === "number") texts.cvc = format("cvc", { text: texts.cvc, caret: 0 }, edit("cvc")).text;
  if (document.activeElement === input) input.setSelectionRange(caret, caret);
  refresh();
  const isAtEnd = inputType.startsWith("insert") && caret === text.length;
  if (isAtEnd && isFull(name, texts) && !fault(name)) step(name, 1);
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const name = fieldOf(event);
  if (event.key === "Escape") tell("escape");
  if (event.key === "Enter") tell("enter");
  if (!name) return;
  const { selectionStart: start, selectionEnd: end, value } = inputs[name];
  const isAtStart = start === 0 && end === 0;
  const goesBack = isAtStart && ((event.key === "Backspace" && !value) || event.key === "ArrowLeft");
  const goesOn = event.key === "ArrowRight" && start === value.length;
  const hasModifier = event.shiftKey || event.altKey || event.ctrlKey || event.metaKey;
  if (hasModifier || !(goesBack || goesOn)) return;
  if (step(name, goesBack ? -1 : 1)) event.preventDefault();
}

/**
 * @param {FieldName} name
 * @param {1|-1} direction
 * @returns {boolean} whether there was a field to go to
 */
function step(name, direction) {
  const next = names()[names().indexOf(name) + direction];
  if (next) focusField(next);
  return Boolean(next);
}

/** @param {FieldName} name */
function focusField(name) {
  inputs[name].focus({ preventScroll: true });
  inputs[name].setSelectionRange(texts[name].length, texts[name].length);
}

/** Where somebody who comes back to the field wants to go on: at what is wrong, else at what is missing. */
const firstUnfinished = () => shownFault()?.name ?? names().find((name) => fault(name)) ?? "number";

/** @param {Event} event */
const fieldOf = (event) => /** @type {FieldName|undefined} */ (/** @type {HTMLElement} */ (event.target).dataset.field);

/** @param {FocusEvent} event */
function entered(event) {
  const isNew = focused === null;
  focused = fieldOf(event) ?? null;
  view = focused === "number" ? "number" : "details";
  if (isNew) tell("focus");
  refresh();
}

/** @param {FocusEvent} event */
function exited(event) {
  const name = fieldOf(event);
  if (name) left[name] = left[name] || texts[name] !== "";
  if (event.relatedTarget) return;
  focused = null;
  view = fault("number") ? "number" : "details";
  tell("blur");
  refresh();
}

/**
 * Sends the card to the sandbox; answers with what came back, or with the first fault.
 * @param {Order} order
 */
async function create({ key, path, params }) {
  for (const name of names()) left[name] = true;
  refresh();
  const { error } = stateOf(shownFault()?.code);
  return error ? { error } : call(key, "POST", path, withCard(path, params));
}

/**
 * @param {Order["path"]} path
 * @param {Record<string, any>} params
 */
function withCard(path, params) {
  const [month, year] = [texts.expiry.slice(0, 2), `20${texts.expiry.slice(-2)}`];
  const card = { number: digitsOf(texts.number), exp_month: month, exp_year: year, cvc: texts.cvc };
  const postal = options.hidePostalCode ? undefined : texts.postal;
  if (path === "tokens") return { card: { ...params, ...card, address_zip: postal ?? params.address_zip } };
  const billing = params.billing_details ?? {};
  const address = postal ? { ...billing.address, postal_code: postal } : billing.address;
  return { ...params, card, billing_details: { ...billing, address } };
}

form.addEventListener("input", typed);
form.addEventListener("compositionend", typed);
form.addEventListener("keydown", pressed);
form.addEventListener("focusin", entered);
form.addEventListener("focusout", exited);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("pointerdown", (event) => {
  if (fieldOf(event) || options.disabled) return;
  event.preventDefault();
  focusField(firstUnfinished());
});
new ResizeObserver(() => height && redraw(true)).observe(parts.track);
