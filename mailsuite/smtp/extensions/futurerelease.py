"""FUTURERELEASE (RFC 4865): a message is submitted now and sent at its time."""

import math
import re
from datetime import UTC, datetime

from attrs import evolve

from mailsuite.smtp.grammar import Refusal, syntax
from mailsuite.smtp.ports import Envelope, Kind, Session
from mailsuite.smtp.registry import keyword, mail_check, mail_parameter

_SECONDS = re.compile(rb"[1-9][0-9]{0,8}")
_UTC = re.compile(rb"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?Z")


@keyword(b"FUTURERELEASE")
def offered(session: Session) -> bytes | None:
    """Tell the longest time and the last date, at submission only (RFC 4865 §4.2)."""
    longest = session.limits.future_release_seconds
    if session.kind is not Kind.SUBMISSION or not longest:
        return None
    last = datetime.fromtimestamp(int(session.services.clock()) + longest, UTC)
    return f"{longest} {last:%Y-%m-%dT%H:%M:%SZ}".encode()


def interval(value: bytes) -> int:
    """Read a future-release-interval, seconds (RFC 4865 §3).

    Raises:
        Refusal: no positive number.
    """
    if not _SECONDS.fullmatch(value):
        raise syntax("HOLDFOR is a number of seconds")
    return int(value)


def moment(value: bytes) -> tuple[str, int]:
    """Read a future-release-date-time: as it was written, and in seconds UTC (RFC 3339 §5.6).

    Raises:
        Refusal: no such moment, or not in UTC.
    """
    found = _UTC.fullmatch(value.upper())
    try:
        if found is not None:
            read = datetime.strptime(found[1].decode(), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
            return value.decode(), int(read.timestamp()) + bool(found[2])
    except ValueError:
        pass
    raise syntax("HOLDUNTIL is a date and time in UTC, as 2027-01-31T08:00:00Z")


@mail_parameter(b"HOLDFOR", interval)
def hold_for(envelope: Envelope, seconds: int, session: Session) -> Envelope:
    """Note for how long the message is held (RFC 4865 §4.2)."""
    if seconds > session.limits.future_release_seconds > 0:
        raise syntax("That is too far in the future")
    # Rounded up: not a moment before its time.
    at = math.ceil(session.services.clock()) + seconds
    return _held(envelope, session, f"for;{seconds}", at)


@mail_parameter(b"HOLDUNTIL", moment)
def hold_until(envelope: Envelope, until: tuple[str, int], session: Session) -> Envelope:
    """Note until when the message is held (RFC 4865 §4.2)."""
    written, at = until
    return _held(envelope, session, f"until;{written}", at)


def _held(envelope: Envelope, session: Session, hold: str, at: int) -> Envelope:
    longest = session.limits.future_release_seconds
    if session.kind is not Kind.SUBMISSION or not longest:
        raise Refusal(555, "5.5.4", "Nothing is held here: see the submission ports")
    if envelope.terms.hold:
        raise syntax("It is held once")
    now = int(session.services.clock())
    if not now < at <= now + longest + 1:
        raise syntax("That is in the past, or too far in the future")
    return evolve(envelope, terms=evolve(envelope.terms, hold=hold, release_at=at))


@mail_check
async def has_room(session: Session, envelope: Envelope) -> None:
    """An account may have so many messages waiting for their time (RFC 4865 §6).

    Raises:
        Refusal: it has them.
    """
    if not envelope.terms.hold or session.account is None:
        return
    waiting = await session.services.intake.scheduled(session.account)
    if waiting >= session.limits.future_release_messages:
        raise Refusal(552, "5.7.16", "Too many messages wait for their time")
