"""Purchases: one transaction is one PaymentIntent, tried until paid, never paid twice."""
