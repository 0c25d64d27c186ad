"""Whatever other programs say: an opinion, or that it makes no sense; never more than one."""

from contextlib import suppress

from mailsuite.spam.outside.clamd import ClamdTalk
from mailsuite.spam.outside.milter import OFFERED_ACTIONS, MilterTalk, packet
from mailsuite.spam.outside.rspamd import RspamdTalk
from mailsuite.spam.outside.talk import Advice, Babble, Letter, Talk

LETTER = Letter(b"A: b\r\n\r\nc\r\n", "192.0.2.1", "h", "s@x.example", ("r@y.example",), "t")
AGREED = packet(b"O", b"".join(n.to_bytes(4, "big") for n in (6, OFFERED_ACTIONS, 0)))


def one_input(octets: bytes) -> None:
    talks: list[Talk] = [
        ClamdTalk(LETTER, Advice.REFUSE),
        RspamdTalk(LETTER, "h"),
        MilterTalk(LETTER),
        MilterTalk(LETTER),
    ]
    for begun, talk in (
        (b"", talks[0]),
        (b"", talks[1]),
        (b"", talks[2]),
        (AGREED, talks[3]),
    ):
        talk.begin()
        with suppress(Babble):
            talk.feed(begun)
            for at in range(len(octets)):
                talk.feed(octets[at : at + 1])
            talk.ended()
        if talk.opinion is not None:
            assert all(
                "\r" not in f and "\n" not in f for pair in talk.opinion.fields for f in pair
            )
