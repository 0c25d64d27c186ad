"""Short runs over what looks like commands: of the fuzz target, and of a session with a store."""

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.store.opening import Store
from tests.dialogue import Client
from tests.fuzz.fuzz_imap_commands import NAMES, one_input
from tests.fuzz.test_fuzz import PIECES
from tests.imap.people import Imap

SPOKEN = re.compile(r"^\s+C\d?: \S+ (.+)$", re.MULTILINE)
TOKEN = re.compile(rb"[^ ()\[\]]+|[ ()\[\]]")
UNWANTED = re.compile(rb"[\r\n\0]|\{[0-9]{3,}")  # nobody sends octets for a long literal here
ENDINGS = (b"LOGOUT", b"STARTTLS", b"AUTHENTICATE", b"LOGIN", b"UNAUTHENTICATE", b"COMPRESS")
PARTS = [
    b" ", b" ", b" ", b"(", b")", b"1", b"1:*", b"$", b"INBOX", b"RETURN ", b"MIN", b"PARTIAL 1:2",
    b"UTF-8", b"SUBJECT", b"REFERENCES", b"MODSEQ", b"OR ", b"NOT ", b"\\Seen", b"+FLAGS", b"QRESYNC",
    b"CONDSTORE", b"UNCHANGEDSINCE 1", b"BODY[1.MIME]", b"<0.5>", b"{3}", b"|abc|", b"~", b'"x"', b"NIL",
    b"1-Jan-2026", b"4294967296", b"URL ", b"TEXT ", b"CATENATE ", b"IN ", b"personal", b"subtree a",
]  # fmt: skip


@settings(max_examples=500)
@given(
    st.integers(0, 255),
    st.lists(st.sampled_from(PARTS) | st.binary(max_size=2), max_size=14).map(b"".join),
)
def test_no_octets_crash_the_reading(first: int, octets: bytes) -> None:
    one_input(bytes([first]) + octets)


def test_every_command_can_be_chosen() -> None:
    assert len(NAMES) < 256


def spoken() -> list[bytes]:
    """What clients say in the dialogues of this repository, without tags."""
    lines: set[str] = set()
    for path in (Path(__file__).parents[1] / "imap").rglob("test_*.py"):
        lines.update(SPOKEN.findall(path.read_text()))
    return sorted(line.encode() for line in lines if not line.upper().encode().startswith(ENDINGS))


def mixed(chance: random.Random, lines: list[bytes]) -> Iterator[bytes]:
    """Lines whose tokens are exchanged, doubled, left out."""
    tokens = [token for line in lines for token in TOKEN.findall(line)]
    while True:
        line = TOKEN.findall(chance.choice(lines))
        for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
            at = chance.randrange(len(line))
            kind = chance.randrange(4)
            if kind == 0:
                line[at] = chance.choice(tokens)
            elif kind == 1:
                line.insert(at, chance.choice(tokens))
            elif kind == 2:
                line[at : at + 1] = line[at : at + 1] * 2
            elif len(line) > 1:
                del line[at]
        said = b"".join(line)
        if not UNWANTED.search(said):
            yield said


ENABLED = (b"CONDSTORE", b"QRESYNC", b"IMAP4rev2", b"UTF8=ACCEPT", b"IMAP4rev2 QRESYNC")


def talk(imap: Imap, chance: random.Random, lines: Iterator[bytes]) -> None:
    """Three connections, of two people, that say lines; none is answered by our own mistake."""
    imap.clients.clear()
    clients = [
        imap.signed_in("1", select=chance.choice(("", "INBOX"))),
        imap.signed_in("2"),
        imap.signed_in("3", "bob", select="INBOX"),
    ]
    imap.say(b"e ENABLE %b\r\ns SELECT INBOX\r\n" % chance.choice(ENABLED), "2")
    for number in range(100):
        client = chance.choice(clients)
        if client.wire.closed:
            continue
        if chance.randrange(30) == 0:
            imap.put("INBOX", b"".join(chance.choices(PIECES, k=20)).replace(b"\0", b""))
        _say(client, b"t%d " % number, next(lines))
    for client in clients:
        client.gone()


def _say(client: Client, tag: bytes, line: bytes) -> None:
    client.send(tag + line + b"\r\n")
    said = client.wire.take()
    assert b"SERVERBUG" not in said, line
    if b"\r\n+ idling\r\n" in b"\r\n" + said:
        client.send(b"DONE\r\n")
    elif b"\r\n" + tag not in b"\r\n" + said:
        client.send(b"x" * 99 + b"\r\n" * 3)  # it waits for a literal
    assert b"SERVERBUG" not in client.wire.take(), line


@pytest.mark.parametrize("seed", range(2))
def test_no_line_is_answered_with_a_bug_of_ours(store: Store, tmp_path: Path, seed: int) -> None:
    chance, imap = random.Random(seed), Imap(store, tmp_path)
    lines = mixed(chance, spoken())
    for _ in range(5):
        talk(imap, chance, lines)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1004))
def test_and_for_minutes(store: Store, tmp_path: Path, seed: int) -> None:
    chance, imap = random.Random(seed), Imap(store, tmp_path)
    lines, until = mixed(chance, spoken()), time.monotonic() + 60
    while time.monotonic() < until:
        talk(imap, chance, lines)
