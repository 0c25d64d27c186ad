"""What was evaluated under other domains' DMARC policies, and what others tell of ours."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from mailsuite.store.columns import key, number, words
from mailsuite.store.schema import metadata

# Messages counted for reports (RFC 9990 §3.1).
dmarc_seen = Table(
    "dmarc_seen",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),  # since 1970, UTC
    Column("domain", Text, primary_key=True),  # whose record it was
    Column("digest", Text, primary_key=True),  # of `facts`
    words("facts"),  # JSON: what these messages have in common
    number("messages", None),
)

# Reports of others about our domains (RFC 9990).
dmarc_report = Table(
    "dmarc_report",
    metadata,
    key(),
    number("received", None),
    words("domain"),
    words("organization"),
    words("contact"),
    words("report_id"),
    words("sender"),  # whose name the mail bore, where DMARC passed; empty: not proven
    number("begins"),
    number("ends"),
    number("messages"),
    number("passed"),  # messages that DMARC passed
    words("details"),  # JSON: policy and rows, bounded
    Index("dmarc_report_known", "domain", "organization", "report_id", unique=True),
    Index("dmarc_report_received", "received"),
)
