"""Names for things: object ids, secrets and card fingerprints, in Stripe's shapes."""

import hashlib
import os

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def random_text(length: int) -> str:
    """`length` random letters and digits, from the operating system's generator."""
    number = int.from_bytes(os.urandom(length), "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, 62)
        letters.append(_ALPHABET[index])
    return "".join(letters)


def new_id(prefix: str) -> str:
    """A fresh object id such as `pi_8Zt...`."""
    return f"{prefix}_{random_text(24)}"


def new_client_secret(intent_id: str) -> str:
    """The secret that lets a browser act on one intent. Shape: `<id>_secret_<random>`."""
    return f"{intent_id}_secret_{random_text(25)}"


def fingerprint(card_name: str) -> str:
    """The same 16 characters for the same card, whoever uses it and however it was typed in."""
    digest = hashlib.sha256(b"sandbox card " + card_name.encode()).digest()
    return "".join(_ALPHABET[byte % 62] for byte in digest[:16])
