"""What is sold: cogs (storefronts) and their items, and what a basket costs."""
