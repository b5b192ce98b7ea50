// Every sentence that the browser says on its own, in one place and in the page's language. The server's errors bring
// their own words.

import { t, tn } from "./translate.js";

export const words = {
  connection: {
    connecting: t("Connecting…"),
    online: t("Live"),
    reconnecting: t("Reconnecting…"),
    offline: t("You’re offline"),
    ended: t("Signed out"),
    none: t("Not live"),
  },
  backOnline: t("Connected again."),
  session: {
    ended: t("This session has ended. Reload the page to go on."),
    reload: t("Reload"),
  },
  card: {
    /** @param {string} brand @param {string} digits */
    spoken: (brand, digits) => t("%(brand)s ending in %(digits)s", { brand, digits }),
    /** @param {string} nickname @param {string} brand @param {string} digits */
    named: (nickname, brand, digits) => t("%(nickname)s, %(brand)s ending in %(digits)s", { nickname, brand, digits }),
    unknown: t("Card"),
    name: t("Enter the name that is on the card."),
    unloaded: t("The card field couldn’t load. Check your connection and reload the page."),
    unread: t("We couldn’t read this card. Check it and try again."),
  },
  email: {
    missing: t("Enter your email for the receipt."),
    wrong: t("This doesn’t look like an email address."),
  },
  pay: {
    /** @param {string} amount */
    idle: (amount) => t("Pay %(amount)s", { amount }),
    /** @param {string} amount */
    busy: (amount) => t("Paying %(amount)s…", { amount }),
    /** @param {string} amount */
    waiting: (amount) => t("Waiting to pay %(amount)s", { amount }),
    /** @param {string} amount @param {string} card */
    next: (amount, card) => t("Pay %(amount)s with %(card)s", { amount, card }),
    sending: t("Sending your payment…"),
    /** Nothing has gone out yet. */
    queued: {
      offline: t("You’re offline. Your payment will be sent, once, as soon as you’re back."),
      reconnecting: t("We’re reconnecting to the shop. Your payment will be sent, once, as soon as we get through."),
    },
    /** It has gone out, and the answer is not here. */
    unsure: {
      offline: t("You’re offline. Your payment may have gone through: we’ll check as soon as you’re back. Please don’t pay again."),
      reconnecting: t("We’re reconnecting to the shop to ask how your payment went. Please don’t pay again."),
    },
    takeBack: t("Don’t send it"),
    takenBack: t("Nothing was sent and you haven’t been charged. Pay whenever you’re ready."),
    authenticating: t("Your bank is asking you to confirm it’s you. Answer in the window that opened."),
    confirming: t("Still confirming. Please don’t pay again: this page tells you as soon as we know."),
    unfinished: t("Your bank’s question isn’t answered yet. You haven’t been charged."),
    goOn: t("Continue with your bank"),
    canceled: t("This payment was canceled and nothing was charged. You can pay again."),
    /** @param {string} amount */
    elsewhere: (amount) => t("A payment of %(amount)s is already running, perhaps in another tab. We’re following it here; please don’t pay again.", { amount }),
    /** @param {string} amount */
    elsewhereBank: (amount) => t("A payment of %(amount)s is waiting for your bank, perhaps in another tab. Finish it there, or continue here.", { amount }),
    continueHere: t("Continue here"),
    elsewhereDeclined: t("The payment in the other tab was declined. You can pay here with another card."),
    /** @param {string} amount */
    done: (amount) => t("Paid %(amount)s. Thank you.", { amount }),
    doneElsewhere: t("Paid in another tab"),
    /** @param {string} amount */
    otherDone: (amount) => t("Your other order of %(amount)s is paid. This one isn’t yet.", { amount }),
    otherReceipt: t("See its receipt"),
    /** @param {string} amount */
    otherDeclined: (amount) => t("The payment of your other order of %(amount)s was declined. You can pay this one here.", { amount }),
    /** @param {string} amount */
    otherCanceled: (amount) => t("The payment of your other order of %(amount)s was canceled. You can pay this one here.", { amount }),
  },
  change: {
    price: t("A price has changed since you opened this page. Please check the new total."),
    gone: t("Something in your basket is no longer available."),
    /** @param {string} before @param {string} now */
    row: (before, now) => t("%(before)s, now %(now)s", { before, now }),
    /** @param {string} name @param {string} change */
    line: (name, change) => t("%(name)s: %(change)s", { name, change }),
    total: t("Total"),
    unavailable: t("no longer available"),
    /** @param {string} total */
    accept: (total) => t("Use the new total, %(total)s", { total }),
    without: t("Go on without it"),
    back: t("Back to the shop"),
    updated: t("The order is up to date. You haven’t paid yet."),
    unreachable: t("We couldn’t fetch the new order. Check your connection and try again."),
  },
  wallet: {
    saving: t("Saving your card…"),
    authenticating: t("Your bank is asking you to confirm it’s you. Answer in the window that opened."),
    unanswered: t("Your bank’s question isn’t answered yet, so this card isn’t saved."),
    saved: t("Card saved."),
    /** @param {string} card */
    removed: (card) => t("%(card)s removed. You can undo this for a few seconds.", { card }),
    /** @param {string} card */
    kept: (card) => t("%(card)s kept.", { card }),
    away: {
      offline: t("You’re offline. You can change your cards as soon as you’re back."),
      reconnecting: t("We’re reconnecting to the shop. You can change your cards as soon as we get through."),
    },
    /** @param {string} card with its name */
    renamed: (card) => t("Saved: %(card)s.", { card }),
    /** @param {string} card */
    unnamed: (card) => t("%(card)s has no nickname now.", { card }),
    madeDefault: t("This card is now your default."),
  },
  basket: {
    /** @param {number} count */
    items: (count) => tn("%(num)s item", "%(num)s items", count),
    /** @param {number} step @param {string} name */
    step: (step, name) => (step > 0 ? t("One more: %(name)s", { name }) : t("One less: %(name)s", { name })),
    /** @param {number} count */
    count: (count) => tn("%(num)s item in your basket", "%(num)s items in your basket", count),
    failed: t("That didn’t reach the shop. Check your connection and try again."),
  },
  orders: {
    changed: t("This order has changed."),
  },
  testCard: {
    /** @param {string} number */
    use: (number) => t("Use %(number)s: fill it in here", { number }),
    filled: t("The test card is filled in."),
    /** @param {number} count */
    found: (count) => tn("%(num)s card", "%(num)s cards", count),
  },
  show: t("Show"),
  hide: t("Hide"),
  copied: t("Copied"),
  copy: t("Copy"),
  unloaded: t("A part of this page couldn’t load. Check your connection and reload it."),
  noAnswer: t("The shop isn’t answering. Check your connection and try again."),
};
