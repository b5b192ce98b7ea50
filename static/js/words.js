// Every sentence that the browser says on its own, in one place. The server's errors bring their own words.

export const words = {
  connection: {
    connecting: "Connecting…",
    online: "Live",
    reconnecting: "Reconnecting…",
    offline: "You’re offline",
    ended: "Signed out",
    none: "Not live",
  },
  backOnline: "Connected again.",
  session: {
    ended: "This session has ended. Reload the page to go on.",
    reload: "Reload",
  },
  card: {
    /** @param {string} brand @param {string} digits */
    spoken: (brand, digits) => `${brand} ending in ${digits}`,
    incomplete: "Complete your card details.",
    name: "Enter the name that is on the card.",
    unloaded: "The card field couldn’t load. Check your connection and reload the page.",
    unread: "We couldn’t read this card. Check it and try again.",
  },
  email: {
    missing: "Enter your email for the receipt.",
    wrong: "This doesn’t look like an email address.",
  },
  pay: {
    /** @param {string} amount */
    idle: (amount) => `Pay ${amount}`,
    /** @param {string} amount */
    busy: (amount) => `Paying ${amount}…`,
    /** @param {string} amount @param {string} card */
    next: (amount, card) => `Pay ${amount} with ${card}`,
    sending: "Sending your payment…",
    /** Nothing has gone out yet. */
    queued: {
      offline: "You’re offline. Your payment is sent, once, as soon as you’re back.",
      reconnecting: "We’re reconnecting to the shop. Your payment is sent, once, as soon as we get through.",
    },
    /** It has gone out, and the answer is not here. */
    unsure: {
      offline: "You’re offline. Your payment may have gone through: we ask as soon as you’re back. Please don’t pay again.",
      reconnecting: "We’re reconnecting to the shop to ask how your payment went. Please don’t pay again.",
    },
    takeBack: "Don’t send it",
    takenBack: "Nothing was sent and you haven’t been charged. Pay whenever you’re ready.",
    authenticating: "Your bank asks you to confirm it’s you. Answer it in the window that opened.",
    confirming: "Still confirming. Please don’t pay again: this page tells you as soon as we know.",
    unfinished: "Your bank’s question isn’t answered yet. You haven’t been charged.",
    goOn: "Continue with your bank",
    canceled: "This payment was canceled and nothing was charged. You can pay again.",
    /** @param {string} amount */
    elsewhere: (amount) => `A payment of ${amount} is already running, perhaps in another tab. We follow it here; please don’t pay again.`,
    /** @param {string} amount */
    elsewhereBank: (amount) => `A payment of ${amount} waits for your bank, perhaps in another tab. Answer it there, or continue here.`,
    continueHere: "Continue here",
    elsewhereDeclined: "The payment in the other tab was declined. You can pay here with another card.",
    /** @param {string} amount */
    done: (amount) => `Paid ${amount}. Thank you.`,
    doneElsewhere: "Paid in another tab",
    /** @param {string} amount */
    otherDone: (amount) => `Your other order of ${amount} is paid. This one isn’t yet.`,
    otherReceipt: "See its receipt",
    /** @param {string} amount */
    otherDeclined: (amount) => `The payment of your other order of ${amount} was declined. You can pay this one here.`,
    /** @param {string} amount */
    otherCanceled: (amount) => `The payment of your other order of ${amount} was canceled. You can pay this one here.`,
  },
  change: {
    price: "A price has changed since you opened this page. Please check the new total.",
    gone: "Something in your basket is no longer available.",
    /** @param {string} before @param {string} now */
    row: (before, now) => `${before}, now ${now}`,
    unavailable: "no longer available",
    /** @param {string} total */
    accept: (total) => `Use the new total, ${total}`,
    without: "Go on without it",
    back: "Back to the shop",
    updated: "The order is up to date. You haven’t paid yet.",
    unreachable: "We couldn’t fetch the new order. Check your connection and try again.",
  },
  wallet: {
    saving: "Saving your card…",
    authenticating: "Your bank asks you to confirm it’s you. Answer it in the window that opened.",
    saved: "Card saved.",
    /** @param {string} card */
    removed: (card) => `${card} removed. You can undo this for a few seconds.`,
    /** @param {string} card */
    kept: (card) => `${card} kept.`,
    away: {
      offline: "You’re offline. You can change your cards as soon as you’re back.",
      reconnecting: "We’re reconnecting to the shop. You can change your cards as soon as we get through.",
    },
    madeDefault: "This card is now your default.",
    expiry: "Expires",
  },
  basket: {
    /** @param {number} count */
    items: (count) => (count === 1 ? "1 item" : `${count} items`),
    /** @param {number} step @param {string} name */
    step: (step, name) => `${step > 0 ? "One more" : "One less"}: ${name}`,
    /** @param {number} count */
    count: (count) => (count === 1 ? "1 item in your basket" : `${count} items in your basket`),
    failed: "That didn’t reach the shop. Check your connection and try again.",
  },
  orders: {
    changed: "This order has changed.",
  },
  testCard: {
    /** @param {string} number */
    use: (number) => `Use ${number}: fill it in here`,
    filled: "The test card is filled in.",
  },
  copied: "Copied",
  copy: "Copy",
  unloaded: "A part of this page couldn’t load. Check your connection and reload it.",
  noAnswer: "The shop isn’t answering. Check your connection and try again.",
};
