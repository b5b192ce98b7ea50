// The style option becomes a stylesheet of its own. Values are set through the CSSOM, property by property,
// so that nothing given as a value can end the rule and start another.

const STATES = { base: "", empty: ".is-empty", complete: ".is-complete", invalid: ".is-invalid" };
const PSEUDO = [":hover", ":focus", "::placeholder", "::selection", ":-webkit-autofill", ":disabled"];
const PROPERTIES = [
  "backgroundColor", "color", "fontFamily", "fontSize", "fontStyle", "fontVariant", "fontWeight",
  "letterSpacing", "lineHeight", "textDecoration", "textShadow", "textTransform",
];

/**
 * @typedef {Record<string, unknown>} Properties
 * @typedef {{[variant: string]: unknown}} StyleOption
 */

/**
 * @param {StyleOption} option see `StripeElementStyle`; unknown properties are named in the console and left out
 * @returns {CSSStyleSheet}
 */
export function sheetFrom(option) {
  const sheet = new CSSStyleSheet();
  for (const [variant, state] of Object.entries(STATES)) {
    const properties = /** @type {Properties} */ (option[variant] ?? {});
    addRule(sheet, `.field${state}, .ruler${state}`, properties);
    addIconRule(sheet, state, properties.iconColor);
    for (const pseudo of PSEUDO.filter((name) => name in properties)) {
      addRule(sheet, `.field${state}${pseudo}`, /** @type {Properties} */ (properties[pseudo]));
    }
  }
  return sheet;
}

/**
 * @param {CSSStyleSheet} sheet
 * @param {string} selector
 * @param {Properties} properties
 */
function addRule(sheet, selector, properties) {
  const { style } = /** @type {CSSStyleRule} */ (sheet.cssRules[sheet.insertRule(`${selector} {}`, sheet.cssRules.length)]);
  for (const [name, value] of Object.entries(properties)) {
    if (PROPERTIES.includes(name)) style.setProperty(dashed(name), String(value));
    else if (name === "fontSmoothing") style.setProperty("-webkit-font-smoothing", String(value));
    else if (!isKnown(name)) console.warn(`[Stripe.js] "${name}" is not a supported style property of the card Element.`);
  }
  // Browsers paint autofilled text in a colour of their own unless told by this name.
  if (selector.endsWith("autofill") && style.color) style.setProperty("-webkit-text-fill-color", style.color);
}

/**
 * @param {CSSStyleSheet} sheet
 * @param {string} state
 * @param {unknown} color
 */
function addIconRule(sheet, state, color) {
  if (!color) return;
  const at = sheet.insertRule(`.line${state} {}`, sheet.cssRules.length);
  /** @type {CSSStyleRule} */ (sheet.cssRules[at]).style.setProperty("--icon", String(color));
}

/** @param {string} name */
const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

// The last three are documented, and have nothing to act on here.
/** @param {string} name */
const isKnown = (name) => PSEUDO.includes(name) || ["iconColor", "padding", "textAlign", "::-ms-clear"].includes(name);
