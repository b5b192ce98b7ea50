// The sandbox's helper beside a card form: a few rows of the page of all test cards, fetched when it is opened.
import { find, findAll } from "./dom.js";

/** @param {HTMLElement} helper the <details> */
export function fillWhenOpened(helper) {
  helper.addEventListener("toggle", () => fill(helper), { once: true });
}

/** @param {HTMLElement} helper */
async function fill(helper) {
  const answer = await fetch(helper.dataset.testCards ?? "").catch(() => null);
  if (!answer?.ok) return;
  const panel = new DOMParser().parseFromString(await answer.text(), "text/html");
  const rows = findAll("data-featured", panel.body).map((row) => document.importNode(row, true));
  for (const link of rows.flatMap((row) => findAll("data-use", row))) link.remove();
  find("data-test-rows", helper).replaceChildren(...rows);
}
