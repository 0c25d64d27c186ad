"""How a command ends: `Done`, `No`, `Bad`, or `Await` when the client has to say more first.

A command returns `Done` or `Await`, and raises `No` and `Bad`; any `MailError` that it lets pass is
answered from the table in `mailsuite.wire.replies`. The session alone writes the tagged line.
"""

from collections.abc import Awaitable, Callable

from attrs import frozen


@frozen
class Done:
    """OK. An empty text is "<NAME> completed"; `code` goes in brackets (RFC 3501 §7.1)."""

    code: bytes | None = None
    text: str = ""
    after: Callable[[], None] | None = None  # once the tagged line is written (STARTTLS, LOGOUT)


@frozen
class Await:
    """Write `+ prompt` and hand the next line, its CRLF taken off, to `then` (RFC 3501 §7.5).

    Between the two no coroutine waits: an idle connection costs a few octets.
    """

    prompt: bytes
    then: Callable[[bytes], Awaitable["Done | Await"]]
    seconds: float | None = None  # of silence, after which `tick` is called, again and again
    tick: Callable[[], None] | None = None
    after: Callable[[], None] | None = None  # called once the prompt is written


class No(Exception):  # noqa: N818 - the word that the client reads
    """NO: the command was understood and cannot be done (RFC 3501 §7.1.2)."""

    def __init__(self, code: bytes | None = None, text: str = "Not done") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Bad(Exception):  # noqa: N818 - the word that the client reads
    """BAD: the octets are no command that stands here (RFC 3501 §7.1.3)."""

    def __init__(self, text: str = "Syntax error", code: bytes | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
