// One attempt to pay, from the request to an answer that is certain. Knows nothing of the page.
//
// Two rules hold it together: what we don't know is not a decline (so we ask again with the same requestId, which the
// server answers once), and "paid" is only said after Stripe itself has said so.
/** @import {Ack, Actions, Failure, Outcome, Paying, PurchaseRequest, Stage, Status, Transaction} from "./types" */
/** @import {Stripe} from "@stripe/stripe-js" */
/** @import {Link} from "./socket.js" */
import { KEPT_MS } from "./attempts.js";
import { asPerson } from "./captcha.js";
import { sleep } from "./dom.js";
import { words } from "./words.js";

const SLOW_MS = 10_000;
const LOOK_AGAIN_MS = 5_000;
const VERIFY_TRIES = 3;
/** The bank's window gets this long to close itself when another tab has answered. */
const WINDOW_MS = 10_000;
const UNKNOWN = new Set(["payment_pending", "no_answer"]);
/** They speak of one message alone: of a copy that went out before it they know nothing. */
const NOTHING_SAID = new Set([...UNKNOWN, "unavailable", "rate_limited", "internal"]);
const TO_BE_REPEATED = new Set([...UNKNOWN, "unavailable", "rate_limited"]);
const DECLINES = new Set(["card_declined", "card_expired", "authentication_failed"]);
const CHANGES = new Set(["price_changed", "item_unavailable"]);
const ENDINGS = new Set(["session_expired", "unauthenticated", "identity_mismatch"]);
/** @type {Set<Status>} */
const SETTLED = new Set(["succeeded", "declined", "canceled"]);

export class Payment {
  #link;
  #stripe;
  #onStage;
  /** The newest that a push has told, by transaction. @type {Map<string, Transaction>} */
  #heard = new Map();
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** Whether the server may have what is being paid; until then it can be taken back. */
  isSent = false;
  /** Ends the wait for the connection: nothing is sent then. @type {(() => void) | null} */
  #takeBack = null;

