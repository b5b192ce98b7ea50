// A card of the wire into the markup of templates/macros/card.html.
/** @import {Card} from "./types" */
import { cloneTemplate, fill, find, findAll } from "./dom.js";
import { words } from "./words.js";

/**
 * Keeps lists from going back in time: an answer that was on its way while a newer list came may be older than that,
 * and what was removed here doesn't come back.
 */
export class CardList {
  /** Counts the lists that came. */
  #version = 0;
  /** @type {Set<string>} */
  #removed = new Set();

  /** Before a list is asked for: what `accept` is given along with the answer. */
  get version() {
    return this.#version;
  }

  /** @param {string} id */
  remove(id) {
    this.#removed.add(id);
  }

  /**
   * @param {Card[]} cards
   * @param {number} [asked] `version` as it was when they were asked for; without: they come unasked, and are the newest
   * @returns {Card[] | null} what to show; null when something newer is known
   */
  accept(cards, asked = this.#version) {
    if (asked !== this.#version) return null;
    this.#version += 1;
    return cards.filter(({ id }) => !this.#removed.has(id));
  }
}

/**
 * @param {string} template name of the template
 * @param {Card} card
 * @returns {HTMLElement}
 */
export function cardElement(template, card) {
  const element = cloneTemplate(template);
  element.dataset.cardId = card.id;
  fillCard(element, card);
  return element;
}

/** @param {HTMLElement} element @param {Card} card */
export function fillCard(element, card) {
  const names = brandNames();
  const mark = find("data-slot=mark", element);
  const file = card.brand in names ? card.brand : "generic";
  mark.setAttribute("src", `${mark.dataset.folder}${file}.svg`);
  fill(element, "brand_name", names[card.brand] ?? words.card.unknown);
  fill(element, "last_four", card.last_four);
  fill(element, "expiry", expiry(card));
  fill(element, "name_on_card", card.name_on_card ?? "");
  const spoken = spokenName(element);
  for (const button of findAll("data-label", element)) button.setAttribute("aria-label", (button.dataset.label ?? "").replace("%(card)s", spoken));
  for (const chip of findAll("data-when", element)) {
    const fact = chip.dataset.when;
    if (fact === "is_default" || fact === "expires_soon") chip.hidden = !card[fact];
  }
}

/** The same for ears, as a button of its says it. @param {HTMLElement} element a card's */
export function spokenName(element) {
  const [brand, digits] = ["brand_name", "last_four"].map((slot) => find(`data-slot=${slot}`, element).textContent);
  return words.card.spoken(brand ?? "", digits ?? "");
}

/** "Visa •••• 4242", in a sentence. @param {{ brand: string, last_four: string }} card */
export function cardWords(card) {
  return `${brandNames()[card.brand] ?? words.card.unknown}\u00a0••••\u00a0${card.last_four}`;
}

/** @param {Card} card */
function expiry(card) {
  return `${String(card.expomon).padStart(2, "0")}/${String(card.expoyear % 100).padStart(2, "0")}`;
}

/** @returns {Record<string, string>} */
function brandNames() {
  return JSON.parse(find("data-brand-names").dataset.brandNames ?? "{}");
}
