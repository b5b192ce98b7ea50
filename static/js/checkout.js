// The checkout: from what is chosen and typed to one purchase request, and from its outcome to the next step.
/** @import {Card, CheckoutContext, Failure, Means, Outcome, PurchaseRequest, Stage, Transaction} from "./types" */
import { forget, keep, newRequestId, recall } from "./attempts.js";
import { CardForm, CardProblem } from "./card-form.js";
import { cardWords } from "./cards.js";
import { CheckoutView } from "./checkout-view.js";
import { announce, find, makeButton, makeLink, maybe, readContext } from "./dom.js";
import { Notices } from "./notices.js";
import { Payment } from "./payment.js";
import { Link } from "./socket.js";
import { addressOf, buys, changeList, emptyBasket, refreshOrder } from "./summary.js";
import { words } from "./words.js";

const OPEN = new Set(["pending", "requires_action", "processing"]);

class Checkout {
  /** @type {CheckoutContext} */
  #page;
  /** @type {Card[]} */
  #cards;
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

  /** @param {CheckoutContext} page */
  constructor(page) {
    this.#page = page;
    this.#cards = page.cards;
    const stripe = window.Stripe?.(page.publishableKey) ?? null;
    this.#view = new CheckoutView(page.total_display);
    this.#cardForm = new CardForm(stripe);
    this.#link = new Link(page);
    this.#payment = new Payment(this.#link, stripe, (stage) => this.#showStage(stage));
    this.#listen();
  }

