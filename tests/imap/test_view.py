"""Two clients of one mailbox, each with a model of what it was told: they converge (I16)."""

import random
import re

import pytest

from mailsuite.store.flags import names_of
from tests.imap.people import Imap, now

FLAGS = ("\\Seen", "\\Flagged", "\\Deleted", "$Work", "$Junk")
FETCH = re.compile(r"\* (\d+) FETCH \((.*)\)")
SHOWN = re.compile(r"FLAGS \(([^)]*)\)")
UID = re.compile(r"UID (\d+)")


class Mirror:
    """What one client believes: UID and flags of each message, by its number."""

    def __init__(self, imap: Imap, name: str, rng: random.Random, select: str) -> None:
        self.imap, self.name, self.rng = imap, name, rng
        self.messages: list[tuple[int, frozenset[str]]] = []
        self.exists = 0
        imap.signed_in(name)
        self.command(select)

    def command(self, text: str, *, counts: bool = False) -> None:
        """Give a command; `counts`: by numbers, so that no EXPUNGE may be told."""
        said = self.imap.say(f"t {text}\r\n".encode(), self.name).decode()
        *lines, ending, _ = said.split("\r\n")
        assert ending.startswith("t OK"), said
        for line in lines:
            self.heard(line, counts=counts)
        if self.exists > len(self.messages):
            first, self_exists = len(self.messages) + 1, self.exists
            self.messages += [(0, frozenset())] * (self_exists - len(self.messages))
            self.command(f"FETCH {first}:{self_exists} (UID FLAGS)", counts=True)

    def heard(self, line: str, *, counts: bool) -> None:
        if found := re.fullmatch(r"\* (\d+) EXISTS", line):
            assert int(found[1]) >= self.exists, "EXISTS never falls"
            self.exists = int(found[1])
        elif found := re.fullmatch(r"\* (\d+) EXPUNGE", line):
            assert not counts, "EXPUNGE while the client counts"
            del self.messages[int(found[1]) - 1]
            self.exists -= 1
        elif found := FETCH.fullmatch(line):
            uid, flags = self.messages[int(found[1]) - 1]
            if told := UID.search(found[2]):
                assert uid in {0, int(told[1])}, "a number means another message"
                uid = int(told[1])
            if shown := SHOWN.search(found[2]):
                flags = frozenset(shown[1].split())
            self.messages[int(found[1]) - 1] = (uid, flags)

    def act(self) -> None:
        """Do something at random."""
        count = len(self.messages)
        if not count or self.rng.random() < 0.25:
            self.rng.choice([self.put, self.noop, self.expunge])()
            return
        low = self.rng.randint(1, count)
        high = self.rng.randint(low, count)
        self.rng.choice([self.store, self.store, self.store, self.fetch, self.move])(low, high)

    def put(self) -> None:
        self.imap.put("INBOX", b"Subject: x\r\n\r\n", *self.rng.sample(FLAGS, 2))

    def noop(self) -> None:
        self.command("NOOP")

    def expunge(self) -> None:
        self.command("EXPUNGE")

    def fetch(self, low: int, high: int) -> None:
        self.command(f"FETCH {low}:{high} FLAGS", counts=True)

    def move(self, low: int, _high: int) -> None:
        self.command(f"UID MOVE {self.messages[low - 1][0]} Archive")

    def store(self, low: int, high: int) -> None:
        sign, silent = self.rng.choice(["", "+", "-"]), self.rng.choice(["", ".SILENT"])
        named = frozenset(self.rng.sample(FLAGS, self.rng.randint(1, 3)))
        if silent:
            for at in range(low - 1, high):
                uid, flags = self.messages[at]
                after = {"": named, "+": flags | named, "-": flags - named}[sign]
                self.messages[at] = (uid, after)
        words = f"{sign}FLAGS{silent} ({' '.join(sorted(named))})"
        if self.rng.random() < 0.5:
            self.command(f"STORE {low}:{high} {words}", counts=True)
        else:
            uids = f"{self.messages[low - 1][0]}:{self.messages[high - 1][0]}"
            self.command(f"UID STORE {uids} {words}")


def truth(imap: Imap) -> list[tuple[int, frozenset[str]]]:
    """The mailbox as it is."""
    view = now(imap.ann.open("INBOX"))
    imap.ann.release(view)
    arrays = view.arrays
    return [
        (uid, frozenset(names_of(word, view.keywords)))
        for uid, word in zip(arrays.uids, arrays.flags, strict=True)
    ]


@pytest.mark.threat("I16")
@pytest.mark.parametrize("seed", range(6))
def test_two_clients_come_to_see_the_same(imap: Imap, seed: int) -> None:
    """Whatever they do by turns, after a NOOP each knows every message and its flags."""
    rng = random.Random(seed)
    for _ in range(5):
        imap.put("INBOX", b"Subject: x\r\n\r\n")
    mirrors = [
        Mirror(imap, "1", rng, "SELECT INBOX"),
        Mirror(imap, "2", rng, "SELECT INBOX (CONDSTORE)"),
    ]
    for _ in range(60):
        rng.choice(mirrors).act()
        if rng.random() < 0.15:
            mirror = rng.choice(mirrors)
            mirror.noop()
            assert mirror.messages == truth(imap)
    for mirror in mirrors:
        mirror.noop()
        assert mirror.messages == truth(imap)


def test_a_watcher_is_pushed_everything_in_one_write(imap: Imap) -> None:
    """A device that idles gets one packet, not one for each line."""
    imap.put()
    imap.put()
    watching = imap.signed_in(select="INBOX")
    watching.send(b"i IDLE\r\n")
    watching.wire.take()
    other = imap.signed_in("1", select="INBOX")
    before = watching.wire.writes
    other.send(b"a STORE 1:2 +FLAGS.SILENT (\\Seen)\r\n")
    assert watching.wire.writes == before + 1
    assert watching.wire.take() == (b"* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (FLAGS (\\Seen))\r\n")


def test_a_mailbox_deleted_under_a_client_ends_its_session(imap: Imap) -> None:
    imap.signed_in(select="Archive")
    now(imap.ann.delete("Archive"))
    imap.dialogue("""
        C: a NOOP
        S: * BYE The mailbox was deleted
        S: <closed>
    """)
