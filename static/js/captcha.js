// When the shop meets many declined cards it asks for a person. How one shows to be one is the owner's widget; where
// there is none, or it gives no token, nothing more is asked. See docs/security.md.
/** @import {Ack} from "./types" */
import { find, maybe, sleep } from "./dom.js";

/** Whoever has gone away shall find the button as it was. */
const PATIENCE_MS = 120_000;
/** It comes from elsewhere and may come late. The page names it after its own, so neither event has been yet. */
const script = maybe("data-captcha-script");
const tried = new Promise((resolve) => ["load", "error"].forEach((name) => script?.addEventListener(name, resolve)));

/**
 * Send, and once more with a token where the answer asks for one.
 * @template {{ captchaToken?: string }} Payload
 * @template Reply
 * @param {Payload} payload
 * @param {(payload: Payload) => Promise<Ack<Reply>>} send
 * @returns {Promise<Ack<Reply>>}
 */
export async function asPerson(payload, send) {
  const ack = await send(payload);
  if (ack.status === "success" || !ack.captcha) return ack;
  const captchaToken = await prove();
  return captchaToken ? send({ ...payload, captchaToken }) : ack;
}

/** @returns {Promise<string | null>} */
async function prove() {
  const place = maybe("data-captcha");
  if (!place) return null;
  const widget = find("data-captcha-widget", place);
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
  try {
    return await Promise.race([show(widget), sleep(PATIENCE_MS).then(() => null)]);
  } catch {
    return null;
  } finally {
    place.hidden = true;
    widget.replaceChildren();
  }
}

/**
 * @param {HTMLElement} widget
 * @returns {Promise<string | null>}
 */
async function show(widget) {
  if (!window.cogCaptcha) await tried;
  return window.cogCaptcha?.(widget) ?? null;
}
