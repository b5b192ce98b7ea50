"""Whoever throws his cookie away at each page makes a row each time, until it is enough."""

from collections.abc import Iterator

import pytest

from tests.support.client_front import ClientFront
from tests.support.doors import Visitor
from tests.support.instances import Instances
from tests.support.shop import Shop

pytestmark = pytest.mark.in_process
MOST, ADDRESS = 5, "203.0.113.9"


@pytest.fixture
def shop(instances: Instances) -> Iterator[Shop]:
    front = ClientFront(instances.fresh(GUESTS_PER_ADDRESS=str(MOST)))
    shop = Shop(front)
    yield shop
    shop.close()
    front.close()


@pytest.fixture
def known(shop: Shop) -> list[Visitor]:
    """A guest and an account at the same address, who are here already."""
    guest, account = shop.visitor(ADDRESS), shop.visitor(ADDRESS)
    assert guest.get(shop.checkout_path()).status == 200
    shop.register(account, "ada@example.com")
    return [guest, account]


def test_new_guests_of_an_address_have_a_limit_and_others_none(
    shop: Shop, known: list[Visitor]
) -> None:
    path = shop.checkout_path()
    answers = [shop.visitor(ADDRESS).get(path) for _ in range(2 * MOST)]
    assert [answer.status for answer in answers] == [*[200] * (MOST - 1), *[429] * (MOST + 1)]
    assert [visitor.get(path).status for visitor in known] == [200, 200]
    assert shop.visitor("203.0.113.10").get(path).status == 200


def test_what_is_refused_writes_nothing_and_says_nothing_of_why(shop: Shop) -> None:
    path = shop.checkout_path()
    for _ in range(MOST):
        shop.visitor(ADDRESS).get(path)
    before = shop.rows('SELECT id FROM "user"'), shop.rows("SELECT id FROM session")
    answer = shop.visitor(ADDRESS).get(path)
    assert answer.status == 429
    assert "Please try again in an hour." in answer.text
    assert "Set-Cookie" not in answer.headers or "cog_session" not in answer.headers["Set-Cookie"]
    for word in ("address", "guest", "cookie"):
        assert word not in answer.text.partition("<main")[2].partition("</main>")[0].lower()
    assert (shop.rows('SELECT id FROM "user"'), shop.rows("SELECT id FROM session")) == before


def test_whoever_signs_in_there_goes_on(shop: Shop, known: list[Visitor]) -> None:
    path = shop.checkout_path()
    for _ in range(MOST):
        shop.visitor(ADDRESS).get(path)
    late = shop.visitor(ADDRESS)
    assert late.get(path).status == 429
    shop.sign_in(late, "ada@example.com")
    assert late.get(path).status == 200
