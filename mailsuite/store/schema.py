"""The tables, in the field's words. SQLAlchemy Core, both dialects.

All times are integer seconds UTC; flags are one signed 64-bit word (`mailsuite.store.flags`);
ids come from `mailsuite.store.ids` and are never given out twice. Only ints, str and bytes are
stored, so that compiled statements can run on the DBAPI cursor without processors.
"""

from sqlalchemy import (
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

from mailsuite.store.columns import Id, key, number, octets, reference, words

VERSION = 2
metadata = MetaData()

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),  # schema_version, epoch, next_uidvalidity …
    words("value"),
)

sequence = Table(
    "sequence",
    metadata,
    Column("name", Text, primary_key=True),  # the table whose ids it gives out
    number("next", 1),
)

# People ---------------------------------------------------------------------------------------

domain = Table(
    "domain",
    metadata,
    key(),
    Column("name", Text, nullable=False, unique=True),  # canonical: A-labels, lower case
    words("state", "active"),
    number("created"),
    words("backup_for"),  # the host that has its mailboxes; empty: this one
)

account = Table(
    "account",
    metadata,
    key(),
    Column("name", Text, nullable=False, unique=True),  # its first address, canonical
    words("display_name"),
    words("state", "active"),  # active | disabled
    words("role", "user"),  # admin | domain-admin | user
    number("quota_octets"),  # 0: unlimited
    number("quota_messages"),
    number("quota_mailboxes"),  # 0: only the limit that all have
    number("used_octets"),
    number("used_messages"),
    words("source"),  # the other directory that knows it; empty: nobody else does
    number("quota_warned"),  # percent that its owner was last warned of; 0: none
    words("capabilities"),  # "-NAME" hides one, "+NAME" offers one that not everybody sees
    number("generation", 1),  # raised by any change that ends sessions or cached sign-ins
    number("created"),
)

address = Table(
    "address",
    metadata,
    key(),
    reference("domain_id"),
    words("localpart"),  # canonical; empty: the domain's catch-all
    words("kind", "account"),  # account | alias
    reference("account_id", nullable=True),  # for kind account
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
    key(),
    reference("account_id"),
    words("kind", "password"),  # password | app
    words("secret"),  # a hash in modular crypt format; never a password
    words("name"),
    words("scopes"),
    number("created"),
    number("last_used"),
    number("expires"),  # 0: never
    words("capabilities"),  # as the account's, for whoever signs in with it
    words("scram"),  # verifiers of the same password for SCRAM, sealed; empty: not made yet
    Index("credential_account", "account_id"),
)

# Mailboxes ------------------------------------------------------------------------------------

mailbox = Table(
    "mailbox",
    metadata,
    key(),
    reference("account_id"),
    words("name"),  # decoded (UTF-8), "/" between levels, INBOX always so spelled
    number("uidvalidity", None),
    number("uidnext", 1),
    number("modseq", 1),  # HIGHESTMODSEQ
    number("messages"),
    number("unseen"),
    number("deleted"),
    number("octets"),
    words("special_use"),  # "\\Sent" … or empty
    words("objectid"),
    number("created"),
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
    words("name"),  # as first spelled; compared without case
)

placement = Table(
    "placement",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),
    Column("uid", Id, primary_key=True, autoincrement=False),
    reference("message_id"),
    number("flags"),
    number("modseq", None),
    number("internal_date", None),
    number("saved_at", None),
    number("size", None),  # RFC822.SIZE: prefix and blob together
    number("uidl", None),  # POP3's own id: survives a restore that changes UIDVALIDITY
    Index("placement_modseq", "mailbox_id", "modseq"),
    sqlite_with_rowid=False,
)

expunged = Table(
    "expunged",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),
    Column("modseq", Id, primary_key=True, autoincrement=False),
    Column("uid_low", Id, primary_key=True, autoincrement=False),
    number("uid_high", None),
    sqlite_with_rowid=False,
)

# What was expunged and can still be taken back (14 days); holds the message's reference.
undelete = Table(
    "undelete",
    metadata,
    key(),
    reference("account_id"),
    reference("message_id"),
    words("mailbox_name"),
    number("flags"),
    number("internal_date"),
    number("size"),
    number("expunged_at"),
    Index("undelete_account", "account_id"),
    Index("undelete_expunged_at", "expunged_at"),
)

