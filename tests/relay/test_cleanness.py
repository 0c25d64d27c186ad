"""What leaves the queue, octet for octet as a host's socket gets it (threat W2)."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsuite.store.opening import Store
from tests.relay.sink import ALL, done
from tests.relay.world import World

HEADER = b"From: ann@us.test\r\nSubject: x\r\n\r\n"
# What APPEND, an import or a report may have put into the store.
OCTETS = st.one_of(
    st.binary(max_size=400),
    st.lists(
        st.sampled_from(
            [
                b"\r",
                b"\n",
                b"\r\n",
                b".",
                b"\r\n.\r\n",
                b"\n.\n",
                b"\r.\r",
                b"\0",
                b"\xff",
                b"x" * 1500,
            ]
        ),
        max_size=25,
    ).map(b"".join),
)


@pytest.mark.threat("W2")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=OCTETS,
    header=st.sampled_from([HEADER, b"", HEADER.replace(b"\r", b"")]),
    extensions=st.sampled_from([ALL, ("SIZE 0",), ("PIPELINING",)]),
)
def test_whatever_is_stored_one_clean_message_leaves_or_none(
    store: Store, body: bytes, header: bytes, extensions: tuple[str, ...]
) -> None:
    world = World(store)
    sink = world.host("there.test", extensions=extensions)
    world.start()
    octets = header + body
    world.queue("bob@there.test", octets=octets, eightbit=not octets.isascii())
    done(world.relay.stop())  # the store is the next example's too
    wire = b"".join(sink.segments)
    assert sink.verbs.count("DATA") == len(sink.mails)
    assert sink.verbs.count("MAIL") <= 1
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", wire)
    assert max(map(len, wire.split(b"\r\n"))) <= 998 + 1  # and the dot of a stuffed one
    if "8BITMIME" not in extensions:
        assert wire.isascii()
    if sink.mails:
        # One end of data, and after it nothing but a good-bye.
        after = wire.partition(b"\r\nDATA\r\n")[2].partition(b"\r\n.\r\n")[2]
        assert after == b"QUIT\r\n"
        assert world.entries() == []
    else:
        assert len(world.intake.reports) == 1
    assert set(sink.verbs) <= {"EHLO", "MAIL", "RCPT", "DATA", "RSET", "QUIT"}
