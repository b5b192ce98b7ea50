// What travels over the wire and what a page is told: the shapes of docs/protocol.md, for the type checker only.
import type { PaymentMethod, Token } from "@stripe/stripe-js";
import type { io } from "socket.io-client";

declare global {
  interface Window {
    io?: typeof io;
    /** The owner's CAPTCHA: shows its widget in this element, resolves with a token once somebody has passed. */
    cogCaptcha?: (place: HTMLElement) => Promise<string>;
  }
}

export type Mode = "sandbox" | "test" | "live";

export interface PageContext {
  userId: string;
  email: string | null;
  cogId: string;
  token: string;
  mode: Mode;
  publishableKey: string;
}

export interface Line {
  item_id: string;
  price_cents: number;
  quantity: number;
}

export interface CheckoutContext extends PageContext {
  isGuest: boolean;
  /** When the page was made, by the server's clock; what is paid later was paid elsewhere. */
  openedAt: string;
  cogName: string;
  currency: string;
  items: (Line & { name: string })[];
  total_cents: number;
  total_display: string;
  cards: Card[];
}

export interface Card {
  id: string;
  last_four: string;
  expomon: number;
  expoyear: number;
  name_on_card: string | null;
  nickname: string | null;
  brand: string;
  is_default: boolean;
  verified: boolean;
  expires_soon: boolean;
  /** Its bank renewed it: what it was before, null where that hasn't changed. */
  renewed: { at: string; former_last_four: string | null; former_expomon: number | null; former_expoyear: number | null } | null;
  last_used_at: string | null;
}

export type Status = "pending" | "requires_action" | "processing" | "succeeded" | "declined" | "canceled";

export interface Transaction {
  id: string;
  status: Status;
  display_status: string;
  amount: number;
  amount_display: string;
  tax: { name: string; percent: string; percent_display: string; amount_cents: number; amount_display: string } | null;
  cogId: string;
  cog_name: string;
  items: { item_id: string; name: string; price_cents: number; quantity: number }[];
  card: { brand: string; last_four: string } | null;
  decline: { code: string; message: string } | null;
  refunded_cents: number;
  refunded_display: string;
  receipt_email: string | null;
  created_at: string;
  paid_at: string | null;
}

export interface FreshItem {
  item_id: string;
  name: string;
  price_cents: number;
  price_display: string;
  quantity: number;
  available: boolean;
}

export interface Failure {
  status: "error";
  error: { code: string; message: string; retryable: boolean; request_id: string };
  transaction?: Transaction;
  captcha?: boolean;
  items?: FreshItem[];
  total_cents?: number;
  total_display?: string;
}

export type Ack<Reply> = ({ status: "success" } & Reply) | Failure;

/** How one attempt is paid: with a card of the wallet, or with a card just typed. */
export type Means =
  | { card_id: string }
  | { stripePayment: PaymentMethod; tokenObj: Token; save?: boolean; email?: string };

export type PurchaseRequest = Means & {
  userId: string;
  cogId: string;
  requestId: string;
  openedAt: string;
  captchaToken?: string;
  items?: Line[];
  transaction_id?: string;
};

export interface Paying {
  transaction: Transaction;
  client_secret: string | null;
}

export interface AddCardRequest {
  paymentMethod: PaymentMethod;
  token: Token;
  cogId: string;
  userId: string;
  email: string | null;
  tokenType: "permanent" | "single";
  captchaToken?: string;
}

/** Every action of the wire: what is asked and what a success answers. */
export interface Actions {
  "get-user-cards": { request: { userId: string; cogId?: string }; reply: { cards: Card[] } };
  "create-payment-method": {
    request: AddCardRequest;
    reply: { card: Card; client_secret?: string; next_action?: "confirm-card" };
  };
  "confirm-card": { request: { card_id: string }; reply: { card: Card; client_secret?: string; next_action?: "confirm-card" } };
  "rename-card": { request: { card_id: string; nickname: string }; reply: { cards: Card[] } };
  "dismiss-renewal": { request: { card_id: string }; reply: { cards: Card[] } };
  "remove-card": { request: { card_id: string }; reply: { cards: Card[] } };
  "set-default-card": { request: { card_id: string }; reply: { cards: Card[] } };
  "purchase-request": { request: PurchaseRequest; reply: Paying };
  "confirm-purchase": { request: { transaction_id: string }; reply: { transaction: Transaction } };
  "get-transactions": { request: { cursor?: string }; reply: { transactions: Transaction[]; next_cursor: string | null } };
  "get-transaction": { request: { transaction_id: string }; reply: { transaction: Transaction; client_secret?: string | null } };
}

/** What the server says unasked. */
export interface Pushes {
  "wallet-changed": { cards: Card[] };
  "transaction-changed": { transaction: Transaction };
  "session-ended": { reason: string };
  "shop-restarting": Record<string, never>;
}

/** Where a payment stands while the person waits. */
export type Stage = "sending" | "authenticating" | "confirming";

/** How an attempt ended, or what the person must decide now. */
export type Outcome =
  | { kind: "paid"; transaction: Transaction }
  | { kind: "declined"; transaction: Transaction | null; message: string }
  | { kind: "canceled"; transaction: Transaction }
  | { kind: "unfinished"; transaction: Transaction }
  | { kind: "elsewhere"; transaction: Transaction }
  | { kind: "withdrawn" }
  | { kind: "changed"; failure: Failure }
  | { kind: "ended"; message: string }
  | { kind: "refused"; code: string; message: string };
