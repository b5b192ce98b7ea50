// The live connection of a page: asks with an answer or a typed failure, hears pushes, renews its token, and shows
// its state in the header.
/** @import {Ack, Actions, Failure, PageContext, Pushes} from "./types" */
/** @import {Socket} from "socket.io-client" */
import { announce, maybe, sleep } from "./dom.js";
import { language } from "./translate.js";
import { words } from "./words.js";

/** @typedef {"connecting" | "online" | "reconnecting" | "offline" | "ended"} State */

const ANSWER_MS = 15_000;
const RENEW_AFTER_REFUSAL_MS = 3_000;
/** A connection that is alive says so within this. */
const PULSE_MS = 3_000;
/** How often we look whether the machine was asleep, and a gap that only sleep explains. */
const TICK_MS = 5_000;
const SLEPT_MS = 20_000;
/** Codes of a refused connection that a fresh token can mend. */
const RENEWABLE = new Set(["session_expired", "unauthenticated"]);

export class Link {
  /** @type {State} */
  state = "connecting";
  #page;
  /** @type {Socket} */
  #socket;
  #renewed = false;
  /** @type {Set<(state: State) => void>} */
  #watchers = new Set();

  /** @param {PageContext} page */
  constructor(page) {
    if (!window.io) throw new Error("The socket.io client is missing");
    this.#page = page;
    this.#socket = window.io({
      auth: { token: page.token },
      query: { lang: language },
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
    });
    this.#listen();
  }

  /**
   * Ask and wait for the answer. Never throws: silence is a failure with code `no_answer`, which says nothing about
   * whether the server acted.
   * @template {keyof Actions} Name
   * @param {Name} action
   * @param {Actions[Name]["request"]} payload
   * @param {number} [milliseconds]
   * @returns {Promise<Ack<Actions[Name]["reply"]>>}
   */
  async request(action, payload, milliseconds = ANSWER_MS) {
    try {
      return await this.#socket.timeout(milliseconds).emitWithAck(action, payload);
    } catch {
      return noAnswer();
    }
  }

  /**
   * @template {keyof Pushes} Name
   * @param {Name} event
   * @param {(payload: Pushes[Name]) => void} handler
   */
  on(event, handler) {
    this.#socket.on(/** @type {string} */ (event), handler);
  }

  /**
   * Call at every change of state, and once now.
   * @param {(state: State) => void} watcher
   */
  watch(watcher) {
    this.#watchers.add(watcher);
    watcher(this.state);
  }

  /**
   * Call each time the connection is there: what happened between the making of the page and then, or while it was lost,
   * the page hasn't heard.
   * @param {() => void} handler
   */
  onLive(handler) {
    this.watch((state) => state === "online" && handler());
  }

  /** Call each time the connection is back after it was lost, so that a page can catch up. @param {() => void} handler */
  onReturn(handler) {
    let lost = false;
    this.watch((state) => {
      if (state === "online" && lost) handler();
      lost = state === "reconnecting" || state === "offline";
    });
  }

  /**
   * Wait for the connection, as long as it takes (no time at all when it is live).
   * @returns {Promise<boolean>} false when it is over for good: the session has ended
   */
  live() {
    return new Promise((resolve) => {
      /** @param {State} state */
      const watcher = (state) => {
        if (state !== "online" && state !== "ended") return;
        this.#watchers.delete(watcher);
        resolve(state === "online");
      };
      this.watch(watcher);
    });
  }

  #listen() {
    this.#socket.on("connect", () => {
      this.#renewed = false;
      this.#become("online");
    });
    this.#socket.on("disconnect", () => this.#lost());
    this.#socket.on("connect_error", (error) => this.#refused(/** @type {any} */ (error).data?.code));
    // What is sent from now on waits for the next start; the connection itself breaks in a moment.
    this.#socket.on("shop-restarting", () => this.#lost());
    this.#socket.on("session-ended", () => this.#become("ended"));
    addEventListener("offline", () => this.#lost());
    addEventListener("online", () => this.#back());
    // After sleep a timer may be long in coming: don't wait for the client's own.
    document.addEventListener("visibilitychange", () => this.#wake());
    document.addEventListener("resume", () => this.#wake());
    let last = Date.now();
    setInterval(() => {
      const slept = Date.now() - last > SLEPT_MS;
      last = Date.now();
      if (slept) this.#wake();
    }, TICK_MS);
  }

  /** Back from sleep or from the background. A connection that has died meanwhile may still look alive. */
  async #wake() {
    if (document.visibilityState !== "visible" || this.state === "ended") return;
    if (!this.#socket.connected) return this.#socket.connect();
    const { engine } = this.#socket.io;
    const { userId, cogId } = this.#page;
    const ack = await this.request("get-user-cards", { userId, cogId }, PULSE_MS);
    // A new one comes up by itself, and whoever asked `onReturn` catches up.
    if (ack.status === "error" && ack.error.code === "no_answer") engine.close();
  }

  #lost() {
    if (this.state === "ended") return;
    this.#become(navigator.onLine ? "reconnecting" : "offline");
  }

  /** The browser has a network again; the shop may still be out of reach. */
  #back() {
    if (this.state === "ended") return;
    this.#become(this.#socket.connected ? "online" : "reconnecting");
    this.#socket.connect();
  }

  /** @param {string | undefined} code of the server's refusal; undefined when it wasn't reached (retried by the client itself) */
  async #refused(code) {
    this.#lost();
    if (code === undefined) return;
    if (RENEWABLE.has(code) && !this.#renewed) {
      this.#renewed = true;
      return this.#renew();
    }
    if (code === "identity_mismatch" || RENEWABLE.has(code)) return this.#become("ended");
    await sleep(RENEW_AFTER_REFUSAL_MS);
    this.#socket.connect();
  }

  async #renew() {
    const answer = await fetch(`/socket-token?${new URLSearchParams({ cog: this.#page.cogId })}`).catch(() => null);
    if (answer?.status === 401) return this.#become("ended");
    const fresh = answer?.ok ? await answer.json() : null;
    // Another user has signed in meanwhile: this page is no longer his.
    if (fresh && fresh.userId !== this.#page.userId) return this.#become("ended");
    if (fresh) this.#socket.auth = { token: fresh.token };
    else this.#renewed = false;
    await sleep(fresh ? 0 : RENEW_AFTER_REFUSAL_MS);
    this.#socket.connect();
  }

  /** @param {State} state */
  #become(state) {
    if (state === "ended") this.#socket.disconnect();
    if (this.state === "ended" || this.state === state) return;
    const isNews = this.state !== "connecting" || state !== "online";
    this.state = state;
    showState(state);
    if (isNews) announce(state === "online" ? words.backOnline : words.connection[state]);
    for (const watcher of [...this.#watchers]) watcher(state);
  }
}

/** The client of the connection couldn't be loaded: the page is what it was when it was opened. */
export function showNone() {
  showState("none");
}

/** @param {State | "none"} state */
function showState(state) {
  const element = maybe("data-connection");
  if (!element) return;
  element.dataset.state = state;
  element.textContent = words.connection[state];
}

/** @returns {Failure} */
function noAnswer() {
  return { status: "error", error: { code: "no_answer", message: words.noAnswer, retryable: true, request_id: "" } };
}
