"""SMTP's framing under any octets, in each of its modes."""

from mailsuite.smtp.engine import Engine, Event, Text
from mailsuite.wire.limits import Limits
from mailsuite.wire.lines import Fault, Malformed

LIMITS = Limits(smtp_line_octets=64)
MODES = 4


def _engine(mode: int) -> Engine:
    engine = Engine(LIMITS)
    if mode == 1:
        engine.begin_text()
    elif mode == 2:
        engine.begin_chunk(10)
    elif mode == 3:
        engine.expect_response(128)
    return engine


def _drained(engine: Engine) -> list[Event]:
    events: list[Event] = []
    while (event := engine.next()) is not None:
        if isinstance(event, Text) and events and isinstance(events[-1], Text):
            event = Text(events.pop().octets + event.octets)  # type: ignore[union-attr]
        events.append(event)
        if event == Malformed(Fault.ENDLESS):
            break
    return events


def _joined(events: list[Event]) -> list[Event]:
    joined: list[Event] = []
    for event in events:
        if isinstance(event, Text) and joined and isinstance(joined[-1], Text):
            joined[-1] = Text(joined[-1].octets + event.octets)
        else:
            joined.append(event)
    return joined


def one_input(octets: bytes) -> None:
    """No octets crash the engine, nor make it hold more than its limit, nor depend on cuts."""
    mode = octets[0] % MODES if octets else 0
    whole, trickled = _engine(mode), _engine(mode)
    whole.feed(octets)
    events = _drained(whole)
    slowly: list[Event] = []
    for octet in octets:
        trickled.feed(bytes([octet]))
        slowly += _drained(trickled)
        assert trickled.held <= 130
        if slowly and slowly[-1] == Malformed(Fault.ENDLESS):
            break
    assert _joined(slowly) == events
    assert whole.held <= 130 or events[-1] == Malformed(Fault.ENDLESS)
