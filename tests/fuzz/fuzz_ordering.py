"""Keys of SORT and THREAD from any header, and threads of any references."""

import struct
from array import array

from mailsuite.imap.extensions.thread import thread_data
from mailsuite.mailbox.threads import Letters, below, by_references, by_refs, by_subject
from mailsuite.message.ordering import KEY_OCTETS, order_keys
from mailsuite.message.subjects import base_subject


def one_input(octets: bytes) -> None:
    """Nothing is raised, keys are bounded, and every message is in one thread, once."""
    keys = order_keys(octets)
    assert len(keys.subject) <= KEY_OCTETS
    assert len(keys.from_display) <= KEY_OCTETS
    base = base_subject(octets.decode("latin-1")).text
    assert base_subject(base).text == base
    letters = _letters(octets)
    for algorithm in (by_references, by_refs, by_subject):
        forest = algorithm(letters)
        found = [node for root in forest.roots for node in below(forest, root)]
        count = len(letters.own)
        assert sorted(node for node in found if node < count) == list(range(count))
        said = thread_data(forest, range(1, count + 1))
        assert said.count(b"(") == said.count(b")")


def _letters(octets: bytes) -> Letters:
    """Each five octets a message: its id, three references, and date and subject."""
    rows = [struct.unpack("5B", octets[at : at + 5]) for at in range(0, len(octets) - 4, 5)]
    ancestors, starts = array("q"), array("I", [0])
    for _, *references, _ in rows:
        ancestors.extend(number for number in references if number)
        starts.append(len(ancestors))
    last = [row[4] for row in rows]
    return Letters(
        [row[0] for row in rows],
        ancestors,
        starts,
        [octet & 7 for octet in last],
        [octet >> 4 & 7 for octet in last],
        [octet & 3 for octet in last],
        [octet >> 7 for octet in last],
    )
