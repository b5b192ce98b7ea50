// How typing becomes text: every keystroke is formatted anew, and the caret stays behind the digit it was behind.

import { inGroups, longest, schemeOf } from "./brands.js";

/**
 * @typedef {"number"|"expiry"|"cvc"|"postal"} FieldName
 * @typedef {{text: string, caret: number}} Entry
 */

/** @param {string} text */
export const digitsOf = (text) => text.normalize("NFKC").replace(/\D/g, "");

/**
 * The text of a field after an edit.
 * @param {FieldName} name
 * @param {Entry} typed what the browser made of the keystroke
 * @param {{before: string, deleting: ""|"backward"|"forward", number: string}} context the text before the
 *   keystroke, the direction of a deletion, and the card number (it decides how long a CVC may be)
 * @returns {Entry}
 */
export function format(name, typed, context) {
  if (name === "postal") return formatPostal(typed);
  const swallowed = swallowSeparator(typed, context);
  if (name === "expiry") return formatExpiry(swallowed, context);
  const text = name === "number" ? formatNumber(swallowed.text) : formatCvc(swallowed.text, context.number);
  return { text, caret: behindDigit(text, digitsOf(swallowed.text.slice(0, swallowed.caret)).length) };
}

/** @param {string} text */
function formatNumber(text) {
  const scheme = schemeOf(digitsOf(text));
  return inGroups(digitsOf(text).slice(0, longest(scheme)), scheme.groups);
}

/**
 * @param {string} text
 * @param {string} number
 */
function formatCvc(text, number) {
  const { cvc } = schemeOf(digitsOf(number));
  return digitsOf(text).slice(0, cvc[cvc.length - 1]);
}

/**
 * @param {Entry} typed
 * @returns {Entry}
 */
function formatPostal({ text, caret }) {
  /** @param {string} part */
  const clean = (part) => part.normalize("NFKC").toUpperCase().replace(/[^A-Z0-9 -]/g, "").replace(/^[ -]+/, "");
  return { text: clean(text).slice(0, 10), caret: Math.min(clean(text.slice(0, caret)).length, 10) };
}

/**
 * When only a separator was deleted, the digit beside it goes with it: otherwise Backspace would stand still there.
 * @param {Entry} typed
 * @param {{before: string, deleting: ""|"backward"|"forward"}} context
 * @returns {Entry}
 */
function swallowSeparator({ text, caret }, { before, deleting }) {
  if (!deleting || digitsOf(text) !== digitsOf(before) || text.length >= before.length) return { text, caret };
  const left = text.slice(0, caret);
  const right = text.slice(caret);
  if (deleting === "forward") return { text: left + right.replace(/\d/, ""), caret };
  const shorter = left.replace(/\d\D*$/, "");
  return { text: shorter + right, caret: shorter.length };
}

/**
 * "1" waits, "4" is April, "13" is January and a 3, "1/" is January; a pasted "12/2034" or "2034-12" is understood.
 * @param {Entry} typed
 * @param {{deleting: ""|"backward"|"forward"}} context
 * @returns {Entry}
 */
function formatExpiry({ text, caret }, { deleting }) {
  const plain = text.normalize("NFKC").replace(/^\s*20(\d\d)-(\d\d).*$/, "$2/$1");
  const [left, right] = plain.trimStart().split(/\D/, 2);
  let digits = digitsOf(plain);
  let passed = plain === text ? digitsOf(plain.slice(0, caret)).length : digits.length;
  const aloneBeforeSlash = right !== undefined && left.length === 1 && left !== "0";
  if (/^[2-9]|^1[3-9]/.test(digits) || (aloneBeforeSlash && !deleting)) {
    digits = `0${digits}`;
    passed += 1;
  }
  if (digits.startsWith("00")) digits = "0";
  if (/^\d\d20\d\d/.test(digits)) digits = digits.slice(0, 2) + digits.slice(4, 6);
  digits = digits.slice(0, 4);
  const formatted = digits.length < 2 ? digits : `${digits.slice(0, 2)} / ${digits.slice(2)}`;
  return { text: formatted, caret: behindDigit(formatted, passed) };
}

/**
 * The caret's place behind the n-th digit, and behind the separator too when no digit follows it.
 * @param {string} text
 * @param {number} count
 */
function behindDigit(text, count) {
  if (count >= digitsOf(text).length) return text.length;
  let place = 0;
  for (let seen = 0; seen < count; place += 1) if (/\d/.test(text[place])) seen += 1;
  return place;
}
