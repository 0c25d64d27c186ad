"""Where the stories of messages are found by address and Message-ID."""

from sqlalchemy import BigInteger, Column, Table

from mailsuite.store.schema import metadata

# Apart from `event`, and filled behind the deliveries: an index by address there would cost each
# of them a page of the log for every name in it.
event_key = Table(
    "event_key",
    metadata,
    Column("key", BigInteger, primary_key=True),  # digest of an address or Message-ID
    Column("event_id", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
