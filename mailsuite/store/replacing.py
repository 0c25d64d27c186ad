"""REPLACE: one message comes and another goes, in one transaction (RFC 8508 §3.4)."""

from mailsuite.errors import NoSuchThing
from mailsuite.store.delivery import Append, Appended, append
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.transaction import Transaction


def replace_message(
    tx: Transaction, mailbox_id: int, uid: int, target_id: int, item: Append
) -> Appended:
    """Expunge one message of a mailbox, and append another to the target; both or neither.

    What goes makes room for what comes: only the net counts against the quota.

    Raises:
        NoSuchThing: the message is gone.
        NoSuchTarget, OverQuota, TooMany, Unavailable: as `append`.
    """
    if not expunge_messages(tx, mailbox_id, [(uid, uid)], having=0).uids:
        raise NoSuchThing(f"message {uid}")
    return append(tx, target_id, [item])
