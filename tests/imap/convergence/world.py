"""The simple model: a mailbox as a dictionary, beside the real one that all devices use."""

import random
from itertools import count

from attrs import define, field

from mailsuite.mailbox.maildrop import Maildrops
from mailsuite.store.flags import names_of
from tests.imap.people import Imap, now

Flags = frozenset[str]
FLAGS = ("\\Seen", "\\Flagged", "\\Deleted", "\\Answered", "$Work", "$Junk")
DELETED = "\\Deleted"


@define
class World:
    """One account's INBOX: what it should hold, and what it does hold.

    Each message has a size of its own: so a client can tell which message a number gave it.
    """

    imap: Imap
    rng: random.Random
    messages: dict[int, Flags] = field(factory=dict)  # UID to flags
    sizes: dict[int, int] = field(factory=dict)  # UID to size, of all that ever were
    next_size: "count[int]" = field(factory=lambda: count(40))

    def some_flags(self) -> Flags:
        """Some flags."""
        return frozenset(self.rng.sample(FLAGS, self.rng.randint(1, 3)))

    def deliver(self) -> None:
        """A message comes, without IMAP."""
        size, flags = next(self.next_size), self.some_flags()
        uid = self.imap.put("INBOX", b"Subject: x\r\n\r\n".ljust(size, b"y"), *sorted(flags))
        self.messages[uid], self.sizes[uid] = flags, size

    def pop(self) -> None:
        """A POP3 session takes some of what there is, and leaves."""
        owner = self.imap.porter.accounts["ann"]
        drop = now(Maildrops(self.imap.store).open(owner))
        uids = sorted(self.messages)
        for number in range(1, len(uids) + 1):
            if self.rng.random() < 0.1:
                drop.delete(number)
                del self.messages[uids[number - 1]]
        now(drop.commit())
        drop.release()

    def store(self, uids: list[int], sign: str, named: Flags) -> None:
        """The flags of these messages change."""
        for uid in uids:
            if uid in self.messages:
                before = self.messages[uid]
                changed = {"": named, "+": before | named, "-": before - named}
                self.messages[uid] = changed[sign]

    def expunge(self, uids: set[int] | None = None) -> None:
        """What is marked as deleted goes, of these or of all."""
        for uid, flags in list(self.messages.items()):
            if DELETED in flags and (uids is None or uid in uids):
                del self.messages[uid]

    def modseq_of(self, uid: int) -> int:
        """The modseq of a message, by the store."""
        view = now(self.imap.ann.open("INBOX"))
        self.imap.ann.release(view)
        return view.modseq_of(uid) or 0

    def check(self) -> None:
        """The store holds what the model says."""
        view = now(self.imap.ann.open("INBOX"))
        self.imap.ann.release(view)
        pairs = zip(view.arrays.uids, view.arrays.flags, strict=True)
        held = {uid: frozenset(names_of(word, view.keywords)) for uid, word in pairs}
        assert held == self.messages
