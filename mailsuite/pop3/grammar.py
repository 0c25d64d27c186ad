"""POP3's lines as values, and answers as lines (RFC 1939 §3, §9; RFC 2449 §8)."""

from attrs import frozen

NUMBER_DIGITS = 10  # counted before `int`: more is no number of a message (threat W15)
WORDS = 200  # characters of an answer's text


class Refusal(Exception):  # noqa: N818 - named for what happened, as in `errors`
    """A command that is answered with -ERR; holds the finished answer."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.octets = err(text, code)


@frozen
class Auth:
    """The argument of AUTH: a mechanism, and the initial response where one came."""

    mechanism: str
    initial: bytes | None


@frozen
class Top:
    """The arguments of TOP: a message, and how many lines of its body."""

    number: int
    lines: int


def split(line: bytes) -> tuple[bytes, bytes]:
    """A command's keyword, in capitals, and everything after the space that follows it."""
    keyword, _, argument = line.partition(b" ")
    return keyword.upper(), argument


def nothing(argument: bytes) -> None:
    """No argument. Clients that leave a space behind are forgiven."""
    if argument.strip(b" "):
        raise Refusal("This command has no argument")


def text(argument: bytes) -> str:
    """All that follows, spaces included: a password may hold them (RFC 1939 §7, PASS).

    Octets that are no UTF-8 are kept apart from all that are: they match nothing.
    """
    if not argument:
        raise Refusal("This command has an argument")
    return argument.decode("utf-8", "surrogateescape")


def optional_text(argument: bytes) -> str:
    """One word in ASCII, or nothing."""
    return argument.strip(b" ").decode("ascii", "replace")


def number(argument: bytes) -> int:
    """One message number."""
    return _count(argument.strip(b" "))


def optional_number(argument: bytes) -> int | None:
    """One message number, or nothing for all messages."""
    stripped = argument.strip(b" ")
    return _count(stripped) if stripped else None


def top(argument: bytes) -> Top:
    """A message number and a count of lines (RFC 1939 §7, TOP)."""
    words = argument.split()
    if len(words) != 2:
        raise Refusal("TOP has a message number and a number of lines")
    return Top(_count(words[0]), _count(words[1]))


def auth(argument: bytes) -> Auth:
    """A mechanism and perhaps an initial response (RFC 5034 §4)."""
    words = argument.split(b" ")
    if not words[0] or len(words) > 2:
        raise Refusal("AUTH has a mechanism, and perhaps an initial response")
    return Auth(words[0].decode("ascii", "replace"), words[1] if len(words) == 2 else None)


def _count(digits: bytes) -> int:
    if not digits.isdigit():
        raise Refusal("That is no number")
    if len(digits) > NUMBER_DIGITS:
        raise Refusal("That number is too large")
    return int(digits)


def ok(words: str = "") -> bytes:
    """A positive answer."""
    return b"+OK %b\r\n" % _clean(words) if words else b"+OK\r\n"


def err(words: str, code: str = "") -> bytes:
    """A negative answer, with a response code where one fits (RFC 2449 §8, RFC 3206)."""
    return (
        b"-ERR [%b] %b\r\n" % (code.encode(), _clean(words))
        if code
        else (b"-ERR %b\r\n" % _clean(words))
    )


def challenge(encoded: bytes) -> bytes:
    """A SASL challenge; an empty one too has its space (RFC 5034 §4)."""
    return b"+ %b\r\n" % encoded


def stuffed(octets: bytes, *, after_newline: bool) -> bytes:
    """A piece of a multi-line answer with a dot before each that begins a line (RFC 1939 §3).

    Every LF counts as a line's end here: a client that takes a bare one for it would read a
    dot after it as the end of the message, and what follows as the next answer.
    """
    whole = octets.replace(b"\n.", b"\n..")
    return b"." + whole if after_newline and whole[:1] == b"." else whole


def _clean(words: str) -> bytes:
    printable = "".join(c if " " <= c <= "~" else "?" for c in words[:WORDS])
    return printable.encode("ascii")
