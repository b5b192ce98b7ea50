// The basket without a reload. Every form here also works by itself, without JavaScript.
import { announce, cloneTemplate, fill, find, findAll, maybe } from "./dom.js";
import { words } from "./words.js";

/**
 * @typedef {object} BasketLine
 * @property {string} item_id
 * @property {string} name
 * @property {string} price_display
 * @property {string} amount_display
 * @property {number} quantity
 */
/** @typedef {{ lines: BasketLine[], total_display: string, count: number }} Basket */

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.basketForm === undefined) return;
  event.preventDefault();
  change(form, event.submitter);
});

/** One change at a time: the basket is a cookie, and two answers would overwrite each other. */
let running = Promise.resolve();

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
function change(form, submitter) {
  const fields = new FormData(form, submitter);
  running = running.then(() => send(form, fields));
}

/** @param {HTMLFormElement} form @param {FormData} fields */
async function send(form, fields) {
  const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "application/json" } }).catch(() => null);
  const body = answer ? await answer.json().catch(() => null) : null;
  const problem = answer?.ok && body ? "" : (body?.error?.message ?? words.basket.failed);
  find("data-basket-problem").textContent = problem;
  if (!problem) show(body);
}

/** @param {Basket} basket */
function show(basket) {
  const focus = focusMark();
  find("data-basket-lines").replaceChildren(...basket.lines.map(lineElement));
  for (const total of findAll("data-basket-total")) total.textContent = basket.total_display;
  const empty = basket.lines.length === 0;
  find("data-basket-empty").hidden = !empty;
  find("data-basket-foot").hidden = empty;
  find("data-basket-bar").hidden = empty;
  find("data-basket-words").textContent = words.basket.items(basket.count);
  const count = maybe("data-basket-count");
  if (count) {
    count.textContent = String(basket.count);
    count.hidden = empty;
  }
  announce(words.basket.count(basket.count));
  focus();
}

/** @param {BasketLine} line */
function lineElement(line) {
  const element = cloneTemplate("basket-line");
  element.dataset.line = line.item_id;
  fill(element, "name", line.name);
  fill(element, "price", line.price_display);
  fill(element, "amount", line.amount_display);
  fill(element, "quantity", String(line.quantity));
  find("data-slot=item_id", element).setAttribute("value", line.item_id);
  for (const button of findAll("data-step", element)) {
    const step = Number(button.dataset.step);
    button.setAttribute("value", String(line.quantity + step));
    button.setAttribute("aria-label", words.basket.step(step, line.name));
  }
  return element;
}

/** Remember which step button has the focus; the lines are made anew. @returns {() => void} puts it back */
function focusMark() {
  const step = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.step : undefined;
  const id = document.activeElement?.closest("[data-line]")?.getAttribute("data-line");
  return () => {
    const line = id && step ? maybe(`data-line=${id}`) : null;
    if (line) find(`data-step=${step}`, line).focus();
    else if (id) find("data-basket-lines").focus();
  };
}
