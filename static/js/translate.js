// Words in the page's language. The server puts those of the scripts into the page; an English page needs none.
/** @import {StripeElementLocale} from "@stripe/stripe-js" */
import { readContext } from "./dom.js";

/** The page's, which its socket and Stripe speak as well. */
export const language = /** @type {StripeElementLocale} */ (document.documentElement.lang);

/** @type {Record<string, string | string[]>} */
const WORDS = readContext("script-words") ?? {};
const RULES = new Intl.PluralRules(language);

/** @typedef {Record<string, string | number>} Values */

/**
 * @param {string} text in English, as it is found by script/translations.py: always written out, never put together
 * @param {Values} [values] what stands for %(name)s
 */
export function t(text, values) {
  return filled(String(WORDS[text] ?? text), values);
}

/**
 * One or many: tn("%(num)s item", "%(num)s items", 3).
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function tn(one, many, count, values) {
  const forms = [WORDS[one] ?? [one, many]].flat();
  const isOne = RULES.select(count) === "one";
  return filled((isOne ? forms[0] : forms.at(-1)) ?? one, { num: count, ...values });
}

/** @param {string} text @param {Values} [values] */
export function filled(text, values = {}) {
  return text.replaceAll(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole));
}
