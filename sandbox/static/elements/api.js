// The sandbox's API, as a browser may use it: with the publishable key.

const TIMEOUT_MS = 30_000;
const ROOT = new URL("../v1/", import.meta.url);

/** @typedef {Record<string, any> & {error?: import("@stripe/stripe-js").StripeError}} Answer */

/**
 * One request. Never rejects: a lost connection is an answer with an error in it.
 * @param {string} key the publishable key
 * @param {"GET"|"POST"} method
 * @param {string} path below v1/
 * @param {object} params nested as deep as they like
 * @returns {Promise<Answer>}
 */
export async function call(key, method, path, params) {
  const url = new URL(path, ROOT);
  const form = encode(params);
  if (method === "GET") url.search = form.toString();
  try {
    const response = await fetch(url, {
      method,
      headers: { Authorization: `Bearer ${key}` },
      body: method === "POST" ? form : undefined,
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await response.json();
  } catch {
    const message = "The sandbox could not be reached. Please check your connection and try again.";
    return { error: { type: "api_connection_error", message } };
  }
}

/**
 * Stripe's spelling of nested parameters: {card: {cvc: "1"}} -> card[cvc]=1; undefined and null are left out.
 * @param {object} params
 */
function encode(params, prefix = "", form = new URLSearchParams()) {
  for (const [name, value] of Object.entries(params)) {
    const path = prefix ? `${prefix}[${name}]` : name;
    if (value !== null && typeof value === "object") encode(value, path, form);
    else if (value !== undefined && value !== null) form.append(path, String(value));
  }
  return form;
}
