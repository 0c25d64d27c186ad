"""Addresses that are not written to."""

from sqlalchemy import Column, Table, Text

from mailsuite.store.columns import number, words
from mailsuite.store.schema import metadata

suppression = Table(
    "suppression",
    metadata,
    Column("address", Text, primary_key=True),  # canonical; or "@" and a canonical domain
    words("reason"),  # for people, cleaned and bounded
    number("created"),  # seconds UTC
    number("until"),  # seconds UTC; 0: for ever
)
