"""Inflation of whatever a peer sends: bounded pieces, and the same however it was cut."""

from mailsuite.wire.deflating import PIECE_OCTETS, Deflating
from mailsuite.wire.tunnel import Broken

MOST_PIECES = 1_000  # of a bomb; the rest is more of the same


def _heard(pieces: list[bytes], *, rests: bool) -> tuple[bytes, bool]:
    ours, heard = Deflating(), b""
    try:
        for piece in pieces:
            ours.feed(piece)
            while ours.more and len(heard) < MOST_PIECES * PIECE_OCTETS:
                octets = ours.inflate()
                assert len(octets) <= PIECE_OCTETS
                heard += octets
            if rests:
                ours.rest()
    except Broken:
        return heard, False
    return heard, True


def one_input(octets: bytes) -> None:
    """No octets crash it; cuts change nothing but how much is heard before an error."""
    whole, fine = _heard([octets], rests=False)
    again, also = _heard([bytes([octet]) for octet in octets], rests=False)
    assert fine == also
    assert again.startswith(whole)
    assert not fine or whole == again
    _heard([octets[at : at + 7] for at in range(0, len(octets), 7)], rests=True)
