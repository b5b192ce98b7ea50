// What can be said about the four fields without asking anybody. Codes: Stripe's own.

import { longest, passesLuhn, schemeOf } from "./brands.js";
import { digitsOf } from "./entry.js";

/**
 * @typedef {import("./entry.js").FieldName} FieldName
 * @typedef {Record<FieldName, string>} Texts
 * @typedef {{code: string, certain: boolean}} Fault certain: wrong already; otherwise merely not finished
 */

const FURTHEST_YEARS_AHEAD = 50;

/**
 * What is wrong with a field, or null.
 * @param {FieldName} name
 * @param {Texts} texts
 * @param {Date} today
 * @returns {Fault|null}
 */
export function faultOf(name, texts, today) {
  if (name === "number") return numberFault(digitsOf(texts.number));
  if (name === "expiry") return expiryFault(digitsOf(texts.expiry), today);
  if (name === "cvc") return cvcFault(texts);
  return postalFault(texts.postal);
}

/** @param {string} digits */
function numberFault(digits) {
  const scheme = schemeOf(digits);
  if (scheme.lengths.includes(digits.length) && passesLuhn(digits)) return null;
  return digits.length === longest(scheme) ? certain("invalid_number") : unfinished("incomplete_number");
}

/**
 * @param {string} digits
 * @param {Date} today
 */
function expiryFault(digits, today) {
  if (digits.length < 4) return unfinished("incomplete_expiry");
  const month = Number(digits.slice(0, 2));
  const yearsAhead = 2000 + Number(digits.slice(2)) - today.getFullYear();
  if (yearsAhead < 0) return certain("invalid_expiry_year_past");
  if (yearsAhead > FURTHEST_YEARS_AHEAD) return certain("invalid_expiry_year");
  return yearsAhead === 0 && month <= today.getMonth() ? certain("invalid_expiry_month_past") : null;
}

/** @param {Texts} texts */
function cvcFault({ cvc, number }) {
  return schemeOf(digitsOf(number)).cvc.includes(cvc.length) ? null : unfinished("incomplete_cvc");
}

/**
 * Five characters, as a ZIP has them: nearly every test card is of the United States.
 * @param {string} text
 */
function postalFault(text) {
  return text.replace(/[ -]/g, "").length < 5 ? unfinished("incomplete_zip") : null;
}

/**
 * A field is full when no further digit can be typed: then the caret moves on.
 * @param {FieldName} name
 * @param {Texts} texts
 */
export function isFull(name, texts) {
  const scheme = schemeOf(digitsOf(texts.number));
  if (name === "number") return digitsOf(texts.number).length === longest(scheme);
  if (name === "expiry") return digitsOf(texts.expiry).length === 4;
  return name === "cvc" && texts.cvc.length === scheme.cvc[scheme.cvc.length - 1];
}

/** @param {string} code @returns {Fault} */
const certain = (code) => ({ code, certain: true });

/** @param {string} code @returns {Fault} */
const unfinished = (code) => ({ code, certain: false });
