"""Devices with the bookkeeping that real clients do: each believes only what it was told."""

import re
from collections.abc import Callable
from typing import ClassVar

from tests.imap.convergence.world import Flags, World

NUMBERED = re.compile(r"\* (\d+) (FETCH|UIDFETCH) \((.*)\)")
VANISHED = re.compile(r"\* VANISHED ( ?\(EARLIER\) )?([\d:,]+)")
HIGHEST = re.compile(r"\[HIGHESTMODSEQ (\d+)\]")
ITEMS = {
    "uid": re.compile(r"\bUID (\d+)"),
    "size": re.compile(r"RFC822.SIZE (\d+)"),
    "modseq": re.compile(r"MODSEQ \((\d+)\)"),
    "flags": re.compile(r"FLAGS \(([^)]*)\)"),
}
UNKNOWN = 0  # the UID of a message of which only EXISTS was told


def members(ranges: str) -> list[int]:
    """The UIDs of a set."""
    found: list[int] = []
    for one in ranges.split(","):
        low, _, high = one.partition(":")
        found += range(int(low), int(high or low) + 1)
    return found


class Device:
    """A client that counts: UIDs by their number, flags by UID."""

    select = "SELECT INBOX"
    before: ClassVar[tuple[str, ...]] = ()
    writes = True
    unasked_uids = False  # FETCH lines that it did not ask for have to bear the UID

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.rng = world.rng
        self.uids: list[int] = []
        self.flags: dict[int, Flags] = {}
        self.exists = 0
        self.uidvalidity = 0
        self.highest = 0
        self._heard = 0  # the highest MODSEQ since the last tagged answer
        self._safe: int | None = None
        self.idling = False
        self.connect()

    # Talking.

    def connect(self) -> None:
        """Sign in, and select the mailbox without knowing anything of it."""
        self.world.imap.clients.pop(self.name, None)
        self.world.imap.signed_in(self.name)
        for command in self.before:
            self.command(command)
        self.command(self.select)

    def command(self, text: str, *, counts: bool = False) -> str:
        """Give a command; `counts`: by numbers, so that no EXPUNGE may be told. The tagged line."""
        said = self.world.imap.say(f"t {text}\r\n".encode(), self.name).decode()
        *lines, ending, _ = said.split("\r\n")
        assert ending.startswith("t OK"), (text, said)
        return self.hear(lines, ending, counts=counts)

    def hear(self, lines: list[str], ending: str, *, counts: bool = False) -> str:
        """Take in what was said until a tagged line."""
        for line in lines:
            self.line(line, counts=counts)
        if found := HIGHEST.search(ending):
            self._safe = int(found[1])
        # RFC 7162 §6: a HIGHESTMODSEQ counts, whatever higher MODSEQ was seen.
        self.highest = max(self.highest, self._heard) if self._safe is None else self._safe
        self._heard, self._safe = 0, None
        self._fill()
        if UNKNOWN in self.uids:
            self.learn()
        return ending

    def learn(self) -> None:
        """Ask for what EXISTS has told of."""
        first = self.uids.index(UNKNOWN) + 1
        self.command(f"FETCH {first}:{len(self.uids)} (UID FLAGS RFC822.SIZE)", counts=True)
        assert UNKNOWN not in self.uids

    def line(self, line: str, *, counts: bool) -> None:
        """Take in one untagged line."""
        if found := re.fullmatch(r"\* (\d+) EXISTS", line):
            assert int(found[1]) >= self.exists, "EXISTS never falls"
            self.exists = int(found[1])
        elif found := re.fullmatch(r"\* (\d+) EXPUNGE", line):
            assert not counts, "EXPUNGE while the client counts"
            self.gone(int(found[1]))
        elif found := VANISHED.fullmatch(line):
            self.vanished(members(found[2]), earlier=bool(found[1]), counts=counts)
        elif found := NUMBERED.fullmatch(line):
            self.fetched(int(found[1]), found[2], found[3])
        elif found := HIGHEST.search(line):
            self._safe = int(found[1])
        elif found := re.search(r"\[UIDVALIDITY (\d+)\]", line):
            self.uidvalidity = int(found[1])
        else:
            assert "RECENT" in line or line.startswith(("* OK", "* FLAGS", "* ENABLED", "* LIST"))

    def gone(self, number: int) -> None:
        """A message went, and those after it move up."""
        self._fill()
        self.flags.pop(self.uids.pop(number - 1), None)
        self.exists -= 1

    def vanished(self, uids: list[int], *, earlier: bool, counts: bool) -> None:
        """Messages went, told by UID."""
        raise AssertionError((self, uids, earlier, counts))

    def _fill(self) -> None:
        self.uids += [UNKNOWN] * (self.exists - len(self.uids))

    def fetched(self, named: int, word: str, inside: str) -> None:
        """A message's line."""
        assert word == "FETCH"
        self._fill()
        told = {name: found[1] for name, item in ITEMS.items() if (found := item.search(inside))}
        assert named <= self.exists, "a number beyond the end"
        assert {"uid", "size"} & told.keys() or not self.unasked_uids
        if "uid" in told:
            assert self.uids[named - 1] in {UNKNOWN, int(told["uid"])}, "another message"
            self.uids[named - 1] = int(told["uid"])
        self.known(self.uids[named - 1], told)

    def known(self, uid: int, told: dict[str, str]) -> None:
        """Keep what was told of a message."""
        if "size" in told:
            assert int(told["size"]) == self.world.sizes[uid], "another message"
        if "modseq" in told:
            self._heard = max(self._heard, int(told["modseq"]))
        if "flags" in told:
            self.flags[uid] = frozenset(told["flags"].split())

    # Acting.

    def act(self) -> None:
        """Do something at random."""
        if self.idling:
            self.done()
            return
        acts: list[Callable[[], None]] = [self.noop, self.idle]
        if self.uids:
            acts += [self.fetch, self.search]
            if self.writes:
                acts += [self.store, self.store, self.store, self.expunge, self.move]
        self.rng.choice(acts)()

    def noop(self) -> None:
        """Ask for what is new."""
        self.command("NOOP")

    def idle(self) -> None:
        """Listen; what is told meanwhile is read at its end."""
        prompt, *lines, _ = self.world.imap.say(b"t IDLE\r\n", self.name).decode().split("\r\n")
        assert prompt == "+ idling"
        for line in lines:
            self.line(line, counts=False)
        self.idling = True

    def done(self) -> None:
        """Listen no longer."""
        self.idling = False
        said = self.world.imap.say(b"DONE\r\n", self.name).decode()
        *lines, ending, _ = said.split("\r\n")
        self.hear(lines, ending)

    def some(self) -> tuple[int, int]:
        """A range of numbers."""
        low = self.rng.randint(1, len(self.uids))
        return low, self.rng.randint(low, min(len(self.uids), low + 10))

    def fetch(self) -> None:
        """Look at some messages."""
        low, high = self.some()
        self.command(f"FETCH {low}:{high} (RFC822.SIZE FLAGS)", counts=True)

    def search(self) -> None:
        """Search among some messages by their numbers."""
        low, high = self.some()
        said = self.world.imap.say(f"t UID SEARCH {low}:{high} ALL\r\n".encode(), self.name)
        *lines, ending, _ = said.decode().split("\r\n")
        assert lines.pop(0).startswith(("* SEARCH", "* ESEARCH"))
        self.hear(lines, ending, counts=True)

    def store(self) -> None:
        """Change flags, by numbers or by UIDs, aloud or silently."""
        low, high = self.some()
        uids = self.uids[low - 1 : high]
        sign, silent = self.rng.choice(["", "+", "-"]), self.rng.choice(["", ".SILENT"])
        named = self.world.some_flags()
        self.world.store(uids, sign, named)
        if silent:
            for uid in uids:
                before = self.flags[uid]
                self.flags[uid] = {"": named, "+": before | named, "-": before - named}[sign]
        words = f"{sign}FLAGS{silent} ({' '.join(sorted(named))})"
        self.give_store(low, high, words)

    def give_store(self, low: int, high: int, words: str) -> None:
        """Give the command."""
        if self.rng.random() < 0.5:
            self.command(f"STORE {low}:{high} {words}", counts=True)
        else:
            self.command(f"UID STORE {self.uids[low - 1]}:{self.uids[high - 1]} {words}")

    def expunge(self) -> None:
        """Remove what is marked as deleted, some or all."""
        if self.rng.random() < 0.5:
            self.world.expunge()
            self.command("EXPUNGE")
        else:
            low, high = self.some()
            first, last = self.uids[low - 1], self.uids[high - 1]
            self.world.expunge(set(range(first, last + 1)))
            self.command(f"UID EXPUNGE {first}:{last}")

    def move(self) -> None:
        """Move a message away."""
        uid = self.rng.choice(self.uids)
        self.world.messages.pop(uid, None)
        self.command(f"UID MOVE {uid} Archive")

    def check(self) -> None:
        """After a NOOP the device knows every message and its flags."""
        if self.idling:
            self.done()
        self.noop()
        assert self.uids == sorted(self.world.messages), self
        assert {uid: self.flags[uid] for uid in self.uids} == self.world.messages, self


