"""The second factor: secrets of one-time passwords (RFC 6238)."""

from sqlalchemy import Column, Table

from mailsuite.store.columns import Id, number, words
from mailsuite.store.schema import metadata

totp = Table(
    "totp",
    metadata,
    Column("account_id", Id, primary_key=True, autoincrement=False),
    words("secret"),  # sealed, about the account
    number("created"),
    number("step"),  # of the last code that was taken: it, and those before it, are over
    number("tries"),  # wrong ones since `since`
    number("since"),  # seconds UTC
)
