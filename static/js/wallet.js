// The wallet page: the list as the server says it is, and what is done to its cards.
/** @import {State} from "./socket.js" */
/** @import {Card, PageContext} from "./types" */
import { AddCard } from "./add-card.js";
import { closeNickname, openNickname, typedNickname } from "./card-nickname.js";
import { CardList, cardElement, fillCard, spokenName } from "./cards.js";
import { announce, find, findAll, makeButton, maybe, readContext } from "./dom.js";
import { Notices } from "./notices.js";
import { SecondThoughts } from "./second-thoughts.js";
import { Link, showNone } from "./socket.js";
import { language } from "./translate.js";
import { words } from "./words.js";

class Wallet {
  #page;
  #lists = new CardList();
  #link;
  #add;
  #notices = new Notices();
  #root = find("data-wallet");
  /**
   * Removals that wait for second thoughts, by id of the card: at Stripe one can't be taken back. Null: without any, or
   * sent already.
   * @type {Map<string, SecondThoughts | null>}
   */
  #removing = new Map();
  /** A notice says that nothing can be changed now. */
  #isAway = false;

  /** @param {PageContext} page */
  constructor(page) {
    this.#page = page;
    this.#link = new Link(page);
    const stripe = window.Stripe?.(page.publishableKey, { locale: language }) ?? null;
    this.#add = new AddCard(page, this.#link, stripe, this.#notices, (id, replaced) => this.#added(id, replaced));
    this.#listen();
  }

