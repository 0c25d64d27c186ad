"""POP3's framing and grammar against any octets."""

import contextlib
import itertools

from mailsuite.pop3 import grammar
from mailsuite.pop3.engine import ENDLESS, Engine, Event
from mailsuite.pop3.grammar import Refusal
from mailsuite.wire.limits import Limits
from mailsuite.wire.lines import Line

LIMITS = Limits()
PARSERS = (
    grammar.nothing,
    grammar.text,
    grammar.number,
    grammar.optional_number,
    grammar.top,
    grammar.auth,
)


def events(engine: Engine, octets: bytes) -> list[Event]:
    """Feed octets, and take every event there is."""
    engine.feed(octets)
    return list(iter(engine.next, None))


def one_input(octets: bytes) -> None:
    """No octets crash engine or grammar, depend on their cuts, or are kept beyond the limit."""
    whole, trickled = Engine(LIMITS), Engine(LIMITS)
    found = events(whole, octets)
    single = [events(trickled, bytes([octet])) for octet in octets]
    assert list(itertools.chain(*single)) == found
    assert max(whole.held, trickled.held) <= LIMITS.pop3_line_octets
    assert ENDLESS not in found[:-1]
    for event in found:
        if isinstance(event, Line):
            _, argument = grammar.split(event.octets)
            for parse in PARSERS:
                with contextlib.suppress(Refusal):
                    parse(argument)
