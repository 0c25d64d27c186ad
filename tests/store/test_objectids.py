"""MAILBOXID: every mailbox has one of its own, for ever."""

import re

from sqlalchemy import update

from mailsuite.store.mailboxes import create_mailbox
from mailsuite.store.mailboxes_rename import delete_mailbox
from mailsuite.store.objectids import NAME
from mailsuite.store.opening import Store
from mailsuite.store.schema import mailbox, setting
from mailsuite.store.transaction import Transaction
from tests.store.letters import done, rows
from tests.store.mail import Mail


def made(mail: Mail, name: str) -> str:
    number = done(mail.store.writer.run(create_mailbox, mail.account, name)).id
    return next(str(row.objectid) for row in rows(mail.store, mailbox) if row.id == number)


def test_ids_are_never_given_again(store: Store) -> None:
    mail = Mail(store)
    first = made(mail, "Work")
    done(store.writer.run(delete_mailbox, mail.account, "Work"))
    assert made(mail, "Work") != first
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,254}", first)


def test_ids_begin_with_the_epoch(store: Store) -> None:
    mail = Mail(store)
    assert made(mail, "Work").startswith("m1-")

    def raise_epoch(tx: Transaction) -> None:
        tx.execute(update(setting).where(setting.c.name == NAME).values(value="2"), {})

    done(store.writer.run(raise_epoch))
    assert made(mail, "Play").startswith("m2-")
