// A page as a shop would write it; tests reach the element and what it said through `window`.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const query = new URLSearchParams(location.search);
  const options = JSON.parse(query.get("options") ?? "{}");
  const stripe = window.Stripe("pk_test_standin");
  const elements = stripe.elements({ locale: query.get("locale") ?? "en" });
  const card = elements.create("card", options);
  const seen = [];
  for (const name of ["ready", "change", "focus", "blur", "escape", "networkschange", "loaderror"]) {
    card.on(name, (event) => seen.push({ name, ...event }));
  }
  card.on("change", ({ error }) => {
    document.querySelector("#error").textContent = error ? error.message : "";
  });
  card.on("ready", () => { document.body.dataset.ready = ""; });
  document.querySelector("#form").addEventListener("submit", (event) => {
    event.preventDefault();
    seen.push({ name: "submit" });
  });
  document.addEventListener("securitypolicyviolation", (event) => seen.push({ name: "violation", what: event.violatedDirective }));
  Object.assign(window, { stripe, elements, card, seen });
  card.mount("#card");
});
