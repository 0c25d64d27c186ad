"""What other domains want of TLS, what became of it, and what they tell of ours."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from mailsuite.store.columns import key, number, words
from mailsuite.store.schema import metadata

# Policies of others (RFC 8461 §3.2), for as long as they said. Times in seconds UTC.
sts_policy = Table(
    "sts_policy",
    metadata,
    Column("domain", Text, primary_key=True),
    words("policy_id"),
    words("mode"),  # enforce | testing | none
    words("patterns"),  # one a line
    number("max_age", None),
    number("fetched", None),
    number("used", None),  # when mail was last sent there, to a day
    number("tried", None),  # when it was last asked for again
)

# Sessions with hosts of others, counted for reports (RFC 8460 §4.2).
tls_session = Table(
    "tls_session",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),  # since 1970, UTC
    Column("domain", Text, primary_key=True),
    Column("digest", Text, primary_key=True),  # of `facts`
    words("facts"),  # JSON: the policy, and what went wrong
    number("sessions", None),
)

# Reports of others about our domains (RFC 8460 §5).
tls_report = Table(
    "tls_report",
    metadata,
    key(),
    number("received", None),
    words("domain"),
    words("submitter"),
    words("organization"),
    words("contact"),
    words("report_id"),
    number("begins"),
    number("ends"),
    number("successes"),
    number("failures"),
    words("details"),  # JSON: the policies of the report, bounded
    Index("tls_report_known", "domain", "submitter", "report_id", unique=True),
    Index("tls_report_received", "received"),
)
