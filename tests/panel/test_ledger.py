"""The ledger as tables: everything at the machine itself, elsewhere one's own."""

from tests.panel.pages import LEDGER, is_read_only, operator_of, read
from tests.support.shop import Shop


def test_each_shopper_finds_his_own_with_the_way_to_the_order(shop: Shop) -> None:
    ann, bob = shop.shopper(), shop.shopper()
    hers, his = ann.pay(), bob.pay()
    rows = " ".join(row.text for row in read(ann.visitor, LEDGER, "ledger-row"))
    payments = shop.ledger()["payment_intents"]
    mine, other = (
        next(one for one in payments if one["metadata"]["transaction_id"] == paid["id"])
        for paid in (hers, his)
    )
    for thing in (mine["id"], mine["latest_charge"], mine["payment_method"], hers["id"]):
        assert thing in rows
    assert hers["amount_display"] in rows
    for thing in (other["id"], other["latest_charge"], other["payment_method"], his["id"]):
        assert thing not in rows
    page = ann.visitor.get(LEDGER).text
    assert f'href="/orders/{hers["id"]}"' in page
    assert is_read_only(ann.visitor, LEDGER)


def test_the_machine_s_owner_sees_all(shop: Shop) -> None:
    paid = shop.shopper().pay()
    operator = operator_of(shop)
    assert paid["id"] in " ".join(row.text for row in read(operator, LEDGER, "ledger-row"))
    # It isn't his: there is no page of it for him.
    assert f'href="/orders/{paid["id"]}"' not in operator.get(LEDGER).text
    assert not is_read_only(operator, LEDGER)


def test_a_dispute_tells_its_reason(shop: Shop) -> None:
    shopper = shop.shopper()
    shopper.pay(number="4000000000000259")
    (dispute,) = shop.ledger()["disputes"]
    rows = [row.text for row in read(shopper.visitor, LEDGER, "ledger-row")]
    (row,) = [text for text in rows if dispute["id"] in text]
    assert dispute["reason"] in row


def test_who_has_bought_nothing_sees_nothing(shop: Shop) -> None:
    shop.shopper().pay()
    assert read(shop.visitor(), LEDGER, "ledger-row") == []
    assert read(shop.shopper().visitor, LEDGER, "ledger-row") == []
