// The sandbox's helper beside a card form: a few rows of the page of all test cards, fetched when it is opened; one press
// fills the form. Only the sandbox's Stripe.js lets a page put a card into its field; Stripe's own never does.
import { announce, find, findAll, maybe, whenOpened } from "./dom.js";
import { words } from "./words.js";

const SHOPPER = { email: "shopper@example.com", name: "Test Shopper" };
/** In the address of a checkout that somebody comes to from the page of all test cards. */
const ADDRESS = /^#card=([0-9]+)$/;

/** @param {HTMLElement} helper the <details> */
export function fillWhenOpened(helper) {
  whenOpened(helper, () => fetchRows(helper));
  helper.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-use]") : null;
    if (!(link instanceof HTMLElement)) return;
    event.preventDefault();
    use(link.dataset.use ?? "");
  });
  const [, number] = ADDRESS.exec(location.hash) ?? [];
  if (!number) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  use(number);
}

/** @param {HTMLElement} helper */
async function fetchRows(helper) {
  const answer = await fetch(helper.dataset.testCards ?? "").catch(() => null);
  if (!answer?.ok) return;
  const panel = new DOMParser().parseFromString(await answer.text(), "text/html");
  const rows = findAll("data-featured", panel.body).map((row) => document.importNode(row, true));
  for (const link of rows.flatMap((row) => findAll("data-use", row))) {
    link.setAttribute("aria-label", words.testCard.use(link.dataset.use ?? ""));
  }
  find("data-test-rows", helper).replaceChildren(...rows);
}

/** Choose the form for a new card, and fill in all that is missing. @param {string} number */
function use(number) {
  const choice = document.querySelector("input[name=pay-with][value=new]");
  if (choice instanceof HTMLInputElement && !choice.checked) choice.click();
  /** @type {any} */
  const stripe = window.Stripe;
  if (!stripe?.sandbox?.fill(number)) return;
  fillEmpty(maybe("data-name-on-card"), SHOPPER.name);
  fillEmpty(document.querySelector("[data-checkout-form] input[name=email]"), SHOPPER.email);
  announce(words.testCard.filled);
}

/** @param {Element | null} input @param {string} text */
function fillEmpty(input, text) {
  if (!(input instanceof HTMLInputElement) || input.value) return;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