  /**
   * @param {Link} link
   * @param {Stripe | null} stripe null when Stripe.js could not be loaded
   * @param {(stage: Stage) => void} onStage
   */
  constructor(link, stripe, onStage) {
    this.#link = link;
    this.#stripe = stripe;
    this.#onStage = onStage;
    link.on("transaction-changed", ({ transaction }) => {
      this.#heard.set(transaction.id, transaction);
      for (const wake of [...this.#waiting]) wake();
    });
  }

  /**
   * Send the request, as often as it takes to get an answer, and see the payment through.
   * @param {PurchaseRequest} request
   * @param {{ wasSent: number | null, paidElsewhere: () => Transaction | null, onSend: () => void }} page wasSent: when,
   *   if that was before a reload; paidElsewhere: asked before anything goes out
   * @returns {Promise<Outcome>}
   */
  async start(request, { wasSent, paidElsewhere, onSend }) {
    this.#heard.clear();
    this.isSent = wasSent !== null;
    this.#onStage("sending");
    const ready = await this.#readyToSend();
    if (ready === "withdrawn") return { kind: "withdrawn" };
    if (ready === "over") return outcomeOf(sessionOver());
    const paid = this.isSent ? null : paidElsewhere();
    if (paid) return { kind: "elsewhere", transaction: paid };
    this.isSent = true;
    onSend();
    const slow = setTimeout(() => this.#onStage("confirming"), SLOW_MS);
    const ack = await this.#answered(request, wasSent !== null, (wasSent ?? Date.now()) + KEPT_MS);
    clearTimeout(slow);
    if (ack.status === "error") return outcomeOf(ack);
    return this.#seeThrough(ack.transaction, ack.client_secret);
  }

  /** Nothing is sent when the connection returns. Does nothing once something has been. */
  takeBack() {
    this.#takeBack?.();
  }

  /**
   * Take up a payment that was begun before, here or in another tab.
   * @param {Transaction} transaction
   * @returns {Promise<Outcome>}
   */
  async resume(transaction) {
    this.isSent = true;
    const ack = await this.#ask("get-transaction", { transaction_id: transaction.id });
    if (ack.status === "error") return outcomeOf(ack);
    return this.#seeThrough(ack.transaction, ack.client_secret ?? null);
  }

  /**
   * Follow a payment that another tab is making, without touching it, until it is settled.
   * @param {Transaction} transaction
   * @param {(transaction: Transaction) => void} onChange
   * @returns {Promise<Outcome>}
   */
  async follow(transaction, onChange) {
    this.isSent = true;
    let now = transaction;
    while (!SETTLED.has(now.status)) {
      onChange(now);
      now = await this.#later(now);
    }
    return this.#seeThrough(now, null);
  }

  /** @returns {Promise<"ready" | "over" | "withdrawn">} */
  async #readyToSend() {
    /** @type {Promise<"withdrawn">} */
    const withdrawn = new Promise((resolve) => {
      this.#takeBack = () => resolve("withdrawn");
    });
    const live = this.#link.live().then((isLive) => (isLive ? "ready" : "over"));
    const ready = await Promise.race([withdrawn, live]);
    this.#takeBack = null;
    return ready;
  }

  /**
   * @param {PurchaseRequest} request
   * @param {boolean} isUnknown whether a copy of it may have been dealt with already
   * @param {number} until after that nothing is sent again unasked
   * @returns {Promise<Ack<Paying>>} an answer that is not "unknown"
   */
  async #answered(request, isUnknown, until) {
    /** @type {Transaction | undefined} */
    let begun;
    for (let pause = 1_000; ; pause = Math.min(pause * 2, LOOK_AGAIN_MS)) {
      if (!(await this.#link.live())) return sessionOver();
      // Nothing of it has been heard, and whoever pressed may have left: by now it would be a purchase that nobody wants.
      if (isUnknown && !begun && Date.now() > until) return failure("no_answer", words.noAnswer);
      const ack = await asPerson(request, (asked) => this.#link.request("purchase-request", asked));
      if (ack.status === "success" || !(isUnknown ? NOTHING_SAID : UNKNOWN).has(ack.error.code)) return ack;
      isUnknown = true;
      begun = ack.transaction ?? begun;
      this.#onStage("confirming");
      const heard = begun && (await this.#hear(begun, pause));
      // For its question the bank needs the secret, which only the answer to this very message brings.
      const isAsking = heard?.status === "requires_action";
      if (heard && !isAsking) return { status: "success", transaction: heard, client_secret: null };
      if (!begun || isAsking) await sleep(pause);
    }
  }

  /**
   * @param {Transaction} transaction
   * @param {string | null} secret
   * @returns {Promise<Outcome>}
   */
  async #seeThrough(transaction, secret) {
    switch (transaction.status) {
      case "succeeded":
        return this.#verified(transaction, secret);
      case "declined":
        return { kind: "declined", transaction, message: transaction.decline?.message ?? "" };
      case "canceled":
        return { kind: "canceled", transaction };
      case "requires_action":
        return this.#authenticate(transaction, secret);
      default:
        this.#onStage("confirming");
        return this.#seeThrough(await this.#later(transaction), secret);
    }
  }

  /**
   * The bank's question. Whatever the browser is told about its end, the server asks Stripe.
   * @param {Transaction} transaction
   * @param {string | null} secret
   * @returns {Promise<Outcome>}
   */
  async #authenticate(transaction, secret) {
    if (!this.#stripe || !secret) return { kind: "unfinished", transaction };
    this.#onStage("authenticating");
    // It throws when the question was answered before; another tab may also answer it while it is open here.
    const answered = this.#stripe.handleNextAction({ clientSecret: secret }).catch(() => null);
    await Promise.race([answered, this.#moved(transaction)]);
    await Promise.race([answered, sleep(WINDOW_MS)]);
    this.#onStage("sending");
    const ack = await this.#ask("confirm-purchase", { transaction_id: transaction.id });
    if (ack.status === "error") return outcomeOf(ack, transaction);
    if (ack.transaction.status === "requires_action") return { kind: "unfinished", transaction: ack.transaction };
    return this.#seeThrough(ack.transaction, secret);
  }

  /**
   * @param {Transaction} transaction which our server holds to be paid
   * @param {string | null} secret
   * @returns {Promise<Outcome>}
   */
  async #verified(transaction, secret) {
    for (let tries = 0; this.#stripe && secret && tries < VERIFY_TRIES; tries += 1) {
      const { paymentIntent } = await this.#stripe.retrievePaymentIntent(secret);
      if (paymentIntent?.status === "succeeded") return { kind: "paid", transaction };
      await sleep(1_000);
    }
    // Stripe is out of this browser's reach, or the secret is: the server asks it for us.
    const ack = await this.#ask("confirm-purchase", { transaction_id: transaction.id });
    if (ack.status === "error") return outcomeOf(ack, transaction);
    if (ack.transaction.status === "succeeded") return { kind: "paid", transaction: ack.transaction };
    return this.#seeThrough(ack.transaction, secret);
  }

  /**
   * Ask until there is an answer; only for actions that may be repeated.
   * @template {"get-transaction" | "confirm-purchase"} Name
   * @param {Name} action
   * @param {Actions[Name]["request"]} payload
   * @returns {Promise<Ack<Actions[Name]["reply"]>>}
   */
  async #ask(action, payload) {
    for (;;) {
      if (!(await this.#link.live())) return sessionOver();
      const ack = await this.#link.request(action, payload);
      if (ack.status === "success" || !TO_BE_REPEATED.has(ack.error.code)) return ack;
      this.#onStage("confirming");
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /**
   * The same transaction a little later: what a push says, or what the server says when nothing was pushed.
   * @param {Transaction} transaction
   * @returns {Promise<Transaction>}
   */
  async #later(transaction) {
    const heard = await this.#hear(transaction, LOOK_AGAIN_MS);
    if (heard) return heard;
    const ack = await this.#ask("get-transaction", { transaction_id: transaction.id });
    return ack.status === "success" ? ack.transaction : transaction;
  }

  /**
   * Resolves when a push says that it has moved on.
   * @param {Transaction} transaction
   */
  async #moved(transaction) {
    while (!(await this.#hear(transaction, LOOK_AGAIN_MS)));
  }

  /**
   * Wait until a push says something new about it.
   * @param {Transaction} transaction
   * @param {number} milliseconds
   * @returns {Promise<Transaction | null>}
   */
  async #hear(transaction, milliseconds) {
    const isNews = () => (this.#heard.get(transaction.id)?.status ?? transaction.status) !== transaction.status;
    if (!isNews()) await this.#wake(milliseconds);
    return isNews() ? (this.#heard.get(transaction.id) ?? null) : null;
  }

  /** @param {number} milliseconds @returns {Promise<void>} */
  #wake(milliseconds) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#waiting.add(wake);
    });
  }
}

/**
 * @param {Failure} failure
 * @param {Transaction} [transaction] that it is about, when the failure brings none
 * @returns {Outcome}
 */
function outcomeOf(failure, transaction) {
  const { code, message } = failure.error;
  const known = failure.transaction ?? transaction ?? null;
  if (known?.status === "canceled") return { kind: "canceled", transaction: known };
  if (DECLINES.has(code)) return { kind: "declined", transaction: known, message };
  if (CHANGES.has(code)) return { kind: "changed", failure };
  if (ENDINGS.has(code)) return { kind: "ended", message };
  if (code === "payment_in_progress" && known) return { kind: "elsewhere", transaction: known };
  return { kind: "refused", code, message: message || words.noAnswer };
}

function sessionOver() {
  return failure("session_expired", words.session.ended);
}

/** @param {string} code @param {string} message @returns {Failure} */
function failure(code, message) {
  return { status: "error", error: { code, message, retryable: false, request_id: "" } };
}
