"""The sandbox's own pages: its cards, its faults, its books, and what just happened."""
