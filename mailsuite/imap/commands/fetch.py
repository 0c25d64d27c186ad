"""FETCH and UID FETCH (RFC 3501 §6.4.5)."""

from contextlib import aclosing

from attrs import define

from mailsuite.imap.fetch import items as _items  # noqa: F401 - its items are registered
from mailsuite.imap.fetch.answer import Answer, jobs
from mailsuite.imap.fetch.asked import ITEMS, MODIFIERS, Applied, Asked
from mailsuite.imap.fetch.batch import gather
from mailsuite.imap.fetch.large import is_large, runs, send_large
from mailsuite.imap.fetch.one import answer_one, is_small
from mailsuite.imap.fetch.run import answer_run, take_run
from mailsuite.imap.registry import MESSAGES, Done, No, Session, State, Uids, command
from mailsuite.imap.view import SelectedView, enable_condstore, view_of
from mailsuite.mailbox.changing import steps, store_step
from mailsuite.mailbox.reading import read_ahead
from mailsuite.mailbox.since import find_changed_of
from mailsuite.store.flags import SEEN, FlagChange, Mode
from mailsuite.store.rights import Right

PIECE = 256 * 1024  # of a longer answer: one message may have 50 MiB
READ = FlagChange(Mode.ADD, ("\\Seen",))


@command(b"FETCH", MESSAGES, ITEMS, MODIFIERS, states=State.SELECTED, holds_expunge=True)
async def fetch(session: Session, messages: Uids, asked: Asked, modifiers: list[Applied]) -> Done:
    """Answer what was asked for, in batches, as fast as the client takes it."""
    view = view_of(session)
    for apply in modifiers:
        apply(session, asked)
    if session.by_uid and not view.unnumbered:
        asked.add(b"UID")
    if "modseq" in asked.needs:
        enable_condstore(session)
    for tell in asked.first:
        await tell(session, asked)
    messages = await _chosen(view, messages, asked)
    for before in asked.before:
        await before(view.mailbox, messages)
    failed = Failed()
    # What is made for the messages asked for is not there for those that are read ahead.
    if len(messages) == 1 and not asked.before and is_small(view, messages[0], asked):
        await _send_one(session, messages[0], asked, failed)
    else:
        await _send_runs(session, messages, asked, failed)
    if "seen" in asked.needs and not view.read_only and Right.SEEN in view.access.rights:
        await _mark_seen(view, messages)
    failed.tell()
    return Done()


async def _chosen(view: SelectedView, messages: Uids, asked: Asked) -> Uids:
    """Which of the messages the modifiers choose."""
    if asked.chosen is not None:
        messages = asked.chosen(messages)
    if asked.changed_since is not None:
        messages = await find_changed_of(view.mailbox, asked.changed_since, messages)
    return messages


@define
class Failed:
    """How many messages had no answer."""

    damaged: int = 0
    unknown: int = 0

    def count(self, answer: Answer) -> None:
        """Count those of an answer."""
        self.damaged += answer.damaged
        self.unknown += answer.unknown

    def tell(self) -> None:
        """Say so; the others have been answered.

        Raises:
            No: there are some.
        """
        if self.damaged:
            raise No(b"CORRUPTION", f"{self.damaged} messages could not be read")
        if self.unknown:
            raise No(b"UNKNOWN-CTE", f"Of {self.unknown} messages a part could not be decoded")


async def _send_one(session: Session, uid: int, asked: Asked, failed: Failed) -> None:
    """Send the answer for one message, and with it those of commands like this one behind it."""
    view = view_of(session)
    run = take_run(session, view, uid, asked)
    if run is not None:
        failed.damaged += await answer_run(session, view, run, asked)
        return
    answer = await answer_one(view, uid, asked)
    failed.count(answer)
    session.write(answer.octets)
    await session.drained()


async def _send_runs(session: Session, messages: Uids, asked: Asked, failed: Failed) -> None:
    """Send the answers: large messages while they are read, all others in batches."""
    view = view_of(session)
    for run in runs(view, messages, asked):
        if len(run) == 1 and is_large(view, run[0], asked):
            failed.damaged += await send_large(session, view, run[0], asked)
            continue
        async with aclosing(read_ahead(view.mailbox, jobs(view, run, asked))) as answers:
            async for answer in answers:
                failed.count(answer)
                await _send(session, answer.octets)


async def _send(session: Session, octets: bytes) -> None:
    if len(octets) <= 2 * PIECE:
        session.write(octets)
        await session.drained()
        return
    for start in range(0, len(octets), PIECE):
        session.write(octets[start : start + PIECE])
        await session.drained()


async def _mark_seen(view: SelectedView, messages: Uids) -> None:
    """Set the Seen flag of what was read; the changed flags are told with the answer."""
    for step in steps(messages):
        batch = gather(view, step)
        pairs = zip(batch.uids, batch.flags, strict=True)
        unseen = [uid for uid, flags in pairs if not flags & SEEN]
        if unseen:
            await store_step(view.mailbox, unseen, READ)
