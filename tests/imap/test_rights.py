"""The matrix of commands and rights (RFC 4314 §4): own, shared, foreign and missing mailboxes.

Made from two tables: what a command needs, and every set of rights that tells two needs apart.
Whatever a command answers about a mailbox of which nothing may be known, it answers about one that
is not there, octet for octet.
"""

import itertools
from collections.abc import Callable, Iterator

import pytest
from attrs import frozen

from mailsuite.mailbox.service import AccountMailboxes, Append
from mailsuite.store.acl import set_entry
from mailsuite.store.rights import BY_LETTER
from tests.imap.people import LETTER, Imap, now

LETTERS = "".join(BY_LETTER)
SETS = ["", LETTERS, *LETTERS, *("l" + letter for letter in LETTERS[1:]), "lri", "rse"]
HOME = "Other Users/ann@example.test/"


@frozen
class Case:
    """A command about a mailbox, and what it needs."""

    line: str  # {box} is the mailbox
    needs: Callable[[set[str]], bool]
    answer: str = "OK"

    def __str__(self) -> str:
        return self.line.replace(" ", "_")


def all_of(letters: str) -> Callable[[set[str]], bool]:
    """It takes all of these rights."""
    return lambda rights: rights >= set(letters)


def any_of(letters: str) -> Callable[[set[str]], bool]:
    """It takes one of these rights."""
    return lambda rights: bool(rights & set(letters))


def noted(rights: set[str]) -> bool:
    """What METADATA takes (RFC 5464 §3.3)."""
    return "l" in rights and bool(rights & set("rswip"))


NAMED = [
    Case('SELECT "{box}"', all_of("r")),
    Case('EXAMINE "{box}"', all_of("r")),
    Case('STATUS "{box}" (MESSAGES UIDNEXT UNSEEN)', all_of("r")),
    Case('SUBSCRIBE "{box}"', all_of("l")),
    Case('DELETE "{box}"', all_of("x")),
    Case('RENAME "{box}" "{new}"', all_of("x")),
    Case('SETACL "{box}" anyone lr', all_of("a")),
    Case('DELETEACL "{box}" anyone', all_of("a")),
    Case('GETACL "{box}"', all_of("a")),
    Case('LISTRIGHTS "{box}" anyone', all_of("a")),
    Case('MYRIGHTS "{box}"', any_of("lrikxa")),
    Case('APPEND "{box}" {{4+}}\r\nX: y', all_of("i")),
    Case('COPY 1 "{box}"', all_of("i")),
    Case('MOVE 1 "{box}"', all_of("i")),
    Case('REPLACE 1 "{box}" {{4+}}\r\nX: y', all_of("i")),
    Case('GETQUOTAROOT "{box}"', all_of("r")),
    Case('GETMETADATA "{box}" (/shared/comment)', noted),
    Case('SETMETADATA "{box}" (/private/comment "x")', noted),
    Case('SETMETADATA "{box}" (/shared/comment "x")', lambda had: noted(had) and "w" in had),
]


class Boxes:
    """Ann's mailboxes, a new one for each question; bob asks, with one message selected."""

    def __init__(self, imap: Imap) -> None:
        self.imap = imap
        self.numbers: Iterator[int] = itertools.count()
        self.bob: AccountMailboxes = imap.services.of(imap.porter.accounts["bob"])
        now(imap.ann.create("parent"))
        self.allow("parent", "k")
        imap.signed_in("b", "bob")

    def allow(self, name: str, rights: str) -> None:
        """Let bob do something in a mailbox of ann."""
        box = now(self.imap.ann.lists.mine(name)).id
        bob = str(self.imap.porter.accounts["bob"].id)
        now(self.imap.store.writer.run(set_entry, box, bob, rights))

    def make(self, rights: str) -> str:
        """A mailbox of ann's in which bob has these rights."""
        name = f"box{next(self.numbers)}"
        now(self.imap.ann.create(name))
        self.allow(name, rights)
        return HOME + name

    def ask(self, line: str, box: str) -> bytes:
        """What bob is answered, with the mailbox's name taken out."""
        client = self.imap.client("b")
        if "1" in line.split()[1]:
            now(self.bob.append("INBOX", [Append(LETTER)]))
            client.send(b"s SELECT INBOX\r\n")
        client.wire.take()
        new = f"{HOME}parent/new{next(self.numbers)}"
        client.send(b"a " + line.format(box=box, new=new).encode() + b"\r\n")
        said = client.wire.take().replace(box.encode(), b"BOX")
        return said[said.find(b"a ") if said.startswith(b"a ") else said.find(b"\r\na ") + 2 :]


@pytest.fixture
def boxes(imap: Imap) -> Boxes:
    return Boxes(imap)