class Reader(Device):
    """Looks, and changes nothing."""

    select = "EXAMINE INBOX"
    writes = False


class Modern(Device):
    """Speaks IMAP4rev2."""

    before = ("ENABLE IMAP4rev2",)
    unasked_uids = False


class Conditional(Device):
    """Changes flags only where nobody else has."""

    select = "SELECT INBOX (CONDSTORE)"

    def store(self) -> None:
        """Change flags unless they changed since a modseq; MODIFIED tells where they have."""
        low, high = self.some()
        uids = [uid for uid in self.uids[low - 1 : high] if uid in self.world.messages]
        sign, named = self.rng.choice(["", "+", "-"]), self.world.some_flags()
        since = max(0, self.highest - self.rng.choice([0, 0, 1, 5, 50]))
        failing = [uid for uid in uids if self.world.modseq_of(uid) > since]
        self.world.store([uid for uid in uids if uid not in failing], sign, named)
        silent = self.rng.choice(["", ".SILENT"])
        if silent:
            for uid in uids:
                before = self.flags[uid]
                if uid not in failing:
                    self.flags[uid] = {"": named, "+": before | named, "-": before - named}[sign]
        first, last = self.uids[low - 1], self.uids[high - 1]
        words = f"(UNCHANGEDSINCE {since}) {sign}FLAGS{silent} ({' '.join(sorted(named))})"
        ending = self.command(f"UID STORE {first}:{last} {words}")
        told = re.search(r"\[MODIFIED ([\d:,]+)\]", ending)
        assert (members(told[1]) if told else []) == failing, (ending, failing)


