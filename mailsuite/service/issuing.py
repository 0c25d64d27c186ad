"""The issuer of tokens that the configuration names, with what it needs of the network."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from mailsuite.config import Config
from mailsuite.config.records import OAuth
from mailsuite.directory.gates import MakesIssuer
from mailsuite.directory.issuer import FetchedKeys, FileKeys, Introspection, Issuer
from mailsuite.directory.sasl.external import Vouches
from mailsuite.directory.tokens import LARGEST_KEYS, Believes, read_keys
from mailsuite.dns.answers import NoAnswer
from mailsuite.dns.client import Dns
from mailsuite.errors import Unavailable
from mailsuite.wire.fetching import Fetched, Fetcher, FetchFailed

FETCH_SECONDS = 8.0  # somebody waits to be signed in
FORM = "application/x-www-form-urlencoded"


class Asking:
    """HTTPS as the directory needs it (`directory.ports.Fetches`)."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def get(self, url: str, *, most_octets: int) -> bytes:
        """See `Fetches.get`."""
        try:
            fetched = await self._fetcher.get(url, most_octets=most_octets, seconds=FETCH_SECONDS)
        except FetchFailed as error:
            raise Unavailable(f"{url}: {error}") from error
        return _body(url, fetched)

    async def post(self, url: str, fields: Mapping[str, str], *, most_octets: int) -> bytes:
        """See `Fetches.post`."""
        try:
            fetched = await self._fetcher.post(
                url,
                urlencode(fields).encode("ascii"),
                FORM,
                most_octets=most_octets,
                seconds=FETCH_SECONDS,
            )
        except FetchFailed as error:
            raise Unavailable(f"{url}: {error}") from error
        return _body(url, fetched)


def make_issuer(config: Config, reactor: Any, dns: Dns) -> MakesIssuer | None:
    """What makes the issuer of `[oauth]`; None: there is none."""
    if not config.oauth.issuer:
        return None
    # Where it stands is the operator's word: it may be on a network of his own.
    fetcher = Fetcher(reactor, _resolving(dns), config.tls.ca_file, allow_private=True)
    return _making(config.oauth, Asking(fetcher), time.monotonic)


def _making(oauth: OAuth, asking: Asking, seconds: Callable[[], float]) -> MakesIssuer:
    rules = oauth.rules
    believes: Believes
    if oauth.keys_file is not None:
        believes = FileKeys(read_keys(oauth.keys_file.read_bytes()[: LARGEST_KEYS + 1]), rules)
    elif oauth.keys_url:
        believes = FetchedKeys(oauth.keys_url, rules, asking, seconds)
    else:
        believes = Introspection(
            oauth.introspection_url,
            oauth.client_id,
            oauth.client_secret,
            rules,
            asking,
            time.time,
        )

    def make(vouches: Vouches) -> Issuer:
        return Issuer(believes, rules, vouches, oauth.discovery_url)

    return make


def _resolving(dns: Dns) -> Any:
    async def resolve(host: str) -> Sequence[str]:
        found: list[str] = []
        for kind in ("A", "AAAA"):
            try:
                answer = await dns.query(host, kind)
            except NoAnswer:
                continue
            found += [str(record) for record in answer.records]
        return found

    return resolve


def _body(url: str, fetched: Fetched) -> bytes:
    if fetched.status != 200:
        raise Unavailable(f"{url}: status {fetched.status}")
    return fetched.body
