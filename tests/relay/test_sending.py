"""A queued message is sent from the store piece by piece."""

import random
import tracemalloc

import pytest

from mailsuite.errors import DamagedBody
from mailsuite.relay.sending import StoredPieces
from mailsuite.smtp.client.body import Outgoing
from mailsuite.store.schema import blob
from mailsuite.store.streams import BodyPieces, open_blob
from tests.relay.sink import done
from tests.relay.world import World
from tests.store.letters import done as fired
from tests.store.letters import rows

NOISE = random.Random(5).randbytes(400_000).hex().encode()
LARGE = b"Subject: large\r\n\r\n" + b"".join(
    b"." + NOISE[at : at + 75] + b"\r\n" for at in range(0, len(NOISE), 75)
)


def stored(world: World) -> StoredPieces:
    (row,) = rows(world.store, blob)
    opened: BodyPieces = fired(world.store.readers.run(open_blob, row.id, b"X: 1\r\n"))
    return StoredPieces(world.store.readers, opened)


def damage(world: World) -> None:
    """One octet near the end of the one large body is another."""
    (path,) = [path for path, digest, _ in world.store.large.listing() if digest]
    octets = bytearray(path.read_bytes())
    octets[-6] ^= 1
    path.write_bytes(octets)


def test_pieces_are_prefix_and_body_in_order(world: World) -> None:
    world.queue("bob@there.test", octets=LARGE)
    pieces = stored(world)
    assert pieces.size == len(LARGE) + 6
    found = [done(pieces.next_piece()) for _ in range(8)]
    assert b"".join(found) == b"X: 1\r\n" + LARGE
    assert found[-1] == b""


def test_what_is_changed_is_the_whole(world: World) -> None:
    world.queue("bob@there.test", octets=LARGE)
    changed = done(stored(world).changed(bytes.upper))
    assert changed == (b"X: 1\r\n" + LARGE).upper()


def test_a_large_message_arrives_whole(world: World) -> None:
    sink = world.host("there.test")
    world.start()
    world.queue("bob@there.test", octets=LARGE)
    (mail,) = sink.mails
    received = b"Received: by us.test\r\n"
    assert mail.octets.replace(b"\r\n..", b"\r\n.") == received + LARGE
    assert b"SIZE=%d" % (len(received) + len(LARGE)) in mail.sender
    assert max(map(len, sink.segments)) < 512 * 1024


def test_a_damaged_body_is_never_sent_as_if_it_were_whole(world: World) -> None:
    """The entry waits: the operator may have a copy of the file."""
    sink = world.host("there.test")
    world.queue("bob@there.test", octets=LARGE)
    damage(world)
    world.start()
    assert sink.mails == []
    (entry,) = world.entries()
    (recipient,) = entry.recipients
    assert recipient.state == "waiting"
    assert "cannot be read" in recipient.last_reply
    with pytest.raises(DamagedBody):
        done(stored(world).changed(bytes.upper))


def test_a_body_that_is_not_there_costs_the_host_nothing(world: World) -> None:
    sink = world.host("there.test")
    world.queue("bob@there.test", octets=LARGE)
    (path,) = [path for path, digest, _ in world.store.large.listing() if digest]
    path.unlink()
    world.queue("carl@there.test")
    world.start()
    assert [mail.recipients for mail in sink.mails] == [[b"RCPT TO:<carl@there.test>"]]
    assert sink.verbs.count("MAIL") == 1
    assert sink.connections == 1
    assert world.states() == ["waiting"]


def test_a_large_message_costs_a_few_pieces_of_memory(world: World) -> None:
    """8 MiB on their way out, dots stuffed."""
    world.queue("bob@there.test", octets=LARGE * 10)
    pieces, outgoing = stored(world), Outgoing()
    octets = 0
    tracemalloc.start()
    try:
        while piece := done(pieces.next_piece()):
            octets += len(outgoing.piece(piece))
        assert tracemalloc.get_traced_memory()[1] < 3 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert octets > 10 * len(LARGE)


def test_a_report_about_a_large_message_reads_its_beginning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its header goes back, whatever was asked for."""
    monkeypatch.setattr("mailsuite.relay.reports.RETURNED_OCTETS", 200_000)
    monkeypatch.setattr("mailsuite.relay.dsn.RETURNED_OCTETS", 200_000)
    read: list[int] = []
    whole = BodyPieces.next_piece

    def counted(pieces: BodyPieces, limit: int = 0) -> bytes:
        piece = whole(pieces, limit)
        read.append(len(piece))
        return piece

    sink = world.host("there.test")
    sink.say("MAIL", b"550 5.3.0 no\r\n")
    world.queue("bob@there.test", octets=LARGE, ret="FULL")
    monkeypatch.setattr(BodyPieces, "next_piece", counted)
    world.start()
    ((_, report),) = world.intake.reports
    assert sum(read) == 200_001
    assert b"text/rfc822-headers" in report
    assert b"Subject: large" in report
    assert NOISE[:75] not in report
