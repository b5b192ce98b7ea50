"""How tests enter the shop: by its front door, with the same words for every front."""
