// What Stripe.js does with PaymentIntents and SetupIntents, state by state.

import { call } from "./api.js";

/**
 * @typedef {import("./api.js").Answer} Answer
 * @typedef {{path: string, result: string, field: string, lastError: string, noun: string}} Kind
 * @typedef {{key: string, method: string, secret: unknown, prefixes: string[]}} Asked method: the name of the
 *   Stripe.js method, for messages; prefixes: which intents it takes
 * @typedef {{result?: Answer, challenge?: {facts: Answer, source: string}, leaveFor?: string, mistake?: string}} Reply
 *   at most one of: the result for the page; a challenge that it must show first; an address that it must go to; the page
 *   author's mistake
 */

/** @type {Record<string, Kind>} */
const KINDS = {
  pi: {
    path: "payment_intents", result: "paymentIntent", field: "payment_intent", lastError: "last_payment_error",
    noun: "PaymentIntent",
  },
  seti: {
    path: "setup_intents", result: "setupIntent", field: "setup_intent", lastError: "last_setup_error",
    noun: "SetupIntent",
  },
};

/** @param {Asked} asked @returns {Promise<Reply>} */
export async function retrieve(asked) {
  const intent = await find(asked);
  if (typeof intent === "string") return { mistake: intent };
  return { result: intent.error ? { error: intent.error } : { [kindOf(asked).result]: intent } };
}

/**
 * confirmCardPayment and confirmCardSetup. Without a payment method, an intent that waits for its next action gets it.
 * @param {Asked & {params: Record<string, any>, handleActions: boolean}} asked
 * @returns {Promise<Reply>}
 */
export async function confirm(asked) {
  const { key, secret, params, handleActions } = asked;
  const mistake = secretMistake(asked);
  if (mistake) return { mistake };
  let intent = params.payment_method ? {} : /** @type {Answer} */ (await find(asked));
  if (!intent.error && intent.status !== "requires_action") {
    const confirmation = { ...params, client_secret: secret, use_stripe_sdk: true };
    intent = await call(key, "POST", `${pathOf(asked)}/confirm`, confirmation);
  }
  const goesOn = handleActions && intent.status === "requires_action";
  return goesOn ? nextAction(asked, intent) : { result: resultOf(kindOf(asked), intent) };
}

/** handleNextAction and handleCardAction. @param {Asked} asked @returns {Promise<Reply>} */
export async function handle(asked) {
  const intent = await find(asked);
  if (typeof intent === "string") return { mistake: intent };
  if (intent.error) return { result: { error: intent.error } };
  if (intent.status === "requires_action") return nextAction(asked, intent);
  return { mistake: `${asked.method}: The ${kindOf(asked).noun} supplied is not in the requires_action state.` };
}

/**
 * The challenge is over: the bank is told how, and the intent moves on.
 * @param {Asked & {source: string, outcome: string}} asked
 * @returns {Promise<Reply>}
 */
export async function authenticate(asked) {
  const { key, secret, source, outcome } = asked;
  const intent = await call(key, "POST", "3ds2/authenticate", { source, client_secret: secret, outcome });
  return { result: resultOf(kindOf(asked), intent) };
}

/**
 * While the challenge is shown: the result, once it has been answered elsewhere and the intent has moved on.
 * @param {Asked & {source: string}} asked
 * @returns {Promise<Reply>}
 */
export async function moved(asked) {
  const intent = await find(asked);
  if (typeof intent === "string" || intent.error) return {};
  const waits = intent.next_action?.use_stripe_sdk?.three_d_secure_2_source === asked.source;
  return waits ? {} : { result: resultOf(kindOf(asked), intent) };
}

/** @param {Asked} asked @param {Answer} intent @returns {Promise<Reply>} */
async function nextAction({ key, secret }, { next_action: action }) {
  if (action.type === "redirect_to_url") return { leaveFor: new URL(action.redirect_to_url.url, location.href).href };
  const source = action.use_stripe_sdk.three_d_secure_2_source;
  const facts = await call(key, "GET", `3ds2/challenge/${source}`, { client_secret: secret });
  return facts.error ? { result: { error: facts.error } } : { challenge: { facts, source } };
}

/**
 * The intent, or why it did not come through.
 * @param {Kind} kind
 * @param {Answer} intent
 * @returns {Answer}
 */
function resultOf(kind, intent) {
  if (intent.error) return { error: intent.error };
  const failure = intent.status === "requires_payment_method" && intent[kind.lastError];
  return failure ? { error: { ...failure, [kind.field]: intent } } : { [kind.result]: intent };
}

/** @param {Asked} asked @returns {Promise<Answer|string>} the intent, an error, or the mistake in the secret */
async function find(asked) {
  return secretMistake(asked) ?? call(asked.key, "GET", pathOf(asked), { client_secret: asked.secret });
}

/** @param {Asked} asked */
function secretMistake({ secret, method, prefixes }) {
  const [, prefix] = /^([a-z]+)_[A-Za-z0-9]+_secret_[A-Za-z0-9]+$/.exec(String(secret)) ?? [];
  if (prefixes.includes(prefix)) return null;
  const nouns = prefixes.map((name) => KINDS[name].noun).join(" or ");
  return `Invalid value for stripe.${method}: a ${nouns} client secret has the form \${id}_secret_\${secret}.`;
}

/** @param {Asked} asked */
const kindOf = ({ secret }) => KINDS[String(secret).split("_")[0]];

/** @param {Asked} asked */
const pathOf = (asked) => `${kindOf(asked).path}/${String(asked.secret).split("_secret_")[0]}`;