  /** Go on with a payment that was begun before this page was opened. @param {Transaction | null} open */
  takeUp(open) {
    const attempt = recall(this.#page);
    // Reloaded in the middle of the bank's question: it opens again when the person says so.
    if (attempt && open?.status === "requires_action") this.#showUnfinished(open);
    else if (attempt) this.#run(this.#payment.start(attempt.request));
    else if (open && OPEN.has(open.status)) this.#followElsewhere(open);
    else if (open?.status === "declined" && buys(open, this.#page.items)) this.#retry = open.id;
  }

  #listen() {
    this.#view.onNewCard(() => this.#cardForm.mount());
    this.#view.onPay(() => this.#pay());
    this.#link.on("wallet-changed", ({ cards }) => this.#showCards(cards));
    this.#link.on("transaction-changed", ({ transaction }) => this.#heard(transaction));
    this.#link.onReturn(() => this.#catchUp());
    this.#link.watch((state) => {
      if (state === "ended") this.#showEnded(words.session.ended);
      else if (this.#busy && this.#stage === "sending") this.#showStage("sending");
    });
  }

  async #pay() {
    if (this.#busy || this.#done || this.#view.checkEmail()) return;
    this.#notices.rest();
    this.#setBusy(true);
    try {
      const request = await this.#request();
      await this.#run(this.#payment.start(request));
    } catch (problem) {
      this.#setBusy(false);
      if (!(problem instanceof CardProblem)) throw problem;
      announce(problem.message);
    }
  }

  /** The request of this press of the button: the unanswered one again, if nothing else was chosen since. */
  async #request() {
    const attempt = recall(this.#page);
    const choice = this.#choice();
    if (attempt?.choice === choice) return attempt.request;
    const means = await this.#means();
    /** @type {PurchaseRequest} */
    const request = {
      ...means,
      ...(this.#retry ? { transaction_id: this.#retry } : { items: this.#lines() }),
      userId: this.#page.userId,
      cogId: this.#page.cogId,
      requestId: newRequestId(),
    };
    keep(this.#page, request, choice);
    return request;
  }

  /** @returns {Promise<Means>} */
  async #means() {
    const cardId = this.#view.chosen;
    if (cardId) return { card_id: cardId };
    const email = this.#view.email ?? this.#page.email;
    const { token, paymentMethod } = await this.#cardForm.tokenise(email);
    return { stripePayment: paymentMethod, tokenObj: token, save: this.#view.saves, ...(email ? { email } : {}) };
  }

  #lines() {
    return this.#page.items.map(({ item_id, price_cents, quantity }) => ({ item_id, price_cents, quantity }));
  }

  #choice() {
    const typed = `new ${this.#cardForm.revision} ${this.#view.saves} ${this.#view.email}`;
    return JSON.stringify([this.#view.chosen ?? typed, this.#retry, this.#lines()]);
  }

  /** @param {Promise<Outcome>} job @param {boolean} [ours] */
  async #run(job, ours = true) {
    this.#turn += 1;
    const turn = this.#turn;
    this.#setBusy(true, ours);
    const outcome = await job;
    if (turn !== this.#turn || this.#done) return;
    this.#setBusy(false);
    if (outcome.kind !== "refused" || outcome.code !== "unavailable") forget(this.#page);
    this.#settle(outcome, ours);
  }

  /** @param {Outcome} outcome @param {boolean} ours */
  #settle(outcome, ours) {
    switch (outcome.kind) {
      case "paid":
        return this.#showPaid(outcome.transaction, !ours);
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
    const offline = stage === "sending" && this.#link.state !== "online";
    const sentence = offline ? words.pay.offline : words.pay[stage];
    this.#notices.status(sentence);
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
    const same = transaction && buys(transaction, this.#page.items);
    this.#retry = same ? transaction.id : null;
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
    this.#retry = buys(transaction, this.#page.items) ? transaction.id : null;
    const goOn = makeButton(words.pay.goOn, () => this.#run(this.#payment.resume(transaction)));
    this.#notices.error(words.pay.unfinished, goOn);
  }

  /** @param {Transaction} transaction */
  #followElsewhere(transaction) {
    const followed = this.#payment.follow(transaction, (now) => {
      const bank = now.status === "requires_action";
      const sentence = bank ? words.pay.elsewhereBank : words.pay.elsewhere;
      const goOn = makeButton(words.pay.continueHere, () => this.#run(this.#payment.resume(now)));
      this.#notices.status(sentence(now.amount_display), "wait", ...(bank ? [goOn] : []));
    });
    this.#run(followed, false);
  }

  /** @param {Failure} failure */
  #showChanged(failure) {
    this.#retry = null;
    const left = (failure.items ?? []).filter((item) => item.available);
    const gone = left.length < (failure.items ?? []).length;
    const label = gone ? words.change.without : words.change.accept(failure.total_display ?? "");
    const accept = makeButton(label, () => this.#useOrder(left), "button-primary");
    const back = makeLink(words.change.back, find("data-back").getAttribute("href") ?? "/");
    const actions = left.length ? [accept, back] : [back];
    const sentence = gone ? words.change.gone : words.change.price;
    this.#notices.error(sentence, changeList(failure, this.#page.items), ...actions);
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

  /** @param {Card[]} cards */
  #showCards(cards) {
    this.#cards = cards;
    if (!this.#done) this.#view.showCards(cards);
  }

  /** What another tab does with this order is shown here too. @param {Transaction} transaction */
  #heard(transaction) {
    if (this.#busy || this.#done || transaction.cogId !== this.#page.cogId) return;
    if (OPEN.has(transaction.status)) this.#followElsewhere(transaction);
    else if (transaction.status === "succeeded" && buys(transaction, this.#page.items)) this.#showPaid(transaction, true);
  }

  async #catchUp() {
    const { userId, cogId, isGuest } = this.#page;
    if (isGuest) return;
    const ack = await this.#link.request("get-user-cards", { userId, cogId });
    if (ack.status === "success") this.#showCards(ack.cards);
  }

  /** @param {boolean} busy @param {boolean} [ours] */
  #setBusy(busy, ours = true) {
    this.#busy = busy;
    if (!busy) this.#stage = null;
    this.#view.setBusy(busy, ours);
  }
}

/** @type {CheckoutContext | null} */
const page = readContext("checkout-context");
if (page && !window.io) new Notices().error(words.unloaded);
else if (page && maybe("data-checkout-form")) new Checkout(page).takeUp(readContext("open-transaction"));
