"""No message breaks the tokeniser, and it finds the numbers that it spells."""

from mailsuite.spam.words import numbers, read, spelled


def one_input(octets: bytes) -> None:
    streams = read(octets)
    assert numbers(streams) == set(spelled(streams))
