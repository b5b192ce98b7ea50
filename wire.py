"""What may be in a message at all, before any schema sees it."""

import math
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from socketio import packet

from errors import CardDataRejected, InvalidMessage

MAXIMUM_DEPTH = 8
MAXIMUM_CHARACTERS = 32_768
MAXIMUM_NODES = 4_000
# Half of a pair that makes one character in UTF-16; alone it can't be encoded.
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
# Source: ISO/IEC 7812, length of a primary account number.
SHORTEST_NUMBER, LONGEST_NUMBER = 13, 19
# What people and editors put between the groups of a number, the invisible included.
_SEPARATOR = "[\\s._/,\\-\u00ad\u00b7\u2010-\u2015\u2022\u200b-\u200d\u2060\ufeff]{1,3}"
_DIGIT_GROUPS = re.compile(rf"\d+(?:{_SEPARATOR}\d+)*")
# One random id in 600 has digits that would pass for a card number. Source: RFC 9562, section 4.
_RANDOM_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


class Request(BaseModel):
    """Base of every message schema: exact types, no unknown key."""

    # An empty text names nothing, wherever an id may be given or left out.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_min_length=1)


class Packet(packet.Packet):  # type: ignore[misc]  # the library has no types
    """A packet from outside, turned into one that gets an answer.

    Left alone, the library ends in a traceback and without an ack when the JSON can't be read,
    when an event's name is no text, and when it is `*`, its own sign for all other events. Parts
    in binary it would wait for and pile up.
    """

    packet_type: int
    data: Any

    def __init__(self, *arguments: Any, encoded_packet: Any = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if encoded_packet is None:
            return
        try:
            self.decode(encoded_packet if isinstance(encoded_packet, str) else "")
        except (ValueError, RecursionError):
            self.data = None
        if self.packet_type not in (packet.CONNECT, packet.DISCONNECT, packet.ACK):
            self._become_event()

    def _become_event(self) -> None:
        named = isinstance(self.data, list) and self.data and isinstance(self.data[0], str)
        name, *arguments = self.data if named else ["message"]
        if self.packet_type != packet.EVENT:
            arguments = [b""]
        self.packet_type, self.data = packet.EVENT, ["?" if name == "*" else name, *arguments]


# What the shop's CAPTCHA gave the page, for its verifier; see `card_testing`.
CaptchaToken = Annotated[str | None, Field(max_length=4096)]


class _StripeObject(BaseModel):
    """An object that Stripe.js returned. Only its id is read: all else would be hearsay."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class PaymentMethodClaim(_StripeObject):
    id: str = Field(pattern=r"^pm_[A-Za-z0-9_]{1,60}$")


class TokenClaim(_StripeObject):
    id: str = Field(pattern=r"^tok_[A-Za-z0-9_]{1,60}$")


def inspect(payload: Any) -> dict[str, Any]:
    """The payload, once it is an object of sane size without card numbers.

    Raises: InvalidMessage, CardDataRejected.
    """
    _walk(payload, 0, [MAXIMUM_CHARACTERS, MAXIMUM_NODES])
    if not isinstance(payload, dict):
        raise InvalidMessage("A message must be an object.")
    return payload


def has_card_number(text: str) -> bool:
    """Whether a card number stands anywhere in the text, perhaps written in groups."""
    if _RANDOM_ID.fullmatch(text):
        return False
    return any(_spell_a_number(re.split(_SEPARATOR, r)) for r in _DIGIT_GROUPS.findall(text))


def _walk(value: Any, depth: int, budget: list[int]) -> None:
    budget[1] -= 1
    if depth > MAXIMUM_DEPTH or budget[1] < 0:
        raise InvalidMessage("This message is too large.")
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk(key, depth + 1, budget)
            _walk(inner, depth + 1, budget)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, depth + 1, budget)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidMessage("A number in this message isn't a number.")
    elif isinstance(value, bytes | bytearray):
        raise InvalidMessage("A message has no binary parts.")
    elif isinstance(value, str | int | float):
        _check_text(str(value) if not isinstance(value, float) else f"{value:.0f}", budget)


def _check_text(text: str, budget: list[int]) -> None:
    budget[0] -= len(text)
    if budget[0] < 0:
        raise InvalidMessage("This message is too large.")
    if "\x00" in text or _HALF_CHARACTER.search(text):
        # No database takes these, so nothing of ours can be called by them.
        raise InvalidMessage("A text in this message has a character that no text has.")
    if len(text) >= SHORTEST_NUMBER and has_card_number(text):
        raise CardDataRejected()


def _spell_a_number(groups: list[str]) -> bool:
    """Whether neighbours among these groups of digits pass Luhn's check (a date may follow).

    In one pass, however many groups there are. Luhn doubles every second digit, counted from a
    number's end; so the sums of all digits so far are kept for both cases: an odd place leaves
    those at odd places as they are. A number passes whose end has the sum of its start, modulo 10.
    """
    place = odd = even = 0
    # By place, those sums where a group starts.
    odd_starts: list[int | None] = [0]
    even_starts: list[int | None] = [0]
    for group in groups:
        for digit in map(int, group):
            place += 1
            doubled = digit * 2 - 9 * (digit > 4)
            odd += digit if place % 2 else doubled
            even += doubled if place % 2 else digit
        end, starts = (odd, odd_starts) if place % 2 else (even, even_starts)
        farthest, nearest = max(place - LONGEST_NUMBER, 0), place - SHORTEST_NUMBER
        if nearest >= 0 and end % 10 in starts[farthest : nearest + 1]:
            return True
        inside = [None] * (len(group) - 1)
        odd_starts += [*inside, odd % 10]
        even_starts += [*inside, even % 10]
    return False
