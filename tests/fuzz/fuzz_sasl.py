"""SASL exchanges against any responses; the first octet cuts the input into them."""

import contextlib
from collections.abc import Coroutine
from typing import Any

from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.sasl import scram
from mailsuite.directory.sasl.bearer import Bearer
from mailsuite.directory.sasl.exchange import Caller, Checks, Malformed, decoded, encoded
from mailsuite.directory.sasl.offer import (
    Offer,
    binds,
    by_certificate,
    by_password,
    by_proof,
    by_token,
)
from mailsuite.directory.sasl.scram_exchange import Known
from mailsuite.errors import AuthenticationFailed
from mailsuite.wire.link import Peer, Tls

ANN = Account(1, "ann@example.test", "user", 1)
SALT = b"salt"
KEPT = {name: scram.make_verifier(name, "secret", SALT, 2) for name in scram.NAMES.values()}
CALLER = Caller(
    Peer("192.0.2.7", 1), "imap", Tls("TLSv1.3", "", bindings=("tls-exporter",), binding=str.encode)
)


class Gate:
    """Knows one password, and lets nobody in without it."""

    async def known(self, user: str, algorithm: str, caller: Caller) -> Known:
        assert user
        assert "\0" not in user
        return Known(SALT, 2, (KEPT[algorithm],), None)

    async def admit(
        self, known: Known, outcome: scram.Verifier | AuthenticationFailed, authzid: str
    ) -> Account:
        assert "\0" not in authzid
        if isinstance(outcome, AuthenticationFailed):
            raise outcome
        assert outcome in known.verifiers
        return ANN


def _checks(_caller: Caller) -> Checks:
    async def check(given: Credentials) -> Account:
        assert given.user
        assert given.password
        assert "\0" not in given.user + given.password + given.authzid
        return ANN

    return check


class Others:
    """Vouch for nobody: whatever comes, what reaches them is whole."""

    refusal = b"{}"

    async def enter(self, *given: object) -> Account:
        words = given[0].user + given[0].token if isinstance(given[0], Bearer) else str(given[-1])
        assert "\0" not in words
        raise AuthenticationFailed


OFFER = Offer(
    {
        **by_proof(Gate()),
        **by_token(Others()),
        **by_certificate(Others()),
        **by_password(_checks),
    },
    {"SCRAM-SHA-256-PLUS": binds},
)


def now(running: Coroutine[Any, Any, bytes | Account]) -> bytes | Account:
    """What a coroutine gives or raises, that waits for nothing."""
    try:
        running.send(None)
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]
    raise AssertionError("it waits")


def one_input(octets: bytes) -> None:
    """No response crashes an exchange; what comes out is whole, and has no NUL."""
    cut = octets[:1] or b"\n"
    for mechanism in OFFER.names(CALLER.tls):
        begun = OFFER.begin(mechanism, CALLER)
        assert begun is not None
        for response in octets[1:].split(cut):
            try:
                found = now(begun.step(response))
            except AuthenticationFailed:
                break
            if isinstance(found, Account):
                break
            assert decoded(encoded(found) or b"=") == found
    with contextlib.suppress(Malformed):
        assert len(decoded(octets)) <= len(octets)
