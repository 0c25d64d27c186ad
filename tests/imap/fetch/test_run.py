"""Commands that wait behind each other: answered together, and nobody could tell."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from mailsuite.imap.fetch import run
from mailsuite.imap.fetch.whole import from_whole
from mailsuite.store.schema import blob_data
from mailsuite.store.transaction import Transaction
from tests.imap.people import Imap, now

ITEMS = b"(UID FLAGS BODY.PEEK[])"


@pytest.fixture
def inbox(imap: Imap) -> Imap:
    """Ann with twelve messages in INBOX, of which 5 and 6 are gone; two clients have it open."""
    for number in range(12):
        octets = b"Subject: number %d\r\n\r\n%b\r\n" % (number, b"x" * number)
        imap.put("INBOX", octets, *(["\\Deleted"] if number in {4, 5} else []))
    imap.signed_in(select="INBOX")
    imap.say(b"x EXPUNGE\r\n")
    imap.signed_in("2", select="INBOX")
    return imap


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands each run answered."""
    taken: list[int] = []
    whole = from_whole

    def counting(*args: object, **kwargs: object) -> object:
        after = kwargs["after"]
        assert isinstance(after, list)
        taken.append(len(after))
        return whole(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "from_whole", counting)
    return taken


def commands(uids: Sequence[int], items: bytes = ITEMS) -> list[bytes]:
    return [b"t%d UID FETCH %d %b\r\n" % (at, uid, items) for at, uid in enumerate(uids)]


def test_each_command_has_its_own_answer_in_its_place(inbox: Imap, runs: list[int]) -> None:
    asked = commands([1, 2, 3, 4, 7, 12])
    alone = [inbox.say(command, "2") for command in asked]
    assert not runs
    assert inbox.say(b"".join(asked)) == b"".join(alone)
    assert runs == [6]


OTHER = st.sampled_from(
    [b"n NOOP\r\n", b"f FETCH 1 (BODY.PEEK[])\r\n", b"u UID FETCH 3 (UID FLAGS)\r\n", b"b BAD\r\n",
     b"w UID FETCH 2,3 (UID FLAGS BODY.PEEK[])\r\n", b"s UID FETCH 8 (UID BODY.PEEK[TEXT])\r\n",
     b"c UID FETCH 4 (UID FLAGS BODY.PEEK[]) (CHANGEDSINCE 1)\r\n",
     b"l UID FETCH 7 (UID FLAGS BODY.PEEK[HEADER.FIELDS ({4+}\r\ndate)])\r\n"]
)  # fmt: skip


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.integers(1, 14).map(lambda uid: commands([uid])[0]) | OTHER, max_size=12),
    cuts=st.lists(st.integers(0, 600), max_size=3),
)
def test_together_is_one_after_the_other(inbox: Imap, asked: list[bytes], cuts: list[int]) -> None:
    """Whatever stands between them, however the network cut them, whatever is gone."""
    alone = b"".join(inbox.say(command, "2") for command in asked)
    stream = b"".join(asked)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    said = b"".join(inbox.say(stream[start:end]) for start, end in itertools.pairwise(edges))
    assert said == alone


def test_what_sets_the_seen_flag_is_answered_alone(inbox: Imap, runs: list[int]) -> None:
    said = inbox.say(b"".join(commands([1, 2], b"(UID BODY[])")))
    assert said.count(b"FLAGS (\\Seen)") == 2
    assert not runs


def test_a_damaged_message_fails_its_own_command(inbox: Imap) -> None:
    """The others of the run are answered; each tag has one answer."""

    def damage(tx: Transaction) -> None:
        tx.execute(update(blob_data).where(blob_data.c.id == 3).values(body=b"rubbish"))

    now(inbox.store.writer.run(damage))
    said = inbox.say(b"".join(commands([1, 2, 3, 4])))
    endings = [line for line in said.split(b"\r\n") if line.startswith(b"t")]
    assert [line.split()[:2] for line in endings] == [
        [b"t0", b"OK"], [b"t1", b"OK"], [b"t2", b"NO"], [b"t3", b"OK"],
    ]  # fmt: skip
    assert said.count(b" FETCH (UID ") == 3


def test_what_others_expunged_is_not_hidden_by_a_run(inbox: Imap) -> None:
    """A client that counts by numbers is told in its order, and then goes on by itself."""
    inbox.say(b"s STORE 2 +FLAGS.SILENT (\\Deleted)\r\ne EXPUNGE\r\n", "2")
    said = inbox.say(b"".join(commands([1, 2, 3])))
    assert said.count(b" OK ") == 3
    assert b"UID 2 " not in said
    assert b"* 2 EXPUNGE\r\n" in said


@pytest.mark.threat("I5")
def test_a_run_ends_where_its_answer_is_large(imap: Imap, runs: list[int]) -> None:
    for _ in range(40):
        imap.put("INBOX", b"Subject: x\r\n\r\n" + b"x" * 60_000)
    imap.signed_in(select="INBOX")
    said = imap.say(b"".join(commands(range(1, 41))))
    assert said.count(b" OK ") == 40
    assert max(runs) <= 9
