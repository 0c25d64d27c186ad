"""What a client writes behind NOTIFY: read by the rules, or Bad."""

from mailsuite.imap.answers import Bad
from mailsuite.imap.door import load
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.notifying.request import BOTH, LARGEST_GROUPS, MESSAGES, read_request

load()


def one_input(octets: bytes) -> None:
    """No octets crash it; whatever it reads keeps the rules of RFC 5465 §5."""
    for text in (octets, b"SET (" + octets, b"SET (selected (MessageNew (" + octets):
        try:
            request = read_request(Cursor([text]))
        except Bad:
            continue
        assert len(request.groups) <= LARGEST_GROUPS
        for group in request.groups:
            assert not group.events & MESSAGES or group.events >= BOTH
