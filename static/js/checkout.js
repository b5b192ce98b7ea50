// The checkout: what a press of the button sets off, how it ends, and the next step; and what other tabs do meanwhile.
/** @import {Attempt} from "./attempts.js" */
/** @import {Card, CheckoutContext, Failure, Outcome, Stage, Transaction} from "./types" */
import { forget, markSent, markTold, recall } from "./attempts.js";
import { CardForm, CardProblem } from "./card-form.js";
import { CardList, cardWords } from "./cards.js";
import { offerChange } from "./changes.js";
import { CheckoutView } from "./checkout-view.js";
import { announce, makeButton, makeLink, maybe, readContext } from "./dom.js";
import { Elsewhere } from "./elsewhere.js";
import { Notices } from "./notices.js";
import { Payment } from "./payment.js";
import { nextAttempt } from "./request.js";
import { Link, showNone } from "./socket.js";
import { addressOf, buys, emptyBasket, refreshOrder } from "./summary.js";
import { language } from "./translate.js";
import { words } from "./words.js";

class Checkout {
  /** @type {CheckoutContext} */
  #page;
  /** @type {Card[]} */
  #cards;
  #lists = new CardList();
  #link;
  #payment;
  #view;
  #cardForm;
  #notices = new Notices();
  /** The declined transaction that the next card is tried on. @type {string | null} */
  #retry = null;
  /** Counts runs: the outcome of an abandoned one is not acted on. */
  #turn = 0;
  #busy = false;
  /** @type {Stage | null} */
  #stage = null;
  #done = false;
  /** Looked at before we send, and when what ran here has ended. */
  #elsewhere = new Elsewhere();

  /** @param {CheckoutContext} page */
  constructor(page) {
    this.#page = page;
    this.#cards = page.cards;
    const stripe = window.Stripe?.(page.publishableKey, { locale: language }) ?? null;
    this.#view = new CheckoutView(page.total_display);
    this.#cardForm = new CardForm(stripe);
    this.#link = new Link(page);
    this.#payment = new Payment(this.#link, stripe, (stage) => this.#showStage(stage));
    this.#listen();
  }

