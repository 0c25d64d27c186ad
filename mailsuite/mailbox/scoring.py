"""SORT by how well each message fits (RFC 6203 §6), alone or between other criteria."""

from collections.abc import Mapping, Sequence
from functools import partial

from attrs import evolve

from mailsuite.mailbox.orders import Criteria
from mailsuite.mailbox.sorting import sorted_uids
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.transaction import Transaction

SCORE = "score"  # the name of this criterion
HIGHEST = 100
LOWEST = 1  # also of a message whose score nobody knows


async def sorted_by_score(
    view: MailboxView, uids: Sequence[int], criteria: Criteria, scores: Mapping[int, int]
) -> list[int]:
    """Put UIDs, which rise, into the order of these criteria, of which one is `SCORE`.

    The highest score is first, unless it is reversed. Those that are gone are left out.
    """
    at = next(place for place, one in enumerate(criteria) if one.name == SCORE)
    before, after = criteria[:at], criteria[at + 1 :]
    groups = await _groups(view, uids, before) if before else {}
    ordered = await sorted_uids(view, uids, after) if after else uids
    return await view.read(partial(_merged, ordered, groups, scores, criteria[at].reverse))


async def _groups(view: MailboxView, uids: Sequence[int], criteria: Criteria) -> Mapping[int, int]:
    """Number the messages so that those have one number that these criteria do not tell apart."""
    order = await sorted_uids(view, uids, criteria)
    # What is equal stands by UID in both directions: so it is found without the keys.
    reversed_all = tuple(evolve(one, reverse=not one.reverse) for one in criteria)
    other = await sorted_uids(view, uids, reversed_all)
    return await view.read(partial(_numbered, order, other))


def _numbered(order: Sequence[int], other: Sequence[int], _: Transaction) -> dict[int, int]:
    places = {uid: place for place, uid in enumerate(other)}
    numbers: dict[int, int] = {}
    number, last = 0, -1
    for uid in order:
        place = places.get(uid, -1)
        number += place < last
        numbers[uid] = number
        last = place
    return numbers


def _merged(
    ordered: Sequence[int],
    groups: Mapping[int, int],
    scores: Mapping[int, int],
    reverse: bool,  # noqa: FBT001 - an argument of `partial`
    _: Transaction,
) -> list[int]:
    buckets: dict[int, list[int]] = {}
    for uid in ordered:
        score = scores.get(uid, LOWEST)
        key = groups.get(uid, 0) * (HIGHEST + 1) + (score if reverse else HIGHEST - score)
        buckets.setdefault(key, []).append(uid)
    return [uid for key in sorted(buckets) for uid in buckets[key]]
