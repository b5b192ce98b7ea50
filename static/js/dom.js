// Small helpers over the DOM: find, clone a template, fill its slots, tell a screen reader.

/** By then it has been spoken; who reads on through the page shall not find it as if it were news. */
const HEARD_MS = 6_000;
let silence = 0;

/**
 * The element with this data attribute; a page without it is a mistake of ours.
 * @param {string} name like "data-pay" or "data-card-id=12"
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 */
export function find(name, root = document) {
  const element = maybe(name, root);
  if (!element) throw new Error(`No element with [${name}]`);
  return element;
}

/**
 * @param {string} name
 * @param {ParentNode} [root]
 * @returns {HTMLElement | null}
 */
export function maybe(name, root = document) {
  const [attribute, value] = name.split("=");
  return root.querySelector(value === undefined ? `[${attribute}]` : `[${attribute}="${CSS.escape(value)}"]`);
}

/**
 * @param {string} name
 * @param {ParentNode} [root]
 * @returns {HTMLElement[]}
 */
export function findAll(name, root = document) {
  return [...root.querySelectorAll(`[${name}]`)].filter((element) => element instanceof HTMLElement);
}

/**
 * @param {string} name
 * @param {ParentNode} [root]
 * @returns {HTMLInputElement}
 */
export function findInput(name, root = document) {
  const element = find(name, root);
  if (!(element instanceof HTMLInputElement)) throw new Error(`[${name}] is not an input`);
  return element;
}

/**
 * The JSON that the server put into the page.
 * @template Context
 * @param {string} id
 * @returns {Context | null} null when the page carries none
 */
export function readContext(id) {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : null;
}

/**
 * A fresh copy of `<template data-template="name">`: its first element.
 * @param {string} name
 * @returns {HTMLElement}
 */
export function cloneTemplate(name) {
  const template = find(`data-template=${name}`);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`${name} is not a template`);
  const copy = template.content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLElement)) throw new Error(`Template ${name} is empty`);
  return copy;
}

/**
 * Text into a slot of a cloned template.
 * @param {ParentNode} root
 * @param {string} slot
 * @param {string} text
 */
export function fill(root, slot, text) {
  find(`data-slot=${slot}`, root).textContent = text;
}

/**
 * @param {string} label
 * @param {() => void} onPress
 * @param {string} [kind] a further class
 */
export function makeButton(label, onPress, kind = "") {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `button ${kind}`;
  button.textContent = label;
  button.addEventListener("click", onPress);
  return button;
}

/** @param {string} label @param {string} href */
export function makeLink(label, href) {
  const link = document.createElement("a");
  link.className = "button";
  link.href = href;
  link.textContent = label;
  return link;
}

/**
 * Say it to a screen reader without moving anything.
 * @param {string} sentence
 */
export function announce(sentence) {
  const region = find("data-live-region");
  // The same sentence twice is only spoken twice when the text really changes.
  region.textContent = "";
  clearTimeout(silence);
  requestAnimationFrame(() => {
    region.textContent = sentence;
  });
  silence = setTimeout(() => {
    region.textContent = "";
  }, HEARD_MS);
}

/**
 * The line under a field: what to mend, or its hint again.
 * @param {HTMLElement} field the element with data-field
 * @param {string | null} problem
 */
export function setFieldProblem(field, problem) {
  const note = find("data-note", field);
  note.textContent = problem ?? note.dataset.hint ?? "";
  note.dataset.tone = problem ? "danger" : "";
  field.querySelector("input")?.setAttribute("aria-invalid", String(problem !== null));
}

/**
 * Once, when a `<details>` is opened; it may have been before its script was there.
 * @param {HTMLElement} details
 * @param {() => void} then
 */
export function whenOpened(details, then) {
  if (details.hasAttribute("open")) then();
  else details.addEventListener("toggle", then, { once: true });
}

/** @param {number} milliseconds */
export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
