"""The tables, in the field's words. SQLAlchemy Core, both dialects.

All times are integer seconds UTC; flags are one signed 64-bit word (`mailsuite.store.flags`);
ids come from `mailsuite.store.ids` and are never given out twice. Only ints, str and bytes are
stored, so that compiled statements can run on the DBAPI cursor without processors.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

VERSION = 1
metadata = MetaData()

# A BIGINT primary key is no rowid in SQLite: only INTEGER is.
Id = BigInteger().with_variant(Integer, "sqlite")


def _id(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _number(name: str, default: int | None = 0) -> Column[int]:
    # server_default lets a migration add the column to rows that are there.
    return Column(
        name,
        BigInteger,
        nullable=False,
        server_default=None if default is None else text(str(default)),
    )


def _words(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))


def _key(name: str = "id") -> Column[int]:
    return Column(name, Id, primary_key=True, autoincrement=False)


setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),  # schema_version, epoch, next_uidvalidity …
    _words("value"),
)

sequence = Table(
    "sequence",
    metadata,
    Column("name", Text, primary_key=True),  # the table whose ids it gives out
    _number("next", 1),
)

# People ---------------------------------------------------------------------------------------

domain = Table(
    "domain",
    metadata,
    _key(),
    Column("name", Text, nullable=False, unique=True),  # canonical: A-labels, lower case
    _words("state", "active"),
    _number("created"),
)

account = Table(
    "account",
    metadata,
    _key(),
    Column("name", Text, nullable=False, unique=True),  # its first address, canonical
    _words("display_name"),
    _words("state", "active"),  # active | disabled
    _words("role", "user"),  # admin | domain-admin | user
    _number("quota_octets"),  # 0: unlimited
    _number("quota_messages"),
    _number("used_octets"),
    _number("used_messages"),
    _number("generation", 1),  # raised by any change that ends sessions or cached sign-ins
    _number("created"),
)

address = Table(
    "address",
    metadata,
    _key(),
    _id("domain_id"),
    _words("localpart"),  # canonical; empty: the domain's catch-all
    _words("kind", "account"),  # account | alias
    _id("account_id", nullable=True),  # for kind account
    UniqueConstraint("domain_id", "localpart"),
    Index("address_account", "account_id"),
)

alias_target = Table(
    "alias_target",
    metadata,
    Column("address_id", Id, primary_key=True, autoincrement=False),
    Column("target", Text, primary_key=True),  # an address as text: local or elsewhere
)

credential = Table(
    "credential",
    metadata,
    _key(),
    _id("account_id"),
    _words("kind", "password"),  # password | app
    _words("secret"),  # a hash in modular crypt format; never a password
    _words("name"),
    _words("scopes"),
    _number("created"),
    _number("last_used"),
    _number("expires"),  # 0: never
    Index("credential_account", "account_id"),
)

# Mailboxes ------------------------------------------------------------------------------------

mailbox = Table(
    "mailbox",
    metadata,
    _key(),
    _id("account_id"),
    _words("name"),  # decoded (UTF-8), "/" between levels, INBOX always so spelled
    _number("uidvalidity", None),
    _number("uidnext", 1),
    _number("modseq", 1),  # HIGHESTMODSEQ
    _number("messages"),
    _number("unseen"),
    _number("deleted"),
    _number("octets"),
    _words("special_use"),  # "\\Sent" … or empty
    _words("objectid"),
    _number("created"),
    UniqueConstraint("account_id", "name"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),  # may name a mailbox that is gone (RFC 3501 §6.3.6)
)

keyword = Table(
    "keyword",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),
    Column("bit", Integer, primary_key=True, autoincrement=False),  # 5 … 62
    _words("name"),  # as first spelled; compared without case
)

placement = Table(
    "placement",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),
    Column("uid", Id, primary_key=True, autoincrement=False),
    _id("message_id"),
    _number("flags"),
    _number("modseq", None),
    _number("internal_date", None),
    _number("saved_at", None),
    _number("size", None),  # RFC822.SIZE: prefix and blob together
    _number("uidl", None),  # POP3's own id: survives a restore that changes UIDVALIDITY
    Index("placement_modseq", "mailbox_id", "modseq"),
    sqlite_with_rowid=False,
)

expunged = Table(
    "expunged",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),
    Column("modseq", Id, primary_key=True, autoincrement=False),
    Column("uid_low", Id, primary_key=True, autoincrement=False),
    _number("uid_high", None),
    sqlite_with_rowid=False,
)

# What was expunged and can still be taken back (14 days); holds the message's reference.
undelete = Table(
    "undelete",
    metadata,
    _key(),
    _id("account_id"),
    _id("message_id"),
    _words("mailbox_name"),
    _number("flags"),
    _number("internal_date"),
    _number("size"),
    _number("expunged_at"),
    Index("undelete_account", "account_id"),
    Index("undelete_expunged_at", "expunged_at"),
)

message = Table(
    "message",
    metadata,
    _key(),  # EMAILID
    _id("account_id"),
    _id("blob_id"),
    Column("prefix", LargeBinary, nullable=False),  # trace fields of this delivery, plain octets
    _number("refs"),  # placements and undelete rows that point here
    _number("created"),
)

blob = Table(
    "blob",
    metadata,
    _key(),
    Column("hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of the octets
    _number("size", None),
    _number("stored", None),  # octets after compression
    _number("codec"),  # 0 plain, 1 zstd
    _number("place"),  # 0 row of blob_data, 1 file
    _number("refs"),
    _number("unreferenced_since"),  # 0 while refs > 0
    Index(
        "blob_unreferenced",
        "unreferenced_since",
        sqlite_where=text("refs = 0"),
        postgresql_where=text("refs = 0"),
    ),
)

# Apart from `blob`, so that scans of it never walk overflow pages.
blob_data = Table(
    "blob_data",
    metadata,
    _key(),
    Column("body", LargeBinary, nullable=False),
)

# What the scanner found, once: nothing parses MIME after delivery.
blob_meta = Table(
    "blob_meta",
    metadata,
    _key(),
    _number("version"),  # `mailsuite.message.scan.VERSION`; older rows are scanned again lazily
    Column("envelope", LargeBinary, nullable=False),  # finished IMAP octets
    Column("body", LargeBinary, nullable=False),  # BODY
    Column("bodystructure", LargeBinary, nullable=False),
    Column("parts", LargeBinary, nullable=False),  # packed offsets, `mailsuite.message.parts`
    Column("header", LargeBinary, nullable=False),  # the header block, zstd
    _number("sent_at"),  # Date:, 0 if unreadable
    _words("subject"),  # decoded, for people and SORT
    _words("message_id"),  # bounded
    _words("preview"),
)

view_snapshot = Table(
    "view_snapshot",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),
    _number("modseq"),
    Column("arrays", LargeBinary, nullable=False),  # derived: may be deleted at any time
)

# The queue ------------------------------------------------------------------------------------

queue_message = Table(
    "queue_message",
    metadata,
    _key(),
    _id("blob_id"),  # holds one reference of the blob
    Column("prefix", LargeBinary, nullable=False),
    _words("trace"),
    _words("reverse_path"),  # empty: the null sender
    _id("account_id", nullable=True),  # who submitted it
    _words("envid"),  # decoded xtext (RFC 3461 §4.4)
    _words("ret"),  # FULL | HDRS | empty
    _number("eightbit"),  # 1: body has 8-bit octets
    _number("smtputf8"),  # 1: envelope or header needs SMTPUTF8
    _number("size"),
    _number("created"),
    _number("expires"),
)

queue_recipient = Table(
    "queue_recipient",
    metadata,
    Column("queue_id", Id, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _words("address"),
    _words("domain"),  # canonical; what destinations are grouped by
    _words("notify"),  # comma-separated NEVER SUCCESS FAILURE DELAY; empty: the default
    _words("orcpt"),  # "rfc822;address", decoded
    _words("state", "waiting"),  # waiting held delivered expanded failed expired
    _number("next_try"),
    _number("tries"),
    _number("warned"),  # 1: a delay DSN has gone out
    _words("lease_owner"),
    _number("lease_until"),
    _words("last_reply"),  # the remote's words, cleaned and bounded
    _words("last_host"),
    _number("finished"),
    Index(
        "queue_due",
        "next_try",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("queue_domain", "domain", "next_try"),
)

# The story of each message: what was decided, by whom, when.
event = Table(
    "event",
    metadata,
    _key(),
    _number("at"),
    _words("trace"),
    _words("kind"),  # accepted | refused | stored | queued | tried | delivered | failed …
    _words("who"),  # address, account or host
    _words("words"),  # for people
    # Ids grow with time, and traces begin with it: one page of each tree a transaction, at its
    # end. Each index more would cost every delivery a page of 8 KiB in the log.
    Index("event_trace", "trace"),
)
