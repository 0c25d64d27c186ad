"""SMTP's octets and what they mean (RFC 5321 §4.1.2): paths, parameters, replies."""

import re
from collections.abc import Iterable

from attrs import frozen

from mailsuite.message.addresses import Address, BadAddress

VERB = re.compile(rb"[A-Za-z]{1,32}\Z")
KEYWORD = re.compile(rb"[A-Za-z0-9][A-Za-z0-9-]{0,31}\Z")
VALUE = re.compile(rb"[!-<>-~\x80-\xff]+\Z")  # RFC 5321 §4.1.2 esmtp-value; UTF-8 by RFC 6531
XTEXT_PAIR = re.compile(rb"\+([0-9A-F]{2})")
XTEXT = re.compile(rb"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*+\Z")  # RFC 3461 §4
DIGITS = 20  # enough for 2^64; counted before `int`, whose work grows with the square
PARAMETERS = 20
ROUTE_HOSTS = 100


class Refusal(Exception):  # noqa: N818 - named for what happened
    """A command that SMTP itself refuses, with its reply.

    Attributes:
        kind: what the story calls it.
    """

    kind = "refused"

    def __init__(self, code: int, enhanced: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.enhanced = enhanced
        self.words = words

    @property
    def octets(self) -> bytes:
        """The reply."""
        return reply(self.code, self.enhanced, self.words)


def syntax(words: str) -> Refusal:
    """Return the refusal of arguments that break the grammar (RFC 5321 §4.2.2)."""
    return Refusal(501, "5.5.4", words)


def reply(code: int, enhanced: str, words: str) -> bytes:
    """Return a reply of one line, with its enhanced code (RFC 2034 §4); none: an empty one."""
    return f"{code} {enhanced} {words}\r\n".encode() if enhanced else f"{code} {words}\r\n".encode()


def reply_lines(code: int, lines: Iterable[str | bytes]) -> bytes:
    """Return a reply of several lines (RFC 5321 §4.2.1)."""
    texts = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return b"".join(
        b"%d%c%b\r\n" % (code, b" " if n == len(texts) else b"-", text)
        for n, text in enumerate(texts, 1)
    )


def split(line: bytes) -> tuple[bytes, bytes]:
    """Return a command's verb in capitals, empty when it is none, and its argument."""
    verb, _, argument = line.partition(b" ")
    if not VERB.match(verb):
        return b"", b""
    return verb.upper(), argument.strip(b" \t")


@frozen
class Path:
    """A path with its parameters: what stands in MAIL and RCPT.

    Attributes:
        address: None for the null reverse-path.
        postmaster: `<Postmaster>`, which needs no domain (RFC 5321 §4.1.1.3).
        parameters: keywords in capitals.
    """

    address: Address | None
    parameters: tuple[tuple[bytes, bytes | None], ...] = ()
    postmaster: bool = False

    def refuse_doubles(self) -> None:
        """Each parameter may stand once (RFC 5321 §4.1.2: what two would mean, nobody says).

        Raises:
            Refusal: one stands twice.
        """
        if len({keyword for keyword, _ in self.parameters}) < len(self.parameters):
            raise syntax("A parameter stands there twice")


def reverse_path(argument: bytes) -> Path:
    """Read what follows MAIL (RFC 5321 §4.1.1.2).

    Raises:
        Refusal: the grammar does not allow it.
    """
    path, parameters = _after(b"FROM:", argument)
    return Path(_mailbox(path) if path else None, parameters)


def forward_path(argument: bytes) -> Path:
    """Read what follows RCPT (RFC 5321 §4.1.1.3); a source route is read and ignored.

    Raises:
        Refusal: the grammar does not allow it.
    """
    path, parameters = _after(b"TO:", argument)
    if path.lower() == b"postmaster":
        return Path(None, parameters, postmaster=True)
    return Path(_mailbox(path), parameters)


def _after(word: bytes, argument: bytes) -> tuple[bytes, tuple[tuple[bytes, bytes | None], ...]]:
    if argument[: len(word)].upper() != word:
        raise syntax(f"Syntax: {word.decode()}<address>")
    # The space that the grammar forbids here is sent by printers, scanners and old Outlooks.
    rest = argument[len(word) :].lstrip(b" ")
    end = _closing(rest)
    path, tail = rest[1:end], rest[end + 1 :]
    if tail and not tail.startswith(b" "):
        raise syntax("A space belongs between the address and what follows")
    words = tail.split()
    if len(words) > PARAMETERS:
        raise syntax("Too many parameters")
    return path, tuple(_parameter(each) for each in words)


def _closing(rest: bytes) -> int:
    """Return where the path's `>` stands: not one inside a quoted string."""
    if not rest.startswith(b"<"):
        raise syntax("The address belongs between < and >")
    at, quoted = 1, False
    while at < len(rest):
        octet = rest[at : at + 1]
        if quoted and octet == b"\\":
            at += 1
        elif octet == b'"':
            quoted = not quoted
        elif octet == b">" and not quoted:
            return at
        at += 1
    raise syntax("The address belongs between < and >")


def _mailbox(path: bytes) -> Address:
    # RFC 5321 §4.1.2 A-d-l, §3.6.1: "@one,@two:user@three" means user@three.
    if path.startswith(b"@"):
        route, colon, path = path.partition(b":")
        if not colon or route.count(b",") >= ROUTE_HOSTS:
            raise Refusal(553, "5.1.3", "Address not understood")
    try:
        return Address.parse(path.decode("utf-8"))
    except (BadAddress, UnicodeDecodeError) as error:
        raise Refusal(553, "5.1.3", "Address not understood") from error


def _parameter(word: bytes) -> tuple[bytes, bytes | None]:
    keyword, equals, value = word.partition(b"=")
    if not KEYWORD.match(keyword) or (equals and not VALUE.match(value)):
        raise syntax("Parameter not understood")
    return keyword.upper(), value if equals else None


def number(value: bytes) -> int:
    """Read a number.

    Raises:
        Refusal: no digits, or more than any size has.
    """
    if not value.isdigit() or len(value) > DIGITS:
        raise syntax("Number not understood")
    return int(value)


def xtext(value: bytes) -> str:
    """Decode xtext (RFC 3461 §4): printable ASCII, nothing that ends a line.

    Raises:
        Refusal: it is no xtext, or hides a control.
    """
    if not XTEXT.match(value):
        raise syntax("xtext not understood")
    text = XTEXT_PAIR.sub(lambda pair: bytes([int(pair[1], 16)]), value)
    if not text.isascii() or not text.decode().isprintable():
        raise syntax("xtext not understood")
    return text.decode()


def nothing(argument: bytes) -> None:
    """No argument may follow.

    Raises:
        Refusal: one does.
    """
    if argument:
        raise syntax("No argument allowed")


def anything(argument: bytes) -> bytes:
    """Whatever follows."""
    return argument


# What may stand in EHLO: names and literals; the underscore and others by the leave of
# RFC 5321 §4.1.4, since Windows' bare computer names are sent by phones and old mail programs.
DOMAIN = re.compile(rb"[A-Za-z0-9._\x80-\xff-]{1,255}\Z|\[[A-Za-z0-9:.]{1,60}\]\Z")


def domain(argument: bytes) -> str:
    """Read the name that a client gives itself (RFC 5321 §4.1.1.1); never decided on.

    Raises:
        Refusal: it is missing, or no name.
    """
    name = argument.split(b" ", 1)[0]
    try:
        if DOMAIN.match(name) and (text := name.decode("utf-8")).isprintable():
            return text
    except UnicodeDecodeError:
        pass
    raise syntax("A host name belongs here")
