"""The search keys of RFC 3501 §6.4.4 that look for a string.

A string is looked for as a substring of decoded text, both mapped by i;unicode-casemap (RFC 5051):
so `cafe` finds `Café`. The search index narrows the messages down, and is never believed but for
whole fields.
"""

from collections.abc import Callable, Iterable, Sequence

from mailsuite.imap.registry import ASTRING
from mailsuite.imap.searching.program import Search, search_key
from mailsuite.imap.searching.truth import Level, Test
from mailsuite.message.charsets import decode
from mailsuite.message.collation import casemapped
from mailsuite.message.searchable import Searchable
from mailsuite.store.search_file import FIELDS, Probe, Where

Needles = tuple[str, ...]
Texts = Callable[[Searchable], Iterable[str]]


def needle_of(search: Search, octets: bytes) -> str:
    """What is searched for, in the search's charset, as it is compared."""
    return casemapped(decode(octets, search.charset))


def has_all(needles: Sequence[str], texts: Iterable[str]) -> bool:
    """Whether each needle is in one of the texts; no more of them is made than it takes."""
    missing = list(needles)
    for text in texts:
        missing = [needle for needle in missing if needle not in text]
        if not missing:
            return True
    return False


def field_test(name: str, needles: Needles) -> Test:
    """In a field of that name; of an empty needle, that there is one."""
    where = Where.FIELD if name in FIELDS else Where.HEADER
    return Test(
        Level.META,
        lambda letter: has_all(needles, letter.values(name)),
        needs=("header",),
        reads=True,
        probe=_probe(where, needles, name),
    )


def body_test(needles: Needles) -> Test:
    """In the text parts."""
    return _whole(Where.BODY, needles, Searchable.texts)


def text_test(needles: Needles) -> Test:
    """In the header, or in the text parts."""

    def texts(letter: Searchable) -> Iterable[str]:
        yield letter.header_text()
        yield from letter.texts()

    return _whole(Where.TEXT, needles, texts)


def _whole(where: Where, needles: Needles, texts: Texts) -> Test:
    if not any(needles):  # an empty string is in every message, read or not
        return Test(Level.ARRAYS, column="uids", mask=lambda uids: b"\1" * len(uids))
    return Test(
        Level.OCTETS,
        lambda letter: has_all(needles, texts(letter)),
        needs=("header", "octets"),
        reads=True,
        probe=_probe(where, needles),
    )


def _probe(where: Where, needles: Needles, name: str = "") -> Probe | None:
    # NUL stands between the fields in the index.
    return None if any("\0" in needle for needle in needles) else Probe(where, needles, name)


def _named_field(name: bytes) -> None:
    def bind(search: Search, octets: bytes) -> Test:
        """A substring of the field, decoded (§6.4.4)."""
        return field_test(name.decode("ascii"), (needle_of(search, octets),))

    search_key(name, ASTRING)(bind)


for _name in (b"BCC", b"CC", b"FROM", b"SUBJECT", b"TO"):
    _named_field(_name)


@search_key(b"HEADER", ASTRING, ASTRING)
def header(search: Search, name: bytes, octets: bytes) -> Test:
    """A substring of any field of that name; of an empty string, that the field is there."""
    found = casemapped(name.rstrip(b": \t").lower().decode("latin-1"))
    return field_test(found, (needle_of(search, octets),))


@search_key(b"BODY", ASTRING)
def body(search: Search, octets: bytes) -> Test:
    """A substring of the text parts, decoded (§6.4.4)."""
    return body_test((needle_of(search, octets),))


@search_key(b"TEXT", ASTRING)
def text(search: Search, octets: bytes) -> Test:
    """A substring of the header or of the text parts (§6.4.4)."""
    return text_test((needle_of(search, octets),))
