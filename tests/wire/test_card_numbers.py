"""A card number that ends up in a message is refused, wherever it stands, and kept nowhere."""

import json
import os
import re
import sys
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wire
from extensions import db
from sockets import ACTIONS
from tests.wire.messages import Watch, code_of, well_formed

# A card that no other test types. Source: Stripe docs, "Test card numbers".
NUMBER = "6011000990139424"
GROUPS = "6011 0009 9013 9424"


def everything_kept(shop):
    """All that the database holds, as one text."""
    rows = (shop.rows(f'SELECT * FROM "{table}"') for table in db.metadata.tables)
    return json.dumps([*rows], default=str)


def assert_nothing_kept(shop, caplog, capfd):
    printed = "".join(capfd.readouterr()) + getattr(shop.front, "log", "") + caplog.text
    for trace in (NUMBER, GROUPS, NUMBER[:15], GROUPS.replace(" ", "-")):
        assert trace not in printed
        assert trace not in everything_kept(shop)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_no_field_of_any_action_takes_a_card_number(shop, action, caplog, capfd):
    shopper = shop.shopper(account=True)
    watch = Watch(shop, shopper)
    payload = well_formed(shopper)[action]
    for field in [*payload, "name", "card[number]"]:
        for value in (NUMBER, GROUPS, int(NUMBER), {"id": "pm_x", "card": {"number": NUMBER}}):
            ack = shopper.send(action, {**payload, field: value})
            assert code_of(ack) == "card_data_rejected", (field, value)
            assert NUMBER not in json.dumps(ack)
            assert GROUPS not in json.dumps(ack)
    watch.assert_untouched()
    assert_nothing_kept(shop, caplog, capfd)


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        GROUPS,
        GROUPS.replace(" ", "-"),
        GROUPS.replace(" ", "."),
        GROUPS.replace(" ", "\u00a0"),
        GROUPS.replace(" ", "  "),
        GROUPS.replace(" ", "\n"),
        "6011 0009-9013.9424",
        "6 0 1 1 0 0 0 9 9 0 1 3 9 4 2 4",
        f" {NUMBER} ",
        f"my card is {GROUPS}, thanks",
        f"card{NUMBER}x",
        f"{GROUPS} 12/34 123",
        f"{NUMBER} 1234 123",
        f"order 7 {GROUPS}",
        f"2026-11-24 {NUMBER}",
        f'{{"number":"{NUMBER}"}}',
        f"number={NUMBER}&cvc=123",
        f"pm_{NUMBER}",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
        "6759649826438453",
        "5555 5555 5555 4444",
        "4222222222222",
        "6205500000000000004",
        "\u0666\u0660\u0661\u0661 0009 9013 9424",
    ],
)
def test_a_card_number_is_known_however_it_is_written(shop, written):
    shopper = shop.shopper()
    assert code_of(shopper.send("get-user-cards", userId=written)) == "card_data_rejected"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda number: {number: 1},
        lambda number: {f"card {number}": {}},
        lambda number: {"a": {"b": {"c": [[{"d": number}]]}}},
        lambda number: {"token": {"id": "tok_x", "card": {"number": number}}},
        lambda number: {"items": [{"item_id": number, "price_cents": 1}]},
        lambda number: {"amount": int(number)},
        lambda number: {"amount": -int(number)},
        lambda number: {"amount": float(number)},
        lambda number: {"x": [1, 2, 3, number]},
        lambda number: [number],
        lambda number: number,
        lambda number: int(number),
    ],
)
@pytest.mark.parametrize("name", ["get-user-cards", "no-such-action", "message"])
def test_a_card_number_is_found_wherever_it_stands(shop, name, wrap, caplog, capfd):
    shopper = shop.shopper()
    watch = Watch(shop, shopper)
    assert code_of(shopper.raw(name, wrap(NUMBER))) == "card_data_rejected"
    framed = shopper.send_frame({"action": "get-user-cards", "message": wrap(NUMBER)})
    assert code_of(framed) == "card_data_rejected"
    watch.assert_untouched()
    assert_nothing_kept(shop, caplog, capfd)


def test_a_card_number_as_the_name_of_an_action_is_not_kept_either(shop, caplog, capfd):
    shopper = shop.shopper()
    assert code_of(shopper.raw(NUMBER, {})) == "unknown_action"
    assert code_of(shopper.send_frame({"action": NUMBER})) == "unknown_action"
    assert_nothing_kept(shop, caplog, capfd)


@pytest.mark.parametrize(
    "harmless",
    [
        "6011000990139425",
        "601100099013",
        f"{NUMBER}{NUMBER}",
        "1732412345",
        "+49 30 1234567",
        "192.168.100.100",
        "2026-11-24T01:19:10.123456Z",
        "00000000-0000-4000-8000-000000000000",
    ],
)
def test_what_only_has_many_digits_is_not_taken_for_one(shop, harmless):
    shopper = shop.shopper()
    assert code_of(shopper.send("get-user-cards", userId=harmless)) == "identity_mismatch"


def test_random_request_ids_are_never_taken_for_card_numbers(shop):
    """One in 600 of such ids has a run of digits in it that would pass for a number."""
    shopper = shop.shopper()
    ids = [*(os.urandom(16).hex() for _ in range(2500)), *(str(uuid.uuid4()) for _ in range(2500))]
    for start in range(0, len(ids), 500):
        ack = shopper.send("get-user-cards", userId=shopper.user_id, cogId=ids[start : start + 500])
        assert code_of(ack) == "invalid_message"


def passes_luhn(digits):
    """As ISO/IEC 7812 says it, for one number."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(sum(map(int, str(number))) for number in doubled) % 10 == 0


def spell_a_number(groups):
    """Each run of neighbours by itself, however long that takes."""
    runs = ("".join(groups[a:b]) for a in range(len(groups)) for b in range(a + 1, len(groups) + 1))
    return any(13 <= len(run) <= 19 and passes_luhn(run) for run in runs)


@given(st.lists(st.integers(0, 9) | st.integers(0, 10**5) | st.integers(0, 10**20), max_size=20))
def test_groups_are_a_number_exactly_where_neighbours_of_them_pass(numbers):
    groups = [str(number) for number in numbers]
    assert wire.has_card_number("-".join(groups)) == spell_a_number(groups)


def steps(text):
    """The lines of our code that looking for a number runs through."""
    counted = 0

    def count(frame, event, _argument):
        nonlocal counted
        counted += event == "line" and frame.f_code.co_filename == wire.__file__
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        assert not wire.has_card_number(text)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize("group", ["1", "12", "1234", "1111111111111"])
def test_looking_for_numbers_takes_a_few_steps_for_each_digit(group):
    """Wherever a group begins a number might."""
    for groups in (1_000, 4_000):
        text = f"{group} " * groups
        digits = len(re.findall(r"\d", text))
        assert steps(text) <= 20 * digits