message = Table(
    "message",
    metadata,
    key(),  # EMAILID
    reference("account_id"),
    reference("blob_id"),
    Column("prefix", LargeBinary, nullable=False),  # trace fields of this delivery, plain octets
    number("refs"),  # placements and undelete rows that point here
    number("created"),
    number("thread_id"),  # THREADID; 0: nobody has asked for it yet (`store/threads.py`)
)

blob = Table(
    "blob",
    metadata,
    key(),
    Column("hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of the octets
    number("size", None),
    number("stored", None),  # octets after compression
    number("codec"),  # 0 plain, 1 zstd
    number("place"),  # 0 row of blob_data, 1 file
    number("refs"),
    number("unreferenced_since"),  # 0 while refs > 0
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
    key(),
    Column("body", LargeBinary, nullable=False),
)

# What the scanner found, once: nothing parses MIME after delivery.
blob_meta = Table(
    "blob_meta",
    metadata,
    key(),
    number("version"),  # `mailsuite.message.scan.VERSION`; older rows are scanned again lazily
    Column("envelope", LargeBinary, nullable=False),  # finished IMAP octets
    Column("body", LargeBinary, nullable=False),  # BODY
    Column("bodystructure", LargeBinary, nullable=False),
    Column("parts", LargeBinary, nullable=False),  # packed offsets, `mailsuite.message.parts`
    Column("header", LargeBinary, nullable=False),  # the header block, zstd
    number("sent_at"),  # Date:, 0 if unreadable
    words("subject"),  # decoded, for people and SORT
    words("message_id"),  # bounded
    words("preview"),
    octets("fields"),  # the common ones of the header, `mailsuite.message.common_fields`
)

view_snapshot = Table(
    "view_snapshot",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),
    number("modseq"),
    Column("arrays", LargeBinary, nullable=False),  # derived: may be deleted at any time
)

# The queue ------------------------------------------------------------------------------------

queue_message = Table(
    "queue_message",
    metadata,
    key(),
    reference("blob_id"),  # holds one reference of the blob
    Column("prefix", LargeBinary, nullable=False),
    words("trace"),
    words("reverse_path"),  # empty: the null sender
    reference("account_id", nullable=True),  # who submitted it
    words("envid"),  # decoded xtext (RFC 3461 §4.4)
    words("ret"),  # FULL | HDRS | empty
    number("eightbit"),  # 1: body has 8-bit octets
    number("smtputf8"),  # 1: envelope or header needs SMTPUTF8
    number("size"),
    number("created"),
    number("expires"),
    # What `mailsuite.message.terms.Terms` holds.
    words("tls"),
    number("deliver_by"),
    words("by_mode"),  # R | N, T behind it for a trace
    number("release_at"),
    words("hold"),
    number("priority"),
)

queue_recipient = Table(
    "queue_recipient",
    metadata,
    Column("queue_id", Id, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    words("address"),
    words("domain"),  # canonical; what destinations are grouped by
    words("notify"),  # comma-separated NEVER SUCCESS FAILURE DELAY; empty: the default
    words("orcpt"),  # "rfc822;address", decoded
    words("state", "waiting"),  # waiting held scheduled delivered expanded failed expired
    number("next_try"),
    number("tries"),
    number("warned"),  # 1: a delay DSN has gone out
    words("lease_owner"),
    number("lease_until"),
    words("last_reply"),  # the remote's words, cleaned and bounded
    words("last_host"),
    number("finished"),
    number("level"),  # of the message's priority: what is higher goes first
    Index(
        "queue_due",
        "level",
        "next_try",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("queue_domain", "domain", "level", "next_try"),
    Index(
        "queue_scheduled",
        "next_try",
        sqlite_where=text("state = 'scheduled'"),
        postgresql_where=text("state = 'scheduled'"),
    ),
)

# The story of each message: what was decided, by whom, when.
event = Table(
    "event",
    metadata,
    key(),
    number("at"),
    words("trace"),
    words("kind"),  # accepted | refused | stored | queued | tried | delivered | failed …
    words("who"),  # address, account or host
    words("words"),  # for people
    # Ids grow with time, and traces begin with it: one page of each tree a transaction, at its
    # end. Each index more would cost every delivery a page of 8 KiB in the log.
    Index("event_trace", "trace"),
)
