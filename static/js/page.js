// What every page does: moments in the reader's own time, a typed address recalled, passwords shown on demand, numbers copied, receipts printed.
import { announce, find, findAll, findInput } from "./dom.js";
import { fillWhenOpened } from "./test-cards.js";
import { localiseTimes } from "./times.js";
import { fillIn } from "./typed-email.js";
import { words } from "./words.js";

const COPIED_MS = 1_600;

localiseTimes(document);
findAll("data-reveal").forEach(makeRevealable);
findAll("data-test-cards").forEach(fillWhenOpened);
findAll("data-demo").forEach(offerDemo);
findAll("data-recall-email").forEach(fillIn);
findAll("data-print").forEach((button) => button.addEventListener("click", () => print()));
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button instanceof HTMLElement) copy(button);
});

/** @param {HTMLElement} field */
function makeRevealable(field) {
  const button = find("data-reveal-button", field);
  const input = field.querySelector("input") ?? findInput("name=password", field);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? words.hide : words.show;
  });
}

/** @param {HTMLElement} button */
function offerDemo(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const name of ["email", "password"]) findInput(`name=${name}`).value = button.dataset[name] ?? "";
    findInput("name=password").focus();
  });
}

/** @param {HTMLElement} button with the text to copy in data-copy */
async function copy(button) {
  const done = await navigator.clipboard?.writeText(button.dataset.copy ?? "").then(
    () => true,
    () => false,
  );
  // Without a clipboard (plain http on a network) the number is selected, so that one key copies it.
  if (!done) return select(button);
  const label = find("data-copy-label", button);
  label.textContent = words.copied;
  announce(words.copied);
  setTimeout(() => {
    label.textContent = words.copy;
  }, COPIED_MS);
}

/** @param {HTMLElement} button */
function select(button) {
  const text = button.closest("[data-copy-row]")?.querySelector("[data-copy-text]");
  if (text) getSelection()?.selectAllChildren(text);
}
