"""Keys for those who look after domains: made, published, looked for, rotated, retired.

A new key is used once its record is seen in DNS: what it signed before could be verified by nobody.
"""

import base64
import re
import time
from collections.abc import Sequence

from attrs import define
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from twisted.logger import Logger

from mailsuite.dns.answers import NoSuchName, NoSuchRecord, TemporaryFailure
from mailsuite.errors import MailError, NoSuchThing
from mailsuite.message.addresses import BadAddress, parse_domain
from mailsuite.store import dkim_keys
from mailsuite.store.dkim_keys import LEAVING, WAITING, DkimKey, NewKey
from mailsuite.store.domains import show_domain
from mailsuite.store.opening import Store
from mailsuite.trust.dkim.keyring import about_key
from mailsuite.trust.ports import Asks
from mailsuite.wire.pools import Runs

KINDS = ("rsa", "ed25519")
RSA_BITS = 2_048  # RFC 8301 §3.2; its record still goes into one answer by UDP
KEEP_SECONDS = 14 * 86_400  # longer than any queue: its record is needed until then

_SPACES = re.compile(r"\s+")

log = Logger()


class Refused(MailError):  # noqa: N818 - named for what happened, as in `errors`
    """What was asked for cannot be; the words say why."""


@define(eq=False)
class KeyAdmin:
    """Looks after the keys of our domains.

    Args:
        runs: where keys are made: two tenths of a second each (the hash pool).
        asks: who looks into DNS; None: nobody can now, and new keys wait.
        keep_seconds: how long the record of a key that left has to stay in DNS.
    """

    store: Store
    runs: Runs
    asks: Asks | None = None
    keep_seconds: int = KEEP_SECONDS

    async def add(self, name: str) -> list[DkimKey]:
        """Make one key of each kind, which wait for their records; all waiting ones come back.

        Raises:
            NoSuchThing: the domain is not ours.
        """
        domain = await self._domain(name)
        there = {key.selector for key in await self._keys(domain)}
        made = []
        for kind in KINDS:
            selector = _selector(kind, self.store.clock(), there)
            secret, public = await self.runs.run(make_pair, kind)
            sealed = self.store.seal.seal(secret, about_key(domain, selector))
            made.append(NewKey(selector, kind, sealed, public))
        await self.store.writer.run(dkim_keys.add_keys, domain, made)
        return [key for key in await self._keys(domain) if key.state == WAITING]

    async def all(self, name: str) -> list[DkimKey]:
        """All keys of a domain, the eldest first; those that were published meanwhile sign."""
        domain = await self._domain(name)
        await self.look([key for key in await self._keys(domain) if key.state == WAITING])
        return await self._keys(domain)

    async def to_publish(self, name: str) -> list[DkimKey]:
        """Those whose records have to be in DNS: what signs, will sign, or did not long ago."""
        keys, now = await self._keys(await self._domain(name)), self.store.clock()
        return [key for key in keys if key.state != LEAVING or key.until > now]

    async def rotate(self, name: str) -> list[DkimKey]:
        """Make the next keys, unless some wait already; they sign once they are published."""
        domain = await self._domain(name)
        if all(key.state != WAITING for key in await self._keys(domain)):
            await self.add(domain)
        return await self.all(domain)

    async def start(self, name: str) -> list[DkimKey]:
        """Let the keys that wait sign at once, published or not."""
        domain = await self._domain(name)
        for key in await self._keys(domain):
            if key.state == WAITING:
                await self._start(key)
        return await self._keys(domain)

    async def retire(self, name: str, selector: str) -> list[DkimKey]:
        """Let a key sign no more; one that does not sign is forgotten."""
        domain = await self._domain(name)
        until = self._keep_until()
        await self.store.writer.run(dkim_keys.retire_key, domain, selector, until)
        return await self._keys(domain)

    async def look(self, waiting: Sequence[DkimKey]) -> int:
        """Let those sign whose records are in DNS; how many."""
        found = 0
        for key in waiting:
            if self.asks is not None and await is_published(self.asks, key):
                await self._start(key)
                found += 1
        return found

    async def look_for_all(self) -> int:
        """The same with every key that waits: once an hour."""
        return await self.look(await self.store.readers.run(dkim_keys.waiting_keys))

    async def _start(self, key: DkimKey) -> None:
        try:
            await self.store.writer.run(
                dkim_keys.start_signing, key.domain, key.selector, self._keep_until()
            )
        except NoSuchThing:
            return  # somebody else was quicker
        log.info("{domain} signs with {selector}", domain=key.domain, selector=key.selector)

    async def _keys(self, domain: str) -> list[DkimKey]:
        return await self.store.readers.run(dkim_keys.list_keys, domain)

    async def _domain(self, name: str) -> str:
        try:
            domain = parse_domain(name)
        except BadAddress as bad:
            raise Refused(f"{name} is not a domain name: {bad}") from bad
        found = await self.store.readers.run(show_domain, domain)
        if found.backup_for:
            raise Refused(f"{domain} is taken in for {found.backup_for}, which signs its mail")
        return domain

    def _keep_until(self) -> int:
        return int(self.store.clock()) + self.keep_seconds


def make_pair(kind: str) -> tuple[bytes, str]:
    """A secret key (PKCS #8) and p= of its record (RFC 6376 §3.6.1, RFC 8463 §4). Blocks."""
    if kind == "rsa":
        key = generate_private_key(public_exponent=65_537, key_size=RSA_BITS)
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    else:
        pair = Ed25519PrivateKey.generate()
        public = pair.public_key().public_bytes_raw()
        secret = pair.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return secret, base64.b64encode(public).decode()


async def is_published(asks: Asks, key: DkimKey) -> bool:
    """Whether DNS has the key's record now."""
    try:
        answer = await asks.query(key.record_name, "TXT")
    except (NoSuchName, NoSuchRecord, TemporaryFailure):
        return False
    return any(holds(record, key.public) for record in answer.records)


def holds(record: object, public: str) -> bool:
    """Whether a TXT record has this p= in it."""
    text = record.decode("latin-1") if isinstance(record, bytes) else str(record)
    return f"p={public}" in _SPACES.sub("", text).split(";")


def _selector(kind: str, now: float, there: set[str]) -> str:
    """By the day, so that people see how old it is: 20261124r, 20261124r2."""
    begin = f"{time.strftime('%Y%m%d', time.gmtime(now))}{kind[0]}"
    made, number = begin, 1
    while made in there:
        number += 1
        made = f"{begin}{number}"
    there.add(made)
    return made
