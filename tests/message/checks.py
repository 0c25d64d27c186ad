"""What must hold of everything that the scanner makes, whatever it was given."""

from mailsuite.message import tree
from mailsuite.message.parts import rows
from mailsuite.message.scan import Structure, scan
from tests.message.responses import check_envelope, check_structure, read


def checked(octets: bytes) -> Structure:
    """Scan, and read everything that was made with a reader that knows only the grammar."""
    found = scan(octets)
    check_envelope(read(found.envelope))
    check_structure(read(found.body), extended=False)
    check_structure(read(found.bodystructure), extended=True)
    assert octets.startswith(found.header)
    for text in (found.subject, found.message_id, found.preview):
        assert "\0" not in text
        text.encode("utf-8")
    assert len(found.preview) <= 200
    check_tiling(octets, found.parts)
    return found


def check_tiling(octets: bytes, parts: bytes) -> None:
    """The parts' ranges nest, in order, without overlap, and the first is the whole message."""
    table = rows(parts)
    assert table[0][2] == 0
    assert table[0][4] == len(octets)
    last_end: dict[int, int] = {}
    for number, (_, parent, start, body, end) in enumerate(table):
        assert start <= body <= end
        if number:
            assert parent < number
            _, _, _, above, above_end = table[parent]
            assert last_end.get(parent, above) <= start
            assert end <= above_end
            last_end[parent] = end
            if table[parent][0] == tree.MESSAGE:
                assert (start, end) == (above, above_end)
    assert all(number in last_end for number, row in enumerate(table) if row[0] != tree.LEAF)
