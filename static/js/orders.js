// Orders and receipts follow what happens: a row changes in place, a receipt is fetched afresh.
/** @import {PageContext, Transaction} from "./types" */
import { announce, cloneTemplate, fill, find, maybe, readContext } from "./dom.js";
import { Link, showNone } from "./socket.js";
import { localiseTimes, localTime } from "./times.js";
import { words } from "./words.js";

/** @param {PageContext} page */
function start(page) {
  const link = new Link(page);
  if (maybe("data-receipt")) followReceipt(link);
  else followOrders(link);
}

/** @param {Link} link */
function followOrders(link) {
  link.on("transaction-changed", ({ transaction }) => showRow(transaction));
  link.onLive(async () => {
    const ack = await link.request("get-transactions", {});
    if (ack.status === "success") [...ack.transactions].reverse().forEach(showRow);
  });
}

/** @param {Link} link */
function followReceipt(link) {
  const id = find("data-receipt").dataset.transactionId;
  link.on("transaction-changed", ({ transaction }) => {
    if (transaction.id === id) refreshReceipt();
  });
  link.onReturn(refreshReceipt);
}

/** The first page lists the newest: a new order comes on top of it, a known one changes where it is. @param {Transaction} transaction */
function showRow(transaction) {
  const list = find("data-orders");
  const known = maybe(`data-transaction-id=${transaction.id}`, list);
  const asked = new URLSearchParams(location.search);
  if (!known && (asked.has("cursor") || asked.get("q"))) return;
  const row = known ?? cloneTemplate("order-row");
  fillRow(row, transaction);
  if (!known) {
    fill(row, "when", localTime(transaction.created_at));
    list.prepend(row);
  }
  find("data-empty").hidden = true;
}

/** @param {HTMLElement} row @param {Transaction} transaction */
function fillRow(row, transaction) {
  row.dataset.transactionId = transaction.id;
  const title = transaction.items.map(({ quantity, name }) => (quantity > 1 ? `${quantity} × ${name}` : name));
  fill(row, "title", title.join(", "));
  fill(row, "cog_name", transaction.cog_name);
  fill(row, "amount", transaction.amount_display);
  find("data-slot=link", row).setAttribute("href", `/orders/${transaction.id}`);
  const [word, tone] = statusWords()[transaction.display_status] ?? ["", ""];
  fill(row, "status", word);
  find("data-slot=status", row).dataset.tone = tone;
}

/** The words of templates/macros/order.html. @returns {Record<string, [string, string]>} */
function statusWords() {
  return JSON.parse(find("data-status-words").dataset.statusWords ?? "{}");
}

/** Of several that run at once, only the one that was asked for last may show: it knows most. */
let lastAsked = 0;

async function refreshReceipt() {
  const asked = ++lastAsked;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = maybe("data-receipt", new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (!fresh || asked !== lastAsked) return;
  const copy = document.importNode(fresh, true);
  localiseTimes(copy);
  find("data-receipt").replaceWith(copy);
  announce(words.orders.changed);
}

/** @type {PageContext | null} */
const page = readContext("page-context");
if (page && window.io) start(page);
else showNone();
