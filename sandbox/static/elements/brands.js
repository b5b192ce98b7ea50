// What a card number says before anybody is asked: its brand, its lengths, how it is written.

/**
 * @typedef {"visa"|"mastercard"|"amex"|"discover"|"diners"|"jcb"|"unionpay"|"unknown"} BrandName
 * @typedef {{brand: BrandName, ranges: Array<[number, number]>, lengths: number[], groups: number[], cvc: number[]}} Scheme
 */

const FOURS = [4, 4, 4, 4];

/** @type {Scheme} */
const UNKNOWN = { brand: "unknown", ranges: [], lengths: [16], groups: FOURS, cvc: [3, 4] };

// A range holds its first and its last prefix, both of the same number of digits.
/** @type {Scheme[]} */
const SCHEMES = [
  { brand: "visa", ranges: [[4, 4]], lengths: [16], groups: FOURS, cvc: [3] },
  { brand: "mastercard", ranges: [[51, 55], [2221, 2720]], lengths: [16], groups: FOURS, cvc: [3] },
  { brand: "amex", ranges: [[34, 34], [37, 37]], lengths: [15], groups: [4, 6, 5], cvc: [4] },
  { brand: "diners", ranges: [[36, 36]], lengths: [14], groups: [4, 6, 4], cvc: [3] },
  {
    brand: "diners", ranges: [[300, 305], [3095, 3095], [38, 39]], lengths: [14, 16], groups: FOURS, cvc: [3],
  },
  { brand: "discover", ranges: [[6011, 6011], [644, 649], [65, 65]], lengths: [16], groups: FOURS, cvc: [3] },
  { brand: "jcb", ranges: [[3528, 3589]], lengths: [16], groups: FOURS, cvc: [3] },
  { brand: "unionpay", ranges: [[62, 62], [81, 81]], lengths: [16, 17, 18, 19], groups: [4, 4, 4, 4, 3], cvc: [3] },
];

/**
 * The scheme that these first digits belong to; `unknown` while several brands, or none, are still possible.
 * @param {string} digits
 * @returns {Scheme}
 */
export function schemeOf(digits) {
  if (!digits) return UNKNOWN;
  const possible = SCHEMES.filter((scheme) => scheme.ranges.some((range) => overlaps(range, digits)));
  const sameBrand = possible.every((scheme) => scheme.brand === possible[0].brand);
  return possible.length > 0 && sameBrand ? possible[0] : UNKNOWN;
}

/**
 * @param {[number, number]} range
 * @param {string} digits
 */
function overlaps([first, last], digits) {
  const length = String(first).length;
  const typed = digits.slice(0, length);
  const low = Number(typed.padEnd(length, "0"));
  const high = Number(typed.padEnd(length, "9"));
  return low <= last && high >= first;
}

/** @param {string} digits */
export function passesLuhn(digits) {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * "4242424242" -> "4242 4242 42"
 * @param {string} digits
 * @param {number[]} groups
 */
export function inGroups(digits, groups) {
  const parts = [];
  let at = 0;
  for (const size of groups) {
    parts.push(digits.slice(at, at + size));
    at += size;
  }
  return parts.filter(Boolean).join(" ");
}

/** @param {Scheme} scheme */
export const longest = (scheme) => scheme.lengths[scheme.lengths.length - 1];
