// A card of the wire into the markup of templates/macros/card.html.
/** @import {Card} from "./types" */
import { cloneTemplate, fill, find, findAll } from "./dom.js";

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
  fill(element, "brand_name", names[card.brand] ?? "Card");
  fill(element, "last_four", card.last_four);
  fill(element, "expiry", expiry(card));
  fill(element, "name_on_card", card.name_on_card ?? "");
  for (const chip of findAll("data-when", element)) {
    const fact = chip.dataset.when;
    if (fact === "is_default" || fact === "expires_soon") chip.hidden = !card[fact];
  }
}

/** "Visa •••• 4242", in a sentence. @param {{ brand: string, last_four: string }} card */
export function cardWords(card) {
  return `${brandNames()[card.brand] ?? "Card"}\u00a0••••\u00a0${card.last_four}`;
}

/** @param {Card} card */
function expiry(card) {
  return `${String(card.expomon).padStart(2, "0")}/${String(card.expoyear % 100).padStart(2, "0")}`;
}

/** @returns {Record<string, string>} */
function brandNames() {
  return JSON.parse(find("data-brand-names").dataset.brandNames ?? "{}");
}
