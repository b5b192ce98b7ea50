// The address that a guest typed, for this tab: it survives a detour, and an account can be made with it.

const KEY = "cog-checkout:email";

/** @param {string} email */
export function keepEmail(email) {
  sessionStorage.setItem(KEY, email);
}

export function recallEmail() {
  return sessionStorage.getItem(KEY) ?? "";
}

/** @param {HTMLElement} form whose field is filled in, unless it is already */
export function fillIn(form) {
  const input = form.querySelector("input[name=email]");
  if (input instanceof HTMLInputElement) input.value ||= recallEmail();
}
