"""SASL exchanges against any responses; the first octet cuts the input into them."""

import contextlib

from mailsuite.directory.identity import Credentials
from mailsuite.directory.sasl import Malformed, decoded, encoded, exchange, mechanisms


def one_input(octets: bytes) -> None:
    """No response crashes an exchange; what comes out is whole, and has no NUL."""
    cut = octets[:1] or b"\n"
    for mechanism in mechanisms():
        begun = exchange(mechanism)
        assert begun is not None
        for response in octets[1:].split(cut):
            try:
                given = begun.step(response)
            except Malformed:
                break
            if isinstance(given, Credentials):
                assert given.user
                assert given.password
                assert "\0" not in given.user + given.password + given.authzid
                break
            assert decoded(encoded(given) or b"=") == given
    with contextlib.suppress(Malformed):
        assert len(decoded(octets)) <= len(octets)
