"""Masked addresses, and who may send as an address that is not only theirs."""

from sqlalchemy import Column, Index, Table

from mailsuite.store.columns import Id, number, words
from mailsuite.store.schema import metadata

# What a row of `address` of kind `mask` has beside its account.
mask = Table(
    "mask",
    metadata,
    Column("address_id", Id, primary_key=True, autoincrement=False),
    number("account_id", None),
    words("note"),  # for whom it was made
    words("state", "on"),  # on | off: an address that is off leads nowhere
    number("expires"),  # seconds UTC; 0: never
    number("created"),
    Index("mask_account", "account_id"),
)

send_as = Table(
    "send_as",
    metadata,
    Column("address_id", Id, primary_key=True, autoincrement=False),
    # 0: everybody whom the address leads to.
    Column("account_id", Id, primary_key=True, autoincrement=False),
    Index("send_as_account", "account_id"),
)
