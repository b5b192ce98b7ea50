"""The recorder by itself: bounded, silent where it is off, and never in anybody's way."""

from collections.abc import Iterator

import pytest

import recorder


@pytest.fixture(autouse=True)
def on() -> Iterator[None]:
    recorder.switch(True)
    yield
    recorder.switch(False)


def names() -> list[list[str]]:
    return [[step.name for step in one.steps] for one in recorder.kept()]


def test_steps_belong_to_the_sequence_that_runs() -> None:
    recorder.step("push", "nobody-s")
    with recorder.sequence():
        recorder.step("webhook", "outer")
        with recorder.sequence():
            recorder.step("webhook", "inner")
        recorder.step("push", "outer-again")
    assert names() == [["outer", "outer-again"], ["inner"]]


def test_a_running_sequence_can_be_seen_already() -> None:
    with recorder.sequence():
        recorder.step("call", "GET /v1/refunds")
        assert names() == [["GET /v1/refunds"]]


def test_what_only_asked_and_was_answered_is_not_kept() -> None:
    for code in ("success", "not_found"):
        with recorder.sequence():
            recorder.step("message", f"with-{code}")
            recorder.acked({"error": {"code": code}})
    assert names() == [["with-not_found", ""]]


def test_only_the_last_are_kept_and_none_grows_for_ever() -> None:
    for number in range(recorder.SEQUENCES + 1):
        with recorder.sequence():
            for _ in range(recorder.STEPS + 1 if number % 50 == 0 else 1):
                recorder.step("push", str(number))
    assert len(names()) == recorder.SEQUENCES
    assert names()[0] == ["1"]
    assert max(map(len, names())) == recorder.STEPS


def test_an_error_inside_goes_on_its_way() -> None:
    with pytest.raises(KeyError), recorder.sequence(ending="receipt"):
        raise KeyError
    (ending,) = recorder.kept()[0].steps
    assert (ending.kind, ending.outcome) == ("receipt", "failed")


def test_an_answer_of_any_shape_is_in_nobody_s_way() -> None:
    with recorder.sequence():
        for answer in (None, 3, {"error": 3}, {"transaction": [1]}, {"error": {}}):
            recorder.acked(answer)
        recorder.wrote(None, None, None)  # type: ignore[arg-type]
    assert [step.outcome for one in recorder.kept() for step in one.steps] == []


def test_a_commit_names_its_tables_once_and_a_rollback_none() -> None:
    with recorder.sequence():
        for text in (
            'UPDATE "transaction" SET',
            "INSERT INTO line (",
            "INSERT INTO line (",
            "INSERT INTO card (",
            "SEL",
        ):
            recorder.wrote(None, None, text)
        recorder.committed(began=0)
        recorder.wrote(None, None, "DELETE FROM line WHERE")
        recorder.rolled_back()
        recorder.committed(began=0)
    assert names() == [["UPDATE transaction; INSERT line, card"]]


def test_no_card_and_no_secret_gets_in() -> None:
    with recorder.sequence():
        recorder.step("typed", "GET /v1/tokens/" + "42" * 8)
        recorder.step("typed", "GET /v1/payment_intents/pi_1_secret_abc/x")
    assert names() == [["GET /v1/tokens/…", "GET /v1/payment_intents/pi_1…/x"]]


def test_elsewhere_than_in_the_sandbox_nothing_is_kept() -> None:
    recorder.switch(False)
    with recorder.sequence():
        recorder.step("message", "purchase-request")
        recorder.call("POST", "/v1/payment_intents")("200")
        recorder.who("sess_1")
        recorder.about("txn_1")
    assert recorder.kept() == []
