"""Annotations in the store, on both dialects."""

import pytest

from mailsuite.errors import NoSuchMailbox, OverQuota, TooMany
from mailsuite.store import annotations
from mailsuite.store.annotations import (
    SERVER,
    copy_annotations,
    read_annotations,
    read_some_annotations,
    set_annotations,
)
from mailsuite.store.mailboxes import set_special_use, weigh_deleted
from mailsuite.store.opening import Store
from mailsuite.store.quotas import Holding, read_holding, set_limits
from tests.store.failing import fails_cleanly
from tests.store.letters import add_account, done
from tests.store.mail import Mail


@pytest.fixture
def mail(store: Store) -> Mail:
    return Mail(store)


def put(mail: Mail, values: dict[str, bytes | None], box: int | None = None, who: int = 0) -> None:
    number = mail.inbox if box is None else box
    done(mail.store.writer.run(set_annotations, number, who or mail.account, values))


def read(mail: Mail, who: int = 0, box: int | None = None) -> dict[str, bytes]:
    number = mail.inbox if box is None else box
    found: dict[str, bytes] = done(
        mail.store.readers.run(read_annotations, number, who or mail.account)
    )
    return found


def test_private_ones_are_of_one_account_and_shared_ones_of_all(mail: Mail) -> None:
    bob = done(mail.store.writer.run(add_account, "bob@example.test"))
    put(mail, {"/private/x": b"ann", "/shared/x": b"\0\xff", "/private/y": b""})
    put(mail, {"/private/x": b"bob"}, who=bob)
    assert read(mail) == {"/private/x": b"ann", "/shared/x": b"\0\xff", "/private/y": b""}
    assert read(mail, bob) == {"/private/x": b"bob", "/shared/x": b"\0\xff"}
    put(mail, {"/private/x": None, "/private/none": None, "/shared/x": b"new"})
    assert read(mail) == {"/shared/x": b"new", "/private/y": b""}
    put(mail, {"/private/s": b"1"}, SERVER)
    assert read(mail, box=SERVER) == {"/private/s": b"1"}
    some = done(
        mail.store.readers.run(
            read_some_annotations, [mail.inbox, mail.archive], bob, ["/private/x", "/shared/x"]
        )
    )
    assert some == {mail.inbox: {"/private/x": b"bob", "/shared/x": b"new"}}


def test_a_copy_has_everybodys(mail: Mail) -> None:
    put(mail, {"/private/x": b"1", "/shared/x": b"2"})
    done(mail.store.writer.run(copy_annotations, mail.inbox, mail.archive))
    assert read(mail, box=mail.archive) == read(mail) == {"/private/x": b"1", "/shared/x": b"2"}


@pytest.mark.threat("I14")
def test_they_are_bounded(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotations, "MOST_HERE", 3)
    monkeypatch.setattr(annotations, "MOST", 4)
    monkeypatch.setattr(annotations, "MOST_OCTETS", 10)
    put(mail, {f"/private/{n}": b"x" for n in range(3)})
    with pytest.raises(TooMany):
        put(mail, {"/private/0": b"y", "/private/3": b"x"})
    assert read(mail)["/private/0"] == b"x"  # all or none
    put(mail, {"/shared/0": b"x"})
    with pytest.raises(OverQuota):
        put(mail, {"/shared/1": b"x"})
    put(mail, {"/private/0": b"1234567"})
    with pytest.raises(OverQuota):
        put(mail, {"/private/0": b"12345678"})
    with pytest.raises(NoSuchMailbox):
        put(mail, {"/shared/x": b""}, 10**6)


def test_a_failing_statement_leaves_nothing(mail: Mail) -> None:
    values = {"/private/x": b"1", "/shared/x": b"2"}
    fails_cleanly(mail.store, set_annotations, mail.inbox, mail.account, values)
    assert read(mail) == values


def test_what_an_account_holds_and_may_hold(mail: Mail) -> None:
    mail.put(2)
    holding = done(mail.store.readers.run(read_holding, mail.account))
    assert (holding.messages, holding.mailboxes, holding.mailboxes_limit) == (2, 2, 0)
    done(mail.store.writer.run(set_limits, mail.account, 10, 20, 30))
    limited = done(mail.store.readers.run(read_holding, mail.account))
    assert limited == Holding(holding.octets, 10, 2, 20, 2, 30)


def test_what_deleted_messages_weigh(mail: Mail) -> None:
    mail.put(2, flags=8)
    mail.put(1)
    weighed = done(mail.store.readers.run(weigh_deleted, [mail.inbox, mail.archive]))
    assert weighed == {mail.inbox: mail.row().octets * 2 // 3}


def test_a_special_use_is_of_one_mailbox(mail: Mail) -> None:
    for number, name in ((mail.archive, "Archive"), (mail.inbox, "INBOX")):
        done(mail.store.writer.run(set_special_use, mail.account, number, "\\Junk"))
        assert mail.row(name).special_use == "\\Junk"
    assert mail.row("Archive").special_use == ""
