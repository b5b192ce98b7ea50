"""The webhook endpoint as Stripe must have it: its path, and the events that it needs."""

PATH = "/webhooks/stripe"
# The README shows these to the shop owner, and `flask doctor` looks for them at Stripe.
EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "setup_intent.succeeded",
    "setup_intent.setup_failed",
    "payment_method.updated",
    "payment_method.automatically_updated",
    "payment_method.attached",
    "payment_method.detached",
    "customer.deleted",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
)
