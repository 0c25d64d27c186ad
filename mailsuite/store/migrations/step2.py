"""Version 2: what IMAP's extensions keep. New tables and columns; every row that is there stays.

Each table stands in a module `mailsuite.store.schema_…` of its own and is named here, and so is
each column or index that a table of version 1 gained. A column needs a default (`columns.py`):
rows that are there get it, and what is more than a default is found out lazily by whoever reads.
"""

from typing import Any

from sqlalchemy import Column, Index, Table
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from mailsuite.store.schema import (
    account,
    blob_meta,
    credential,
    domain,
    message,
    queue_message,
    queue_recipient,
)
from mailsuite.store.schema_annotation import annotation
from mailsuite.store.schema_dmarc import dmarc_report, dmarc_seen
from mailsuite.store.schema_ordering import sort_key, thread_link
from mailsuite.store.schema_outbound_tls import sts_policy, tls_report, tls_session
from mailsuite.store.schema_people import mask, send_as
from mailsuite.store.schema_repute import account_use, correspondent, greylisted, passer
from mailsuite.store.schema_sharing import acl
from mailsuite.store.schema_signing import dkim_key
from mailsuite.store.schema_spam import spam_model, spam_seen, spam_taught
from mailsuite.store.schema_story import event_key
from mailsuite.store.schema_suppression import suppression
from mailsuite.store.schema_totp import totp
from mailsuite.store.transaction import Transaction

TABLES: tuple[Table, ...] = (
    acl,
    annotation,
    sort_key,
    thread_link,
    totp,
    correspondent,
    account_use,
    greylisted,
    passer,
    event_key,
    suppression,
    sts_policy,
    tls_session,
    tls_report,
    dmarc_seen,
    dmarc_report,
    dkim_key,
    spam_model,
    spam_taught,
    spam_seen,
    mask,
    send_as,
)
COLUMNS: tuple[Column[Any], ...] = (
    account.c.quota_mailboxes,
    message.c.thread_id,
    blob_meta.c.fields,
    account.c.capabilities,
    account.c.quota_warned,
    account.c.source,
    credential.c.capabilities,
    credential.c.scram,
    domain.c.backup_for,
    queue_message.c.tls,
    queue_message.c.deliver_by,
    queue_message.c.by_mode,
    queue_message.c.release_at,
    queue_message.c.hold,
    queue_message.c.priority,
    queue_recipient.c.level,
)
# On tables of version 1; a new table brings its own. Some were there with other columns.
REPLACED = ("queue_due", "queue_domain")
INDEXES: tuple[Index, ...] = tuple(
    index
    for index in sorted(queue_recipient.indexes, key=lambda index: str(index.name))
    if index.name in {*REPLACED, "queue_scheduled"}
)


def reach_2(tx: Transaction) -> None:
    """Bring a store of version 1 to version 2."""
    dialect = tx.connection.dialect
    for table in TABLES:
        tx.connection.plain(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            tx.connection.plain(str(CreateIndex(index).compile(dialect=dialect)))
    for column in COLUMNS:
        words = CreateColumn(column).compile(dialect=dialect)
        tx.connection.plain(f"ALTER TABLE {column.table.name} ADD COLUMN {words}")
    for name in REPLACED:
        tx.connection.plain(f"DROP INDEX {name}")
    for index in INDEXES:
        tx.connection.plain(str(CreateIndex(index).compile(dialect=dialect)))
