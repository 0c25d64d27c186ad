"""From a host's words to a recipient's fate, and whether the sender wants to hear of it."""

from collections.abc import Callable

from mailsuite.relay.ports import Reply
from mailsuite.relay.schedule import next_try
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.queue import DELIVERED, EXPIRED, FAILED, WAITING, Outcome
from mailsuite.store.queue_rows import Entry, EntryRecipient

SUCCESS, FAILURE, DELAY, NEVER = "SUCCESS", "FAILURE", "DELAY", "NEVER"
# RFC 3461 §4.1: without NOTIFY, failures are told, and delays at our choice.
DEFAULT = frozenset({FAILURE, DELAY})
GONE = frozenset({"5.1.1", "5.1.6", "5.2.1"})  # no such mailbox, moved, disabled


def wants(entry: Entry, recipient: EntryRecipient, word: str) -> bool:
    """Whether a report of this kind goes out. Nothing goes to the null sender (threat S10)."""
    if not entry.reverse_path:
        return False
    asked = frozenset(word.strip().upper() for word in recipient.notify.split(",") if word.strip())
    return word in (asked or DEFAULT)


def may_be_told(entry: Entry, recipient: EntryRecipient) -> bool:
    """Whether anything at all may be told to the sender of this recipient."""
    return bool(entry.reverse_path) and recipient.notify.strip().upper() != NEVER


def decided(
    entry: Entry,
    recipient: EntryRecipient,
    reply: Reply,
    *,
    passed_on: bool,
    told: bool = False,
    now: int,
    settings: RelaySettings,
    draw: Callable[[], float],
) -> Outcome:
    """What one attempt did for one recipient, at `now` (seconds UTC).

    `passed_on`: the next host took over the duty of reporting success (RFC 3461 §5.2.2);
    `told`: the sender hears of it in any case (RFC 2852 §4.1.4), but for NEVER.
    """
    n, words, host, tls = recipient.n, reply.words, reply.host, reply.tls
    if reply.is_positive:
        report = not passed_on and wants(entry, recipient, SUCCESS)
        report = report or (told and may_be_told(entry, recipient))
        return Outcome(n, DELIVERED, words, host, tls=tls, report=report)
    if reply.is_permanent:
        return Outcome(n, FAILED, words, host, tls=tls, report=wants(entry, recipient, FAILURE))
    if now >= entry.expires:
        return Outcome(n, EXPIRED, words, host, tls=tls, report=wants(entry, recipient, FAILURE))
    again = next_try(now, recipient.tries, entry.expires, settings.retry, draw)
    return Outcome(n, WAITING, words, host, tls=tls, next_try=again)


def says_gone(outcome: Outcome) -> bool:
    """Whether a host, not we, said that there is no such mailbox, or none any more (RFC 3463)."""
    status = outcome.reply.split(" ", 2)[1:2]
    return outcome.state == FAILED and bool(outcome.host) and status != [] and status[0] in GONE
