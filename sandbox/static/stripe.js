// The sandbox's Stripe.js: the calls of https://js.stripe.com/endive/stripe.js that a card form needs, with the same
// names, shapes, events and errors, against the sandbox that served this script. A classic script, as the real one is:
// `window.Stripe` is there as soon as it has run. What needs no place in the page is done in frames of the sandbox:
// the card field (elements/card.html), everything about the API (elements/controller.html), the bank's challenge
// (3ds/challenge.html). What is typed there never comes by here.
(() => {
  "use strict";

  /**
   * @typedef {import("@stripe/stripe-js").StripeError} StripeError
   * @typedef {import("@stripe/stripe-js").StripeCardElementOptions} CardOptions
   * @typedef {import("@stripe/stripe-js").StripeElementClasses} Classes
   * @typedef {import("@stripe/stripe-js").CreateTokenCardData} TokenData
   * @typedef {import("@stripe/stripe-js").ConfirmCardPaymentData} PaymentData
   * @typedef {import("@stripe/stripe-js").ConfirmCardSetupData} SetupData
   * @typedef {import("@stripe/stripe-js").TokenResult} TokenResult
   * @typedef {import("@stripe/stripe-js").PaymentMethodResult} PaymentMethodResult
   * @typedef {import("@stripe/stripe-js").PaymentIntentResult} PaymentIntentResult
   * @typedef {import("@stripe/stripe-js").SetupIntentResult} SetupIntentResult
   * @typedef {import("@stripe/stripe-js").PaymentIntentOrSetupIntentResult} IntentResult
   * @typedef {{locale?: string, paymentMethodTypes?: unknown, [name: string]: unknown}} GroupOptions
   * @typedef {Record<string, any> & {error?: StripeError}} Answer
   */

  const HOME = new URL(".", /** @type {HTMLScriptElement} */ (document.currentScript).src);
  const PATIENCE_MS = 10_000;
  const LOOK_MS = 1_000;
  const UNREACHABLE = {
    error: {
      type: /** @type {const} */ ("api_connection_error"),
      message: "The sandbox could not be reached. Please check your connection and try again.",
    },
  };

  /** A mistake of the page's author. Everything else is a result, never an exception. */
  class IntegrationError extends Error {
    name = "IntegrationError";
  }

  // --- Frames -------------------------------------------------------------------------------------------------

  /**
   * A frame of the sandbox and the line to it. The frame gets one end of a channel as soon as it has loaded (again,
   * when it is moved in the page and so loads anew); what is said before that waits.
   */
  class Frame {
    /** @type {MessagePort|null} */
    #port = null;
    #isReady = false;
    #isGone = false;
    /** @type {object[]} */
    #waiting = [];
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void}>} */
    #asked = new Map();
    #lastId = 0;
    #hear;

    /**
     * @param {string} page
     * @param {string} title
     * @param {{payload: () => object, hear?: (message: any) => void, colorScheme?: string}} choices payload: what the
     *   frame is opened with; colorScheme: the page's in it (where the two differ, browsers paint an opaque ground)
     */
    constructor(page, title, { payload, hear = () => {}, colorScheme = "light" }) {
      this.#hear = hear;
      this.element = document.createElement("iframe");
      this.element.name = `__privateStripeFrame${Math.floor(Math.random() * 10_000)}`;
      this.element.title = title;
      this.element.src = `${new URL(page, HOME)}#${encodeURIComponent(window.origin)}`;
      Object.assign(this.element.style, { display: "block", width: "100%", border: "0", colorScheme });
      this.element.addEventListener("load", () => this.#open(payload()));
    }

    /** @param {string} order @param {object} [payload] @param {number} [id] */
    say(order, payload, id) {
      if (this.#isReady) this.#port?.postMessage({ id, order, payload });
      else this.#waiting.push({ id, order, payload });
    }

    /** @param {string} order @param {object} payload @returns {Promise<any>} rejects when the frame goes away */
    ask(order, payload) {
      if (this.#isGone) return Promise.reject(notMounted());
      const id = (this.#lastId += 1);
      this.say(order, payload, id);
      return new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
    }

    close() {
      this.#hangUp();
      this.#isGone = true;
      this.element.remove();
    }

    #hangUp() {
      for (const { reject } of this.#asked.values()) reject(notMounted());
      this.#asked.clear();
      this.#port?.close();
      this.#port = null;
      this.#isReady = false;
    }

    /** @param {object} payload */
    #open(payload) {
      const { port1, port2 } = new MessageChannel();
      if (this.#port) this.#hangUp();
      this.#port = port1;
      this.#isGone = false;
      port1.onmessage = ({ data }) => this.#receive(data);
      this.element.contentWindow?.postMessage({ order: "open", payload }, HOME.origin, [port2]);
      setTimeout(() => port1 === this.#port && !this.#isReady && this.#giveUp(), PATIENCE_MS);
    }

    #giveUp() {
      this.#hangUp();
      this.#isGone = true;
      this.#hear({ event: "loaderror" });
    }

    /** @param {any} message */
    #receive(message) {
      if ("id" in message) {
        this.#asked.get(message.id)?.resolve(message.answer);
        this.#asked.delete(message.id);
        return;
      }
      if (message.event === "ready") {
        this.#isReady = true;
        for (const waiting of this.#waiting.splice(0)) this.#port?.postMessage(waiting);
      }
      this.#hear(message);
    }
  }

  // --- The card element ---------------------------------------------------------------------------------------

  const EVENTS = ["ready", "change", "focus", "blur", "escape", "networkschange", "loaderror"];
  const OPTIONS = [
    "classes", "style", "value", "hidePostalCode", "iconStyle", "hideIcon", "disabled", "disableLink", "preferredNetwork",
  ];
  /** @type {Required<Classes>} */
  const CLASSES = {
    base: "StripeElement",
    complete: "StripeElement--complete",
    empty: "StripeElement--empty",
    focus: "StripeElement--focus",
    invalid: "StripeElement--invalid",
    webkitAutofill: "StripeElement--webkit-autofill",
  };
  const UNTOUCHED = { empty: true, complete: false, error: undefined, brand: "unknown", autofilled: false };

  class CardElement {
    /** @type {Map<string, Set<(event: any) => unknown>>} */
    #handlers = new Map(EVENTS.map((name) => [name, new Set()]));
    /** @type {CardOptions} */
    #options;
    #locale;
    #onDestroy;
    #isDestroyed = false;
    /** @type {HTMLElement|null} */
    #container = null;
    /** @type {Frame|null} */
    #frame = null;
    #labels = new AbortController();
    /** @type {Record<string, any>} */
    #state = UNTOUCHED;
    #isFocused = false;

    /**
     * @param {CardOptions} options
     * @param {string} locale
     * @param {() => void} onDestroy
     */
    constructor(options, locale, onDestroy) {
      warnOfUnknown("elements.create()", options);
      this.#options = options;
      this.#locale = locale;
      this.#onDestroy = onDestroy;
    }

    /** @param {string|HTMLElement} target */
    mount(target) {
      this.#assertAlive();
      const container = typeof target === "string" ? document.querySelector(target) : target;
      if (!(container instanceof HTMLElement)) {
        throw new IntegrationError(typeof target === "string"
          ? `The selector you specified (${target}) applies to no DOM elements that are currently on the page. Make sure the element exists on the page before calling mount().`
          : "Invalid DOM element. Call mount() with either a valid selector string or a DOM element.");
      }
      if (container === this.#container && this.#frame?.element.parentElement === container) return;
      this.unmount();
      this.#container = container;
      mounted.add(this);
      this.#frame = new Frame("elements/card.html", "Secure card payment input frame", {
        payload: () => this.#opening(),
        hear: (message) => this.#receive(message),
      });
      this.#frame.element.style.height = "1.2em"; // until the frame has told its own
      container.replaceChildren(this.#frame.element);
      this.#followLabels(container);
      this.#paint();
    }

    unmount() {
      this.#assertAlive();
      this.#frame?.close();
      this.#labels.abort();
      this.#unpaint();
      mounted.delete(this);
      this.#container = this.#frame = null;
    }

    destroy() {
      this.unmount();
      this.#isDestroyed = true;
      this.#onDestroy();
    }

    /** @param {CardOptions} options */
    update(options) {
      this.#assertAlive();
      warnOfUnknown("element.update()", options);
      this.#unpaint();
      const style = mergedStyles(this.#options.style, options.style);
      this.#options = { ...this.#options, ...options, style };
      this.#paint();
      this.#frame?.say("update", { ...forFrame(options), style });
    }

    focus() {
      this.#assertAlive();
      this.#frame?.element.focus({ preventScroll: true });
      this.#frame?.say("focus");
    }

    blur() {
      this.#assertAlive();
      this.#frame?.say("blur");
      this.#frame?.element.blur();
    }

    clear() {
      this.#assertAlive();
      this.#frame?.say("clear");
    }

    /** @param {string} event @param {(event: any) => unknown} handler */
    on(event, handler) {
      this.#handlersOf(event).add(handler);
      return this;
    }

    /** @param {string} event @param {(event: any) => unknown} handler */
    once(event, handler) {
      /** @param {any} payload */
      const first = (payload) => {
        this.off(event, first);
        handler(payload);
      };
      return this.on(event, first);
    }

    /** @param {string} event @param {(event: any) => unknown} [handler] all of them without one */
    off(event, handler) {
      if (handler) this.#handlersOf(event).delete(handler);
      else this.#handlersOf(event).clear();
      return this;
    }

    /** The sandbox's own: no page may do this to Stripe's. @param {string} number */
    fill(number) {
      this.#frame?.say("fill", { number });
    }

    /**
     * Has the frame send its card to the API: a token or a PaymentMethod, or the error that keeps it from that.
     * @param {string} key
     * @param {"tokens"|"payment_methods"} path
     * @param {object} params what goes with the card
     * @returns {Promise<Answer>}
     */
    async create(key, path, params) {
      if (!this.#frame?.element.isConnected) throw notMounted();
      return this.#frame.ask("create", { key, path, params });
    }

    // Loading, it knows nothing of what was typed before.
    #opening() {
      this.#state = UNTOUCHED;
      this.#isFocused = false;
      this.#paint();
      return { options: forFrame(this.#options), locale: this.#locale };
    }

    /** @param {any} message */
    #receive({ event, height, state }) {
      if (event === "resize" && this.#frame) this.#frame.element.style.height = `${height}px`;
      else if (event === "change") this.#change(state);
      else if (event === "enter") this.#container?.closest("form")?.requestSubmit();
      else if (event === "loaderror") this.#emit(event, UNREACHABLE);
      else if (EVENTS.includes(event)) {
        if (event === "focus" || event === "blur") this.#isFocused = event === "focus";
        this.#paint();
        this.#emit(event);
      }
    }

    /** @param {Record<string, any>} state */
    #change(state) {
      const hasNewBrand = state.brand !== this.#state.brand;
      this.#state = state;
      this.#paint();
      const { empty, complete, error, value, brand } = state;
      this.#emit("change", { empty, complete, error, value, brand });
      if (hasNewBrand) this.#emit("networkschange");
    }

    // A handler that throws must not keep the next one from hearing.
    /** @param {string} event @param {object} [payload] */
    #emit(event, payload) {
      for (const handler of this.#handlersOf(event)) queueMicrotask(() => handler({ elementType: "card", ...payload }));
    }

    #paint() {
      const { empty, complete, error, autofilled } = this.#state;
      /** @type {Record<string, boolean>} */
      const states = {
        base: true, empty, complete, focus: this.#isFocused, invalid: Boolean(error), webkitAutofill: autofilled,
      };
      for (const [state, names] of this.#classes()) {
        for (const name of names) this.#container?.classList.toggle(name, states[state]);
      }
    }

    #unpaint() {
      for (const [, names] of this.#classes()) this.#container?.classList.remove(...names);
    }

    /** @returns {Array<[string, string[]]>} one option may name several classes */
    #classes() {
      const given = Object.entries({ ...CLASSES, ...this.#options.classes });
      return given.map(([state, names]) => [state, names.split(/\s+/).filter(Boolean)]);
    }

    // A click on the container's label focuses the field, as it does with any other.
    /** @param {HTMLElement} container */
    #followLabels(container) {
      this.#labels = new AbortController();
      const labels = container.id ? [...document.querySelectorAll(`label[for="${CSS.escape(container.id)}"]`)] : [];
      for (const label of [...labels, container.closest("label")]) {
        label?.addEventListener("click", () => this.focus(), { signal: this.#labels.signal });
      }
    }

    /** @param {string} event */
    #handlersOf(event) {
      const handlers = this.#handlers.get(event);
      if (!handlers) throw new IntegrationError(`"${event}" is not an event of the card Element.`);
      return handlers;
    }

    #assertAlive() {
      if (!this.#isDestroyed) return;
      throw new IntegrationError("This Element has already been destroyed. Please create a new one.");
    }
  }

  const notMounted = () => new IntegrationError(
    "We could not retrieve data from the specified Element. Please make sure the Element you are attempting to use is still mounted.",
  );

  /** @param {CardOptions["style"]} before @param {CardOptions["style"]} after */
  const mergedStyles = (before = {}, after = {}) => ({
    base: { ...before.base, ...after.base },
    complete: { ...before.complete, ...after.complete },
    empty: { ...before.empty, ...after.empty },
    invalid: { ...before.invalid, ...after.invalid },
  });

  // Classes are the container's business.
  /** @param {CardOptions} options */
  const forFrame = ({ classes, ...options }) => options;

  /** @param {string} where @param {object} options */
  function warnOfUnknown(where, options) {
    for (const name of Object.keys(options).filter((given) => !OPTIONS.includes(given))) {
      console.warn(`[Stripe.js] Unrecognized ${where} parameter: ${name} is not a recognized parameter. This may cause issues with your integration in the future.`);
    }
  }

  /** The card fields of this page, the newest last. @type {Set<CardElement>} */
  const mounted = new Set();

  class Elements {
    /** @type {CardElement|null} */
    #card = null;
    #locale;

    /** @param {GroupOptions} options @param {string} locale */
    constructor(options, locale) {
      if ("paymentMethodTypes" in options) {
        throw new IntegrationError("elements() no longer takes `paymentMethodTypes`. Use `allowedPaymentMethodTypes` instead.");
      }
      this.#locale = options.locale ?? locale;
    }

    /** @param {string} type @param {CardOptions} options */
    create(type, options = {}) {
      if (type !== "card") throw new IntegrationError(`The sandbox offers the card Element, not "${type}".`);
      if (this.#card) throw new IntegrationError("Can only create one Element of type card through this Elements instance.");
      this.#card = new CardElement(options, this.#locale, () => { this.#card = null; });
      return this.#card;
    }

    /** @param {unknown} type */
    getElement(type) {
      return type === "card" ? this.#card : null;
    }

    /** @param {GroupOptions} options for elements that are mounted from now on */
    update(options) {
      this.#locale = options.locale ?? this.#locale;
    }
  }

  // --- The API, and the bank's challenge ----------------------------------------------------------------------

  /** @type {Frame|null} */
  let controller = null;

  /** @param {string} order @param {object} payload @returns {Promise<any>} what elements/intents.js calls a reply */
  async function askController(order, payload) {
    if (!controller?.element.isConnected) {
      controller = new Frame("elements/controller.html", "Sandbox connection", { payload: () => ({}) });
      controller.element.setAttribute("aria-hidden", "true");
      controller.element.tabIndex = -1;
      Object.assign(controller.element.style, { position: "fixed", width: "1px", height: "1px", visibility: "hidden" });
      document.body.append(controller.element);
    }
    const frame = controller;
    try {
      return await frame.ask(order, payload);
    } catch {
      frame.close(); // the next call tries again
      return { result: UNREACHABLE };
    }
  }

  /**
   * Has the controller carry a call about an intent to its end, and shows the bank's challenge where it needs one.
   * @param {string} order
   * @param {Record<string, unknown>} asked see elements/intents.js
   * @returns {Promise<any>}
   */
  async function settle(order, asked) {
    const { result, challenge, leaveFor, mistake } = await askController(order, asked);
    if (mistake) throw new IntegrationError(mistake);
    if (leaveFor) {
      location.assign(leaveFor);
      return new Promise(() => {}); // the page is on its way out
    }
    if (!challenge) return result;
    const { source } = challenge;
    const { outcome, moved, close } = await show(challenge.facts, () => askController("moved", { ...asked, source }));
    const answer = outcome && await settle("authenticate", { ...asked, source, outcome });
    close();
    return moved ?? answer ?? UNREACHABLE;
  }

  /**
   * Shows the challenge over the whole page until it is answered. The dialog is modal: the rest of the page is inert,
   * the focus stays inside and goes back where it was. It may also be answered elsewhere, in another tab.
   * @param {Answer} facts what is to be paid, with which card
   * @param {() => Promise<{result?: Answer}>} look whether the intent has moved on: then with the result
   * @returns {Promise<{outcome?: "complete"|"fail"|"cancel"|null, moved?: Answer, close: () => void}>} outcome null: it
   *   could not be shown
   */
  function show(facts, look) {
    const dialog = document.createElement("dialog");
    const title = facts.kind === "captcha" ? "Security check" : "Card authentication";
    const frame = new Frame("3ds/challenge.html", title, { payload: () => facts, colorScheme: "light dark" });
    const { overflow } = document.documentElement.style;
    dialog.setAttribute("aria-label", title);
    dialog.setAttribute("aria-modal", "true");
    Object.assign(dialog.style, {
      position: "fixed", inset: "0", width: "100%", height: "100%", maxWidth: "none", maxHeight: "none",
      margin: "0", padding: "0", border: "0", background: "transparent", overflow: "hidden",
    });
    frame.element.style.height = "100%";
    dialog.append(frame.element);
    document.body.append(dialog);
    document.documentElement.style.overflow = "hidden";
    dialog.showModal();
    frame.element.focus();
    const stop = new AbortController();
    const close = () => {
      stop.abort();
      frame.close();
      dialog.close();
      dialog.remove();
      document.documentElement.style.overflow = overflow;
    };
    return new Promise((resolve) => {
      frame.ask("outcome", {}).then((outcome) => resolve({ outcome, close }), () => resolve({ outcome: null, close }))
        .finally(() => stop.abort());
      repeat(stop.signal, async () => {
        const { result: moved } = await look();
        if (moved && moved !== UNREACHABLE && !stop.signal.aborted) resolve({ moved, close });
      });
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        resolve({ outcome: "cancel", close });
      });
    });
  }

  /**
   * Does it every second, and when the tab is looked at again (timers of hidden tabs are slow), one at a time.
   * @param {AbortSignal} signal
   * @param {() => Promise<void>} job
   */
  function repeat(signal, job) {
    let isRunning = false;
    const run = async () => {
      if (isRunning || signal.aborted) return;
      isRunning = true;
      await job();
      isRunning = false;
    };
    const timer = setInterval(run, LOOK_MS);
    document.addEventListener("visibilitychange", run, { signal });
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  // --- Stripe -------------------------------------------------------------------------------------------------

  /** @type {Record<string, string>} */
  const REMOVED = {
    handleCardPayment: "confirmCardPayment", confirmPaymentIntent: "confirmCardPayment",
    handleFpxPayment: "confirmFpxPayment", handleCardSetup: "confirmCardSetup", confirmSetupIntent: "confirmCardSetup",
    createSource: "createPaymentMethod", retrieveSource: "retrievePaymentIntent",
  };

  /** @param {string} key @param {{locale?: string}} options */
  function Stripe(key, options = {}) {
    assertTestKey(key);
    const locale = options.locale ?? "auto";
    const stripe = {
      /** @param {GroupOptions} group */
      elements: (group = {}) => new Elements(group, locale),

      /** @param {unknown} card @param {TokenData} data @returns {Promise<TokenResult>} */
      async createToken(card, data = {}) {
        if (!(card instanceof CardElement)) {
          throw new IntegrationError("You must provide a Stripe Element or a valid token type to create a Token.");
        }
        return resultOf("token", await card.create(key, "tokens", data));
      },

      /** @param {Record<string, any>} data @returns {Promise<PaymentMethodResult>} */
      async createPaymentMethod({ type, ...data }) {
        if (type !== "card") throw new IntegrationError(`The sandbox makes PaymentMethods of type card, not "${type}".`);
        return resultOf("paymentMethod", await createMethod(key, data));
      },

      /** @param {string} secret @param {PaymentData} data @returns {Promise<PaymentIntentResult>} */
      confirmCardPayment: (secret, data = {}, { handleActions = true } = {}) =>
        confirm({ key, secret, method: "confirmCardPayment", prefixes: ["pi"], handleActions }, data),

      /** @param {string} secret @param {SetupData} data @returns {Promise<SetupIntentResult>} */
      confirmCardSetup: (secret, data = {}, { handleActions = true } = {}) =>
        confirm({ key, secret, method: "confirmCardSetup", prefixes: ["seti"], handleActions }, data),

      /** @param {{clientSecret: string}} given @returns {Promise<IntentResult>} */
      handleNextAction: ({ clientSecret: secret }) =>
        settle("handle", { key, secret, method: "handleNextAction", prefixes: ["pi", "seti"] }),

      /** @param {string} secret @returns {Promise<PaymentIntentResult>} */
      handleCardAction: (secret) => settle("handle", { key, secret, method: "handleCardAction", prefixes: ["pi"] }),

      /** @param {string} secret @returns {Promise<PaymentIntentResult>} */
      retrievePaymentIntent: (secret) =>
        settle("retrieve", { key, secret, method: "retrievePaymentIntent", prefixes: ["pi"] }),

      /** @param {string} secret @returns {Promise<SetupIntentResult>} */
      retrieveSetupIntent: (secret) =>
        settle("retrieve", { key, secret, method: "retrieveSetupIntent", prefixes: ["seti"] }),
    };
    for (const [name, instead] of Object.entries(REMOVED)) {
      const value = () => {
        throw new IntegrationError(`stripe.${name} has been removed. Use stripe.${instead} instead.`);
      };
      Object.defineProperty(stripe, name, { value });
    }
    return stripe;
  }

  /** @param {string} name @param {Answer} answer @returns {any} */
  const resultOf = (name, answer) => (answer.error ? { error: answer.error } : { [name]: answer });

  /** @param {Record<string, unknown> & {key: string}} asked @param {PaymentData|SetupData} data */
  async function confirm(asked, { payment_method: given, ...data }) {
    const made = typeof given === "object" ? await createMethod(asked.key, given) : { id: given };
    if (made.error) return { error: made.error };
    return settle("confirm", { ...asked, params: { ...data, payment_method: made.id } });
  }

  /** @param {string} key @param {Record<string, any>} data @returns {Promise<Answer>} */
  async function createMethod(key, { card, ...rest }) {
    const params = { ...rest, type: "card" };
    if (card instanceof CardElement) return card.create(key, "payment_methods", params);
    if (card?.token) {
      return (await askController("create", { key, params: { ...params, card: { token: card.token } } })).result;
    }
    throw new IntegrationError("Invalid value for card: value should be a card Element or an object with a token.");
  }

  /** @param {unknown} key */
  function assertTestKey(key) {
    if (typeof key !== "string" || key === "") {
      throw new IntegrationError("Missing value for Stripe(): apiKey should be a string.");
    }
    if (/^[sr]k_/.test(key)) {
      throw new IntegrationError("You should not use your secret key with Stripe.js. Please pass a publishable key instead.");
    }
    if (!key.startsWith("pk_test_")) {
      throw new IntegrationError("The sandbox takes publishable test keys (pk_test_...) only. With a live key, load Stripe.js from https://js.stripe.com.");
    }
  }

  /** What the sandbox has beyond Stripe: a test card at one press. */
  const sandbox = {
    /** @param {string} number @returns {boolean} whether there is a card field to put it in */
    fill(number) {
      const element = [...mounted].at(-1);
      element?.fill(number);
      return element !== undefined;
    },
  };

  Object.assign(window, { Stripe: Object.assign(Stripe, { version: "endive", sandbox }) });
})();
