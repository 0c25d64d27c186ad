"""SMTP's arguments under any octets."""

import contextlib

from mailsuite.smtp.grammar import Refusal, domain, forward_path, number, reverse_path, xtext


def one_input(octets: bytes) -> None:
    """A grammar returns a value or refuses with a reply of its own, which is ASCII."""
    for grammar in (domain, number, xtext):
        with contextlib.suppress(Refusal):
            grammar(octets)
    for word, read in ((b"FROM:", reverse_path), (b"TO:", forward_path)):
        for text in (octets, word + octets, word + b"<" + octets + b">", word + b"<> " + octets):
            try:
                path = read(text)
            except Refusal as refused:
                assert refused.octets.isascii()  # noqa: PT017 - no test of pytest's
            else:
                assert path.address is None or str(path.address).isprintable()
