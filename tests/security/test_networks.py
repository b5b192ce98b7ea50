"""Limits by address count a network as one: whose it is can't get another one by the hour."""

import pytest

import networks
from tests.support.client_front import ClientFront
from tests.support.instances import Instances
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import codes

HOME = [f"2001:db8:0:7::{number:x}" for number in range(1, 40)]
NEXT_DOOR = "2001:db8:0:8::1"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8:0:7::1", "2001:db8:0:7::/64"),
        ("2001:DB8:0:7:ffff:ffff:ffff:ffff", "2001:db8:0:7::/64"),
        ("2001:db8:0:8::1", "2001:db8:0:8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::FFFF:cb00:7109", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("unix:", "unix:"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_address_is_counted_as_its_network(address: str | None, network: str) -> None:
    assert networks.of(address) == network


def test_passwords_are_guessed_by_a_network(shop: Shop) -> None:
    def try_it(address: str, number: int) -> int:
        fields = {"email": f"{number}@example.com", "password": "a guess of somebody's"}
        return shop.visitor(address).submit("/sign-in", fields).status

    answers = [try_it(address, number) for number, address in enumerate(HOME[:31])]
    assert answers == [*[422] * 30, 429]
    assert try_it(NEXT_DOOR, 31) == 422


@pytest.mark.in_process
def test_guests_and_declines_are_a_network_s(instances: Instances) -> None:
    front = ClientFront(instances.fresh(GUESTS_PER_ADDRESS="6", DECLINES_PER_ADDRESS="4"))
    shop = Shop(front)
    path = shop.checkout_path()

    def buy(address: str) -> str:
        shopper = shop.keep(Shopper(shop, shop.visitor(address), path))
        (code,) = codes([shopper.buy(number="4000000000000002")])
        return code

    try:
        told = [buy(address) for address in HOME[:6]]
        assert told == [*["card_declined"] * 4, *["rate_limited"] * 2]
        assert shop.visitor(HOME[6]).get(path).status == 429
        assert buy(NEXT_DOOR) == "card_declined"
    finally:
        shop.close()
        front.close()
