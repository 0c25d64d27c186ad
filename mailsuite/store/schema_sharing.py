"""Who else may do what in a mailbox (RFC 4314)."""

from sqlalchemy import Column, Index, Table, Text

from mailsuite.store.columns import Id, words
from mailsuite.store.schema import metadata

acl = Table(
    "acl",
    metadata,
    Column("mailbox_id", Id, primary_key=True, autoincrement=False),
    # An account's id ("12"; a name could pass to somebody else), "anyone", or "$" and the address
    # of a group; each with "-" before it: what is withheld (RFC 4314 §2).
    Column("identifier", Text, primary_key=True),
    words("kind"),  # account | anyone | group
    words("rights"),  # letters of RFC 4314 §2.1
    Index("acl_identifier", "identifier"),
    Index("acl_kind", "kind", "identifier"),
)
