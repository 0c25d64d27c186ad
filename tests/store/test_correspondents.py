"""Whom an account wrote to, and how much it sends; over a restart too."""

import pytest

from mailsuite.store.correspondents import (
    Use,
    Used,
    find_strangers,
    forget_correspondents,
    forget_use,
    known_sender,
    note_kept,
    note_uses,
    read_use,
)
from mailsuite.store.delivery import Delivery, deliver
from mailsuite.store.opening import Store
from mailsuite.store.schema_repute import account_use, correspondent
from tests.store.failing import fails_cleanly
from tests.store.letters import content, done, rows


@pytest.mark.threat("S18")
def test_a_delivery_counts_for_its_account(store: Store) -> None:
    for n in range(2):
        use = Use(7, 3, ("a@x.test", f"{n}@x.test"))
        delivery = Delivery(content(f"{n}\r\n", store.large), trace="t", use=use)
        done(store.writer.run(deliver, delivery))
    assert done(store.readers.run(read_use, 7)) == Used(2, 6, 3)
    assert done(store.readers.run(read_use, 8)) == Used()


def test_a_correspondent_is_whom_one_wrote_to_or_whose_mail_was_kept(store: Store) -> None:
    done(store.writer.run(note_uses, [Use(7, 1, ("a@x.test",))]))
    done(store.writer.run(note_kept, 7, "b@x.test"))
    assert done(store.readers.run(known_sender, [6, 7], "a@x.test"))
    assert done(store.readers.run(known_sender, [7], "b@x.test"))
    assert not done(store.readers.run(known_sender, [6], "a@x.test"))
    # To keep somebody's mail is not to have written to him: he counts once, when one does.
    assert done(store.readers.run(find_strangers, 7, ["a@x.test", "b@x.test"])) == {"b@x.test"}
    done(store.writer.run(note_uses, [Use(7, 1, ("b@x.test",))]))
    assert done(store.readers.run(find_strangers, 7, ["a@x.test", "b@x.test"])) == set()
    done(store.writer.run(note_kept, 7, "a@x.test"))
    assert done(store.readers.run(read_use, 7)) == Used(2, 2, 2)


def test_counting_is_all_or_nothing(store: Store) -> None:
    fails_cleanly(store, note_uses, [Use(7, 2, ("a@x.test",)), Use(8, 1)])


def test_nothing_stays_of_old_hours_and_removed_accounts(store: Store) -> None:
    done(store.writer.run(note_uses, [Use(7, 2, ("a@x.test",))]))
    assert done(store.writer.run(forget_use, 3_600)) == 0
    assert done(store.writer.run(forget_use, 0)) == 1
    done(store.writer.run(note_uses, [Use(7, 2)]))
    done(store.writer.run(forget_correspondents, 7))
    assert rows(store, account_use) == rows(store, correspondent) == []
