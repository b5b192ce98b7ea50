"""What a message may not be: answered with a typed error, and nothing comes of it."""

from typing import Any

import pytest

import app  # noqa: F401 - registers every action
from sockets import ACTIONS
from tests.wire.messages import Watch, code_of, well_formed, words_of

NAN, INFINITY = float("nan"), float("inf")
# Of no field of any action, but for `null` where a field may be left out.
NONSENSE: list[Any] = [
    None,
    True,
    7,
    -1,
    0.5,
    NAN,
    INFINITY,
    -INFINITY,
    10**30,
    "",
    " ",
    "x" * 30_000,
    "\0",
    "\ud800",
    "'; DROP TABLE card; --",
    [],
    [None],
    ["x"],
    {},
    {"id": None},
    {"id": 7},
    {"id": ["x"]},
    {"$ne": ""},
    b"\x00\x01",
]
# Left out or null, these messages mean the same without the field.
OPTIONAL = {
    ("get-user-cards", "cogId"),
    ("get-transactions", "cursor"),
    ("purchase-request", "requestId"),
}


def test_every_action_has_a_well_formed_message_here(shop):
    assert well_formed(shop.shopper()).keys() == ACTIONS.keys()


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_field_that_is_nonsense_is_refused(shop, action):
    fields = well_formed(shop.shopper())[action]
    # One for each field: a user may send only so many messages a minute.
    senders = {field: shop.shopper() for field in fields}
    watch = Watch(shop, *senders.values())
    for field, sender in senders.items():
        payload = well_formed(sender)[action]
        for value in NONSENSE:
            if value is None and (action, field) in OPTIONAL:
                continue
            code = code_of(sender.send(action, {**payload, field: value}))
            expected = {"invalid_message"} | _if_text(value, field)
            assert code in expected, (field, value)
    watch.assert_untouched()


def _if_text(value: Any, field: str) -> set[str]:
    """What else a text may be where any text is well-formed."""
    if not isinstance(value, str):
        return set()
    return {"identity_mismatch"} if field == "userId" else {"not_found"}


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"get-transactions"}))
def test_a_message_with_a_field_missing_is_refused(shop, action):
    shopper = shop.shopper(account=True)
    watch = Watch(shop, shopper)
    payload = well_formed(shopper)[action]
    for field in payload:
        left = {name: value for name, value in payload.items() if name != field}
        if (action, field) in OPTIONAL or field == "tokenType":
            continue
        assert code_of(shopper.send(action, left)) == "invalid_message", field
    watch.assert_untouched()


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_message_with_an_unknown_key_is_refused(shop, action):
    shopper = shop.shopper(account=True)
    watch = Watch(shop, shopper)
    payload = well_formed(shopper)[action]
    for key in ("price", "user_id", "__proto__", "", "x" * 1000, "\ud800"):
        assert code_of(shopper.send(action, {**payload, key: 1})) == "invalid_message", key
    watch.assert_untouched()


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("arguments", [([],), ("text",), (7,), (True,), (b"\0",)])
def test_a_payload_that_is_not_an_object_is_refused(shop, action, arguments):
    assert code_of(shop.shopper().raw(action, *arguments)) == "invalid_message"


def test_several_payloads_at_once_are_refused(shop):
    shopper = shop.shopper(account=True)
    watch = Watch(shop, shopper)
    for action, payload in well_formed(shopper).items():
        assert code_of(shopper.raw(action, payload, payload)) == "invalid_message", action
        assert code_of(shopper.raw(action, payload, None, {})) == "invalid_message", action
    watch.assert_untouched()


def test_an_event_without_any_payload_is_an_empty_message(shop):
    shopper = shop.shopper()
    for action in sorted(ACTIONS.keys() - {"get-transactions"}):
        assert code_of(shopper.raw(action)) == "invalid_message", action
    assert shopper.raw("get-transactions")["status"] == "success"


# Frames of the other spelling


@pytest.mark.parametrize(
    "frame",
    [
        None,
        True,
        7,
        "get-user-cards",
        '{"action": "get-user-cards"}',
        [],
        [{"action": "get-user-cards"}],
        {},
        {"message": {}},
        {"action": None},
        {"action": 7},
        {"action": ["get-user-cards"]},
        {"action": {"action": "get-user-cards"}},
        {"action": "get-user-cards", "message": "text"},
        {"action": "get-user-cards", "message": None},
        {"action": "get-user-cards", "message": [{}]},
        {"action": "get-user-cards", "message": {"message": {"userId": "x"}}},
        {"action": "get-user-cards", "message": {}, "userId": "x"},
        {"Action": "get-user-cards"},
        b"\0\1",
    ],
    ids=repr,
)
def test_a_frame_that_says_nothing_sensible_is_refused(shop, frame):
    assert code_of(shop.shopper().send_frame(frame)) == "invalid_message"


def test_an_empty_or_doubled_message_event_is_refused(shop):
    shopper = shop.shopper()
    frame = {"action": "get-user-cards", "userId": shopper.user_id}
    assert code_of(shopper.raw("message")) == "invalid_message"
    assert code_of(shopper.raw("message", frame, frame)) == "invalid_message"
    assert shopper.send_frame(frame)["status"] == "success"


@pytest.mark.parametrize("name", ["", " ", "get-users-cards", "GET-USER-CARDS", "__init__", "*"])
def test_an_unknown_action_is_answered_in_both_spellings(shop, name):
    shopper = shop.shopper()
    by_event, by_frame = shopper.raw(name, {}), shopper.send_frame({"action": name})
    assert code_of(by_event) == "unknown_action"
    assert words_of(by_event) == words_of(by_frame)


@pytest.mark.parametrize("name", ["message", "json", "connect", "disconnect"])
def test_names_of_the_library_are_no_actions_of_a_frame(shop, name):
    ack = shop.shopper().send_frame({"action": name, "message": {}})
    assert code_of(ack) in ("unknown_action", "invalid_message")


def test_both_spellings_are_refused_alike(shop):
    shopper = shop.shopper(account=True)
    for action, payload in well_formed(shopper).items():
        for bad in ({**payload, "extra": 1}, {}, {**payload, "userId": "user_nobody"}):
            answers = [
                shopper.send(action, bad),
                shopper.send_frame({"action": action, **bad}),
                shopper.send_frame({"action": action, "message": bad}),
            ]
            if answers[0]["status"] == "error":
                assert code_of(answers[0]) != "internal"
                answers = [words_of(ack) for ack in answers]
            assert answers[0] == answers[1] == answers[2], action
