"""A small reader of IMAP data, written apart from the code that writes it (RFC 3501 §9)."""

import re
from collections.abc import Iterator
from typing import Any

_ITEM = re.compile(rb'"((?:[^"\\\r\n\0\x80-\xff]|\\["\\])*)"|\{(\d+)\}\r\n|NIL|(\d+)|[() ]')


class WrongError(AssertionError):
    """What was read is no IMAP data."""


def _tokens(octets: bytes) -> Iterator[Any]:
    """Values, and "(", ")" and " " as text."""
    at = 0
    while at < len(octets):
        found = _ITEM.match(octets, at)
        if found is None:
            raise WrongError(octets[at : at + 60])
        at = found.end()
        quoted, literal, number = found.groups()
        if quoted is not None:
            yield re.sub(rb"\\(.)", rb"\1", quoted)
        elif literal is not None:
            value, at = octets[at : at + int(literal)], at + int(literal)
            if len(value) != int(literal) or b"\0" in value:
                raise WrongError("literal")
            yield value
        elif number is not None:
            yield int(number)
        else:
            yield None if found[0] == b"NIL" else found[0].decode()


def read(octets: bytes) -> Any:
    """One parenthesised value as nested lists of bytes, ints and None. No recursion."""
    stack: list[list[Any]] = [[]]
    before: Any = "("
    for token in _tokens(octets):
        # Between two values stands one space, beside a parenthesis none; only between the
        # parts of a multipart, and addresses, is there nothing at all.
        if (token in (" ", ")")) and before in ("(", " "):
            raise WrongError("space, or an empty list")
        if token not in (" ", "(", ")") and before not in ("(", " "):
            raise WrongError("no space")
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        elif token != " ":
            stack[-1].append(token)
        before = token
    if len(stack) != 1 or len(stack[0]) != 1:
        raise WrongError("not one value")
    return stack[0][0]


def check_envelope(value: Any) -> None:
    """Ten fields, each of its type (RFC 3501 §7.4.2)."""
    assert len(value) == 10
    for text in (value[0], value[1], value[8], value[9]):
        assert text is None or isinstance(text, bytes)
    for addresses in value[2:8]:
        for address in addresses or ():
            assert len(address) == 4
            assert all(part is None or isinstance(part, bytes) for part in address)


def check_structure(root: Any, *, extended: bool) -> None:
    """BODY or BODYSTRUCTURE by its grammar (RFC 3501 §9, body)."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if isinstance(part[0], list):
            children = [item for item in part if isinstance(item, list)]
            count = next(i for i, item in enumerate(part) if not isinstance(item, list))
            waiting += children[:count]
            rest = part[count:]
            assert isinstance(rest[0], bytes)
            assert len(rest) == (5 if extended else 1)
            if extended:
                _check_extension(rest[1:], md5=False)
            continue
        kind, subtype, parameters, identity, description, encoding, size, *rest = part
        assert isinstance(kind, bytes)
        assert isinstance(subtype, bytes)
        _check_parameters(parameters)
        assert all(item is None or isinstance(item, bytes) for item in (identity, description))
        assert isinstance(encoding, bytes)
        assert isinstance(size, int)
        if kind.lower() == b"message" and subtype.lower() in {b"rfc822", b"global"}:
            about, inner, lines, *rest = rest
            check_envelope(about)
            waiting.append(inner)
            assert isinstance(lines, int)
        elif kind.lower() == b"text":
            assert isinstance(rest.pop(0), int)
        assert len(rest) == (4 if extended else 0)
        if extended:
            assert rest[0] is None or isinstance(rest[0], bytes)
            _check_extension([None, *rest[1:]], md5=True)


def _check_extension(rest: list[Any], *, md5: bool) -> None:
    parameters, disposition, languages = rest[:3] if not md5 else (None, rest[1], rest[2])
    _check_parameters(parameters)
    if disposition is not None:
        assert isinstance(disposition[0], bytes)
        _check_parameters(disposition[1])
    assert languages is None or all(isinstance(item, bytes) for item in languages)


def _check_parameters(parameters: Any) -> None:
    if parameters is not None:
        assert len(parameters) % 2 == 0
        assert all(isinstance(item, bytes) for item in parameters)