class Resyncing(Device):
    """Goes away, keeps what it knows, and comes back (RFC 7162 §3.2.5)."""

    before = ("ENABLE QRESYNC",)
    unasked_uids = True

    def vanished(self, uids: list[int], *, earlier: bool, counts: bool) -> None:
        """Of EARLIER nothing moves up; of the other each one was there."""
        if earlier:
            for uid in uids:
                self.flags.pop(uid, None)
            return
        assert not counts, "VANISHED while the client counts"
        self._fill()
        for uid in uids:
            self.flags.pop(self.uids.pop(self._place(uid)), None)
            self.exists -= 1

    def _place(self, uid: int) -> int:
        """Where a message stands; one of unknown UID stands between those that are known."""
        if uid in self.uids:
            return self.uids.index(uid)
        above = [at for at, known in enumerate(self.uids) if known > uid]
        end = above[0] if above else len(self.uids)
        assert self.uids[end - 1] == UNKNOWN, "VANISHED of a message that was not told"
        return end - 1

    def act(self) -> None:
        """Go away now and then, in the middle of whatever it was doing."""
        if self.rng.random() < 0.15:
            self.return_()
        else:
            super().act()

    def return_(self) -> None:
        """Come back with what it remembered at its last tagged answer."""
        self.world.imap.client(self.name).gone()
        self.world.imap.clients.pop(self.name)
        self.idling = False
        kept, self.flags, self.uids, self.exists = self.flags, {}, [], 0
        self.world.imap.signed_in(self.name)
        self.command("ENABLE QRESYNC")
        self.flags = kept
        self.command(self._select(sorted(kept)))

    def _select(self, uids: list[int]) -> str:
        known = f"{self.uidvalidity} {max(self.highest, 1)}"
        if uids and self.rng.random() < 0.7:
            known += f" {','.join(map(str, uids))}"
            if self.rng.random() < 0.5:
                places = sorted(self.rng.sample(range(len(uids)), min(3, len(uids))))
                numbers = ",".join(str(place + 1) for place in places)
                known += f" ({numbers} {','.join(str(uids[place]) for place in places)})"
        return f"SELECT INBOX (QRESYNC ({known}))"

    def learn(self) -> None:
        """Numbers are learned anew; flags only of messages that it never saw."""
        first = self.uids.index(UNKNOWN) + 1
        before = dict(self.flags)
        self.command(f"FETCH {first}:{len(self.uids)} (UID RFC822.SIZE)", counts=True)
        new = [uid for uid in self.uids if uid not in before and uid not in self.flags]
        if new:
            self.command(f"UID FETCH {','.join(map(str, new))} (FLAGS)")

    def check(self) -> None:
        """Nothing is left, either, of messages that went while it was away."""
        super().check()
        assert self.flags.keys() == self.world.messages.keys(), self