  #listen() {
    this.#root.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
      if (button instanceof HTMLElement) this.#act(button.dataset.action ?? "", idOf(button));
    });
    this.#root.addEventListener("submit", (event) => {
      if (!(event.target instanceof HTMLElement) || !event.target.matches("[data-naming]")) return;
      event.preventDefault();
      this.#rename(idOf(event.target));
    });
    this.#root.addEventListener("keydown", (event) => {
      const naming = event.target instanceof Element ? event.target.closest("[data-naming]") : null;
      if (event.key === "Escape" && naming instanceof HTMLElement) this.#act("cancel-rename", idOf(naming));
    });
    this.#link.on("wallet-changed", ({ cards }) => this.#show(cards));
    this.#link.onLive(() => this.#catchUp());
    this.#link.watch((state) => this.#showState(state));
    // Who leaves has made up their mind. Should it not get through, the card is still there next time.
    addEventListener("pagehide", () => [...this.#removing].forEach(([id, thoughts]) => thoughts && this.#commit(id)));
  }

  /** @param {State} state */
  #showState(state) {
    const wasAway = this.#isAway;
    this.#isAway = state === "offline" || state === "reconnecting";
    if (state === "offline" || state === "reconnecting") {
      announce(words.wallet.away[state]);
      this.#notices.status(words.wallet.away[state]);
    } else if (state === "ended") this.#notices.error(words.session.ended, makeButton(words.session.reload, () => location.reload()));
    else if (wasAway) this.#notices.rest();
  }

  /** @param {string} action @param {string} id */
  #act(action, id) {
    const tile = this.#tile(id);
    if (action === "undo") return this.#undo(id);
    if (action === "cancel-rename" && tile) return closeNickname(tile);
    // The notice says why; what is asked for now must not happen later, unseen.
    if (this.#isAway) return this.#showState(this.#link.state);
    if (action === "default") this.#makeDefault(id);
    if (action === "remove") this.#remove(id);
    if (action === "replace") this.#add.open(id);
    if (action === "rename" && tile) openNickname(tile);
    if (action === "dismiss") this.#dismiss(id);
  }

  /** @param {string} id */
  async #makeDefault(id) {
    const asked = this.#lists.version;
    const ack = await this.#link.request("set-default-card", { card_id: id });
    if (ack.status === "error") return this.#notices.error(ack.error.message);
    this.#show(ack.cards, asked);
    this.#notices.status(words.wallet.madeDefault, "ok");
    find("data-wallet-head").focus();
  }

  /** @param {string} id */
  async #rename(id) {
    const tile = this.#tile(id);
    if (!tile) return;
    if (this.#isAway) return this.#showState(this.#link.state);
    const asked = this.#lists.version;
    const nickname = typedNickname(tile);
    const ack = await this.#link.request("rename-card", { card_id: id, nickname });
    if (ack.status === "error") return this.#notices.error(ack.error.message);
    this.#show(ack.cards, asked);
    closeNickname(tile);
    this.#notices.rest();
    announce(nickname ? words.wallet.renamed(spokenName(tile)) : words.wallet.unnamed(spokenName(tile)));
  }

  /** @param {string} id */
  async #dismiss(id) {
    const asked = this.#lists.version;
    const ack = await this.#link.request("dismiss-renewal", { card_id: id });
    if (ack.status === "error") return this.#notices.error(ack.error.message);
    this.#show(ack.cards, asked);
    find("data-wallet-head").focus();
  }

  /** @param {string} id */
  #remove(id) {
    const tile = this.#tile(id);
    if (!tile || this.#removing.has(id)) return;
    setLeaving(tile, true);
    find("data-action=undo", tile).focus();
    this.#removing.set(id, new SecondThoughts(find("data-undo", tile), () => this.#commit(id)));
    announce(words.wallet.removed(spokenName(tile)));
  }

  /** @param {string} id */
  #undo(id) {
    if (!this.#removing.get(id)) return;
    this.#keep(id);
    const tile = this.#tile(id);
    if (!tile) return;
    find("data-action=remove", tile).focus();
    announce(words.wallet.kept(spokenName(tile)));
  }

  /** Until it is sent it can be undone. @param {string} id */
  async #commit(id) {
    const thoughts = this.#removing.get(id);
    thoughts?.stop();
    const isLive = await this.#link.live();
    // It was undone meanwhile, or sent by who left the page.
    if (!this.#removing.has(id) || this.#removing.get(id) !== thoughts) return;
    if (!isLive) return this.#keep(id);
    this.#removing.set(id, null);
    hideUndo(this.#tile(id));
    const asked = this.#lists.version;
    const ack = await this.#link.request("remove-card", { card_id: id });
    if (ack.status === "success" || ack.error.code === "not_found") {
      this.#removing.delete(id);
      this.#lists.remove(id);
      this.#drop(this.#tile(id));
      if (ack.status === "success") this.#show(ack.cards, asked);
      return;
    }
    this.#keep(id);
    // Then it may have been removed all the same.
    if (ack.error.code === "no_answer") await this.#catchUp();
    if (ack.error.code === "no_answer" && !this.#tile(id)) return;
    this.#notices.error(ack.error.message);
  }

  /** @param {string} id */
  #keep(id) {
    this.#removing.get(id)?.stop();
    this.#removing.delete(id);
    const tile = this.#tile(id);
    if (tile) setLeaving(tile, false);
  }

  /** @param {string} id @param {string | null} replaced */
  async #added(id, replaced) {
    await this.#catchUp();
    // Typed again with its new date it is the same card.
    if (!replaced || replaced === id) return;
    await this.#passName(replaced, id);
    this.#removing.get(replaced)?.stop();
    this.#removing.set(replaced, null);
    await this.#commit(replaced);
  }

  /** A replacement is called what the old card was called, unless it has a name itself. @param {string} from @param {string} to */
  async #passName(from, to) {
    const [nickname, own] = [from, to].map((id) => {
      const tile = this.#tile(id);
      return tile ? find("data-slot=nickname", tile).textContent : "";
    });
    if (nickname && !own) await this.#link.request("rename-card", { card_id: to, nickname });
  }

  async #catchUp() {
    const { userId } = this.#page;
    const asked = this.#lists.version;
    const ack = await this.#link.request("get-user-cards", { userId });
    if (ack.status === "success") this.#show(ack.cards, asked);
  }

  /**
   * Tiles are kept, so that a running removal and the focus stay where they are.
   * @param {Card[]} list
   * @param {number} [asked] see CardList
   */
  #show(list, asked) {
    const cards = this.#lists.accept(list, asked);
    if (cards) this.#fill(cards);
  }

  /** @param {Card[]} cards */
  #fill(cards) {
    const list = find("data-cards");
    const expired = find("data-expired", this.#root);
    // One of them may be good again.
    for (const { id } of cards) this.#drop(maybe(`data-card-id=${id}`, expired));
    const known = new Map(findAll("data-card-id", list).map((tile) => [tile.dataset.cardId, tile]));
    const focused = document.activeElement;
    const tiles = cards.map((card) => tileOf(card, known.get(card.id)));
    // A tile that leaves the page even for a moment loses a click that has begun on it.
    if (tiles.length !== known.size || tiles.some((tile, n) => tile !== list.children[n])) list.replaceChildren(...tiles);
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus();
    find("data-empty").hidden = cards.length > 0;
  }

  /** @param {HTMLElement | null} tile */
  #drop(tile) {
    if (!tile) return;
    if (tile.contains(document.activeElement)) find("data-wallet-head").focus();
    tile.remove();
    const expired = find("data-expired", this.#root);
    expired.hidden = findAll("data-card-id", expired).length === 0;
  }

  /** @param {string} id */
  #tile(id) {
    return maybe(`data-card-id=${id}`, this.#root);
  }
}

/** @param {Card} card @param {HTMLElement} [known] */
function tileOf(card, known) {
  const tile = known ?? cardElement("wallet-tile", card);
  if (known) fillCard(tile, card);
  find("data-action=default", tile).hidden = card.is_default;
  tile.toggleAttribute("data-default", card.is_default);
  return tile;
}

/** @param {HTMLElement} tile @param {boolean} leaving */
function setLeaving(tile, leaving) {
  tile.toggleAttribute("data-leaving", leaving);
  find("data-actions", tile).hidden = leaving;
  find("data-undo", tile).hidden = !leaving;
}

/** What was sent can't be taken back: the tile only waits for the answer. @param {HTMLElement | null} tile */
function hideUndo(tile) {
  if (!tile) return;
  const undo = find("data-undo", tile);
  if (undo.contains(document.activeElement)) find("data-wallet-head").focus();
  undo.hidden = true;
}

/** @param {HTMLElement} button */
function idOf(button) {
  return button.closest("[data-card-id]")?.getAttribute("data-card-id") ?? "";
}

/** @type {PageContext | null} */
const page = readContext("page-context");
if (page && !window.io) {
  showNone();
  new Notices().error(words.unloaded);
} else if (page) new Wallet(page);
