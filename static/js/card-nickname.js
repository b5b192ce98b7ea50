// A card's nickname, changed in its place on the wallet page. What is typed stays until it is saved or given up.
import { find, findInput } from "./dom.js";

/** @param {HTMLElement} tile */
export function openNickname(tile) {
  show(tile, true);
  const input = findInput("data-nickname", tile);
  input.value = find("data-slot=nickname", tile).textContent ?? "";
  input.select();
}

/** @param {HTMLElement} tile */
export function closeNickname(tile) {
  show(tile, false);
  find("data-action=rename", tile).focus();
}

/** @param {HTMLElement} tile */
export function typedNickname(tile) {
  return findInput("data-nickname", tile).value.trim();
}

/** @param {HTMLElement} tile @param {boolean} open */
function show(tile, open) {
  find("data-actions", tile).hidden = open;
  find("data-naming", tile).hidden = !open;
}
