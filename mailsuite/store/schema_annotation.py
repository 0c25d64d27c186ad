"""Annotations of mailboxes and of the server (RFC 5464)."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from mailsuite.store.columns import Id, reference
from mailsuite.store.schema import metadata

annotation = Table(
    "annotation",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),  # 0: the server's
    Column("account_id", Id, primary_key=True, autoincrement=False),  # /private: whose; /shared: 0
    Column("entry", Text, primary_key=True),  # in lower case: "/private/comment" (RFC 5464 §3.2)
    Column("value", LargeBinary, nullable=False),
    reference("owner_id"),  # whose quota it counts against: of /shared, the mailbox's owner
    Index("annotation_owner", "owner_id"),
)
