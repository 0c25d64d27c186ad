"""The one HTTPS client of the house: whatever fetches a document, or posts one, does it here.

Where it goes is often told by strangers (a DNS record, a policy). So the name is resolved by our
own client, every address that is not a host on the internet is refused, the checked address is the
one that is connected to (no second question in between), nothing is redirected, and size, time and
header are bounded (threat H6). The certificate must hold for the name (threat T6).
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from attrs import field, frozen
from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as TimedOut
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.ssl import (
    Certificate,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone, ResponseFailed
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory, IBodyProducer
from zope.interface import implementer

from mailsuite.wire.public import is_public

Resolves = Callable[[str], Awaitable[Sequence[str]]]

HTTPS = 443
CONNECT_SECONDS = 20.0
MOST_ADDRESSES = 4  # tried, one after another
# Beside the body: a header without end costs memory as well.
HEADER_OCTETS = 64 * 1024
LONGEST_URL = 2_000
LETTERS = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # of a URL (RFC 3986 §2)


class FetchFailed(Exception):  # noqa: N818 - an outcome
    """Nothing was fetched; the words say why."""


class NotAllowed(FetchFailed):
    """The URL, or the address that its name leads to, is none that we go to."""


class NotTrusted(FetchFailed):
    """The server's certificate does not hold for its name."""


class TooLate(FetchFailed):
    """The time for it is over."""


class TooLarge(FetchFailed):
    """The answer is larger than was asked for."""


@frozen
class Fetched:
    """An answer."""

    status: int
    media_type: str  # lower case, without parameters; "" where none was told
    body: bytes = field(repr=False)


@frozen
class _Request:
    method: bytes
    url: str
    media_type: str = ""
    body: "_Body | None" = None

    @property
    def headers(self) -> Headers:
        made = Headers({b"User-Agent": [b"mailsuite"]})
        if self.media_type:
            made.setRawHeaders(b"Content-Type", [self.media_type.encode("ascii")])
        return made


class Fetcher:
    """Fetches by HTTPS. Everything is on the reactor thread.

    Args:
        resolve: the addresses of a host name, by our own DNS client.
        ca_file: PEM of the authorities to trust; None: the system's.
        port: where a URL that names no port is asked; another one in tests.
        allow_private: addresses that are not on the internet may be asked.
    """

    def __init__(
        self,
        reactor: Any,
        resolve: Resolves,
        ca_file: Path | None = None,
        *,
        port: int = HTTPS,
        allow_private: bool = False,
    ) -> None:
        self._reactor = reactor
        self._resolve = resolve
        self._port = port
        self._allow_private = allow_private
        self._roots = platformTrust() if ca_file is None else _roots(ca_file)

    async def get(self, url: str, *, most_octets: int, seconds: float) -> Fetched:
        """Fetch a document, as it is told with status 200 or any other.

        Raises:
            FetchFailed: there was no whole answer within the limits.
        """
        return await self._asked(_Request(b"GET", url), most_octets, seconds)

    async def post(
        self, url: str, octets: bytes, media_type: str, *, most_octets: int, seconds: float
    ) -> Fetched:
        """Post a document; the limits are those of the answer. Raises `FetchFailed`."""
        request = _Request(b"POST", url, media_type, _Body(octets))
        return await self._asked(request, most_octets, seconds)

    async def _asked(self, request: "_Request", most_octets: int, seconds: float) -> Fetched:
        asking = Deferred.fromCoroutine(self._ask(request, most_octets))
        if not asking.called:
            asking.addTimeout(seconds, self._reactor)
        try:
            return await asking
        except TimedOut as error:
            raise TooLate("no whole answer in time") from error

    async def _ask(self, request: "_Request", most_octets: int) -> Fetched:
        parts = split(request.url)
        host, port = str(parts.hostname), parts.port or self._port
        addresses = [a for a in await self._resolve(host) if self._is_allowed(a)]
        if not addresses:
            raise NotAllowed(f"{host} has no address on the internet")
        why = FetchFailed(f"{host} has no address")
        for address in addresses[:MOST_ADDRESSES]:
            pinned = _Pinned(self._reactor, self._roots, address, port, most_octets)
            agent = Agent.usingEndpointFactory(self._reactor, pinned)
            try:
                response: Any = await agent.request(
                    request.method, request.url.encode("ascii"), request.headers, request.body
                )
            except Exception as error:
                why = _reason(host, error)
                # What the server may have got is not sent to another one.
                if isinstance(why, NotTrusted | TooLate) or (request.body and request.body.begun):
                    raise why from error
                continue
            octets = await _body(response, most_octets)
            told = response.headers.getRawHeaders(b"content-type") or [b""]
            kind = told[0].partition(b";")[0].strip().lower()
            return Fetched(response.code, kind.decode("latin-1")[:100], octets)
        raise why

    def _is_allowed(self, address: str) -> bool:
        return self._allow_private or is_public(address)


