"""Who is here: users (guests and accounts), their sessions, and who they are at Stripe."""
