"""Against card testing: thieves try stolen numbers in small shops, hundreds an hour.

Only so many cards of one user, and of one address, may be declined in an hour. Before a new
attempt is written a place among these is taken, so that cards tried at the same moment count too;
it is given back unless the issuer declines. Ids that Stripe doesn't take for cards have a limit of
their own. Where the bank asks first (3D Secure), its answer comes
later and takes its place then, by whoever hears of it. When the whole shop meets many declines (a
surge), new cards have to wait or to prove that a person types them; cards that have paid before
still pay.
Source: Stripe docs, "Card testing"; OWASP Automated Threats, OAT-001 Carding.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module

import structlog
from limits import RateLimitItemPerHour

import networks
from declines import coach
from errors import RateLimited
from extensions import limiter, settings
from gateway_types import Decline
from languages import _l
from places import Place, take

# (token that the page's widget gave, address of the visitor or None) -> whether it is a person.
Verifier = Callable[[str, str | None], bool]
# A surge is looked for in, and lasts for, this long.
SURGE_SECONDS = 600
_TRIED, _DECLINED, _SURGE = "card_testing/tried", "card_testing/declined", "card_testing/surge"
_ASKED, _HEARD = "card_testing/asked", "card_testing/heard"
# A question of the bank's that is left open is called off after an hour.
ASKED_SECONDS = 2 * 3600
# So many ids that are no cards one address may send in an hour, for each decline that it may have:
# a page sends one only by mistake, and each costs a row and a call to Stripe.
REFUSED_PER_DECLINE = 3
log = structlog.get_logger()


@dataclass
class Attempt:
    """What one message may do with cards, as counted before it was dealt with.

    `is_free`: whether there was a place for a decline; `must_be_trusted`: whether only a card that
    has paid before may pay; `address` is whose (see `_number`). The rest is what came of it.
    """

    is_free: bool
    must_be_trusted: bool
    address: int
    is_new: bool = False
    is_tried: bool = False
    is_refused: bool = False
    is_declined: bool = False


_attempt: ContextVar[Attempt | None] = ContextVar("card_attempt", default=None)


@contextmanager
def attempt(user_id: str, address: str | None, captcha_token: str | None) -> Iterator[None]:
    """Around a message that may try a card. May ask the shop's verifier over the network."""
    number = _number(address)
    # Counted in each of them, whichever is full.
    taken = [take(place) for place in _places(user_id, number)]
    free = all(place.is_free for place in taken)
    free = free and limiter.test(*_refused_place(user_id, number))
    is_person = bool(captcha_token and is_surge() and _verified(captcha_token, address))
    current = Attempt(free, is_surge() and not is_person, number)
    token = _attempt.set(current)
    try:
        yield
    finally:
        _attempt.reset(token)
        if not (current.is_declined and current.is_free):
            for place in taken:
                place.give_back()
        if current.is_refused:
            limiter.hit(*_refused_place(user_id, number))
        _count(current)


def check(is_trusted: Callable[[], bool]) -> None:
    """Before a row is written for a new attempt; what is known already needs no place.

    Only looks at what was counted before: counting may ask Redis, and here a transaction is open.
    is_trusted: whether this card has paid before; only asked during a surge.
    Raises: RateLimited (with `captcha` where a person could prove to be one).
    """
    current = _attempt.get()
    if current is None:
        return
    if not current.is_free:
        log.warning("too many declined cards of a user or an address")
        raise RateLimited(str(TOO_MANY))
    if current.must_be_trusted and not is_trusted():
        raise RateLimited(str(TOO_MANY), captcha=settings().captcha_verifier is not None)
    current.is_new = True


def tried() -> None:
    """Stripe has answered about a card that is one, whatever it said."""
    current = _attempt.get()
    if current:
        current.is_tried = current.is_new


def declined() -> None:
    """The issuer has declined a card, in answer to the message that is being dealt with."""
    tried()
    current = _attempt.get()
    if current:
        current.is_declined = True


def refused(code: str) -> None:
    """Stripe takes what was sent for no card. code: `Refused.shown_code`."""
    current = _attempt.get()
    if current:
        current.is_refused = code in ("resource_missing", "card_unusable")


def asked(what: str) -> None:
    """The bank has a question first. Remember from which address the card came.

    what: the attempt or card, as `declined_later` will name it.
    """
    current = _attempt.get()
    key = f"{_ASKED}/{what}"
    if current and not limiter.storage.get(key):
        limiter.storage.incr(key, ASKED_SECONDS, current.address)


def latest_asked(whats: Sequence[str]) -> str:
    """Of several attempts, oldest first: the last that `asked` has been told of, or the last."""
    known = [what for what in whats if limiter.storage.get(f"{_ASKED}/{what}")]
    return (known or whats)[-1]


def declined_later(user_id: str, what: str, why: Decline, try_id: str | None = None) -> None:
    """After the commit that noted it: how it ended once the bank had asked.

    To be called once; where several may hear of it, with Stripe's id of this try. A question that
    was not answered tells nothing of a card.
    """
    if coach(why.code, why.decline_code).code == "authentication_failed":
        return
    if try_id and limiter.storage.incr(f"{_HEARD}/{try_id}", ASKED_SECONDS) > 1:
        return
    for place in _places(user_id, limiter.storage.get(f"{_ASKED}/{what}")):
        limiter.hit(*place)
    _count_decline()


def is_surge() -> bool:
    """Whether the shop as a whole meets more declines than honest shoppers make."""
    return limiter.storage.get(_SURGE) > 0


# The same for everybody: it tells nothing of cards.
TOO_MANY = _l(
    "That was a lot at once. Please wait a while, or pay with a card that you have used here."
)


def _count(ended: Attempt) -> None:
    """What the whole shop has tried of late."""
    if ended.is_tried:
        limiter.storage.incr(_TRIED, SURGE_SECONDS)
    if ended.is_declined:
        _count_decline()


def _count_decline() -> None:
    """Whether too much of what the whole shop has tried was declined."""
    count = limiter.storage.incr(_DECLINED, SURGE_SECONDS)
    most = settings().declines_surge
    if count >= most and 2 * count > limiter.storage.get(_TRIED) and not is_surge():
        limiter.storage.incr(_SURGE, SURGE_SECONDS)
        log.error("many cards are declined: new ones must wait", declined=count)


def _places(user_id: str, address: int) -> list[Place]:
    by_user = RateLimitItemPerHour(settings().declines_per_user)
    places: list[Place] = [(by_user, "declines of a user", user_id)]
    if address:
        by_address = RateLimitItemPerHour(settings().declines_per_address)
        places.append((by_address, "declines of an address", str(address)))
    return places


def _refused_place(user_id: str, address: int) -> Place:
    most = RateLimitItemPerHour(REFUSED_PER_DECLINE * settings().declines_per_address)
    return most, "refused cards", str(address) if address else user_id


def _number(address: str | None) -> int:
    """An address as a counter can keep it: whoever reads the counters learns none. 0: unknown."""
    if not address:
        return 0
    return int.from_bytes(hashlib.sha256(networks.of(address).encode()).digest()[:6]) or 1


def _verified(captcha_token: str, address: str | None) -> bool:
    name = settings().captcha_verifier
    if name is None:
        return False
    try:
        return bool(load_verifier(name)(captcha_token, address))
    except Exception:
        # The shop's own code, over a network: without its word nobody is taken for a person.
        log.exception("captcha verifier")
        return False


def load_verifier(name: str) -> Verifier:
    """The function that `module:function` names. Raises: ImportError, AttributeError."""
    module, _, function = name.partition(":")
    verifier: Verifier = getattr(import_module(module), function)
    return verifier