  /** Go on with a payment that was begun before this page was opened. @param {Transaction | null} open */
  takeUp(open) {
    const attempt = recall(this.#page);
    // One of another order is not sent from here, unseen. What was paid since this one's page was opened isn't paid again.
    if (!attempt) forget(this.#page);
    else this.#page.openedAt = attempt.request.openedAt;
    // Reloaded in the middle of the bank's question: it opens again when the person says so.
    if (attempt && open?.status === "requires_action" && this.#isOurs(open)) this.#showUnfinished(open);
    else if (attempt && !attempt.isTold) this.#run(this.#send(attempt));
    else if (open && !(attempt && this.#isOurs(open))) this.#followElsewhere(open);
  }

  #listen() {
    this.#view.onNewCard(() => this.#cardForm.mount());
    this.#view.onPay(() => this.#pay());
    this.#link.on("wallet-changed", ({ cards }) => this.#showCards(cards));
    this.#link.on("transaction-changed", ({ transaction }) => this.#heard(transaction));
    this.#link.onReturn(() => this.#catchUp());
    this.#link.watch((state) => {
      if (state === "ended") this.#showEnded(words.session.ended);
      else if (this.#stage) this.#showStage(this.#stage);
    });
  }

  async #pay() {
    if (this.#busy || this.#done || this.#view.checkEmail()) return;
    this.#notices.rest();
    this.#setBusy(true);
    try {
      const chosen = { page: this.#page, view: this.#view, cardForm: this.#cardForm, retry: this.#retry };
      const attempt = await nextAttempt(chosen);
      await this.#run(this.#send(attempt));
    } catch (problem) {
      this.#setBusy(false);
      if (!(problem instanceof CardProblem)) throw problem;
      announce(problem.message);
      this.#lookElsewhere();
    }
  }

  /** @param {Attempt} attempt */
  #send(attempt) {
    return this.#payment.start(attempt.request, {
      wasSent: attempt.isSent ? attempt.at : null,
      paidElsewhere: () => this.#elsewhere.paid(this.#page),
      onSend: () => markSent(this.#page, attempt),
    });
  }

  /** @param {Promise<Outcome>} job @param {boolean} [ours] @param {string} [amount] where it isn't this page's */
  async #run(job, ours = true, amount = this.#page.total_display) {
    const turn = ++this.#turn;
    this.#setBusy(true, ours, amount);
    const outcome = await job;
    if (turn !== this.#turn || this.#done) return;
    this.#setBusy(false);
    const attempt = recall(this.#page);
    if (attempt && outcome.kind === "refused" && outcome.code === "unavailable") markTold(this.#page, attempt);
    else forget(this.#page);
    const known = "transaction" in outcome ? outcome.transaction : null;
    if (known && !this.#isOurs(known)) this.#settleOther(outcome, known);
    else this.#settle(outcome, ours);
    this.#lookElsewhere(known?.id);
  }

  /** The outcome of another order's payment: this page's order stays as it is. @param {Outcome} outcome @param {Transaction} other */
  #settleOther(outcome, other) {
    const { id, amount_display: amount } = other;
    if (outcome.kind === "paid") {
      this.#notices.status(words.pay.otherDone(amount), "ok", makeLink(words.pay.otherReceipt, `/orders/${id}`));
    } else if (outcome.kind === "declined") this.#notices.error(words.pay.otherDeclined(amount));
    else if (outcome.kind === "canceled") this.#notices.error(words.pay.otherCanceled(amount));
    else this.#followElsewhere(other);
  }

  /** @param {Outcome} outcome @param {boolean} ours */
  #settle(outcome, ours) {
    switch (outcome.kind) {
      case "paid":
        return this.#showPaid(outcome.transaction, !ours);
      case "withdrawn":
        this.#notices.status(words.pay.takenBack, "ok");
        // The button that was pressed for it is gone, and the focus with it.
        return this.#view.focusPay();
      case "declined":
        return this.#showDeclined(outcome.transaction, outcome.message, ours);
      case "unfinished":
        return this.#showUnfinished(outcome.transaction);
      case "elsewhere":
        return this.#followElsewhere(outcome.transaction);
      case "changed":
        return this.#showChanged(outcome.failure);
      case "canceled":
        this.#retry = null;
        return this.#notices.error(words.pay.canceled);
      case "ended":
        return this.#showEnded(outcome.message);
      case "refused":
        return this.#notices.error(outcome.message);
    }
  }

  /** @param {Stage} stage */
  #showStage(stage) {
    this.#stage = stage;
    const { state } = this.#link;
    const isAway = (state === "offline" || state === "reconnecting") && stage !== "authenticating";
    this.#view.setQueued(isAway && !this.#payment.isSent);
    if (!isAway) return this.#notices.status(words.pay[stage]);
    if (this.#payment.isSent) return this.#notices.status(words.pay.unsure[state]);
    const takeBack = makeButton(words.pay.takeBack, () => this.#payment.takeBack());
    this.#notices.status(words.pay.queued[state], "wait", takeBack);
  }

  /** @param {Transaction} transaction @param {boolean} elsewhere */
  #showPaid(transaction, elsewhere) {
    this.#done = true;
    forget(this.#page);
    this.#view.showPaid(transaction, elsewhere);
    announce(words.pay.done(transaction.amount_display));
    emptyBasket(this.#page.items);
  }

  /** @param {Transaction | null} transaction @param {string} message @param {boolean} ours */
  #showDeclined(transaction, message, ours) {
    this.#retry = transaction?.id ?? null;
    if (!ours) return this.#notices.error(words.pay.elsewhereDeclined);
    const failed = this.#view.chosen;
    if (failed) this.#view.markDeclined(failed);
    const next = this.#view.nextCard(this.#cards);
    this.#notices.error(message, ...(next ? [this.#payWith(next)] : []));
  }

  /** @param {Card} card */
  #payWith(card) {
    const label = words.pay.next(this.#page.total_display, cardWords(card));
    return makeButton(label, () => {
      this.#view.choose(card.id);
      this.#pay();
    });
  }

  /** @param {Transaction} transaction */
  #showUnfinished(transaction) {
    this.#retry = transaction.id;
    const goOn = makeButton(words.pay.goOn, () => this.#run(this.#payment.resume(transaction)));
    this.#notices.error(words.pay.unfinished, goOn);
  }

  /** @param {Transaction} transaction */
  #followElsewhere(transaction) {
    const turn = this.#turn + 1;
    const followed = this.#payment.follow(transaction, (now) => {
      // It goes on being followed when somebody continues it here, but has nothing more to say.
      if (turn < this.#turn) return;
      const { amount_display: amount } = now;
      const bank = now.status === "requires_action";
      const sentence = bank ? words.pay.elsewhereBank : words.pay.elsewhere;
      const goOn = makeButton(words.pay.continueHere, () => this.#run(this.#payment.resume(now), true, amount));
      this.#notices.status(sentence(amount), "wait", ...(bank ? [goOn] : []));
    });
    this.#run(followed, false);
  }

  /** @param {Failure} failure */
  #showChanged(failure) {
    this.#retry = null;
    offerChange(this.#notices, failure, this.#page, (left) => this.#useOrder(left));
  }

  /** @param {{ item_id: string, quantity: number }[]} lines */
  async #useOrder(lines) {
    const fresh = await refreshOrder(lines);
    if (!fresh) return this.#notices.error(words.change.unreachable);
    this.#page = { ...this.#page, items: fresh.items, total_cents: fresh.total_cents, total_display: fresh.total_display };
    history.replaceState(null, "", addressOf(lines));
    this.#view.setAmount(fresh.total_display);
    this.#notices.status(words.change.updated, "ok");
    this.#view.focusPay();
  }

  /** @param {string} message */
  #showEnded(message) {
    if (this.#done) return;
    this.#turn += 1;
    this.#setBusy(false);
    const reload = makeButton(words.session.reload, () => location.reload());
    this.#notices.error(message, reload);
  }

  /** @param {Card[]} list @param {number} [asked] see CardList */
  #showCards(list, asked) {
    const cards = this.#lists.accept(list, asked);
    if (!cards) return;
    this.#cards = cards;
    if (!this.#done) this.#view.showCards(cards);
  }

  /** What another tab does with this order is shown here too. @param {Transaction} transaction */
  #heard(transaction) {
    this.#elsewhere.hear(transaction);
    this.#lookElsewhere();
  }

  /** @param {string} [shown] the transaction whose state this page shows already */
  #lookElsewhere(shown) {
    if (this.#done || this.#busy) return;
    const paid = this.#elsewhere.paid(this.#page);
    const running = this.#elsewhere.running(this.#page, ({ id, status }) => {
      return id === shown || (id === this.#retry && status === "requires_action");
    });
    this.#elsewhere.clear();
    if (paid) this.#showPaid(paid, true);
    else if (running) this.#followElsewhere(running);
  }

  /** Away for a while, the page has heard nothing. */
  async #catchUp() {
    const { userId, cogId, isGuest } = this.#page;
    const asked = this.#lists.version;
    const orders = this.#link.request("get-transactions", {});
    const wallet = isGuest ? null : await this.#link.request("get-user-cards", { userId, cogId });
    if (wallet?.status === "success") this.#showCards(wallet.cards, asked);
    const ack = await orders;
    if (ack.status === "error") return;
    for (const transaction of ack.transactions) this.#elsewhere.hear(transaction);
    this.#lookElsewhere();
  }

  /** @param {Transaction} transaction */
  #isOurs(transaction) {
    return buys(transaction, this.#page.items);
  }

  /** @param {boolean} busy @param {boolean} [ours] @param {string} [amount] */
  #setBusy(busy, ours = true, amount = this.#page.total_display) {
    this.#busy = busy;
    if (!busy) this.#stage = null;
    this.#view.setBusy(busy, ours, amount);
  }
}

/** @type {CheckoutContext | null} */
const page = readContext("checkout-context");
if (page && !window.io) {
  showNone();
  new Notices().error(words.unloaded);
} else if (page && maybe("data-checkout-form")) new Checkout(page).takeUp(readContext("open-transaction"));
