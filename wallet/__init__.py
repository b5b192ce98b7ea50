"""The wallet: cards known by Stripe's ids, permanent ones listed, single ones used once."""
