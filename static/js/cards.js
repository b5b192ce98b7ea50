// A card of the wire into the markup of templates/macros/card.html.
/** @import {Card} from "./types" */
import { announce, cloneTemplate, fill, find, findAll, maybe } from "./dom.js";
import { localDay } from "./times.js";
import { filled } from "./translate.js";
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
  fill(element, "nickname", card.nickname ?? "");
  find("data-slot=nickname", element).hidden = !card.nickname;
  fillUse(find("data-used", element), card.last_used_at);
  fillNews(element, card);
  const spoken = spokenName(element);
  for (const button of findAll("data-label", element)) button.setAttribute("aria-label", (button.dataset.label ?? "").replace("%(card)s", () => spoken));
  for (const chip of findAll("data-when", element)) {
    const fact = chip.dataset.when;
    if (fact === "is_default" || fact === "expires_soon" || fact === "renewed") chip.hidden = !card[fact];
  }
}

/** The same for ears, as a button of its says it. @param {HTMLElement} element a card's */
export function spokenName(element) {
  const slots = ["brand_name", "last_four", "nickname"].map((slot) => find(`data-slot=${slot}`, element).textContent ?? "");
  const [brand = "", digits = "", nickname = ""] = slots;
  return nickname ? words.card.named(nickname, brand, digits) : words.card.spoken(brand, digits);
}

/** @param {HTMLElement} place @param {string | null} at */
function fillUse(place, at) {
  place.hidden = !at;
  const time = place.querySelector("time");
  if (at && time) [time.dateTime, time.textContent] = [at, localDay(at)];
}

/** What its bank has changed, where the page has a place for it. @param {HTMLElement} element @param {Card} card */
function fillNews(element, card) {
  const place = maybe("data-news", element);
  if (!place) return;
  const wasKnown = !place.hidden;
  place.hidden = !card.renewed;
  if (!card.renewed) return;
  const { both, number, date } = place.dataset;
  const sentence = card.renewed.former_last_four ? (card.renewed.former_expomon ? both : number) : date;
  fill(place, "news", filled(sentence ?? "", { digits: card.last_four, expiry: expiry(card) }));
  if (!wasKnown && element.isConnected) announce(find("data-slot=news", place).textContent ?? "");
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
