"""The tables of SORT, THREAD (RFC 5256) and THREADID (RFC 8474)."""

from sqlalchemy import Column, LargeBinary, Table

from mailsuite.store.columns import Id, key, number
from mailsuite.store.schema import metadata


def _octets(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


# One row a body, made when it is first needed (`mailsuite.store.sorting`): narrow, so that those
# of a whole mailbox are read without its envelopes and structures.
sort_key = Table(
    "sort_key",
    metadata,
    key(),  # of the body
    number("version"),  # `mailsuite.message.ordering.VERSION`
    number("sent_at"),  # 0: unreadable, the arrival counts
    _octets("subject"),  # keys of i;unicode-casemap from here on
    number("reply"),  # 1: the subject says so
    _octets("from_mailbox"),
    _octets("to_mailbox"),
    _octets("cc_mailbox"),
    _octets("from_display"),
    _octets("to_display"),
    number("own"),  # the number of its Message-ID, 0: none
    _octets("ancestors"),  # the numbers of its references, 8 octets each, little-endian
)

# Which thread of an account a message id belongs to: what THREADID joins by.
thread_link = Table(
    "thread_link",
    metadata,
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Column("hash", Id, primary_key=True, autoincrement=False),
    number("thread_id", None),
    sqlite_with_rowid=False,
)
