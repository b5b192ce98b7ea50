"""A built-in stand-in for Stripe: its API, its webhooks and its Stripe.js, without a network."""

from sandbox.facade import Sandbox

__all__ = ["Sandbox"]