def split(url: str) -> SplitResult:
    """A URL that may be asked: https, with a host name in A-labels, and nobody's password.

    Raises:
        NotAllowed: it is any other.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed(f"no URL: {error}") from error
    if len(url) > LONGEST_URL or not LETTERS.fullmatch(url):
        raise NotAllowed("no URL: too long, or with characters that none has")
    host = parts.hostname or ""
    if parts.scheme != "https" or not host or parts.username is not None or port == 0:
        raise NotAllowed("no https URL")
    if "[" in parts.netloc or ":" in host or host.replace(".", "").isdigit() or "." not in host:
        # The certificate is for a name; an address in its place is how guards are passed by.
        raise NotAllowed("an address, or no full name, in place of a host's name")
    return parts


def _roots(file: Path) -> Any:
    pieces = file.read_bytes().split(b"-----BEGIN CERTIFICATE-----")[1:]
    begin = b"-----BEGIN CERTIFICATE-----"
    return trustRootFromCertificates([Certificate.loadPEM(begin + piece) for piece in pieces])


@implementer(IAgentEndpointFactory)
class _Pinned:
    """Makes the one endpoint of a request: the address that was checked, by TLS for the name."""

    def __init__(self, reactor: Any, roots: Any, address: str, port: int, most: int) -> None:
        self._reactor = reactor
        self._roots = roots
        self._address = address
        self._port = port
        self._most = most

    def endpointForURI(self, uri: Any) -> Any:  # noqa: N802 - Twisted's name
        kind: Any = TCP6ClientEndpoint if ":" in self._address else TCP4ClientEndpoint
        options: Any = optionsForClientTLS(
            uri.host.decode("ascii"),
            trustRoot=self._roots,
            extraCertificateOptions={"raiseMinimumTo": TLSVersion.TLSv1_2},
        )
        there = kind(self._reactor, self._address, self._port, timeout=CONNECT_SECONDS)
        return _Bounded(wrapClientTLS(options, there), self._most + HEADER_OCTETS)


class _Bounded:
    """An endpoint whose connection ends when more octets come than anybody asked for."""

    def __init__(self, endpoint: Any, most: int) -> None:
        self._endpoint = endpoint
        self._most = most

    def connect(self, factory: Any) -> Any:
        connecting = self._endpoint.connect(factory)
        connecting.addCallback(self._bound)
        return connecting

    def _bound(self, protocol: Any) -> Any:
        receive, left = protocol.dataReceived, [self._most]

        def received(octets: bytes) -> None:
            left[0] -= len(octets)
            if left[0] < 0:
                protocol.transport.abortConnection()
            else:
                receive(octets)

        protocol.dataReceived = received
        return protocol


@implementer(IBodyProducer)
class _Body:
    """What is posted: octets in memory."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.length = len(octets)
        self.begun = False  # the server may have got it

    async def _written(self, consumer: Any) -> None:
        consumer.write(self._octets)

    def startProducing(self, consumer: Any) -> Deferred[None]:  # noqa: N802 - Twisted's name
        self.begun = True
        return Deferred.fromCoroutine(self._written(consumer))

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """It is written already."""

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """It is written already."""

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """It is written already."""


class _Taking(Protocol):
    """Takes a body in, up to its limit."""

    def __init__(self, done: Deferred[bytes], most: int) -> None:
        self._done = done
        self._most = most
        self._octets = bytearray()

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        self._octets += octets
        if len(self._octets) > self._most and not self._done.called:
            self._done.errback(TooLarge(f"more than {self._most} octets"))
            transport: Any = self.transport
            transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's
        if self._done.called:
            return
        # Without a length nobody can tell a whole body from one that was cut.
        if reason.check(ResponseDone):
            self._done.callback(bytes(self._octets))
        elif reason.check(PotentialDataLoss):
            self._done.errback(FetchFailed("an answer without its length"))
        else:
            self._done.errback(FetchFailed("the connection broke off"))


async def _body(response: Any, most_octets: int) -> bytes:
    def stop(_: Any) -> None:
        transport: Any = taking.transport
        if transport is not None:
            transport.abortConnection()

    done: Deferred[bytes] = Deferred(stop)
    taking = _Taking(done, most_octets)
    response.deliverBody(taking)
    return await done


def _reason(host: str, error: Exception) -> FetchFailed:
    """What a request failed with."""
    found = [error]
    if isinstance(error, ResponseFailed):
        found += [failure.value for failure in error.reasons]
    if any(isinstance(one, VerificationError | CertificateError) for one in found):
        return NotTrusted(f"the certificate of {host} is not for that name")
    for one in found:
        if isinstance(one, SSL.Error) and "certificate verify failed" in str(one):
            return NotTrusted(f"the certificate of {host} does not hold")
    if any(isinstance(one, CancelledError) for one in found):
        return TooLate("no whole answer in time")
    words = "; ".join(str(one) or type(one).__name__ for one in found)
    return FetchFailed(f"{host}: {words[:300]}")
