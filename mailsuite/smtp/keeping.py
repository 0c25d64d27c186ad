"""What a session asks the keeper of the door (`mailsuite.repute`), and how it answers."""

from attrs import evolve

from mailsuite.message.addresses import Address
from mailsuite.message.reputation import PASSED, UNKNOWN, Reputation
from mailsuite.repute.rates import Over
from mailsuite.repute.verdicts import Denied, Sender
from mailsuite.smtp.grammar import Refusal
from mailsuite.smtp.ports import Account, Envelope, Kind, Resolution, Session
from mailsuite.store.events import Event
from mailsuite.wire.tallies import HOUR


class Unwanted(Refusal):
    """The keeper's no."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.code, denied.enhanced, denied.words)
        self.kind = denied.kind


def may_connect(session: Session) -> Over | None:
    """Count a connection of another host; why it is one too many, or None."""
    keeper = session.services.keeper
    if keeper is None or session.kind is not Kind.MX or session.trusted:
        return None
    over = keeper.refuses_connection(session.link.peer)
    if over is not None:
        keeper.tell(session.link.trace, session.link.peer, Event("limited", "", over.words))
    return over


async def may_begin(session: Session, address: Address | None) -> None:
    """Count a message. Raises `Unwanted`."""
    keeper = session.services.keeper
    if keeper is None:
        return
    if session.kind is Kind.SUBMISSION:
        assert session.account is not None
        _heed(await keeper.accounts.may_submit(session.account, session.link.trace))
    elif session.kind is Kind.MX and not session.trusted:
        if session.visit is None:
            session.visit = keeper.visit(session.link.peer, session.helo)
        _heed(keeper.may_begin(Sender(session.link.peer, address), session.visit))


async def may_reach(
    session: Session, envelope: Envelope, to: Address, resolution: Resolution
) -> None:
    """Count a recipient, and judge where the message comes from. Raises `Unwanted`."""
    keeper = session.services.keeper
    if keeper is None:
        return
    if session.kind is Kind.SUBMISSION:
        assert session.account is not None
        denied = await keeper.accounts.may_submit_to(
            session.account, to, len(envelope.recipients), envelope.strangers, session.link.trace
        )
        _heed(denied)
    elif session.visit is not None:
        sender = Sender(session.link.peer, envelope.reverse_path)
        accounts = [inbox.account_id for inbox in resolution.accounts]
        found = await keeper.may_reach(sender, session.visit, to, accounts)
        if isinstance(found, Denied):
            raise Unwanted(found)
        envelope.reputation = joined(envelope.reputation, found)


def joined(before: Reputation, found: Reputation) -> Reputation:
    """What holds for a message, after one recipient more."""
    if before is UNKNOWN or before is found:
        return found
    known = before.correspondent or found.correspondent
    if before.greylist == PASSED:
        return evolve(before, correspondent=known)
    return evolve(found, greylist=found.greylist or before.greylist, correspondent=known)


def too_fast(session: Session, account: Account) -> Refusal:
    """The account's buckets (`[limits]` submissions_…) are empty: tell it, and its people."""
    limits, keeper = session.limits, session.services.keeper
    session.warn("{account} submits too fast", account=account.name)
    if keeper is None:
        return Refusal(450, "4.7.1", "Too many messages, wait a while")
    over = Over("messages", "your account", limits.submissions_per_hour, HOUR)
    return Unwanted(keeper.accounts.too_fast(account, over, session.link.trace))


def unknown_recipient(session: Session) -> None:
    """Somebody was named who is not here (threat S5)."""
    keeper = session.services.keeper
    if keeper is not None and session.kind is Kind.MX and not session.trusted:
        keeper.unknown(session.link.peer)


def _heed(denied: Denied | None) -> None:
    if denied is not None:
        raise Unwanted(denied)
