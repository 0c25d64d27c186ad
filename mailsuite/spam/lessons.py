"""What a message's place teaches: moved into Junk, out of it, called so, or read and kept.

Learning from moves alone never learns good mail, since nobody moves it: so mail that was read and
kept for `KEPT_SECONDS`, answered or flagged is good mail too.
"""

from attrs import frozen

from mailsuite.spam.bayes import Kind
from mailsuite.store.spam import Taught
from mailsuite.store.spam_signals import CALLED_GOOD, CALLED_JUNK, IN_JUNK, UNJUDGED, Placed

KEPT_SECONDS = 24 * 3_600


@frozen
class Wish:
    """What is to be taught of one message.

    Attributes:
        was: what was taught of it before, and is taken back.
        unless_junked: nothing, if the suite itself put it into Junk.
        if_junked: nothing, unless it did.
    """

    message_id: int
    kind: Kind | None  # None: only remember how it lies
    state: int
    at: int
    was: Taught | None = None
    unless_junked: bool = False
    if_junked: bool = False
    by_hand: bool = False  # moved or called so: remembered one by one


def wish_of(placed: Placed, was: Taught | None, special_use: str, now: int) -> Wish | None:
    """What follows from how a message lies now and how it lay before; None: nothing new."""
    if placed.is_deleted or special_use in UNJUDGED:
        return None
    if was is None:
        return _first(placed, now)
    kind: Kind | None = None
    appeared = placed.state & ~was.state
    if (placed.state ^ was.state) & IN_JUNK:
        if placed.saved_at < was.at:
            return None  # an older copy of what was moved since
        kind = Kind.SPAM if placed.state & IN_JUNK else Kind.GOOD
    elif appeared & CALLED_JUNK:
        kind = Kind.SPAM
    elif appeared & CALLED_GOOD or (
        not was.kind and not placed.state & IN_JUNK and _is_kept(placed, now)
    ):
        kind = Kind.GOOD
    if kind == was.kind:
        kind = None
    if kind is None and placed.state == was.state:
        return None
    by_hand = kind is not None and placed.state != was.state
    return Wish(placed.message_id, kind, placed.state, now, was, by_hand=by_hand)


def _first(placed: Placed, now: int) -> Wish | None:
    """Of a message that nothing is known of yet."""
    message_id, state = placed.message_id, placed.state
    if state & IN_JUNK:
        # What a filter of ours put there says nothing; anybody else did it on purpose.
        kind = Kind.GOOD if state & CALLED_GOOD else Kind.SPAM
        unless = kind is Kind.SPAM
        return Wish(message_id, kind, state, now, unless_junked=unless, by_hand=True)
    if state & CALLED_JUNK:
        return Wish(message_id, Kind.SPAM, state, now, by_hand=True)
    by_hand = bool(state & CALLED_GOOD) or placed.came_by_hand
    if state & CALLED_GOOD or _is_kept(placed, now):
        return Wish(message_id, Kind.GOOD, state, now, by_hand=by_hand)
    if placed.came_by_hand:
        # Out of Junk, or sorted by a rule of its client, which says nothing of an unread one.
        unread = not placed.is_read
        return Wish(message_id, Kind.GOOD, state, now, if_junked=unread, by_hand=True)
    return None


def _is_kept(placed: Placed, now: int) -> bool:
    if placed.is_answered:
        return True
    return placed.is_read and placed.saved_at <= now - KEPT_SECONDS
