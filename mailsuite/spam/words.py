"""What a message is judged by: its words and its pairs of neighbours, as numbers.

A word is tagged by where it stands (`FREE` in a subject is not `free` in a text), and a number of
32 bits stands for it: no word of anybody's mail is kept. What collectors and lists write on a
message on its way (Received, Delivered-To, X-*, List-*, Date, the list's mark in the subject) is
not looked at: it tells whose mail it is, not what it is.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import repeat
from zlib import crc32

from attrs import frozen

from mailsuite.message.text import page_text, part_text
from mailsuite.message.tree import LEAF, Entity, walk
from mailsuite.message.words import decode_words

VERSION = 1  # of what is found here: raise it, and what was counted before means something else

MESSAGE_OCTETS = 96 * 1024  # looked at; what comes behind is mostly attachments
TEXT_CHARACTERS = 14 * 1024  # of all text parts together, tags included: the longest cost 1.7 ms
FIELD_OCTETS = 1024
BODY_WORDS = 900
HEAD_WORDS = 40  # of one field
HOSTS = 20
PARTS = 30

SUBJECT, SENDER, TEXT, LINK, SHAPE = "subject", "from", "text", "link", "shape"
TAGS = (SUBJECT, SENDER, TEXT, LINK, SHAPE)
# A tag and whether it is a pair: where the checksum starts.
_START = {tag: crc32(tag.encode()) for tag in TAGS}
_PAIR = {tag: crc32(b"pair " + tag.encode()) for tag in TAGS}

# After `lower`, in UTF-8. Possessive or of one class each: nothing is read twice.
_WORD = re.compile(rb"[a-z0-9$\x80-\xff][a-z0-9$'\x80-\xff-]{1,23}|!+")
_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)  # 19.95 and 29.95 are one word
_LINK = re.compile(r"https?://([^\s/\"'<>?]{1,100})", re.IGNORECASE)
_OPENING_TAG = re.compile(r"<([a-z]{1,10})\b", re.IGNORECASE)
_LIST_MARK = re.compile(r"\[[^\[\]]{1,40}\]")
_REPLY = re.compile(r"\A\s*(?:re|aw|sv|fwd?)\s*:", re.IGNORECASE)
_ADDRESS = re.compile(r"([^\s<>@\"',;:]{1,64})@([^\s<>@\"',;:()]{1,100})")
_NUMERIC = re.compile(r"[0-9.]{7,15}(?::[0-9]{1,5})?")
# What a mailing list writes below each message.
_FOOTER = re.compile(r"^(?:_{20,}|-{20,}|-- ?)\r?$", re.MULTILINE)
_LIST_WORDS = re.compile(r"mailing list|yahoo! groups|unsubscribe", re.IGNORECASE)
FOOTER_CHARACTERS = 600


@frozen
class Stream:
    """Words that follow one another in one place of the message."""

    tag: str
    words: list[bytes]
    in_pairs: bool = True


def numbers(streams: Iterable[Stream]) -> frozenset[int]:
    """The numbers of all words and pairs: each once, however often it stands there."""
    found: set[int] = set()
    for stream in streams:
        words = stream.words
        found.update(map(crc32, words, repeat(_START[stream.tag])))
        if stream.in_pairs:
            firsts = list(map(crc32, words, repeat(_PAIR[stream.tag])))
            found.update(map(crc32, words[1:], firsts))
    return frozenset(found)


def spelled(streams: Iterable[Stream]) -> dict[int, str]:
    """The same numbers, each with what it stands for, for people."""
    found: dict[int, str] = {}
    for stream in streams:
        names = [word.decode("utf-8", "replace") for word in stream.words]
        where = "" if stream.tag == TEXT else f"{stream.tag}: "
        for word, name in zip(stream.words, names, strict=True):
            found[crc32(word, _START[stream.tag])] = where + name
        if stream.in_pairs:
            for at in range(1, len(names)):
                pair = crc32(stream.words[at], crc32(stream.words[at - 1], _PAIR[stream.tag]))
                found[pair] = f"{where}{names[at - 1]} {names[at]}"
    return found


def read(octets: bytes) -> list[Stream]:
    """The words of a message (CRLF line ends). Linear, bounded, never raises."""
    octets = octets[:MESSAGE_OCTETS]
    entities = walk(octets, depth=10, parts=PARTS)
    return [*_head(entities[0]), *_body(octets, entities)]


def _head(root: Entity) -> Iterator[Stream]:
    fields = {name: decode_words(value[:FIELD_OCTETS]) for name, value in root.fields.items()}
    subject = _LIST_MARK.sub(" ", fields.get(b"subject", ""))
    yield Stream(SUBJECT, _words(_REPLY.sub("", subject))[:HEAD_WORDS])
    sender = fields.get(b"from", "")
    yield Stream(SENDER, _words(_ADDRESS.sub(" ", sender))[:HEAD_WORDS])
    yield Stream(SENDER, [*_address(sender)], in_pairs=False)
    yield Stream(SHAPE, [*_shape(fields, subject)], in_pairs=False)


def _address(sender: str) -> Iterator[bytes]:
    found = _ADDRESS.search(sender.lower())
    if found is None:
        return
    localpart, domain = found.groups()
    yield f"{localpart}@{domain}".encode()
    yield from _domains(domain)


def _domains(host: str) -> Iterator[bytes]:
    labels = host.lower().rstrip(".").split(".")[-3:]
    for at in range(len(labels)):
        yield ("." + ".".join(labels[at:])).encode("utf-8", "replace")


def _shape(fields: dict[bytes, str], subject: str) -> Iterator[bytes]:
    if _REPLY.match(subject):
        yield b"reply in subject"
    if b"in-reply-to" in fields:
        yield b"reply to a message"
    letters = [one for one in subject if one.isalpha()]
    if len(letters) > 5 and sum(one.isupper() for one in letters) > 0.7 * len(letters):
        yield b"subject in capitals"
    if not subject.strip():
        yield b"no subject"
    if b"to" not in fields:
        yield b"no To"
    reply, sender = (
        _ADDRESS.search(fields.get(b"reply-to", "")),
        _ADDRESS.search(fields.get(b"from", "")),
    )
    if reply and sender and reply[2].lower() != sender[2].lower():
        yield b"answers go elsewhere"


def _body(octets: bytes, entities: list[Entity]) -> Iterator[Stream]:
    shape: set[bytes] = set()
    links: dict[bytes, None] = {}
    room, left = TEXT_CHARACTERS, BODY_WORDS
    for entity in entities:
        if entity.kind != LEAF:
            continue
        kind, subtype = entity.content.type.lower(), entity.content.subtype.lower()
        shape.add((kind + b"/" + subtype)[:60])
        if kind != b"text" or room <= 0 or left <= 0:
            continue
        shape.add(b"charset " + (entity.content.parameter(b"charset") or b"").lower()[:30])
        text = part_text(octets, entity)[:room]
        room -= len(text)
        for host in _LINK.findall(text)[:HOSTS]:
            links.update(dict.fromkeys(_host(host)))
        if subtype == b"html":
            shape.update(b"<" + tag.lower().encode() for tag in set(_OPENING_TAG.findall(text)))
            text = page_text(text)
        words = _words(_without_footer(text))[:left]
        left -= len(words)
        yield Stream(TEXT, words)
    yield Stream(LINK, [*links], in_pairs=False)
    yield Stream(SHAPE, [*shape], in_pairs=False)


def _host(host: str) -> Iterator[bytes]:
    host = host.lower()
    name = host.rpartition("@")[2]
    if name != host:
        yield b"a name before the host"
    if _NUMERIC.fullmatch(name):
        yield b"a number for a host"
        return
    name, _, port = name.partition(":")
    if port:
        yield b"a port"
    yield from _domains(name)


def _without_footer(text: str) -> str:
    """The text without what a mailing list wrote below it."""
    tail = len(text) - FOOTER_CHARACTERS
    for found in _FOOTER.finditer(text, max(tail, 0)):
        if _LIST_WORDS.search(text, found.end()):
            return text[: found.start()]
    return text


def _words(text: str) -> list[bytes]:
    octets = text.lower().encode("utf-8", "replace").translate(_ZEROS)
    return _WORD.findall(octets)
