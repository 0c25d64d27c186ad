"""How a search index stands, and having it made anew."""

import json
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from mailsuite.control import people, searching
from mailsuite.control.verbs import Parts, answer
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import account_id
from mailsuite.store.opening import Store
from mailsuite.store.search_file import path_of
from tests.store.indexes import fill
from tests.store.letters import done
from tests.store.mail import Mail

__all__ = ["people", "searching"]  # imported for the verbs that they hold


ANN = "ann@example.test"


class Anns(Mail):
    """Mail of an account that was made by the command."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.account = done(store.readers.run(account_id, Address.parse(ANN).canonical))


@pytest.fixture
def mail(parts: Parts) -> Mail:
    ask(parts, "domain add", name="example.test")
    ask(parts, "account add", address=ANN, password="secret")
    mail = Anns(parts.store)
    mail.put(3)
    return mail


def ask(parts: Parts, verb: str, **arguments: str) -> Any:
    kept: list[Any] = []
    Deferred.fromCoroutine(answer(parts, {"verb": verb, "arguments": arguments})).addCallback(
        kept.append
    )
    json.dumps(kept[0])
    return kept[0].get("ok", kept[0].get("error"))


def status(parts: Parts) -> tuple[str, int]:
    told = ask(parts, "search status", address=ANN)
    return told["condition"], told["waiting"]


def test_the_status_says_what_is_missing(parts: Parts, mail: Mail) -> None:
    assert status(parts) == ("missing", 3)
    fill(parts.store)
    assert status(parts) == ("whole", 0)
    mail.put(2)
    assert status(parts) == ("behind", 2)
    assert ask(parts, "search check") == {"damaged": 0, "waiting": 2}


@pytest.mark.threat("K17")
def test_a_damaged_one_is_told_of_and_made_anew(parts: Parts, mail: Mail) -> None:
    fill(parts.store)
    path_of(parts.store.data_dir, mail.account).write_bytes(b"garbage" * 1000)
    assert status(parts) == ("damaged", 3)
    assert ask(parts, "search check") == {"damaged": 1, "waiting": 3}
    assert ask(parts, "search rebuild", address=ANN) is None
    fill(parts.store)
    assert status(parts) == ("whole", 0)


def test_an_account_that_is_not_there(parts: Parts, mail: Mail) -> None:
    assert ask(parts, "search status", address="@@") == '"@@" is no address.'
    assert "no" in ask(parts, "search rebuild", address="nobody@example.test").lower()
    assert mail.account
