"""The switches: what each does to a shop, and who may use them."""

from collections.abc import Iterator

import pytest

from panel import switches
from tests.panel.pages import FAULTS, is_read_only, operator_of, read, switch
from tests.support.doors import Visitor
from tests.support.shop import Shop

SWITCHES = [one.name for _, every in switches.GROUPS for one in every]


@pytest.fixture
def operator(shop: Shop) -> Iterator[Visitor]:
    operator = operator_of(shop)
    yield operator
    operator.submit(FAULTS, {"normal": "1"})


def turn(operator: Visitor, name: str, on: bool = True) -> None:
    answer = operator.submit(FAULTS, {"switch": name, "on": str(int(on))})
    assert (answer.status, answer.location) == (303, f"{FAULTS}#{name}")


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_goes_on_and_off_and_shows_it(operator: Visitor, name: str) -> None:
    assert not switch(operator, name).is_on
    turn(operator, name)
    assert [one.kind for one in read(operator, FAULTS, "switch") if one.is_on] == [name]
    turn(operator, name)  # a form that is sent twice
    turn(operator, name, on=False)
    assert not switch(operator, name).is_on


def test_everything_normal_again_ends_the_faults_of_others_too(
    shop: Shop, operator: Visitor
) -> None:
    for name in SWITCHES:
        turn(operator, name)
    shop.control("POST", "faults", {"call": "GET /v1/refunds", "kind": "reset"})
    shop.control("POST", "limits", {"on": True})
    operator.submit(FAULTS, {"normal": "1"})
    assert not any(one.is_on for one in read(operator, FAULTS, "switch"))
    for name in ("faults", "webhooks"):
        assert shop.control("GET", name).json()["faults"] == []
    assert shop.control("GET", "limits").json() == {"on": False}


def test_a_lost_answer_is_the_next_payment_s_alone(shop: Shop, operator: Visitor) -> None:
    turn(operator, "dropped")  # or a webhook may bring the truth first
    turn(operator, "lost-answer")
    shopper = shop.shopper()
    message = shopper.purchase()
    first = shopper.send("purchase-request", message)
    assert first["error"]["code"] == "payment_pending"
    assert "happened" in switch(operator, "lost-answer").text
    assert not switch(operator, "lost-answer").is_on
    again = shopper.send("purchase-request", message)
    assert again["transaction"]["id"] == first["transaction"]["id"]
    assert again["transaction"]["status"] == "succeeded"
    assert shop.shopper().pay()["status"] == "succeeded"
    assert len(shop.charges()) == 2


def test_a_bank_that_takes_a_minute(shop: Shop, operator: Visitor) -> None:
    turn(operator, "banks")
    assert shop.shopper().pay()["status"] == "processing"


@pytest.mark.in_process
def test_the_clock_goes_on(shop: Shop, operator: Visitor) -> None:
    before = shop.control("GET", "clock").json()["now"]
    assert operator.submit(FAULTS, {"clock": "day"}).status == 303
    after = shop.control("GET", "clock").json()["now"]
    assert 86_400 <= after - before < 86_500
    assert "ahead" in read(operator, FAULTS, "clock")[0].text


@pytest.mark.parametrize("fields", [{}, {"switch": "nothing"}, {"clock": "year"}, {"on": "1"}])
def test_a_form_that_says_nothing_is_refused(operator: Visitor, fields: dict[str, str]) -> None:
    assert operator.submit(FAULTS, fields).status == 400


def test_from_elsewhere_one_may_look_and_not_touch(shop: Shop, operator: Visitor) -> None:
    turn(operator, "down")
    visitor = shop.visitor()
    assert is_read_only(visitor, FAULTS)
    assert not is_read_only(operator, FAULTS)
    assert switch(visitor, "down").is_on
    for fields in ({"switch": "down", "on": "0"}, {"normal": "1"}, {"clock": "day"}):
        assert visitor.submit("/sign-in", fields, to=FAULTS).status == 403
    assert switch(visitor, "down").is_on


def test_a_site_that_points_its_name_here_may_not_either(shop: Shop, operator: Visitor) -> None:
    headers = {"Host": "evil.example", "Referer": "http://evil.example/"}
    token = operator.get("/sign-in", headers=headers).csrf_token
    fields = {"csrf_token": token, "normal": "1"}
    assert operator.post(FAULTS, data=fields, headers=headers).status == 403
    assert 'data-testid="read-only"' in operator.get(FAULTS, headers=headers).text
