"""What limits and greylisting must know after a restart: whom accounts write to, who came again."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from mailsuite.store.columns import Id, key, number, words
from mailsuite.store.schema import metadata

# Whom an account knows: strangers are delayed and counted, correspondents are not.
correspondent = Table(
    "correspondent",
    metadata,
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Column("address", Text, primary_key=True),  # canonical
    number("wrote_at"),  # when the account first wrote to it; 0: never
    number("kept_at"),  # when it last kept a message from it; 0: never
    Index("correspondent_wrote", "account_id", "wrote_at"),
)

# What an account submitted, by the hour: a day is 24 rows.
account_use = Table(
    "account_use",
    metadata,
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Column("hour", BigInteger, primary_key=True),  # since 1970
    number("messages"),
    number("recipients"),
)

# A first try that was put off (RFC 6647), by a digest of network, reverse-path and recipient.
greylisted = Table(
    "greylisted",
    metadata,
    key("triplet"),
    words("network"),  # /24 or /64: each fills only its share
    number("first_at"),
    number("passed_at"),  # 0: it has not come again yet
    Index("greylisted_network", "network", "first_at"),
    Index("greylisted_first", "first_at"),
)

# Who came again often enough to be let in at once: a network, or a domain with its own hosts.
passer = Table(
    "passer",
    metadata,
    Column("name", Text, primary_key=True),  # "192.0.2.0/24", "2001:db8::/64", "example.net"
    number("passes"),
    number("last_at"),
    Index("passer_last", "last_at"),
)
