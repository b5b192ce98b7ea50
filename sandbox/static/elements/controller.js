// The unseen frame through which Stripe.js speaks to the API: from the sandbox's own origin, so that the page needs
// neither leave to connect there nor anything but frames from it.

import { call } from "./api.js";
import { authenticate, confirm, handle, moved, retrieve } from "./intents.js";
import { listen } from "./line.js";

listen({
  open: () => {},
  retrieve,
  confirm,
  handle,
  authenticate,
  moved,
  /** @param {{key: string, params: object}} asked a PaymentMethod from a token */
  create: async ({ key, params }) => ({ result: await call(key, "POST", "payment_methods", params) }),
});
