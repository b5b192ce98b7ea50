// When the shop's prices or its stock have moved on since the page was opened: what has changed, and the ways on.
/** @import {CheckoutContext, Failure, FreshItem, Line} from "./types" */
/** @import {Notices} from "./notices.js" */
import { find, makeButton, makeLink, maybe } from "./dom.js";
import { words } from "./words.js";

/**
 * @param {Notices} notices
 * @param {Failure} failure with the fresh items
 * @param {CheckoutContext} page as it is shown
 * @param {(left: FreshItem[]) => void} accept the order as it can be had now
 */
export function offerChange(notices, failure, page, accept) {
  const items = failure.items ?? [];
  const left = items.filter((item) => item.available);
  const gone = left.length < items.length;
  const label = gone ? words.change.without : words.change.accept(failure.total_display ?? "");
  const accepting = makeButton(label, () => accept(left), "button-primary");
  const back = makeLink(words.change.back, find("data-back").getAttribute("href") ?? "/");
  const actions = left.length ? [accepting, back] : [back];
  const changes = items.map((item) => ({ name: item.name, change: changeOf(item, page.items) }));
  if (!gone) changes.push({ name: words.change.total, change: words.change.row(page.total_display, failure.total_display ?? "") });
  notices.error(gone ? words.change.gone : words.change.price, changeList(changes), ...actions);
}

/** Old and new, line by line. @param {{ name: string, change: string | null }[]} changes null: as it was */
function changeList(changes) {
  const list = document.createElement("ul");
  list.className = "changes";
  for (const { name, change } of changes) {
    if (!change) continue;
    const row = document.createElement("li");
    row.textContent = words.change.line(name, change);
    list.append(row);
  }
  return list;
}

/** @param {FreshItem} item @param {Line[]} lines */
function changeOf(item, lines) {
  if (!item.available) return words.change.unavailable;
  const shown = lines.find((line) => line.item_id === item.item_id);
  if (!shown || shown.price_cents === item.price_cents) return null;
  const row = maybe(`data-line=${item.item_id}`);
  const before = row && maybe("data-slot=price", row)?.textContent;
  return words.change.row(before ?? "", item.price_display);
}
