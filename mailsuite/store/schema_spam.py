"""What accounts have taught about spam, and how far the learner has looked."""

from sqlalchemy import Column, Index, Table

from mailsuite.store.columns import Id, key, number, octets, words
from mailsuite.store.schema import metadata

# One row an account that has taught anything, or that set a threshold of its own.
spam_model = Table(
    "spam_model",
    metadata,
    key("account_id"),
    number("revision"),  # raised by every change: what is kept in memory goes by it
    number("words"),  # version of the words that were counted (`mailsuite.spam.words`)
    number("good"),  # messages taught
    number("spam"),
    octets("counts"),  # of words, zstd; empty: none
    words("given"),  # the threshold as it was set: "" automatic, "off", or a number
    number("threshold"),  # the automatic one, thousandths
    number("kept"),  # good messages that it goes by; 0: the seed's own
)

# What was taught of a message, so that it is taught once and can be taken back exactly.
spam_taught = Table(
    "spam_taught",
    metadata,
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Column("message_id", Id, primary_key=True, autoincrement=False),
    number("kind"),  # 1 good, 2 spam; 0: seen, and taught nothing
    number("score"),  # before it was taught, thousandths
    number("at"),
    number("state"),  # how it lay then (`mailsuite.store.spam_signals`)
    octets("sketch"),  # of what was moved by hand (`mailsuite.spam.likeness`); else empty
    Index("spam_taught_at", "account_id", "kind", "at"),
)

# How far the learner has looked in a mailbox.
spam_seen = Table(
    "spam_seen",
    metadata,
    key("mailbox_id"),
    number("modseq"),  # of changes
    number("uid"),  # of mail that is old enough to count as kept
)
