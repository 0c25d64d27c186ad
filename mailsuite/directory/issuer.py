"""The configured issuer of tokens: its keys, what it says of a token, and who comes in by one."""

import contextlib
import hashlib
import hmac
import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from mailsuite.directory.identity import Account
from mailsuite.directory.ports import Fetches
from mailsuite.directory.sasl.bearer import Bearer
from mailsuite.directory.sasl.exchange import Caller
from mailsuite.directory.sasl.external import Vouches
from mailsuite.directory.tokens import (
    LARGEST_KEYS,
    BadKeys,
    BadToken,
    Believes,
    Keys,
    Rules,
    account_named,
    check_told,
    read_keys,
    read_token,
)
from mailsuite.errors import Unavailable

KEYS_SECONDS = 3_600.0  # a set of keys is believed so long
AGAIN_SECONDS = 60.0  # between two questions for a key that the set does not have
TOLD_SECONDS = 60.0  # what an issuer said of a token: one that is withdrawn lives so long
REMEMBERED = 1_000
ANSWER_OCTETS = 64 * 1024


@frozen
class FileKeys:
    """Signed tokens by a set of keys that the operator keeps (`[oauth] keys_file`)."""

    keys: Keys
    rules: Rules

    async def claims(self, token: str) -> Mapping[str, Any]:
        """See `Believes.claims`."""
        try:
            return read_token(token, self.keys, self.rules)
        except KeyError:
            raise BadToken("by a key that is not in the set") from None


@define
class FetchedKeys:
    """Signed tokens by the set of keys that the issuer publishes (`[oauth] keys_url`)."""

    url: str
    rules: Rules
    fetches: Fetches
    seconds: Callable[[], float]
    _keys: Keys | None = field(default=None, init=False)
    _fetched: float = field(default=0.0, init=False)

    async def claims(self, token: str) -> Mapping[str, Any]:
        """See `Believes.claims`."""
        if self._keys is None:
            await self._fetch()
        elif self.seconds() - self._fetched > KEYS_SECONDS:
            # An issuer that is away for a while takes nobody's mail away.
            with contextlib.suppress(Unavailable):
                await self._fetch()
        try:
            return self._read(token)
        except KeyError:
            # The issuer may have changed its keys; a made-up name asks for them once a minute.
            if self.seconds() - self._fetched < AGAIN_SECONDS:
                raise BadToken("by a key that is not in the set") from None
        await self._fetch()
        try:
            return self._read(token)
        except KeyError:
            raise BadToken("by a key that is not in the set") from None

    def _read(self, token: str) -> Mapping[str, Any]:
        assert self._keys is not None
        return read_token(token, self._keys, self.rules)

    async def _fetch(self) -> None:
        try:
            octets = await self.fetches.get(self.url, most_octets=LARGEST_KEYS)
            self._keys = read_keys(octets)
        except BadKeys as error:
            raise Unavailable(f"{self.url} {error}") from error
        self._fetched = self.seconds()


@define
class Introspection:
    """Tokens of which the issuer is asked (RFC 7662)."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    rules: Rules
    fetches: Fetches
    clock: Callable[[], float]  # seconds UTC
    _key: bytes = field(factory=lambda: secrets.token_bytes(32), init=False, repr=False)
    _told: OrderedDict[bytes, tuple[float, Mapping[str, Any]]] = field(
        factory=OrderedDict, init=False, repr=False
    )

    async def claims(self, token: str) -> Mapping[str, Any]:
        """See `Believes.claims`."""
        digest, now = hmac.digest(self._key, token.encode(), "sha256"), self.clock()
        known = self._told.get(digest)
        if known is not None and known[0] > now:
            return check_told(known[1], self.rules, now)
        octets = await self.fetches.post(
            self.url,
            {
                "token": token,
                "token_type_hint": "access_token",
                # RFC 6749 §2.3.1: where HTTP's own way of saying it is not to be had.
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            },
            most_octets=ANSWER_OCTETS,
        )
        told = check_told(_object(octets), self.rules, now)
        self._told[digest] = (now + TOLD_SECONDS, told)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return told


def _object(octets: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(octets)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unavailable("the issuer's answer is no JSON object")
    return found


@frozen
class Issuer:
    """Lets people in by tokens (`sasl.bearer.Tokens`)."""

    believes: Believes
    rules: Rules
    vouches: Vouches
    discovery: str = ""  # where clients learn of the issuer (RFC 7628 §3.2.2)

    async def enter(self, given: Bearer, caller: Caller) -> Account:
        """See `Tokens.enter`."""

        async def prove() -> Sequence[str]:
            return (account_named(await self.believes.claims(given.token), self.rules),)

        # Without a name each token is counted for itself: nobody shuts out the others.
        short = hashlib.sha256(given.token.encode()).hexdigest()[:12]
        name = given.user or f"token {short}"
        return await self.vouches.enter(name, caller, prove, given.user)

    @property
    def refusal(self) -> bytes:
        """See `Tokens.refusal`."""
        words = {"status": "invalid_token", "scope": " ".join(self.rules.scope)}
        if self.discovery:
            words["openid-configuration"] = self.discovery
        return json.dumps(words).encode()
