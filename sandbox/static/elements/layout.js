// Where the four fields stand on their one line. With room they all do; without, either the number has the line,
// or it slides away to its last four digits and the others come in from the right.

import { inGroups, longest, schemeOf } from "./brands.js";
import { isFull } from "./checks.js";
import { digitsOf } from "./entry.js";

/**
 * @typedef {import("./entry.js").FieldName} FieldName
 * @typedef {import("./checks.js").Texts} Texts
 * @typedef {{track: HTMLElement, ruler: HTMLElement, inputs: Record<FieldName, HTMLInputElement>}} Parts
 * @typedef {{texts: Texts, placeholders: Texts, names: FieldName[], focus: "number"|"details"}} Wanted
 */

const LAST_FOUR_DOTS = "••••";
const SMALLEST_GAP = 6;

/**
 * @param {Parts} parts
 * @param {Wanted} wanted
 */
export function arrange(parts, wanted) {
  /** @param {string} text */
  const measure = (text) => {
    parts.ruler.textContent = text;
    return Math.ceil(parts.ruler.getBoundingClientRect().width);
  };
  const room = parts.track.clientWidth;
  const gap = measure("00");
  const widths = naturalWidths(measure, wanted);
  const details = sumOf(widths, wanted.names, gap);
  const isWide = widths.number + gap + details <= room;
  const measures = { room, gap, details, widths, measure };

  parts.inputs.number.placeholder = wanted.placeholders.number;
  parts.inputs.number.style.textIndent = "0";
  if (isWide) {
    place(parts.inputs.number, 0, room - details - gap);
    placeDetails(parts, wanted.names, { ...measures, from: room - details });
  } else if (wanted.focus === "number") placeNumberFirst(parts, wanted, measures);
  else placeLastFour(parts, wanted, measures);
}

/**
 * Wide enough for anything that may be typed, so that nothing moves while typing.
 * @param {(text: string) => number} measure
 * @param {Wanted} wanted
 * @returns {Record<FieldName, number>}
 */
function naturalWidths(measure, { texts, placeholders }) {
  const scheme = schemeOf(digitsOf(texts.number));
  /** @param {string} full @param {string} placeholder */
  const widest = (full, placeholder) => Math.max(measure(full), measure(placeholder)) + 2;
  return {
    number: widest(inGroups("0".repeat(longest(scheme)), scheme.groups), placeholders.number),
    expiry: widest("00 / 00", placeholders.expiry),
    cvc: widest("0000", placeholders.cvc),
    postal: widest("00000", placeholders.postal),
  };
}

/** @param {Record<FieldName, number>} widths @param {FieldName[]} names @param {number} gap */
const sumOf = (widths, names, gap) => names.slice(1).reduce((sum, name) => sum + widths[name] + gap, -gap);

/**
 * @typedef {{room: number, gap: number, details: number, widths: Record<FieldName, number>,
 *   measure: (text: string) => number}} Measures
 */

/**
 * Beside the number stand the expiry and the CVC if both fit; the postal code waits until the number is done.
 * @param {Parts} parts
 * @param {Wanted} wanted
 * @param {Measures} measures
 */
function placeNumberFirst(parts, { names }, { room, gap, widths }) {
  const pair = sumOf(widths, names.slice(0, 3), gap);
  const fits = widths.number + gap + pair <= room;
  place(parts.inputs.number, 0, fits ? room - pair - gap : room);
  placeDetails(parts, names, { from: fits ? room - pair : room + gap, gap, widths, room });
}

/**
 * @param {Parts} parts
 * @param {Wanted} wanted
 * @param {Measures} measures
 */
function placeLastFour(parts, wanted, { room, gap, details, widths, measure }) {
  const { names, texts } = wanted;
  const [leading, lastFour] = splitLastFour(texts.number);
  const kept = measure(lastFour || LAST_FOUR_DOTS);
  parts.inputs.number.placeholder = LAST_FOUR_DOTS;
  // Indented rather than moved: the box of the input is what is seen of it, for pointers and for screen readers.
  parts.inputs.number.style.textIndent = `${-measure(leading)}px`;
  place(parts.inputs.number, 0, kept);
  if (kept + gap + details <= room) {
    placeDetails(parts, names, { from: room - details, gap, widths, room });
    return;
  }
  const tight = tightWidths(measure, wanted, widths);
  const spare = room - kept - sumOf(tight, names, 0);
  const tightGap = Math.max(SMALLEST_GAP, Math.min(gap, spare / (names.length - 1)));
  placeDetails(parts, names, { from: kept + tightGap, gap: tightGap, widths: tight, room });
}

/**
 * As wide as what stands there, for the narrowest pages: a field that is full takes no room for its placeholder.
 * @param {(text: string) => number} measure
 * @param {Wanted} wanted
 * @param {Record<FieldName, number>} widths
 * @returns {Record<FieldName, number>}
 */
function tightWidths(measure, { texts, placeholders }, widths) {
  return {
    ...widths,
    expiry: isFull("expiry", texts) ? measure(texts.expiry) + 2 : widths.expiry,
    cvc: measure(isFull("cvc", texts) ? texts.cvc : placeholders.cvc) + 2,
    postal: measure(texts.postal || placeholders.postal) + 2,
  };
}

/** @param {string} number "4242 4242 4242 4242" -> ["4242 4242 4242 ", "4242"] */
function splitLastFour(number) {
  const at = number.search(/(\d\s*){4}$/);
  return at > 0 ? [number.slice(0, at), number.slice(at)] : ["", number];
}

/**
 * @param {Parts} parts
 * @param {FieldName[]} names
 * @param {{from: number, gap: number, widths: Record<FieldName, number>, room: number}} line
 */
function placeDetails(parts, names, { from, gap, widths, room }) {
  let left = from;
  for (const name of names.slice(1)) {
    const isAway = left >= room;
    const isLast = name === names[names.length - 1];
    const width = isLast && !isAway ? Math.max(room - left, SMALLEST_GAP) : widths[name];
    place(parts.inputs[name], left, width);
    cellOf(parts.inputs[name]).classList.toggle("is-away", isAway);
    left += width + gap;
  }
}

/**
 * @param {HTMLInputElement} input
 * @param {number} left
 * @param {number} width
 */
function place(input, left, width) {
  const { style } = cellOf(input);
  style.transform = `translateX(${left}px)`;
  style.width = `${width}px`;
}

/** @param {HTMLInputElement} input */
const cellOf = (input) => /** @type {HTMLElement} */ (input.parentElement);
