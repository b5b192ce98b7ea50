// The pages about the sandbox: cards are found while one types, and what just happened is followed as it happens.
import { find, findAll, maybe, sleep, whenOpened } from "./dom.js";
import { localiseTimes } from "./times.js";
import { words } from "./words.js";

const PAUSE_MS = 1_000;

const filter = maybe("data-card-filter");
if (filter) offerFilter(filter);
const happened = maybe("data-happened");
if (happened) follow(happened, location.href);
findAll("data-drawer").forEach(fillWhenOpened);

/** @param {HTMLElement} field */
function offerFilter(field) {
  const input = field.querySelector("input");
  const note = find("data-filter-note", field);
  const hint = note.textContent;
  field.hidden = false;
  input?.addEventListener("input", () => {
    const count = showOnly(input.value);
    note.textContent = input.value.trim() ? words.testCard.found(count) : hint;
  });
}

/** @param {string} typed @returns how many cards are left */
function showOnly(typed) {
  const wanted = plain(typed);
  let count = 0;
  for (const group of findAll("data-test-group")) {
    const heading = plain(group.querySelector("h2")?.textContent ?? "");
    const rows = findAll("data-copy-row", group);
    // A number is found with and without its spaces.
    for (const row of rows) row.hidden = !plain(`${heading} ${row.textContent}`).includes(wanted);
    const shown = rows.filter((row) => !row.hidden).length;
    group.hidden = shown === 0;
    count += shown;
  }
  return count;
}

/** @param {string} text */
function plain(text) {
  return text.toLowerCase().replaceAll(/\s+/g, "");
}

/** Beside an order: its story, fetched when somebody wants to see it. @param {HTMLElement} drawer */
function fillWhenOpened(drawer) {
  const url = new URL(drawer.dataset.drawer ?? "", location.href).href;
  whenOpened(drawer, () => follow(find("data-drawer-body", drawer), url));
}

/**
 * Show what the page at `url` shows, for as long as this one is open.
 * @param {HTMLElement} place
 * @param {string} url
 */
async function follow(place, url) {
  for (;;) {
    const fresh = document.hidden ? null : await newer(url, place.dataset.newest ?? "");
    if (fresh) show(place, fresh);
    await sleep(PAUSE_MS);
  }
}

/** @param {string} url @param {string} newest the number of what is shown */
async function newer(url, newest) {
  const address = new URL(url);
  address.searchParams.set("since", newest);
  const answer = await fetch(address).catch(() => null);
  if (answer?.status !== 200) return null;
  return maybe("data-happened", new DOMParser().parseFromString(await answer.text(), "text/html"));
}

/** A drawer shows the story alone. @param {HTMLElement} place @param {HTMLElement} fresh */
function show(place, fresh) {
  const whole = place.dataset.happened !== undefined;
  const parts = whole ? [...fresh.childNodes] : findAll("data-story", fresh);
  const focused = place.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  localiseTimes(fresh);
  place.replaceChildren(...parts.map((part) => document.importNode(part, true)));
  place.dataset.newest = fresh.dataset.newest;
  const link = focused ? place.querySelector(`a[href="${CSS.escape(focused)}"]`) : null;
  if (link instanceof HTMLElement) link.focus();
}
