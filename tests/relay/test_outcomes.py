"""From a host's words to a recipient's fate."""

import pytest
from attrs import evolve

from mailsuite.relay.outcomes import decided, wants
from mailsuite.relay.ports import Reply
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.queue import DELIVERED, EXPIRED, FAILED, WAITING, Outcome
from mailsuite.store.queue_rows import Entry, EntryRecipient

NOW = 1_000_000
RECIPIENT = EntryRecipient(
    3, "b@b.test", "b.test", "", "", "waiting", NOW, 0, warned=False, leased=True,
    last_reply="", last_host="", finished=0,
)  # fmt: skip
ENTRY = Entry(
    1, 1, b"", "t", "a@a.test", None, "", "", eightbit=False, smtputf8=False, size=1,
    created=NOW - 10, expires=NOW + 9_999, recipients=(RECIPIENT,),
)  # fmt: skip


def outcome(
    code: int, entry: Entry = ENTRY, notify: str = "", *, passed_on: bool = False
) -> Outcome:
    return decided(
        entry,
        evolve(RECIPIENT, notify=notify),
        Reply(code, "", "words", "mx"),
        passed_on=passed_on,
        now=NOW,
        settings=RelaySettings("us.test"),
        draw=lambda: 0.5,
    )


def test_success_is_told_only_if_asked_for_and_not_passed_on() -> None:
    assert outcome(250) == Outcome(3, DELIVERED, "250 words", "mx")
    assert outcome(250, notify="SUCCESS").report
    assert not outcome(250, notify="SUCCESS", passed_on=True).report


def test_a_refusal_for_good_ends_it_and_one_for_now_waits() -> None:
    assert outcome(550) == Outcome(3, FAILED, "550 words", "mx", report=True)
    assert outcome(450) == Outcome(3, WAITING, "450 words", "mx", next_try=NOW + 300)


def test_when_the_time_is_over_it_expires() -> None:
    assert outcome(450, evolve(ENTRY, expires=NOW)).state == EXPIRED


@pytest.mark.parametrize("code", [550, 450, 250, 354, 999])
def test_any_code_gives_one_state(code: int) -> None:
    assert outcome(code).state in {WAITING, FAILED, DELIVERED}


@pytest.mark.threat("S10")
@pytest.mark.parametrize("word", ["SUCCESS", "FAILURE", "DELAY"])
def test_the_null_sender_wants_nothing(word: str) -> None:
    recipient = evolve(RECIPIENT, notify="SUCCESS,FAILURE,DELAY")
    assert wants(ENTRY, recipient, word)
    assert not wants(evolve(ENTRY, reverse_path=""), recipient, word)