@pytest.mark.threat("I10")
@pytest.mark.parametrize("case", NAMED, ids=str)
def test_each_command_takes_its_right(boxes: Boxes, case: Case) -> None:
    """The mailbox is another account's."""
    hidden = set()
    for rights in SETS:
        said = boxes.ask(case.line, boxes.make(rights))
        had = set(rights)
        if case.needs(had):
            assert said.startswith(b"a OK"), (rights, said)
        elif "l" in had:
            assert said == b"a NO [NOPERM] Not permitted\r\n", (rights, said)
        else:
            hidden.add(said)
    missing = {
        boxes.ask(case.line, HOME + "nothing"),
        boxes.ask(case.line, HOME + "parent/nothing"),
        boxes.ask(case.line, "Other Users/nobody@example.test/INBOX"),
        boxes.ask(case.line, "Shared/nothing"),
        boxes.ask(case.line, "Other Users"),
    }
    if case.line.split()[0] in ("APPEND", "COPY", "MOVE", "REPLACE"):
        # Where bob may make mailboxes he is told that he could make this one.
        assert missing - hidden == {b"a NO [TRYCREATE] No such mailbox\r\n"}
    else:
        assert missing == {b"a NO [NONEXISTENT] No such mailbox\r\n"}
    assert hidden == {b"a NO [NONEXISTENT] No such mailbox\r\n"}


@pytest.mark.parametrize("case", NAMED, ids=str)
def test_in_ones_own_mailboxes_everything_may_be_done(boxes: Boxes, case: Case) -> None:
    now(boxes.bob.create("mine"))
    line = case.line.replace("{new}", "new")
    assert boxes.ask(line, "mine").startswith(b"a OK")
    said = boxes.ask(line, "nothing")
    assert said.startswith((b"a NO [NONEXISTENT]", b"a NO [TRYCREATE]")), said


@pytest.mark.threat("I10")
def test_create_takes_the_right_above(boxes: Boxes) -> None:
    for rights in SETS:
        said = boxes.ask('CREATE "{box}/below"', boxes.make(rights))
        assert said.startswith(b"a OK" if "k" in rights else b"a NO [NOPERM] Not permitted\r\n")
    for name in (HOME + "nothing", "Other Users/nobody@example.test", "Shared", "Shared/nothing"):
        assert boxes.ask('CREATE "{box}/below"', name) == b"a NO [NOPERM] Not permitted\r\n"


@pytest.mark.threat("I10")
def test_what_may_be_looked_up_is_listed_and_what_may_be_read_is_counted(boxes: Boxes) -> None:
    client = boxes.imap.client("b")
    for rights in SETS:
        box = boxes.make(rights)
        client.wire.take()
        client.send(f'a LIST "" "{box}" RETURN (STATUS (MESSAGES) MYRIGHTS)\r\n'.encode())
        said = client.wire.take()
        assert (b"* LIST" in said) is ("l" in rights)
        assert (b"* MYRIGHTS" in said) is ("l" in rights)
        assert (b"* STATUS" in said) is ("l" in rights and "r" in rights)
        assert b"a OK" in said
        # Who takes a name off the subscriptions is told nothing of it.
        client.send(f'b UNSUBSCRIBE "{box}"\r\n'.encode())
        assert client.wire.take() == b"b OK UNSUBSCRIBE completed\r\n"


SELECTED = [
    Case("STORE 1 +FLAGS (\\Seen)", all_of("s")),
    Case("STORE 1 -FLAGS (\\Deleted)", all_of("t")),
    Case("STORE 1 +FLAGS.SILENT (\\Answered)", all_of("w")),
    Case("STORE 1 +FLAGS (Work)", all_of("w")),
    Case("STORE 1 FLAGS (\\Seen \\Deleted)", any_of("st")),
    Case("STORE 1 FLAGS ()", any_of("stw")),
    Case("EXPUNGE", all_of("e")),
    Case("UID EXPUNGE 1", all_of("e")),
    Case("MOVE 1 INBOX", all_of("te")),
    Case("REPLACE 1 INBOX {4+}\r\nX: y", all_of("te")),
    Case("COPY 1 INBOX", all_of("")),
    Case("FETCH 1 BODY[TEXT]", all_of("")),
    Case("SEARCH ALL", all_of("")),
    Case("CLOSE", all_of("")),
]
OPEN = ["lr", "r", *("lr" + letter for letter in "swipkxtea"), "lrte", "lrsw", "lrswipkxtea"]


@pytest.mark.threat("I10")
@pytest.mark.parametrize("case", SELECTED, ids=str)
def test_each_change_takes_its_right(boxes: Boxes, case: Case) -> None:
    """The mailbox is another account's, and selected; what changes nothing else is left alone."""
    client = boxes.imap.client("b")
    for rights in OPEN:
        box = boxes.make(rights)
        name = box.removeprefix(HOME)
        boxes.imap.put(name, LETTER, "\\Deleted")
        client.wire.take()
        client.send(f's SELECT "{box}"\r\n'.encode())
        client.wire.take()
        client.send(b"a " + case.line.encode() + b"\r\n")
        said = client.wire.take()
        assert (b"a OK" in said) is case.needs(set(rights)), (rights, said)
        row = now(boxes.imap.ann.status(name))
        if not set(rights) & set("swte"):
            assert (row.messages, row.unseen, row.deleted) == (1, 1, 1), rights
        if case.line == "CLOSE":
            assert row.messages == (0 if "e" in rights else 1)
        if case.line.startswith("FETCH"):
            assert row.unseen == (0 if "s" in rights else 1)
