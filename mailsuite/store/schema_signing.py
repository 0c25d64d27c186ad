"""Keys that our domains sign with (RFC 6376 §3.6)."""

from sqlalchemy import Index, Table, UniqueConstraint

from mailsuite.store.columns import key, number, reference, words
from mailsuite.store.schema import metadata

dkim_key = Table(
    "dkim_key",
    metadata,
    key(),
    reference("domain_id"),
    words("selector"),
    words("algorithm"),  # rsa | ed25519
    words("state", "waiting"),  # waiting (for its record in DNS) | signing | leaving
    words("secret"),  # sealed (`mailsuite.store.sealing`); empty once it signs no more
    words("public"),  # p= of its record, base64
    number("created"),
    number("until"),  # leaving: its record has to stay in DNS until then, seconds UTC
    UniqueConstraint("domain_id", "selector"),
    Index("dkim_key_state", "state"),
)
