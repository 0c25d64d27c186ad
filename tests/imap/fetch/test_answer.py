"""Every message of the corpus, as IMAP gives it back."""

import re

import pytest

from mailsuite.mailbox.service import Append
from tests.imap.people import Imap, now
from tests.message.corpus import messages
from tests.message.responses import check_envelope, check_structure, read

BODY = re.compile(rb"\* (\d+) FETCH \(BODY\[\] \{(\d+)\}\r\n")


@pytest.fixture
def corpus(imap: Imap) -> Imap:
    for _, octets in messages():
        now(imap.ann.append("INBOX", [Append(octets)]))
    imap.signed_in(select="INBOX")
    return imap


@pytest.mark.threat("I8")
@pytest.mark.parametrize("item", ["ENVELOPE", "BODY", "BODYSTRUCTURE"])
def test_structures_are_valid_whatever_the_message(corpus: Imap, item: str) -> None:
    count = len(messages())
    for number in range(1, count + 1):
        said = corpus.say(f"a FETCH {number} {item}\r\n".encode())
        prefix, suffix = (
            b"* %d FETCH (%b " % (number, item.encode()),
            b")\r\na OK FETCH completed\r\n",
        )
        assert said.startswith(prefix)
        assert said.endswith(suffix)
        value = read(said[len(prefix) : -len(suffix)])
        if item == "ENVELOPE":
            check_envelope(value)
        else:
            check_structure(value, extended=item == "BODYSTRUCTURE")


@pytest.mark.threat("I8")
def test_every_message_comes_back_octet_for_octet(corpus: Imap) -> None:
    said = corpus.say(b"a FETCH 1:* BODY.PEEK[]\r\n")
    at = 0
    for number, (name, octets) in enumerate(messages(), 1):
        found = BODY.match(said, at)
        assert found is not None, name
        assert (int(found[1]), int(found[2])) == (number, len(octets)), name
        assert said[found.end() : found.end() + len(octets)] == octets, name
        at = found.end() + len(octets) + len(b")\r\n")
    assert said[at:] == b"a OK FETCH completed\r\n"


def test_sizes_are_those_of_the_bodies(corpus: Imap) -> None:
    said = corpus.say(b"a FETCH 1:* RFC822.SIZE\r\n").splitlines()
    sizes = [int(line.rsplit(b" ", 1)[1][:-1]) for line in said[:-1]]
    assert sizes == [len(octets) for _, octets in messages()]
