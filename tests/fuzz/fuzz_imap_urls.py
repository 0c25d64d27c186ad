"""URLs that CATENATE is given, and the octets that it tells of them."""

from mailsuite.imap.urls import read_url, tellable


def one_input(octets: bytes) -> None:
    """No octets crash the parser, and none leave the response code they are told in."""
    for selected in (None, "a/b"):
        url = read_url(octets, selected)
        if url is not None:
            assert url.uid > 0
            assert url.mailbox is not None or selected is not None
            assert len(url.section.path) <= 100
    told = tellable(octets)
    assert not any(octet in b'"\\]\r\n\0' for octet in told[1:-1])