class Unnumbered(Resyncing):
    """Knows UIDs only (RFC 9586), and comes back, too."""

    before = ("ENABLE QRESYNC UIDONLY",)
    unasked_uids = False
    asked = 0  # all up to this UID were asked for; of one above it only its flags may be known

    def return_(self) -> None:
        """Begin anew."""
        self.asked = 0
        self.world.imap.client(self.name).gone()
        self.idling = False
        self.flags, self.uids, self.exists = {}, [], 0
        self.connect()

    def learn(self) -> None:
        """Ask for what is above all that it knows."""
        self.command(f"UID FETCH {self.asked + 1}:* (FLAGS RFC822.SIZE)")
        self.asked = max([self.asked, *self.uids])

    def fetched(self, named: int, word: str, inside: str) -> None:
        """A message's line begins with its UID."""
        assert word == "UIDFETCH"
        told = {name: found[1] for name, item in ITEMS.items() if (found := item.search(inside))}
        if named not in self.uids:
            self._fill()
            self.uids.remove(UNKNOWN)
            self.uids = sorted([*self.uids, named])
        self.known(named, told)

    def _place(self, uid: int) -> int:
        return self.uids.index(uid if uid in self.uids else UNKNOWN)

    def fetch(self) -> None:
        """Look at some messages."""
        low, high = self.some()
        self.command(f"UID FETCH {self.uids[low - 1]}:{self.uids[high - 1]} (RFC822.SIZE FLAGS)")

    def search(self) -> None:
        """Search among some messages."""
        low, high = self.some()
        first, last = self.uids[low - 1], self.uids[high - 1]
        said = self.world.imap.say(f"t UID SEARCH UID {first}:{last}\r\n".encode(), self.name)
        *lines, ending, _ = said.decode().split("\r\n")
        assert lines.pop(0).startswith("* SEARCH")
        self.hear(lines, ending)

    def give_store(self, low: int, high: int, words: str) -> None:
        """By UIDs."""
        self.command(f"UID STORE {self.uids[low - 1]}:{self.uids[high - 1]} {words}")


KINDS = (Device, Reader, Modern, Conditional, Resyncing, Unnumbered, Device)
